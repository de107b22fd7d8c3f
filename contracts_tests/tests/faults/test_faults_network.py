"""The network breaks in every way: reads are made again, writes never, and nobody is told what is not certain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from breaking import BROKEN, WHOLE, Breaking
from vendors import Vendor

import anypsa
from anypsa import DeadlineExceeded, OutcomeUnknown, PSAError, Unintelligible, Unreachable
from anypsa.testing import FaultServer, History, Outcome, faults
from anypsa.testing.faults import Act
from anypsa_conformance import Probe
from anypsa_sandbox import Sandbox

EVERY_FAULT = pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
SOON = 1.5
# How long it is looked for a write whose answer got lost is tested elsewhere; here it is only sent once.
HASTY: Mapping[str, Any] = {"settle_time": 0.0, "deadline": 3.0}


def titles(sandbox: Sandbox) -> list[str]:
    return [str(row["title"]) for row in sandbox.world().rows("tickets")]


def known(sandbox: Sandbox) -> str:
    return str(sandbox.world().rows("tickets")[0]["id"])


async def create(psa: Probe, facts: Vendor, title: str) -> Any:
    return await psa.tickets.create(company=facts.id("company", 0), title=title, queue="Network", **facts.new_ticket)


async def error_of(awaitable: Any) -> PSAError:
    try:
        await awaitable
    except PSAError as error:
        return error
    raise AssertionError("no error")


@pytest.mark.trust("F2", "F3", "F4", "F8", "F10", "F14")
@EVERY_FAULT
def test_a_read_that_breaks_is_made_again(
    through: Callable[..., Any], sandbox: Sandbox, between: FaultServer, breaking: Breaking, fault: Act
) -> None:
    id = known(sandbox)

    async def check(psa: Probe) -> str:
        await psa.tickets.get(id)
        breaking.once("GET", f"/Tickets/{id}$", fault)
        return str((await psa.tickets.get(id)).id)

    assert through(check) == id
    assert len(between.sent("GET", f"/Tickets/{id}")) == 3


@pytest.mark.trust("F2", "F3", "F4", "F10")
@EVERY_FAULT
def test_a_page_that_breaks_is_read_again_and_nothing_is_lost_or_doubled(
    through: Callable[..., Any], sandbox: Sandbox, breaking: Breaking, facts: Vendor, fault: Act
) -> None:
    breaking.once("", facts.list_path, fault)

    async def check(psa: Probe) -> list[int]:
        return [int(ticket.id) async for ticket in psa.tickets.list()]

    assert sorted(through(check)) == [row["id"] for row in sandbox.world().rows("tickets")]


@pytest.mark.trust("F2", "F3", "F4", "F10", "F14")
@EVERY_FAULT
def test_a_create_that_breaks_is_sent_once(
    through: Callable[..., Any],
    sandbox: Sandbox,
    between: FaultServer,
    breaking: Breaking,
    facts: Vendor,
    fault: Act,
) -> None:
    history = History()
    breaking.once("POST", facts.ticket_path, fault)

    async def check(psa: Probe) -> None:
        with history.write("once only"):
            await create(psa, facts, "once only")

    through(check, **HASTY)

    posted = [one for one in between.sent("POST", "/Tickets") if b"once only" in one.body and b"filter" not in one.body]
    assert len(posted) == 1
    assert history.check(titles(sandbox)).sound
    assert history.outcomes()[Outcome.REFUSED] == 0


@pytest.mark.trust("F2", "F3")
@EVERY_FAULT
def test_an_update_that_breaks_is_sent_once(
    through: Callable[..., Any], sandbox: Sandbox, between: FaultServer, breaking: Breaking, facts: Vendor, fault: Act
) -> None:
    id, history, method = known(sandbox), History(), facts.update_method
    breaking.once(method, r"/Tickets(/\d+)?$", fault)

    async def check(psa: Probe) -> None:
        with history.write("moved on"):
            await psa.tickets.update(id, title="moved on")

    through(check, **HASTY)

    assert len([one for one in between.sent(method, "/Tickets") if b"moved on" in one.body]) == 1
    assert history.check(titles(sandbox)).sound
    assert history.outcomes()[Outcome.REFUSED] == 0


@pytest.mark.trust("F1")
@pytest.mark.parametrize("verb", ["get", "create"])
def test_a_vendor_that_nobody_reaches_was_sent_nothing(
    through: Callable[..., Any], sandbox: Sandbox, between: FaultServer, facts: Vendor, verb: str
) -> None:
    async def check(psa: Probe) -> PSAError:
        await psa.tickets.get(known(sandbox))
        await psa.fields("ticket")
        with between.refusing():
            call = psa.tickets.get(known(sandbox)) if verb == "get" else create(psa, facts, "never")
            return await error_of(call)

    error = through(check, attempts=2)

    assert isinstance(error, Unreachable)
    assert (error.sent, error.retryable) == (False, True)
    assert "never" not in titles(sandbox)


STALLS = {"silence": faults.Hang(60), "slow header": faults.Slow(WHOLE, header=True), "slow body": faults.Slow(WHOLE)}


@pytest.mark.trust("F5", "F6", "F7")
@pytest.mark.parametrize("stall", STALLS.values(), ids=STALLS)
def test_a_call_ends_at_its_deadline_whatever_the_vendor_does(
    through: Callable[..., Any], sandbox: Sandbox, between: FaultServer, breaking: Breaking, stall: Act
) -> None:
    id = known(sandbox)

    async def check(psa: Probe) -> PSAError:
        await psa.tickets.get(id)
        breaking.always("GET", f"/Tickets/{id}$", stall)
        return await error_of(psa.tickets.get(id))

    assert isinstance(through(check, deadline=SOON), DeadlineExceeded)


@pytest.mark.trust("F5")
def test_a_create_that_the_deadline_cuts_is_unknown_and_sent_once(
    through: Callable[..., Any], sandbox: Sandbox, between: FaultServer, breaking: Breaking, facts: Vendor
) -> None:
    breaking.always("POST", facts.ticket_path, faults.Hang(60))

    async def check(psa: Probe) -> PSAError:
        await psa.tickets.get(known(sandbox))
        await psa.fields("ticket")
        return await error_of(create(psa, facts, "hangs"))

    assert isinstance(through(check, deadline=SOON), OutcomeUnknown)
    assert len([one for one in between.sent("POST", "/Tickets") if b"hangs" in one.body]) == 1


@pytest.mark.trust("F5")
def test_attempts_share_one_deadline(
    through: Callable[..., Any], sandbox: Sandbox, between: FaultServer, breaking: Breaking
) -> None:
    """Ten attempts of a time-out each would take far longer than the call may."""
    id = known(sandbox)

    async def check(psa: Probe) -> PSAError:
        await psa.tickets.get(id)
        breaking.always("GET", f"/Tickets/{id}$", faults.Hang(60))
        return await error_of(psa.tickets.get(id))

    assert isinstance(through(check, deadline=SOON, timeout=0.4, attempts=10), Unreachable)
    assert len(between.sent("GET", f"/Tickets/{id}")) < 1 + 10


@pytest.mark.trust("F7", "F8")
@pytest.mark.parametrize(
    "answer",
    [faults.bomb(50), faults.many_headers(150, {}), faults.big_header(200_000, {})],
    ids=["bomb", "many", "big"],
)
def test_an_answer_beyond_the_caps_is_an_error_of_ours(
    through: Callable[..., Any], sandbox: Sandbox, breaking: Breaking, answer: Act
) -> None:
    id = known(sandbox)
    breaking.always("GET", f"/Tickets/{id}$", answer)

    async def check(psa: Probe) -> PSAError:
        return await error_of(psa.tickets.get(id))

    assert isinstance(through(check, attempts=2), Unintelligible | Unreachable)


@pytest.mark.trust("F8")
def test_a_bomb_is_asked_for_once(
    through: Callable[..., Any], sandbox: Sandbox, between: FaultServer, breaking: Breaking
) -> None:
    id = known(sandbox)
    breaking.always("GET", f"/Tickets/{id}$", faults.bomb(50))

    async def check(psa: Probe) -> PSAError:
        return await error_of(psa.tickets.get(id))

    assert not through(check).retryable
    assert len(between.sent("GET", f"/Tickets/{id}")) == 1


@pytest.mark.trust("F14")
def test_a_page_for_people_is_quoted_briefly(through: Callable[..., Any], sandbox: Sandbox, breaking: Breaking) -> None:
    id = known(sandbox)
    page = faults.Answer("<html>\r\n\x1b[31m" + "We are back soon. " * 1000, content_type="text/html")
    breaking.always("GET", f"/Tickets/{id}$", page)

    async def check(psa: Probe) -> PSAError:
        return await error_of(psa.tickets.get(id))

    error = through(check, attempts=1)

    assert isinstance(error, Unintelligible)
    assert len(str(error)) < 500
    assert str(error).isprintable()


@pytest.mark.trust("F16")
def test_connections_that_the_vendor_closed_meanwhile_are_not_noticed(
    through: Callable[..., Any], sandbox: Sandbox, between: FaultServer, facts: Vendor
) -> None:
    async def check(psa: Probe) -> None:
        await psa.tickets.get(known(sandbox))
        await psa.fields("ticket")
        between.hang_up()
        between.settled()
        await create(psa, facts, "after the pause")

    through(check)

    assert titles(sandbox).count("after the pause") == 1


@pytest.mark.trust("A2")
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed_with_credentials(
    through: Callable[..., Any], sandbox: Sandbox, breaking: Breaking, status: int
) -> None:
    id = known(sandbox)

    async def check(psa: Probe) -> PSAError:
        return await error_of(psa.tickets.get(id))

    with FaultServer(lambda request: WHOLE) as elsewhere:
        breaking.always("GET", f"/Tickets/{id}$", faults.redirect(f"{elsewhere.url}/Tickets/{id}", status))
        assert isinstance(through(check), anypsa.PSAError)
        assert elsewhere.requests == []
