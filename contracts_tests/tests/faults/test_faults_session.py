"""Storms, queues, clocks and tokens: what a session owes its callers, and what it owes the vendor."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from breaking import Breaking
from inside import inside
from vendors import HALOPSA, OPEN, Vendor

import anypsa
from anypsa import AuthenticationFailed, DeadlineExceeded, PSAError, RateLimited
from anypsa.testing import FaultServer, faults, scripted
from anypsa.wire import Incoming, Outgoing
from anypsa_conformance import Probe
from anypsa_sandbox import Sandbox

ONLY_HALO = pytest.mark.parametrize("facts", [HALOPSA], indirect=True, ids=["halopsa"])
CALLERS = 1000


def known(sandbox: Sandbox) -> str:
    return str(sandbox.world().rows("tickets")[0]["id"])


async def outcome(awaitable: Any) -> Any:
    """What it returns, or its error."""
    try:
        return await awaitable
    except PSAError as error:
        return error


@pytest.mark.trust("F9")
def test_in_a_storm_a_thousand_callers_send_a_fifth_more_and_not_four_times_as_much(
    sandbox: Sandbox, facts: Vendor
) -> None:
    id, answer, sent = known(sandbox), inside(sandbox), 0

    def storm(outgoing: Outgoing) -> Incoming:
        nonlocal sent
        if not outgoing.url.partition("?")[0].lower().endswith(f"/tickets/{id}"):
            return answer(outgoing)
        sent += 1
        return Incoming(503, {}, b"")

    with scripted(facts.name, storm, **{**OPEN, "ledger": anypsa.MemoryLedger()}, **sandbox.settings) as psa:
        for _ in range(CALLERS):
            with pytest.raises(PSAError):
                psa.tickets.get(id)

    assert CALLERS < sent <= 1.2 * CALLERS


@pytest.mark.trust("F9")
@ONLY_HALO
def test_after_a_storm_a_few_successes_earn_repetitions_again(
    through: Callable[..., Any], sandbox: Sandbox, between: FaultServer, breaking: Breaking
) -> None:
    id, other = (str(row["id"]) for row in sandbox.world().rows("tickets")[:2])

    async def check(psa: Probe) -> list[int]:
        await psa.tickets.get(other)
        breaking.always("GET", f"/Tickets/{id}$", faults.Answer({}, 503))
        sends = []
        for successes in (0, 0, 0, 0, 10):
            for _ in range(successes):
                await psa.tickets.get(other)
            before = len(between.requests)
            for _ in range(4):
                await outcome(psa.tickets.get(id))
            sends.append(len(between.requests) - before)
        return sends

    first, *_, empty, earned = through(check, attempts=3)

    assert (first, empty) == (4 * 3, 4)
    assert earned == 4 + 2


@pytest.mark.trust("F11", "F13")
def test_a_refusal_for_ever_ends_with_the_vendors_hint_before_the_deadline(
    through: Callable[..., Any], sandbox: Sandbox, between: FaultServer, breaking: Breaking
) -> None:
    id = known(sandbox)
    breaking.always("GET", f"/Tickets/{id}$", faults.Answer("slow down", 429, {"retry-after": "1"}))

    async def check(psa: Probe) -> Any:
        return await outcome(psa.tickets.get(id))

    error = through(check, deadline=2.5)

    assert isinstance(error, RateLimited)
    assert error.wait == 1
    assert len(between.sent("GET", f"/Tickets/{id}")) <= 4


@pytest.mark.trust("F12")
def test_a_hint_for_the_tenant_pauses_every_caller(
    through: Callable[..., Any], sandbox: Sandbox, between: FaultServer, breaking: Breaking
) -> None:
    one, other = (str(row["id"]) for row in sandbox.world().rows("tickets")[:2])
    breaking.once(
        "GET",
        f"/Tickets/{one}$",
        faults.Answer({"errors": ["Request threshold exceeded."]}, 429, {"retry-after": "60"}),
    )

    async def check(psa: Probe) -> list[Any]:
        await psa.tickets.get(other)
        return [await outcome(psa.tickets.get(one)), await outcome(psa.companies.first())]

    refused, held = through(check, deadline=2.0)

    assert isinstance(refused, RateLimited)
    assert isinstance(held, DeadlineExceeded)
    assert not held.sent


@pytest.mark.trust("F21")
def test_who_waits_for_a_slot_until_the_deadline_sends_nothing(
    through: Callable[..., Any], sandbox: Sandbox, between: FaultServer, breaking: Breaking
) -> None:
    ids = [str(row["id"]) for row in sandbox.world().rows("tickets")[:2]]

    async def check(psa: Probe) -> list[Any]:
        await psa.tickets.get(ids[0])
        between.requests.clear()
        breaking.always("GET", r"/Tickets/\d+$", faults.Hang(60))
        return await psa.together([partial(outcome, psa.tickets.get(id)) for id in ids])

    errors = through(check, slots=1, deadline=1.5, gathering=False)

    assert {type(error) for error in errors} == {DeadlineExceeded}
    assert sorted(error.sent for error in errors) == [False, True]
    assert len(between.sent("GET", "/Tickets/")) == 1


@pytest.mark.trust("T1")
@pytest.mark.parametrize("hours", [1, -1])
def test_a_clock_that_jumps_moves_neither_tokens_nor_limits(
    sandbox: Sandbox, on: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    real = time.time
    ids = [str(row["id"]) for row in sandbox.world().rows("tickets")[:20]]

    async def check(psa: Probe) -> list[str]:
        await psa.tickets.get(ids[0])
        sandbox.control.clear_log()
        monkeypatch.setattr(time, "time", lambda: real() + hours * 3600)
        return [(await psa.tickets.get(id)).id for id in ids]

    assert on(check) == ids
    assert len(sandbox.control.calls()) == len(ids)


@ONLY_HALO
@pytest.mark.trust("T4")
@pytest.mark.parametrize(
    "fault",
    [faults.Answer({}, 500), faults.Hang(60), faults.html(), faults.Reset()],
    ids=["500", "hang", "html", "reset"],
)
def test_callers_share_one_failing_sign_in(through: Callable[..., Any], sandbox: Sandbox, fault: faults.Act) -> None:
    id = known(sandbox)

    async def check(psa: Probe) -> list[Any]:
        return await psa.together([partial(outcome, psa.tickets.get(id)) for _ in range(20)])

    with FaultServer(lambda request: fault) as authority:
        errors = through(check, auth_url=f"{authority.url}/auth", deadline=2.0, timeout=0.5, attempts=1)
        assert 1 <= len(authority.requests) <= 4

    assert all(isinstance(error, PSAError) for error in errors)


@ONLY_HALO
@pytest.mark.trust("T5")
@pytest.mark.parametrize("lifetime", [None, "3600", 0, 5, -1, 1e12, "soon", [1]], ids=str)
@pytest.mark.parametrize("kind", ["Bearer", "bearer"])
def test_whatever_a_token_says_of_its_life_it_is_used_more_than_once(
    through: Callable[..., Any], sandbox: Sandbox, lifetime: Any, kind: str
) -> None:
    ids = [str(row["id"]) for row in sandbox.world().rows("tickets")[:5]]

    def signed_in(request: faults.Received) -> faults.Act:
        return Told(lifetime, kind)

    async def check(psa: Probe) -> list[str]:
        return [(await psa.tickets.get(id)).id for id in ids]

    with FaultServer(signed_in, before=sandbox.urls["auth"]) as authority:
        assert through(check, auth_url=f"{authority.url}/auth") == ids
        assert len(authority.requests) == 1


class Told:
    """A real token that says something of its own about its life."""

    def __init__(self, lifetime: Any, kind: str) -> None:
        self._told = {"expires_in": lifetime, "token_type": kind}

    def play(self, request: faults.Received, line: faults.Line) -> None:
        _, _, body = line.forward(request).partition(b"\r\n\r\n")
        token = faults.Received(0, 0, "", "", {}, body, b"").json()
        faults.Answer({**token, **self._told}).play(request, line)


@ONLY_HALO
@pytest.mark.trust("T6")
def test_a_create_refused_for_an_old_token_is_made_once_with_a_new_one(
    on: Callable[..., Any], sandbox: Sandbox, facts: Vendor
) -> None:
    async def check(psa: Probe) -> Any:
        await psa.fields("ticket")
        sandbox.control.dialect("revoke")
        return await psa.tickets.create(
            company=facts.id("company", 0), title="once", queue="Network", **facts.new_ticket
        )

    on(check)

    assert [row["title"] for row in sandbox.world().rows("tickets")].count("once") == 1


@pytest.mark.trust("T3", "T6")
def test_credentials_that_are_refused_again_end_the_call(
    through: Callable[..., Any], sandbox: Sandbox, between: FaultServer, breaking: Breaking
) -> None:
    id = known(sandbox)

    async def check(psa: Probe) -> Any:
        await psa.tickets.get(id)
        breaking.always("GET", f"/Tickets/{id}$", faults.Answer(None, 401))
        return await outcome(psa.tickets.get(id))

    assert isinstance(through(check), AuthenticationFailed)
    assert len(between.sent("GET", f"/Tickets/{id}")) <= 3
