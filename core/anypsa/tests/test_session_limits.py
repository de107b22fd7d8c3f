"""Limits: who may go when, what is held meanwhile, and what is given back whatever happens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from wires import Clocked

from anypsa.errors import DeadlineExceeded
from anypsa.ledger import Admission, Claim, MemoryLedger, Wait, Window
from anypsa.session.limits import Limits
from anypsa.settings import Settings
from anypsa.wire import Lane, deadline, run

SLOT = Wait(0.01, "a free slot")


class Watched(MemoryLedger):
    """A ledger in memory that remembers what it was asked, answers as told first, and may take its time."""

    def __init__(self, clock: Callable[[], float], *first: Wait, instant: bool = True) -> None:
        super().__init__(clock)
        self.instant = instant
        self.first = list(first)
        self.claims: list[Claim] = []
        self.released: list[tuple[Claim, float]] = []

    def admit(self, claim: Claim) -> Admission | Wait:
        self.claims.append(claim)
        return self.first.pop(0) if self.first else super().admit(claim)

    def release(self, admission: Admission, lag: float) -> None:
        self.released.append((admission.claim, lag))
        super().release(admission, lag)


class Queue:
    """Limits over a clock that the test reads."""

    def __init__(self, *first: Wait, instant: bool = True, chance: float = 0.5, **settings: Any) -> None:
        self.wire = Clocked(chance)
        self.ledger = Watched(self.wire.now, *first, instant=instant)
        self.limits = Limits(self.wire, Settings(**{"slots": 2, "release_lag": 0.25, **settings}), self.ledger)

    def enter(self, *keys: str, scope: str = "acme", left: float | None = None) -> Any:
        with deadline(self.wire.now() + (1e9 if left is None else left)):
            return run(self.limits.enter(scope, keys, Lane.INTERACTIVE))


@pytest.mark.parametrize("instant", [True, False])
def test_a_request_takes_a_slot_of_each_key_and_one_of_the_window(instant: bool) -> None:
    queue = Queue(instant=instant, requests_per_window=100, reserve=20, window=60.0)
    place = queue.enter("tickets", "all")

    assert queue.ledger.claims == [Claim(("acme/all", "acme/tickets"), 2, Window("acme", 80, 60.0))]
    assert run(queue.limits.used(queue.limits.window("acme"))) == 1
    queue.limits.leave(place)
    assert queue.ledger.released == [(queue.ledger.claims[0], 0.25)]


def test_our_share_is_never_nothing() -> None:
    assert Queue(requests_per_window=5, reserve=50).limits.window("acme").limit == 1


def test_a_third_waits_until_a_place_is_given_back() -> None:
    queue = Queue()
    first, _ = queue.enter("tickets"), queue.enter("tickets")

    with pytest.raises(DeadlineExceeded):
        queue.enter("tickets", left=0.0)
    queue.limits.leave(first)

    assert queue.enter("tickets", left=1.0)
    assert queue.wire.now() >= 100.25


def test_other_keys_and_other_tenants_do_not_wait() -> None:
    queue = Queue(slots=1)
    queue.enter("tickets")

    assert queue.enter("notes", left=0.0)
    assert queue.enter("tickets", scope="other", left=0.0)


@pytest.mark.parametrize(("chance", "slept"), [(0.0, 0.75), (0.5, 1.0), (1.0, 1.25)])
def test_waits_of_the_ledger_are_slept_spread(chance: float, slept: float) -> None:
    queue = Queue(Wait(1.0, "the request window"), chance=chance)
    queue.enter("tickets")

    assert queue.wire.slept == [slept]


@pytest.mark.trust("F21")
def test_a_wait_beyond_the_deadline_is_not_begun_and_says_for_what() -> None:
    queue = Queue(Wait(1.0, "the request window"))

    with pytest.raises(DeadlineExceeded) as raised:
        queue.enter("tickets", left=0.9)

    assert raised.value.phase == "waiting for the request window"
    assert (queue.wire.slept, raised.value.sent) == ([], False)
    assert queue.enter("tickets", left=0.0)


def test_a_wait_until_the_very_deadline_is_waited() -> None:
    assert Queue(Wait(1.0, "the request window")).enter("tickets", left=1.0)


@pytest.mark.parametrize("slots", [1, 2])
def test_who_gives_up_holds_back_nobody(slots: int) -> None:
    queue = Queue(*[SLOT] * 3, slots=slots)
    for _ in range(3):
        with pytest.raises(DeadlineExceeded):
            queue.enter("tickets", "all", left=0.005)

    assert queue.enter("tickets", "all", left=0.0)


@pytest.mark.parametrize("seconds", [0.5, 3.0])
def test_a_pause_holds_back_its_keys_only(seconds: float) -> None:
    queue = Queue()
    queue.limits.pause("acme", ["tickets"], seconds, everywhere=False)

    queue.enter("notes", left=0.0)
    queue.enter("tickets", scope="other", left=0.0)
    assert queue.limits.pause_left(["acme/tickets"]) == seconds
    queue.enter("tickets", left=seconds)

    assert queue.wire.slept == [seconds]


@pytest.mark.trust("F12")
@pytest.mark.parametrize(("keys", "everywhere"), [(["tickets"], True), ([], False)])
def test_a_pause_for_the_tenant_holds_back_everything(keys: list[str], everywhere: bool) -> None:
    queue = Queue()
    queue.limits.pause("acme", keys, 3.0, everywhere=everywhere)
    queue.enter("notes")

    assert queue.wire.slept == [3.0]


def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    queue = Queue()
    for seconds in (5.0, 1.0):
        queue.limits.pause("acme", [], seconds, everywhere=True)

    assert queue.limits.pause_left(["acme/tickets"]) == 5.0


def test_a_pause_beyond_the_deadline_ends_the_wait_at_once_and_asks_for_nothing() -> None:
    queue = Queue()
    queue.limits.pause("acme", [], 5.0, everywhere=True)

    with pytest.raises(DeadlineExceeded) as raised:
        queue.enter("tickets", left=4.9)

    assert raised.value.phase == "waiting for the end of a pause that the vendor asked for"
    assert (queue.wire.slept, queue.ledger.claims) == ([], [])


def test_there_is_no_pause_at_first_and_none_that_is_over_counts() -> None:
    queue = Queue()
    assert queue.limits.pause_left(["acme/tickets"]) == -100.0
    queue.limits.pause("acme", ["tickets"], 3.0, everywhere=False)
    run(queue.wire.sleep(5.0))

    assert queue.limits.pause_left(["acme/tickets"]) == -2.0


def test_an_admission_that_came_to_one_who_was_cancelled_is_given_back() -> None:
    queue = Queue(instant=False)

    async def offload(function: Callable[[], Any]) -> Any:
        function()
        raise KeyboardInterrupt

    queue.wire.offload = offload  # type: ignore[method-assign]  # the thread's answer comes as the caller is cancelled

    with pytest.raises(KeyboardInterrupt):
        queue.enter("tickets")
    assert queue.ledger.released == [(queue.ledger.claims[0], 0.0)]


def test_one_who_was_cancelled_while_told_to_wait_gives_back_nothing() -> None:
    queue = Queue(SLOT, instant=False)

    async def offload(function: Callable[[], Any]) -> Any:
        function()
        raise KeyboardInterrupt

    queue.wire.offload = offload  # type: ignore[method-assign]  # as above

    with pytest.raises(KeyboardInterrupt):
        queue.enter("tickets")
    assert queue.ledger.released == []
