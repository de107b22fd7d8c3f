"""The catalogue: what every adapter must do. Each check arranges in the world, acts once, and asserts one promise."""

from __future__ import annotations

from functools import partial

import anyio.lowlevel
import pytest

from anypsa import (
    AuthenticationFailed,
    Conflict,
    FilterIgnored,
    Incomplete,
    Invalid,
    NotFound,
    OutcomeUnknown,
    Visibility,
    q,
)

from .checks import LIVE, WRITES, Check, check
from .faces import Probe
from .harness import Harness, HarnessError

# Judged by what is attested, and by no server at all.
FREED_BY = 0.1
"""Seconds after an answer by which every sandbox has freed a slot."""
ATTESTED = Check(
    "errors.by_meaning",
    "errors",
    lambda psa, harness: anyio.lowlevel.checkpoint(),
    frozenset(),
    "tickets.get",
    ("errors.by_meaning",),
)

# Reading


@check("tickets.get.whole", promise="complete", needs="tickets.get")
async def whole(psa: Probe, harness: Harness) -> None:
    """A ticket is got by its id, whole and of this tenant."""
    ticket = await psa.tickets.get(harness.world.ticket)

    assert (ticket.id, ticket.title, ticket.tenant) == (harness.world.ticket, harness.world.ticket_title, psa.tenant)
    assert ticket.status.label is not None


@check("tickets.get.missing", promise="errors", needs="tickets.get", proves=("get.missing",))
async def missing(psa: Probe, harness: Harness) -> None:
    """An id that the vendor does not know raises NotFound, however the vendor says so."""
    with pytest.raises(NotFound):
        await psa.tickets.get(harness.world.missing_ticket)


@check("tickets.list.by_label", promise="filters")
async def by_label(psa: Probe, harness: Harness) -> None:
    """A label filters exactly."""
    found = [ticket async for ticket in psa.tickets.list(q.queue == harness.world.queue)]

    assert len({ticket.id for ticket in found}) == len(found) == harness.world.tickets_in_queue
    assert {ticket.queue.label for ticket in found} == {harness.world.queue}


@check("tickets.list.by_state", promise="filters")
async def by_state(psa: Probe, harness: Harness) -> None:
    """A state filters by what statuses mean."""
    where = (q.queue == harness.world.queue) & (q.state == "open")
    found = [ticket async for ticket in psa.tickets.list(where)]

    assert len(found) == harness.world.open_in_queue
    assert {ticket.state for ticket in found} == {"open"}


@check("tickets.list.text_without_case", promise="filters", proves=("plan.whole",))
async def text(psa: Probe, harness: Harness) -> None:
    """Text is found whatever its case."""
    found = [ticket async for ticket in psa.tickets.list(q.title.contains(harness.world.word))]

    assert len(found) == harness.world.tickets_with_word
    assert all(harness.world.word.casefold() in ticket.title.casefold() for ticket in found)


@check("tickets.list.negation_includes_absent", promise="filters", proves=("plan.whole",))
async def negation(psa: Probe, harness: Harness) -> None:
    """What is not in a queue includes what is in none."""
    found = [ticket async for ticket in psa.tickets.list(q.queue != harness.world.queue)]

    assert len(found) == harness.world.tickets_outside_queue


@check("tickets.count.proved", promise="filters", needs="tickets.count", proves=("count.rows",))
async def count(psa: Probe, harness: Harness) -> None:
    """A count is that of the rows."""
    assert await psa.tickets.count(q.queue == harness.world.queue) == harness.world.tickets_in_queue


@check("tickets.list.expand", promise="complete")
async def expand(psa: Probe, harness: Harness) -> None:
    """A relation that is asked for comes with its record."""
    where = (q.company == harness.world.company) & (q.queue == harness.world.queue)
    found = [ticket async for ticket in psa.tickets.list(where, expand=["company"])]

    assert found
    assert {ticket.company.record.name for ticket in found} == {harness.world.company_name}


@check("tickets.list.unknown_label", promise="errors", proves=("options.listed",))
async def unknown_label(psa: Probe, harness: Harness) -> None:
    """A label that does not exist lists those that do."""
    with pytest.raises(Invalid) as refused:
        await psa.tickets.first(q.queue == "no queue is called this")

    assert harness.world.queue in refused.value.problems[0].allowed


@check("notes.list.by_ticket", promise="complete", needs="notes.list")
async def notes(psa: Probe, harness: Harness) -> None:
    """The notes of a ticket are listed, and each tells who may read it."""
    found = [note async for note in psa.notes.list(ticket=harness.world.ticket_with_notes)]

    assert len(found) == harness.world.notes
    assert all(note.ticket.id == harness.world.ticket_with_notes for note in found)
    assert all(note.visibility in Visibility for note in found)


@check("companies.get.whole", promise="complete", needs="companies.get")
async def company(psa: Probe, harness: Harness) -> None:
    """A company is got by its id."""
    assert (await psa.companies.get(harness.world.company)).name == harness.world.company_name


