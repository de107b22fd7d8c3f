"""limits: never more than the vendor's slots, counted by the server; look-ups once; wrong passwords once."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from vendors import AUTOTASK, OPEN, Vendor

import anypsa
from anypsa import AuthenticationFailed, PSAError
from anypsa_conformance import FACES, Probe
from anypsa_sandbox import Sandbox


@pytest.mark.parametrize("face", FACES, indirect=True)
def test_fifty_callers_never_have_more_than_three_in_flight(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    ids = [row["id"] for row in sandbox.world().rows("tickets")][:50]

    async def check(psa: Probe) -> list[str]:
        found = await psa.together([partial(psa.tickets.get, id) for id in ids])
        return [ticket.id for ticket in found]

    sandbox.control.limits(lag=0.02, latency=0.005)

    assert on(check, slots=3, gathering=False, release_lag=0.03) == [str(id) for id in ids]
    assert sandbox.control.peak() == 3
    assert {call["status"] for call in sandbox.control.calls()} == {200}


def test_twenty_threads_on_one_connection_never_have_more_than_three_in_flight(sandbox: Sandbox, vendor: str) -> None:
    ids = [row["id"] for row in sandbox.world().rows("tickets")][:60]
    sandbox.control.limits(lag=0.02, latency=0.005)

    with (
        anypsa.connect(vendor, **sandbox.settings, **OPEN, slots=3, gathering=False) as psa,
        ThreadPoolExecutor(20) as pool,
    ):
        found = list(pool.map(psa.tickets.get, ids))

    assert [ticket.id for ticket in found] == [str(id) for id in ids]
    assert sandbox.control.peak() == 3


def test_two_connections_share_the_slots_of_the_host(sandbox: Sandbox, vendor: str, tmp_path: Any) -> None:
    ids = [row["id"] for row in sandbox.world().rows("tickets")][:20]
    sandbox.control.limits(lag=0.02, latency=0.005)
    ledgers = [anypsa.HostLedger(tmp_path), anypsa.HostLedger(tmp_path)]

    with (
        anypsa.connect(
            vendor, **sandbox.settings, slots=3, gathering=False, release_lag=0.03, ledger=ledgers[0]
        ) as one,
        anypsa.connect(
            vendor, **sandbox.settings, slots=3, gathering=False, release_lag=0.03, ledger=ledgers[1]
        ) as other,
        ThreadPoolExecutor(12) as pool,
    ):
        found = [*pool.map(one.tickets.get, ids), *pool.map(other.tickets.get, ids)]

    assert len(found) == 40
    assert sandbox.control.peak() <= 3


def test_a_failing_look_up_is_asked_once_for_fifty_callers(
    sandbox: Sandbox, on: Callable[..., Any], facts: Vendor
) -> None:
    id = sandbox.world().rows("tickets")[0]["id"]
    status, body = facts.look_up_error
    sandbox.control.fault("reply", path=facts.look_up, status=status, body=body, times=None)
    id = sandbox.world().rows("tickets")[0]["id"]

    async def failing(psa: Probe) -> type[PSAError] | None:
        try:
            await psa.tickets.get(id)
        except PSAError as error:
            return type(error)
        return None

    async def check(psa: Probe) -> set[type[PSAError] | None]:
        return set(await psa.together([partial(failing, psa) for _ in range(50)]))

    assert on(check) == {anypsa.Invalid}
    assert len([call for call in sandbox.control.calls() if re.search(facts.look_up, call["path"])]) == 1


def test_a_wrong_password_is_tried_once_by_fifty_callers(
    sandbox: Sandbox, on: Callable[..., Any], facts: Vendor
) -> None:
    async def refused(psa: Probe) -> bool:
        try:
            await psa.tickets.get(1)
        except AuthenticationFailed:
            return True
        return False

    async def check(psa: Probe) -> list[bool]:
        return await psa.together([partial(refused, psa) for _ in range(50)])

    assert all(on(check, **{facts.secret: "not-the-secret"}))
    signed = [one for one in sandbox.control.calls() if not re.search(facts.open_to_all, one["path"], re.IGNORECASE)]
    assert [call["status"] for call in signed] == [401]


@pytest.mark.parametrize("facts", [AUTOTASK], indirect=True, ids=["autotask"])
def test_a_refused_thread_on_one_entity_does_not_delay_another(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    """The vendor's text about threads speaks of one entity; its hint holds back that one only."""
    body = {"errors": ["The Autotask API thread threshold of 3 threads has been exceeded. Try again in 2 seconds."]}
    sandbox.control.fault("reply", path="/Tickets/query", status=429, body=body, times=1)
    order: list[str] = []

    async def tickets(psa: Probe) -> None:
        await psa.tickets.first()
        order.append("tickets")

    async def companies(psa: Probe) -> None:
        for _ in range(5):
            await psa.companies.first()
        order.append("companies")

    async def check(psa: Probe) -> None:
        await psa.together([partial(tickets, psa), partial(companies, psa)])

    on(check)

    assert order == ["companies", "tickets"]


@pytest.mark.parametrize("facts", [AUTOTASK], indirect=True, ids=["autotask"])
@pytest.mark.parametrize("status", [429, 500])
def test_a_refusal_for_too_many_threads_is_waited_out_whatever_its_status(
    sandbox: Sandbox, on: Callable[..., Any], status: int
) -> None:
    body = {"errors": ["The Autotask API thread threshold of 3 threads has been exceeded."]}
    sandbox.control.fault("reply", path="/Tickets/query", status=status, body=body, times=3)

    async def check(psa: Probe) -> int:
        return len([ticket async for ticket in psa.tickets.list()])

    assert on(check) == 400


@pytest.mark.parametrize("facts", [AUTOTASK], indirect=True, ids=["autotask"])
def test_a_database_that_moved_to_another_zone_is_found_again(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    async def check(psa: Probe) -> int:
        await psa.tickets.first()
        sandbox.control.dialect("move", door="other")
        sandbox.control.clear_log()
        found = await psa.together([partial(psa.tickets.count) for _ in range(10)])
        return len(set(found))

    try:
        assert on(check) == 1
        assert len(sandbox.control.calls("zoneInformation")) <= 2
    finally:
        sandbox.control.dialect("move", door="zone")
