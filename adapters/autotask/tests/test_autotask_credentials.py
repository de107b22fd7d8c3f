"""Credentials: a wrong password is sent once, however many call; a right one holds nobody up."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import anyio
import pytest
import trio
from autotask_vendor import SECRET, ZONE, Vendor, connect, connect_async, settings, wire
from trio.testing import MockClock

import anypsa
from anypsa import AuthenticationFailed, ConfigurationError, PSAError
from anypsa.testing import scripted
from anypsa.wire import Incoming

CALLERS = 50


@pytest.fixture
def vendor() -> Vendor:
    return Vendor(Tickets=3, Companies=1)


def attempts(vendor: Vendor) -> int:
    """How often the vendor was sent a password."""
    return len([one for one in vendor.told if "Secret" in one.headers])


@pytest.mark.row("S6", call='anypsa.connect("autotask", username=..., secret=..., integration_code=...)')
@pytest.mark.parametrize("name", ["username", "secret", "integration_code"])
@pytest.mark.parametrize(
    "bad",
    ["", " ", "canary\r\nHost: other", "canäry", "canary "],
    ids=["empty", "blank", "two lines", "umlaut", "blank at the end"],
)
def test_credentials_of_a_wrong_form_are_refused_by_name_and_without_their_value(name: str, bad: str) -> None:
    good = {"username": "api@msp.example", "secret": "s3cret", "integration_code": "CODE"}

    with pytest.raises(ConfigurationError) as caught:
        anypsa.connect("autotask", **{**good, name: bad})

    assert [problem.field for problem in caught.value.problems] == [name]
    assert "can" not in "".join(problem.message for problem in caught.value.problems)


@pytest.mark.row("S6", call='anypsa.connect("autotask", username=..., secret=..., integration_code=...)')
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_fifty_tasks_send_a_wrong_password_once(vendor: Vendor, backend: str) -> None:
    vendor.secret = "another"
    outcomes: list[Any] = []

    async def main() -> None:
        async with connect_async(vendor) as psa, anyio.create_task_group() as group:

            async def call() -> None:
                try:
                    await psa.request("GET", "Version")
                except PSAError as error:
                    outcomes.append(type(error))

            for _ in range(CALLERS):
                group.start_soon(call)

    trio.run(main) if backend == "trio" else anyio.run(main)

    assert outcomes == [AuthenticationFailed] * CALLERS
    assert attempts(vendor) == 1


def in_threads(call: Any, count: int = CALLERS) -> list[Any]:
    outcomes: list[Any] = []
    together = threading.Barrier(count)

    def work() -> None:
        together.wait(20)
        try:
            outcomes.append(call())
        except PSAError as error:
            outcomes.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return outcomes


def test_fifty_threads_send_a_wrong_password_once(vendor: Vendor) -> None:
    vendor.secret = "another"
    psa = connect(vendor)

    outcomes = in_threads(lambda: psa.request("GET", "Version"))

    assert [type(one) for one in outcomes] == [AuthenticationFailed] * CALLERS
    assert attempts(vendor) == 1


def test_a_refused_password_is_not_tried_again_for_a_while(vendor: Vendor) -> None:
    vendor.secret = "another"
    psa = connect(vendor)
    for _ in range(3):
        with pytest.raises(AuthenticationFailed):
            psa.check()

    assert attempts(vendor) == 1
    wire(psa).time += 301
    vendor.secret = SECRET
    assert psa.tickets.get(1).id == "1"


def test_a_wrong_password_waits_for_the_zone_when_that_cannot_be_asked_again(vendor: Vendor) -> None:
    vendor.secret = "another"
    psa = connect(vendor)
    answers = [{"url": ZONE}]
    vendor.fails("GET", "zoneInformation", lambda outgoing: answers.pop() if answers else (500, b""), times=99)
    for _ in range(3):
        with pytest.raises(PSAError):
            psa.request("GET", "Version")
        wire(psa).time += 10

    assert attempts(vendor) == 1


def test_another_password_is_tried_at_once(vendor: Vendor) -> None:
    vendor.secret = "right"
    wrong = connect(vendor)
    with pytest.raises(AuthenticationFailed):
        wrong.check()

    ledger = wrong.context.settings.ledger
    assert scripted("autotask", vendor, **settings({"secret": "right", "ledger": ledger})).tickets.get(1).id == "1"


def test_a_password_revoked_meanwhile_is_not_hammered(vendor: Vendor) -> None:
    psa = connect(vendor)
    psa.tickets.get(1)
    vendor.secret = "another"
    before = attempts(vendor)

    for _ in range(5):
        with pytest.raises(AuthenticationFailed):
            psa.tickets.get(2)

    assert attempts(vendor) == before + 1


def test_one_call_proves_the_credentials_and_then_all_go_side_by_side() -> None:
    inside: list[int] = []
    seen: list[int] = []
    vendor = Vendor()

    async def main() -> None:
        async with connect_async(vendor) as psa:
            exchange = wire(psa).exchange

            async def slow(outgoing: Any) -> Incoming:
                inside.append(1)
                seen.append(len(inside))
                await trio.sleep(1)
                inside.pop()
                answer: Incoming = await exchange(outgoing)
                return answer

            wire(psa).exchange = slow
            async with anyio.create_task_group() as group:
                for _ in range(6):
                    group.start_soon(psa.request, "GET", "Version")

    trio.run(main, clock=MockClock(autojump_threshold=0))

    zone, proof, *others = seen
    assert (zone, proof) == (1, 1)
    assert max(others) == 3


class Busy:
    """Counts the requests under way, by what the vendor counts them by."""

    def __init__(self, psa: Any) -> None:
        self._exchange = wire(psa).exchange
        self._inside: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        wire(psa).exchange = self

    async def __call__(self, outgoing: Any) -> Incoming:
        entity = outgoing.url.partition("/v1.0/")[2].partition("/")[0]
        self._inside[entity] += 1
        self.most[entity] = max(self.most[entity], self._inside[entity])
        await anyio.sleep(0.1)
        self._inside[entity] -= 1
        answer: Incoming = await self._exchange(outgoing)
        return answer


@pytest.mark.row("S45", "S46", call="slots=3")
@pytest.mark.row("S55", call="psa.tickets | psa.companies")
def test_never_more_than_three_of_an_entity_are_under_way_and_entities_do_not_wait_for_each_other() -> None:
    async def main() -> tuple[Counter[str], float]:
        async with connect_async(Vendor(Tickets=3, Companies=1), release_lag=0, gathering=False) as psa:
            await psa.tickets.get(1)
            busy = Busy(psa)
            began = trio.current_time()
            async with anyio.create_task_group() as group:
                for _ in range(CALLERS):
                    group.start_soon(psa.tickets.get, 1)
                    group.start_soon(psa.companies.get, 1)
            return busy.most, trio.current_time() - began

    most, took = trio.run(main, clock=MockClock(autojump_threshold=0))

    assert most == {"Tickets": 3, "Companies": 3}
    assert took < CALLERS / 3 * 0.1 + 0.5


@pytest.mark.row("S13", call='anypsa.connect(profile="...")')
def test_each_teams_own_integration_code_has_its_own_three_slots() -> None:
    vendor = Vendor(Tickets=3)

    async def main() -> list[int]:
        teams = [
            connect_async(
                vendor,
                release_lag=0,
                gathering=False,
                username=f"{name}@msp.example",
                integration_code=f"CODE-{name}",
            )
            for name in ("dispatch", "billing")
        ]
        async with teams[0] as dispatch, teams[1] as billing:
            for psa in (dispatch, billing):
                await psa.tickets.get(1)
            counted = [Busy(dispatch), Busy(billing)]
            began = trio.current_time()
            async with anyio.create_task_group() as group:
                for _ in range(CALLERS):
                    group.start_soon(dispatch.tickets.get, 1)
                    group.start_soon(billing.tickets.get, 1)
            assert trio.current_time() - began < CALLERS / 3 * 0.1 + 0.5
            return [busy.most["Tickets"] for busy in counted]

    assert trio.run(main, clock=MockClock(autojump_threshold=0)) == [3, 3]
