"""Checks of failure: the network, servers and proxies break in every way. No recording shows that, so any adapter is
driven through a server of faults before its sandbox."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Mapping
from functools import partial
from typing import Any, Final

from anypsa import (
    AuthenticationFailed,
    DeadlineExceeded,
    OutcomeUnknown,
    PSAError,
    RateLimited,
    Unintelligible,
    Unreachable,
)
from anypsa.testing import FaultServer, History, Outcome, faults, passage
from anypsa.testing.faults import Act

from .breaking import BROKEN, WHOLE
from .checks import FAULTS, check
from .faces import Probe
from .harness import Harness, HarnessError

SOON: Final = 1.5
# How long it is looked for a write whose answer got lost is another check's; here it is only sent once.
HASTY: Final[Mapping[str, Any]] = {"settle_time": 0.0, "deadline": 3.0}
STORM: Final = 12


async def outcome(awaitable: Awaitable[Any]) -> Any:
    """What it returns, or its error."""
    try:
        return await awaitable
    except PSAError as error:
        return error


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


@check("faults.read", promise="complete", needs="tickets.get", drivers=FAULTS)
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


@check("faults.page", promise="complete", drivers=FAULTS)
async def page(psa: Probe, harness: Harness) -> None:
    """A page that breaks, in whatever way, is read again, and nothing is lost or doubled."""
    for name, fault in BROKEN.items():

        async def broken(fresh: Probe, fault: Act = fault) -> list[str]:
            harness.breaking.once("", harness.paths.tickets, fault)
            return await ids_of(fresh.tickets.list())

        ids = await psa.with_settings({}, broken)
        assert (name, len(ids), len(set(ids))) == (name, tickets(harness), tickets(harness))


@check("faults.create", promise="once", needs="tickets.create", drivers=FAULTS, proves=("create.once",))
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


@check("faults.update", promise="once", needs="tickets.update", drivers=FAULTS)
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


@check("faults.unreachable", promise="errors", needs="tickets.get", drivers=FAULTS)
async def unreachable(psa: Probe, harness: Harness) -> None:
    """A vendor that nobody reaches was sent nothing, and the error says so."""

    async def nobody_there(other: Probe) -> Any:
        await other.tickets.get(harness.world.ticket)
        with harness.server.refusing():
            return await outcome(other.tickets.get(harness.world.ticket))

    error = await psa.with_settings({"attempts": 2}, nobody_there)

    assert isinstance(error, Unreachable)
    assert (error.sent, error.retryable) == (False, True)


@check("faults.deadline", promise="errors", needs="tickets.get", drivers=FAULTS)
async def deadline(psa: Probe, harness: Harness) -> None:
    """A call ends at its deadline, whether the vendor keeps silent or its header or body comes drop by drop."""
    stalls: tuple[Act, ...] = (faults.Hang(60), faults.Slow(WHOLE, header=True), faults.Slow(WHOLE))

    async def stalled(other: Probe) -> list[Any]:
        ids = await ids_of(other.tickets.list(limit=len(stalls)))
        for id, stall in zip(ids, stalls, strict=True):
            harness.breaking.always("GET", harness.ticket_path(id), stall)
        return await other.together([partial(outcome, other.tickets.get(id)) for id in ids])

    errors = await psa.with_settings({"deadline": SOON, "slots": 3, "gathering": False}, stalled)

    assert {type(error) for error in errors} == {DeadlineExceeded}


@check("faults.create_deadline", promise="once", needs="tickets.create", drivers=FAULTS, proves=("create.once",))
async def create_deadline(psa: Probe, harness: Harness) -> None:
    """A create that the deadline cuts is unknown, and was sent once."""
    harness.breaking.always("POST", harness.paths.create_ticket, faults.Hang(60))

    async def cut(other: Probe) -> Any:
        await other.fields("ticket")
        return await outcome(other.tickets.create(**new_ticket(harness, "hangs")))

    error = await psa.with_settings({"deadline": SOON}, cut)

    assert isinstance(error, OutcomeUnknown)
    assert posted(harness, "hangs", "POST", harness.paths.create_ticket) == 1


@check("faults.slot", promise="limits", needs="tickets.get", drivers=FAULTS)
async def slot(psa: Probe, harness: Harness) -> None:
    """Who waits for a slot until the deadline sends nothing, and the error says so."""

    async def crowded(other: Probe) -> list[Any]:
        ids = await ids_of(other.tickets.list(limit=2))
        for id in ids:
            harness.breaking.always("GET", harness.ticket_path(id), faults.Hang(60))
        return await other.together([partial(outcome, other.tickets.get(id)) for id in ids])

    # Without a lag, the slot of the one that began first may still be had in the moment before the other's deadline.
    errors = await psa.with_settings({"slots": 1, "deadline": SOON, "release_lag": 0.1, "gathering": False}, crowded)

    assert {type(error) for error in errors} == {DeadlineExceeded}
    assert sorted(error.sent for error in errors) == [False, True]


@check("faults.oversized", promise="errors", needs="tickets.get", drivers=FAULTS)
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


@check("faults.page_for_people", promise="errors", needs="tickets.get", drivers=FAULTS)
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


@check("faults.idle_connection", promise="once", needs="tickets.create", drivers=FAULTS)
async def idle_connection(psa: Probe, harness: Harness) -> None:
    """Connections that the vendor closed meanwhile are not noticed, and a create goes through once."""
    await psa.fields("ticket")
    harness.server.hang_up()
    harness.server.settled()
    made = await psa.tickets.create(**new_ticket(harness, "after the pause"))

    assert [one.id async for one in psa.tickets.list() if one.title == "after the pause"] == [made.id]


@check("faults.redirect", promise="errors", needs="tickets.get", drivers=FAULTS)
async def redirect(psa: Probe, harness: Harness) -> None:
    """Nobody is redirected to another address, credentials in hand."""
    with FaultServer(lambda request: WHOLE) as elsewhere:
        for status in (301, 302, 307, 308):
            harness.breaking.rules.clear()
            there = faults.redirect(f"{elsewhere.url}/{harness.world.ticket}", status)
            harness.breaking.always("GET", harness.ticket_path(), there)
            assert isinstance(await outcome(psa.tickets.get(harness.world.ticket)), PSAError)
        assert elsewhere.requests == []


@check("faults.storm", promise="limits", needs="tickets.get", drivers=FAULTS)
async def storm(psa: Probe, harness: Harness) -> None:
    """When everything fails, not every failure is repeated: a storm is not made worse."""

    async def stormed(other: Probe) -> list[Any]:
        await other.tickets.get(harness.world.ticket)
        harness.server.requests.clear()
        harness.breaking.always("GET", harness.ticket_path(), faults.Answer({}, 503))
        return [await outcome(other.tickets.get(harness.world.ticket)) for _ in range(STORM)]

    errors = await psa.with_settings({"attempts": 3}, stormed)

    assert all(isinstance(error, PSAError) for error in errors)
    assert STORM < len(harness.server.requests) < 3 * STORM


@check("faults.refused_for_ever", promise="limits", needs="tickets.get", drivers=FAULTS)
async def refused_for_ever(psa: Probe, harness: Harness) -> None:
    """A vendor that goes on saying "too many" is asked as often as it said, and named in the end."""
    harness.breaking.always("GET", harness.ticket_path(), faults.Answer("slow down", 429, {"retry-after": "1"}))

    async def busy(other: Probe) -> Any:
        return await outcome(other.tickets.get(harness.world.ticket))

    error = await psa.with_settings({"deadline": 2.5}, busy)

    assert isinstance(error, RateLimited)
    assert error.wait == 1
    assert 1 <= len(harness.server.sent("GET", harness.world.ticket)) <= 4


@check("faults.credentials", promise="errors", needs="tickets.get", drivers=FAULTS, proves=("signing.given_up",))
async def credentials(psa: Probe, harness: Harness) -> None:
    """Credentials that are refused again and again end the call."""
    await psa.tickets.get(harness.world.ticket)
    harness.server.requests.clear()
    harness.breaking.always("GET", harness.ticket_path(), faults.Answer(None, 401))

    assert isinstance(await outcome(psa.tickets.get(harness.world.ticket)), AuthenticationFailed)
    assert len(harness.server.sent("GET", harness.world.ticket)) <= 2


@check("faults.small_pages", promise="complete", drivers=FAULTS, proves=("list.order",))
async def small_pages(psa: Probe, harness: Harness) -> None:
    """Pages smaller than asked for end no list."""
    harness.shrink_pages(7)
    pager = psa.tickets.list()
    ids = await ids_of(pager)

    assert len(ids) == len(set(ids)) == tickets(harness)
    assert pager.report.complete


@check("faults.edited_meanwhile", promise="complete", drivers=FAULTS, proves=("list.order",))
async def edited_meanwhile(psa: Probe, harness: Harness) -> None:
    """Whoever adds, changes and removes tickets while they are listed: what stays is listed once."""
    everything = set(await ids_of(psa.tickets.list()))
    # Ids are never used twice by a vendor, so the newest ticket stays.
    newest = max(everything, key=int)
    removed, made = set[str](), set[str]()
    harness.shrink_pages(10)
    pager, seen = psa.tickets.list(), list[str]()
    async for rows in pager.pages():
        seen += [row.id for row in rows]
        unseen = sorted(everything - set(seen) - removed - {newest})
        gone = {*sorted(set(seen) - removed - {newest})[:2], *unseen[:1]}
        for id in gone if len(removed) < 12 else ():
            harness.edit("tickets", id=int(id), remove=True)
            removed.add(id)
        if len(made) < 3:
            values = {"title": "new", "status": "New", "company": 0, "queue": harness.world.queue}
            made.add(str(harness.edit("tickets", add={**values, "priority": "Medium", "type": "Incident"})["id"]))
    if not removed or not made:
        raise HarnessError("nothing was edited meanwhile: the list came in one page")

    assert passage(seen, throughout=everything - removed, ever=everything | made).sound