@check("contacts.list.by_company", promise="filters", needs="contacts.list")
async def contacts(psa: Probe, harness: Harness) -> None:
    """Contacts are found by their company."""
    found = [contact async for contact in psa.contacts.list(q.company == harness.world.company)]

    assert found
    assert {contact.company.id for contact in found} == {harness.world.company}


@check("queues.list.named", promise="complete", needs="queues.list")
async def queues(psa: Probe, harness: Harness) -> None:
    """Queues are listed by name, each once."""
    names = [queue.name async for queue in psa.queues.list()]

    assert names.count(harness.world.queue) == 1


@check("technicians.list.named", promise="complete", needs="technicians.list")
async def technicians(psa: Probe, harness: Harness) -> None:
    """Technicians are listed by name, each once."""
    found = [technician async for technician in psa.technicians.list()]

    assert [technician.name for technician in found].count(harness.world.technician) == 1
    assert len({technician.id for technician in found}) == len(found)


# Writing


@check("tickets.create.as_asked", promise="once", needs="tickets.create", drivers=WRITES)
async def create(psa: Probe, harness: Harness) -> None:
    """A ticket is stored as it was asked for, and returned as it was stored."""
    values = {"title": "Ünïcode & <b>", "queue": harness.world.queue, **harness.world.new_ticket}
    ticket = await psa.tickets.create(company=harness.world.company, **values)
    again = await psa.tickets.get(ticket)

    assert (again.title, again.queue.label, again.company.id) == (
        values["title"],
        values["queue"],
        harness.world.company,
    )
    assert again == ticket


@check(
    "tickets.update.only_what_is_named",
    promise="absent",
    needs="tickets.update",
    proves=("update.named",),
    drivers=WRITES,
)
async def update(psa: Probe, harness: Harness) -> None:
    """An update changes what it names, and nothing else."""
    before = await psa.tickets.get(harness.world.ticket)
    after = await psa.tickets.update(before, title="Another title")

    assert after.title == "Another title"
    unchanged = {name: value for name, value in before.model_dump().items() if name not in ("title", "updated")}
    assert unchanged == {name: value for name, value in after.model_dump().items() if name not in ("title", "updated")}


@check("tickets.update.assign_and_clear", promise="absent", needs="tickets.update", drivers=WRITES)
async def assign(psa: Probe, harness: Harness) -> None:
    """A technician is assigned by name, and None takes the ticket away again."""
    given = await psa.tickets.update(harness.world.unassigned_ticket, assignee=harness.world.technician)
    taken = await psa.tickets.update(given, assignee=None)

    assert given.assignee is not None
    assert taken.assignee is None


@check("notes.create.internal", promise="visibility", needs="notes.create", proves=("visibility.told",), drivers=WRITES)
async def internal(psa: Probe, harness: Harness) -> None:
    """An internal note is stored as one."""
    note = await psa.notes.create(ticket=harness.world.ticket, body="For us.", visibility=Visibility.INTERNAL)

    assert (note.visibility, note.body) == (Visibility.INTERNAL, "For us.")


@check("notes.create.public", promise="visibility", needs="notes.create", proves=("visibility.told",), drivers=WRITES)
async def public(psa: Probe, harness: Harness) -> None:
    """A public note is stored as one."""
    note = await psa.notes.create(ticket=harness.world.ticket, body="For you.", visibility=Visibility.PUBLIC)

    assert note.visibility is Visibility.PUBLIC


# What a recording cannot show


def failed(harness: Harness, path: str) -> None:
    """Raises `HarnessError` unless a call failed that was to: else a check would have proved nothing."""
    if not any(call["fault"] for call in harness.control.calls()):
        raise HarnessError(f"no request matched {path}, so nothing failed")


@check("credentials.refused", promise="errors", needs="tickets.get", drivers=LIVE, proves=("whoami.proves",))
async def refused(psa: Probe, harness: Harness) -> None:
    """Bad credentials raise AuthenticationFailed, and are tried once; good ones are named."""
    assert (await psa.check()).username
    harness.control.clear_log()
    with pytest.raises(AuthenticationFailed):
        await psa.with_settings(harness.refused, lambda other: other.tickets.get(harness.world.ticket))

    assert [call["status"] for call in harness.control.calls()].count(401) == 1


@check("tickets.list.spans_pages", promise="complete", drivers=LIVE, proves=("list.order",))
async def pages(psa: Probe, harness: Harness) -> None:
    """Every ticket of a long list comes once."""
    pager = psa.tickets.list()
    ids = [ticket.id async for ticket in pager]

    assert len(ids) == len(set(ids)) == harness.world.tickets_in_queue + harness.world.tickets_outside_queue
    assert pager.report.requests >= 3
    assert pager.report.complete


@check("tickets.list.broken_page", promise="complete", drivers=LIVE, survives=("F4", "F14"))
async def broken_page(psa: Probe, harness: Harness) -> None:
    """A page that comes broken once is read again, and nothing is lost."""
    for action in ("html", "truncate", "reset"):
        harness.control.clear_log()
        harness.control.fault(action, path=harness.paths.tickets, times=1)
        found = [ticket.id async for ticket in psa.tickets.list(q.queue == harness.world.queue)]
        failed(harness, harness.paths.tickets)

        assert len(set(found)) == len(found) == harness.world.tickets_in_queue


