"""Checks of failure: the network, servers and proxies break in every way. No recording shows that, so any adapter is
driven through a server of faults before its sandbox."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

from anypsa import (
    AuthenticationFailed,
    DeadlineExceeded,
    Incomplete,
    OutcomeUnknown,
    PSAError,
    Unintelligible,
    Unreachable,
)
from anypsa.testing import FaultServer, History, Outcome, faults
from anypsa.testing.faults import Act

from .breaking import BROKEN, WHOLE
from .checks import FAULTS, check
from .faces import Probe
from .harness import Harness

V = TypeVar("V")
SOON: Final = 1.5
TRIES: Final = 10
# How long it is looked for a write whose answer got lost is another check's; here it is only sent once.
HASTY: Final[Mapping[str, Any]] = {"settle_time": 0.0, "deadline": 3.0}
STORM: Final = 12


async def outcome(awaitable: Awaitable[Any]) -> Any:
    """What it returns, or its error."""
    try:
        return await awaitable
    except PSAError as error:
        return error


async def patiently(work: Callable[[], Awaitable[V]]) -> V:
    """What it returns. A check's deadline is short, and its preparations may take this machine longer; what was looked up
    meanwhile is remembered."""
    for _ in range(TRIES):
        with contextlib.suppress(DeadlineExceeded, Incomplete):
            return await work()
    return await work()


async def ids_of(pager: Any) -> list[str]:
    return [one.id async for one in pager]


def new_ticket(harness: Harness, title: str) -> dict[str, Any]:
    """The values of a new ticket of this tenant."""
    return {
        "company": harness.world.company,
        "title": title,
        "queue": harness.world.queue,
        **harness.world.new_ticket,
    }


def tickets(harness: Harness) -> int:
    """How many tickets there are."""
    return harness.world.tickets_in_queue + harness.world.tickets_outside_queue


def posted(harness: Harness, word: str, method: str, path: str) -> int:
    """How often a write that contains a word was sent."""
    sent = (one for one in harness.server.sent(method) if re.search(path, one.target.partition("?")[0], re.IGNORECASE))
    return sum(word.encode() in one.body and b'"filter"' not in one.body for one in sent)


@check(
    "faults.read",
    promise="complete",
    needs="tickets.get",
    drivers=FAULTS,
    survives=("F2", "F3", "F4", "F8", "F10", "F14"),
)
async def read(psa: Probe, harness: Harness) -> None:
    """A read that breaks, in whatever way, is made again."""
    id = harness.world.ticket
    for name, fault in BROKEN.items():

        async def broken(fresh: Probe, fault: Act = fault) -> tuple[str, int]:
            await fresh.check()
            await fresh.tickets.get(id)
            harness.server.requests.clear()
            harness.breaking.once("GET", harness.ticket_path(), fault)
            return (await fresh.tickets.get(id)).id, len(harness.server.sent("GET", id))

        assert (name, await psa.with_settings({}, broken)) == (name, (id, 2))


@check("faults.page", promise="complete", drivers=FAULTS, survives=("F2", "F3", "F4", "F8", "F10", "F14"))
async def page(psa: Probe, harness: Harness) -> None:
    """A page that breaks, in whatever way, is read again, and nothing is lost or doubled."""
    for name, fault in BROKEN.items():

        async def broken(fresh: Probe, fault: Act = fault) -> list[str]:
            harness.breaking.once("", harness.paths.tickets, fault)
            return await ids_of(fresh.tickets.list())

        ids = await psa.with_settings({}, broken)
        assert (name, len(ids), len(set(ids))) == (name, tickets(harness), tickets(harness))


@check(
    "faults.create",
    promise="once",
    needs="tickets.create",
    drivers=FAULTS,
    proves=("create.once",),
    survives=("F2", "F3", "F4", "F10", "F14", "W1"),
)
async def create(psa: Probe, harness: Harness) -> None:
    """A create that breaks, in whatever way, is sent once, and what is told of it is true."""
    for number, (name, fault) in enumerate(BROKEN.items()):
        title, history = f"once only {number}", History()
        harness.breaking.once("POST", harness.paths.create_ticket, fault)

        async def broken(hasty: Probe, title: str = title, history: History = history) -> None:
            with history.write(title):
                await hasty.tickets.create(**new_ticket(harness, title))

        await psa.with_settings(HASTY, broken)
        stored = [one.title async for one in psa.tickets.list()]
        assert (name, posted(harness, title, "POST", harness.paths.create_ticket)) == (name, 1)
        assert (name, history.check(stored).sound) == (name, True)
        assert (name, history.outcomes()[Outcome.REFUSED]) == (name, 0)


@check("faults.update", promise="once", needs="tickets.update", drivers=FAULTS, survives=("F2", "F3", "F10"))
async def update(psa: Probe, harness: Harness) -> None:
    """An update that breaks, in whatever way, is sent once."""
    method, path = harness.paths.update_method, harness.paths.update_ticket
    for number, (name, fault) in enumerate(BROKEN.items()):
        title = f"moved on {number}"
        harness.breaking.once(method, path, fault)

        async def broken(hasty: Probe, title: str = title) -> Any:
            return await outcome(hasty.tickets.update(harness.world.ticket, title=title))

        told = await psa.with_settings(HASTY, broken)
        assert (name, posted(harness, title, method, path)) == (name, 1)
        assert isinstance(told, OutcomeUnknown) or told.title == title, name


@check("faults.unreachable", promise="errors", needs="tickets.get", drivers=FAULTS, survives=("F1",))
async def unreachable(psa: Probe, harness: Harness) -> None:
    """A vendor that nobody reaches was sent nothing, and the error says so."""

    async def nobody_there(other: Probe) -> Any:
        await other.tickets.get(harness.world.ticket)
        with harness.server.refusing():
            return await outcome(other.tickets.get(harness.world.ticket))

    error = await psa.with_settings({"attempts": 2}, nobody_there)

    assert isinstance(error, Unreachable)
    assert (error.sent, error.retryable) == (False, True)


@check("faults.deadline", promise="errors", needs="tickets.get", drivers=FAULTS, survives=("F5", "F6", "F7"))
async def deadline(psa: Probe, harness: Harness) -> None:
    """A call ends at its deadline, whether the vendor keeps silent or its header or body comes drop by drop."""
    stalls: tuple[Act, ...] = (faults.Hang(60), faults.Slow(WHOLE, header=True), faults.Slow(WHOLE))

    async def stalled(other: Probe) -> list[Any]:
        ids = await patiently(lambda: ids_of(other.tickets.list(limit=len(stalls))))
        for id, stall in zip(ids, stalls, strict=True):
            harness.breaking.always("GET", harness.ticket_path(id), stall)
        return await other.together([partial(outcome, other.tickets.get(id)) for id in ids])

    errors = await psa.with_settings({"deadline": SOON, "slots": 3, "gathering": False}, stalled)

    assert {type(error) for error in errors} == {DeadlineExceeded}


@check(
    "faults.create_deadline",
    promise="once",
    needs="tickets.create",
    drivers=FAULTS,
    proves=("create.once",),
    survives=("F5",),
)
async def create_deadline(psa: Probe, harness: Harness) -> None:
    """A create that the deadline cuts is unknown, and was sent once."""
    harness.breaking.always("POST", harness.paths.create_ticket, faults.Hang(60))

    async def cut(other: Probe) -> Any:
        await patiently(lambda: other.fields("ticket"))
        return await outcome(other.tickets.create(**new_ticket(harness, "hangs")))

    error = await psa.with_settings({"deadline": SOON}, cut)

    assert isinstance(error, OutcomeUnknown)
    assert posted(harness, "hangs", "POST", harness.paths.create_ticket) == 1


@check("faults.oversized", promise="errors", needs="tickets.get", drivers=FAULTS, survives=("F7", "F8"))
async def oversized(psa: Probe, harness: Harness) -> None:
    """An answer beyond all measure is an error of ours, and a bomb is asked for once."""
    bomb = faults.bomb(50)
    for answer in (bomb, faults.many_headers(150, {}), faults.big_header(200_000, {})):

        async def big(other: Probe, answer: Act = answer) -> Any:
            harness.breaking.rules.clear()
            harness.server.requests.clear()
            harness.breaking.always("GET", harness.ticket_path(), answer)
            return await outcome(other.tickets.get(harness.world.ticket))

        error = await psa.with_settings({"attempts": 2}, big)
        assert isinstance(error, Unintelligible | Unreachable)
        if answer is bomb:
            assert len(harness.server.sent("GET", harness.world.ticket)) == 1


@check("faults.page_for_people", promise="errors", needs="tickets.get", drivers=FAULTS, survives=("F14",))
async def page_for_people(psa: Probe, harness: Harness) -> None:
    """A page for people where data should be is quoted briefly, and without control characters."""
    text = "<html>\r\n\x1b[31m" + "We are back soon. " * 1000
    harness.breaking.always("GET", harness.ticket_path(), faults.Answer(text, content_type="text/html"))

    async def told(other: Probe) -> Any:
        return await outcome(other.tickets.get(harness.world.ticket))

    error = await psa.with_settings({"attempts": 1}, told)

    assert isinstance(error, Unintelligible)
    assert len(str(error)) < 500
    assert str(error).isprintable()


@check("faults.idle_connection", promise="once", needs="tickets.create", drivers=FAULTS, survives=("F16",))
async def idle_connection(psa: Probe, harness: Harness) -> None:
    """Connections that the vendor closed meanwhile are not noticed, and a create goes through once."""
    await psa.fields("ticket")
    harness.server.hang_up()
    harness.server.settled()
    made = await psa.tickets.create(**new_ticket(harness, "after the pause"))

    assert [one.id async for one in psa.tickets.list() if one.title == "after the pause"] == [made.id]


@check("faults.redirect", promise="errors", needs="tickets.get", drivers=FAULTS, survives=("F14", "A2"))
async def redirect(psa: Probe, harness: Harness) -> None:
    """Nobody is redirected to another address, credentials in hand."""
    with FaultServer(lambda request: WHOLE) as elsewhere:
        for status in (301, 302, 307, 308):
            harness.breaking.rules.clear()
            there = faults.redirect(f"{elsewhere.url}/{harness.world.ticket}", status)
            harness.breaking.always("GET", harness.ticket_path(), there)
            assert isinstance(await outcome(psa.tickets.get(harness.world.ticket)), PSAError)
        assert elsewhere.requests == []


@check(
    "faults.credentials",
    promise="errors",
    needs="tickets.get",
    drivers=FAULTS,
    proves=("signing.given_up",),
    survives=("T3",),
)
async def credentials(psa: Probe, harness: Harness) -> None:
    """Credentials that are refused again and again end the call."""
    await psa.tickets.get(harness.world.ticket)
    harness.server.requests.clear()
    harness.breaking.always("GET", harness.ticket_path(), faults.Answer(None, 401))

    assert isinstance(await outcome(psa.tickets.get(harness.world.ticket)), AuthenticationFailed)
    assert len(harness.server.sent("GET", harness.world.ticket)) <= 2
