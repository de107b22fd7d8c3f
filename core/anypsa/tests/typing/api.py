"""What type checkers see of the public API. Checked by `nox -s types`, never run.

Expected errors are ignores with their code: mypy reports an ignore that nothing needs, so each of them can fail.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, assert_type

import anypsa
from anypsa import (
    AsyncCollection,
    AsyncPager,
    AsyncPsa,
    Choice,
    Collection,
    Company,
    Contact,
    Expression,
    Note,
    Pager,
    Psa,
    Queue,
    Ref,
    Report,
    State,
    Technician,
    Ticket,
    Visibility,
    q,
)
from anypsa.models import TICKETS, Kind
from anypsa_autotask import Autotask


def connecting(settings: Autotask) -> None:
    assert_type(anypsa.connect("autotask", username="api@acme.example"), Psa)
    assert_type(anypsa.connect(settings), Psa)
    assert_type(anypsa.connect(profile="acme"), Psa)
    assert_type(anypsa.connect_async("autotask"), AsyncPsa)
    with anypsa.connect("autotask") as psa:
        assert_type(psa, Psa)
    anypsa.connect(7)  # type: ignore[arg-type]  # neither a name nor settings
    Autotask(username="api@acme.example", secret="s")  # type: ignore[call-arg, arg-type]  # no integration code, no SecretStr


def lists(psa: Psa, company: Company, ticket: Ticket) -> None:
    assert_type(psa.tickets.list(), Pager[Ticket])
    assert_type(psa.tickets.list(q.state == "open", expand=["company"], limit=5), Pager[Ticket])
    assert_type(psa.tickets.list({"field": "title", "op": "contains", "value": "vpn"}), Pager[Ticket])
    assert_type(psa.notes.list(ticket=ticket), Pager[Note])
    assert_type(iter(psa.tickets.list()), Iterator[Ticket])
    assert_type(psa.tickets.list().pages(), Iterator[Sequence[Ticket]])
    assert_type(psa.tickets.list().all(), list[Ticket])
    assert_type(psa.tickets.list().report, Report)
    psa.tickets.list("open")  # a string is a sequence to checkers; it is refused when the list is made
    psa.tickets.list(company)  # type: ignore[arg-type]  # a record is not a filter
    psa.tickets.list(limit="5")  # type: ignore[arg-type]
    psa.tickets.list(expand=5)  # type: ignore[arg-type]


def reads(psa: Psa, ticket: Ticket, reference: Ref[Ticket], company: Company) -> None:
    assert_type(psa.tickets.get(ticket), Ticket)
    assert_type(psa.tickets.get(reference), Ticket)
    assert_type(psa.tickets.get("7"), Ticket)
    assert_type(psa.tickets.get_many([7, "8"]), Sequence[Ticket])
    assert_type(psa.tickets.first(q.number == "T1"), Ticket | None)
    assert_type(psa.tickets.count(), int)
    psa.tickets.get(company)  # type: ignore[arg-type]  # another kind of record
    psa.tickets.get(None)  # type: ignore[arg-type]


def writes(psa: Psa, company: Company, contact: Contact, ticket: Ticket, choice: Choice) -> None:
    assert_type(psa.tickets.create(title="VPN down", company=company), Ticket)
    psa.tickets.create(title="VPN down", company=ticket.company, queue="Service Desk", priority=choice, contact=contact)
    psa.tickets.create(title="VPN down", company="7", estimate=timedelta(hours=1), custom_fields={"Site Code": None})
    psa.tickets.create(titel="VPN down", title="VPN down", company=company)  # type: ignore[call-arg]
    psa.tickets.create(title="VPN down")  # type: ignore[call-arg]  # whose ticket?
    psa.tickets.create(title=5, company=company)  # type: ignore[arg-type]
    psa.tickets.create(title="VPN down", company=contact)  # type: ignore[arg-type]
    psa.tickets.create(title="VPN down", company=company, estimate=1)  # type: ignore[arg-type]  # hours? minutes?
    psa.tickets.create("VPN down", company=company)  # type: ignore[call-arg]  # names only

    assert_type(psa.tickets.update(ticket, status="In Progress", due=None), Ticket)
    psa.tickets.update("7", assignee=None)
    psa.tickets.update(ticket, number="T1")  # type: ignore[call-arg]  # the vendor gives numbers
    psa.tickets.update(ticket, title=None)  # type: ignore[arg-type]  # a ticket has a title
    psa.tickets.update(title="VPN down")  # type: ignore[call-arg]  # which ticket?

    assert_type(psa.notes.create(ticket=ticket, body="Done.", visibility=Visibility.INTERNAL), Note)
    psa.notes.create(ticket=ticket, body="Done.")  # type: ignore[call-arg]  # who may read it?
    psa.notes.create(ticket=ticket, body="Done.", visibility=True)  # type: ignore[arg-type]
    psa.queues.create(name="Service Desk")  # type: ignore[call-arg]  # the tenant's administrators make queues


def models(ticket: Ticket, note: Note) -> None:
    assert_type(ticket.company, Ref[Company])
    assert_type(ticket.company.record, Company | None)
    assert_type(ticket.assignee, Ref[Technician] | None)
    assert_type(ticket.status, Choice)
    assert_type(ticket.state, State)
    assert_type(ticket.created, datetime | None)
    assert_type(ticket.estimate, timedelta | None)
    assert_type(note.visibility, Visibility | None)
    print(ticket.titel)  # type: ignore[attr-defined]
    ticket.queue.label  # type: ignore[union-attr]  # a ticket may have no queue


def queries() -> None:
    assert_type(q.state == "open", Expression)
    assert_type((q.state == "open") & ~q.title.contains("vpn") | q.created.is_null(), Expression)
    assert_type(q.custom["Site Code"].in_(["A", "B"]), Expression)
    q.title.contains(5)  # type: ignore[arg-type]
    q.title.in_(5)  # type: ignore[arg-type]
    (q.state == "open") & "closed"  # type: ignore[operator]
    q.custom[5]  # type: ignore[index]


def collections(psa: Psa) -> None:
    kind = TICKETS

    def titles(of: Collection[Ticket, ..., ...]) -> list[str]:
        return [ticket.title for ticket in of.list()]

    def number_of(of: Collection[Any, ..., ...]) -> int:
        return of.count()

    assert_type(titles(psa.tickets), list[str])
    number_of(psa.companies)
    titles(psa.companies)  # type: ignore[arg-type]
    plain: Kind[Ticket, ..., ...] = kind
    assert_type(plain.model, type[Ticket])


async def awaiting(psa: AsyncPsa, company: Company, ticket: Ticket) -> None:
    async with anypsa.connect_async("autotask") as entered:
        assert_type(entered, AsyncPsa)
    assert_type(psa.tickets.list(), AsyncPager[Ticket])
    assert_type(psa.tickets.list().pages(), AsyncIterator[Sequence[Ticket]])
    assert_type(await psa.tickets.list().all(), list[Ticket])
    async for one in psa.tickets.list(q.state == "open"):
        assert_type(one, Ticket)
    assert_type(await psa.tickets.get("7"), Ticket)
    assert_type(await psa.tickets.first(), Ticket | None)
    assert_type(await psa.queues.list().all(), list[Queue])
    assert_type(await psa.tickets.create(title="VPN down", company=company), Ticket)
    assert_type(await psa.tickets.update(ticket, status="Complete"), Ticket)
    await psa.tickets.create(titel="VPN down", title="VPN down", company=company)  # type: ignore[call-arg]
    await psa.notes.create(ticket=ticket, body="Done.")  # type: ignore[call-arg]
    for one in psa.tickets.list():  # type: ignore[attr-defined]  # wants `async for`
        print(one)

    async def titles(of: AsyncCollection[Ticket, ..., ...]) -> list[str]:
        return [ticket.title async for ticket in of.list()]

    assert_type(await titles(psa.tickets), list[str])


def outboxes(psa: Psa, ticket: Ticket) -> None:
    """The outbox takes what the collections take, and the item that will make a record in its place."""
    item = psa.outbox.tickets.create(title="VPN down", company="5")
    assert_type(item, anypsa.Item)
    assert_type(psa.outbox.notes.create(ticket=item, body="b", visibility=Visibility.INTERNAL), anypsa.Item)
    assert_type(psa.outbox.tickets.update(item, title="b"), anypsa.Item)
    assert_type(psa.outbox.drain(), anypsa.Drained)
    psa.outbox.tickets.create(company="5")  # type: ignore[call-arg]  # a title is required
    psa.outbox.tickets.update(ticket, titel="b")  # type: ignore[call-arg]  # there is no such field


async def async_outboxes(psa: AsyncPsa) -> None:
    """The async outbox has the same types."""
    item = await psa.outbox.tickets.create(title="VPN down", company="5")
    assert_type(item, anypsa.Item)
    assert_type(await psa.outbox.drain(), anypsa.Drained)


def of_one_kind(psa: Psa, ticket: Ticket) -> None:
    """What only some collections can do is refused on others."""
    assert_type(psa.contacts.suggest("jo sm"), Sequence[Contact])
    assert_type(psa.tickets.related(ticket), Sequence[Ticket])
    psa.assets.suggest("jo sm")  # type: ignore[misc]  # assets are not called
    psa.companies.related(ticket)  # type: ignore[misc]  # tickets are
    psa.contacts.workloads()  # type: ignore[misc]  # technicians have them
