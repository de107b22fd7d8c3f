"""Limits of connections: turns, lanes and late releases, on virtual time, over one ledger that counts."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest
import trio
from wires import awaiting, on

from anypsa.errors import DeadlineExceeded
from anypsa.ledger import Admission, Claim, MemoryLedger, Wait, Window
from anypsa.session.lag import FIRST, MOST, REMEMBERED, Lag
from anypsa.session.limits import Limits
from anypsa.settings import Settings
from anypsa.wire import Lane, deadline

FAST, BULK = Lane.INTERACTIVE, Lane.BULK
PAGE = 0.05


class Vendor:
    """Counts what is under way, frees each slot a little late, and refuses what is too much."""

    def __init__(self, *, slots: int = 3, latency: float = PAGE, lag: float = 0.0) -> None:
        self.slots, self.latency, self.lag = slots, latency, lag
        self.busy = self.served = self.refused = self.most = 0
        self.freed: list[float] = []

    async def asked(self) -> bool:
        self.freed = [moment for moment in self.freed if moment > trio.current_time()]
        taken = self.busy + len(self.freed)
        self.most = max(self.most, taken + 1)
        if taken >= self.slots:
            self.refused += 1
            return False
        self.busy += 1
        await anyio.sleep(self.latency)
        self.busy -= 1
        self.freed.append(trio.current_time() + self.lag)
        self.served += 1
        return True


class Connection:
    """One connection's limits, and a request as the session makes it."""

    def __init__(self, vendor: Vendor, ledger: MemoryLedger, **settings: Any) -> None:
        self.vendor = vendor
        self.limits = Limits(awaiting(), Settings(**{"release_lag": 0.0, **settings}), ledger)

    async def request(self, lane: Lane = FAST) -> float:
        """Sends one; how long it had to wait until it was sent at last."""
        begun = trio.current_time()
        while True:
            place = await self.limits.enter("scope", ["tickets"], lane)
            waited = trio.current_time() - begun
            try:
                served = await self.vendor.asked()
            finally:
                await self.limits.leave(place)
            if served:
                self.limits.passed(waited=place.waited)
                return waited
            self.limits.pause("scope", ["tickets"], 0.05, everywhere=False)

    async def requests(self, number: int, lane: Lane = FAST) -> list[float]:
        return [await self.request(lane) for _ in range(number)]


def simulated(main: Callable[[MemoryLedger], Awaitable[Any]]) -> Any:
    """Runs on virtual time, with a ledger on the same clock."""
    return on("trio", lambda: main(MemoryLedger(trio.current_time)))


def test_an_interactive_call_waits_for_one_page_of_a_list_at_most() -> None:
    async def main(ledger: MemoryLedger) -> None:
        one = Connection(Vendor(), ledger)
        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(one.requests, 40, BULK)
            await anyio.sleep(0.13)
            for _ in range(20):
                assert await one.request(FAST) <= PAGE + 0.01
            group.cancel_scope.cancel()

    simulated(main)


def test_an_interactive_call_passes_a_list_that_waits_for_what_others_hold() -> None:
    """The list's readers hold all places of this connection, but no slot: another connection has them."""
    order: list[str] = []

    async def main(ledger: MemoryLedger) -> None:
        mine = Connection(Vendor(), ledger)
        others = [ledger.admit(Claim(("scope/tickets",), 3, Window("scope", 1000, 3600.0))) for _ in range(3)]

        async def call(lane: Lane) -> None:
            place = await mine.limits.enter("scope", ["tickets"], lane)
            order.append(lane.name)
            await mine.limits.leave(place)

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(call, BULK)
            await anyio.sleep(1)
            group.start_soon(call, FAST)
            await anyio.sleep(1)
            assert isinstance(others[0], Admission)
            ledger.release(others[0], 0.0)

    simulated(main)
    assert order == ["INTERACTIVE", *["BULK"] * 5]


def test_connections_take_turns_however_much_each_has_to_do() -> None:
    async def main(ledger: MemoryLedger) -> None:
        vendor = Vendor(slots=1)
        greedy, modest = Connection(vendor, ledger, slots=1), Connection(vendor, ledger, slots=1)
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(greedy.requests, 20)
            await anyio.sleep(0.2)
            waits = await modest.requests(10)
            group.cancel_scope.cancel()
        assert max(waits) <= 2 * PAGE + 0.05
        assert vendor.most == 1

    simulated(main)