@check("tickets.list.never_short", promise="complete", drivers=LIVE, survives=("F4",))
async def never_short(psa: Probe, harness: Harness) -> None:
    """A list that cannot be read to its end raises."""
    harness.control.fault("html", path=harness.paths.later_page, skip=1, times=None)

    with pytest.raises(Incomplete):
        [ticket async for ticket in psa.tickets.list()]


@check("tickets.list.filter_ignored", promise="filters", drivers=LIVE)
async def filter_ignored(psa: Probe, harness: Harness) -> None:
    """A vendor that ignores a filter is found out."""
    path = harness.paths.tickets
    harness.control.fault("ignore_operator", operator=harness.paths.dropped, path=path, times=None)

    with pytest.raises(FilterIgnored):
        [ticket async for ticket in psa.tickets.list(q.queue == harness.world.queue)]


@check(
    "tickets.create.lost_answer",
    promise="once",
    needs="tickets.create",
    drivers=LIVE,
    proves=("create.once",),
    survives=("W1",),
)
async def lost_answer(psa: Probe, harness: Harness) -> None:
    """A create whose answer got lost is looked for, found, and never sent again."""
    harness.control.fault("lose", method="POST", path=harness.paths.create_ticket)
    title = "sent once and no more"
    ticket = await psa.tickets.create(
        company=harness.world.company, title=title, queue=harness.world.queue, **harness.world.new_ticket
    )

    failed(harness, harness.paths.create_ticket)
    assert [one.id async for one in psa.tickets.list(q.title == title)] == [ticket.id]


@check("tickets.create.never_arrived", promise="once", needs="tickets.create", drivers=LIVE, survives=("W1",))
async def never_arrived(psa: Probe, harness: Harness) -> None:
    """A create whose answer got lost and that cannot be found is unknown, until it is certain that it never happened."""
    harness.control.fault("reset", method="POST", path=harness.paths.create_ticket)
    title = "never arrived"

    async def created(hasty: Probe) -> None:
        with pytest.raises(OutcomeUnknown) as unknown:
            await hasty.tickets.create(
                company=harness.world.company, title=title, queue=harness.world.queue, **harness.world.new_ticket
            )
        assert not (await hasty.resolve(unknown.value.entry)).happened

    await psa.with_settings({"settle_time": 0}, created)
    assert [one.id async for one in psa.tickets.list(q.title == title)] == []


@check("tickets.create.idempotency_key", promise="once", needs="tickets.create", drivers=LIVE, survives=("W2",))
async def idempotency_key(psa: Probe, harness: Harness) -> None:
    """The same key with the same values gives the first ticket; with other values it is refused."""
    values = {"company": harness.world.company, "queue": harness.world.queue, **harness.world.new_ticket}
    first = await psa.tickets.create(title="one key", idempotency_key="k-1", **values)
    again = await psa.tickets.create(title="one key", idempotency_key="k-1", **values)

    assert again.id == first.id
    with pytest.raises(Conflict):
        await psa.tickets.create(title="another title", idempotency_key="k-1", **values)


@check("tickets.update.expect", promise="once", needs="tickets.update", drivers=LIVE, survives=("W4",))
async def expect(psa: Probe, harness: Harness) -> None:
    """An update is refused, and nothing sent, when the record is no longer what the caller expects."""
    ticket = await psa.tickets.get(harness.world.ticket)
    await psa.tickets.update(ticket, title="moved on", expect={"title": ticket.title})

    with pytest.raises(Conflict):
        await psa.tickets.update(ticket, title="too late", expect={"title": ticket.title})

    assert (await psa.tickets.get(ticket)).title == "moved on"


@check("tickets.update.lost_answer", promise="once", needs="tickets.update", drivers=LIVE)
async def lost_update(psa: Probe, harness: Harness) -> None:
    """An update whose answer got lost is read back, and not sent again."""
    harness.control.clear_log()
    harness.control.fault("lose", method=harness.paths.update_method, path=harness.paths.update_ticket)
    ticket = await psa.tickets.update(harness.world.ticket, title="changed once")

    assert ticket.title == "changed once"
    writes = [call for call in harness.control.calls() if call["fault"] == "lose"]
    assert len(writes) == 1


@check("tickets.get.slots", promise="limits", needs="tickets.get", drivers=LIVE, proves=("limits.slots",))
async def slots(psa: Probe, harness: Harness) -> None:
    """However many callers, no more are under way at once than the settings allow."""
    harness.control.clear_log()

    async def crowded(other: Probe) -> None:
        await other.together([partial(other.tickets.get, harness.world.ticket, gather=False) for _ in range(24)])

    # Told how late slots are freed: a connection that has to learn it is refused once, and that counts as under way.
    await psa.with_settings({"release_lag": FREED_BY}, crowded)

    assert 0 < harness.control.peak() <= psa.psa.context.settings.slots