@pytest.mark.parametrize("lag", [0.0, 0.02])
def test_six_that_share_the_slots_use_them_to_nine_tenths(lag: float) -> None:
    """Task k of the benchmark, without what clients and servers take to compute."""

    async def main(ledger: MemoryLedger) -> None:
        vendor = Vendor(lag=lag)
        team = [Connection(vendor, ledger, release_lag=lag) for _ in range(6)]
        async with anyio.create_task_group() as group:
            for one in team:
                for _ in range(3):
                    group.start_soon(one.requests, 1000)
            await anyio.sleep(4)
            group.cancel_scope.cancel()
        assert vendor.served >= 0.9 * 4 * 3 / (PAGE + lag)
        assert (vendor.most, vendor.refused) == (3, 0)

    simulated(main)


def test_a_list_is_never_starved_by_the_calls_of_others() -> None:
    async def main(ledger: MemoryLedger) -> None:
        vendor = Vendor(slots=1)
        busy, lists = [Connection(vendor, ledger, slots=1) for _ in range(3)], Connection(vendor, ledger, slots=1)
        async with anyio.create_task_group() as group:
            for one in busy:
                group.start_soon(one.requests, 10_000)
            await anyio.sleep(0.2)
            assert max(await lists.requests(3, BULK)) < 6
            group.cancel_scope.cancel()

    simulated(main)


def test_who_is_cancelled_or_late_while_waiting_leaves_nothing_behind() -> None:
    async def main(ledger: MemoryLedger) -> None:
        one = Connection(Vendor(), ledger)
        held = [await one.limits.enter("scope", ["tickets"], FAST) for _ in range(2)]
        other = ledger.admit(Claim(("scope/tickets",), 3, Window("scope", 1000, 3600.0)))
        with anyio.move_on_after(0.5):
            await one.limits.enter("scope", ["tickets"], BULK)
        with pytest.raises(DeadlineExceeded), deadline(trio.current_time() + 0.5):
            await one.limits.enter("scope", ["tickets"], FAST)
        assert isinstance(other, Admission)
        ledger.release(other, 0.0)

        assert isinstance(ledger.admit(Claim(("scope/tickets",), 3, Window("scope", 1000, 3600.0), "new")), Admission)
        for place in held:
            await one.limits.leave(place)
        assert [await one.request() for _ in range(3)] == [0.0] * 3

    simulated(main)


@pytest.mark.parametrize("lag", [0.0, 0.005, 0.02, 0.06])
def test_slots_learn_how_late_the_vendor_frees_them(lag: float) -> None:
    """Task h of the benchmark: 200 pages over 3 slots."""

    async def main(ledger: MemoryLedger) -> None:
        vendor = Vendor(lag=lag)
        one = Connection(vendor, ledger, release_lag=None)
        begun = trio.current_time()
        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(one.requests, 67, BULK)
        limit = 201 / 3 * (PAGE + lag)
        assert vendor.served == 201
        assert vendor.refused < 10
        assert trio.current_time() - begun <= 1.3 * limit

    simulated(main)


def test_a_lag_that_is_set_is_never_shortened() -> None:
    lag = Lag(0.04)
    for second in range(1000):
        lag.worked(second)

    assert lag.seconds == 0.04


def test_a_lag_grows_with_refusals_up_to_its_bound_and_shrinks_again() -> None:
    lag = Lag(None)
    assert lag.seconds == FIRST
    for second in range(100):
        lag.refused(second)
    assert lag.seconds == MOST

    for second in range(200):
        lag.worked(100 + REMEMBERED + second)
    assert lag.seconds == 0.0


def test_what_was_refused_once_is_not_tried_again_soon() -> None:
    lag = Lag(None)
    for _ in range(5):
        lag.worked(0.0)
    too_short = lag.seconds
    lag.refused(0.0)
    for _ in range(100):
        lag.worked(1.0)

    assert too_short < lag.seconds < 1.2 * too_short


def test_requests_that_are_refused_together_teach_one_lesson() -> None:
    alone, together = Lag(None), Lag(None)
    alone.refused(0.0)
    for moment in (0.0, 0.01, 0.02):
        together.refused(moment)

    assert together.seconds == alone.seconds


def test_a_wait_says_what_it_is_for() -> None:
    ledger = MemoryLedger()
    ledger.admit(Claim(("tickets",), 1, Window("scope", 1, 60.0)))

    answers = [ledger.admit(Claim((key,), 1, Window("scope", 1, 60.0))) for key in ("tickets", "companies")]

    assert [answer.why for answer in answers if isinstance(answer, Wait)] == ["a free slot", "the request window"]
