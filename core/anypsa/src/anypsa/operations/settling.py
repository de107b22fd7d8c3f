"""Settling: what people wrote on tickets with plans is read, decisions take effect, and everything is told once.

A reply decides if a technician wrote it who may, by hand, in an internal note, and nobody changed it since. Whatever
else looks like a decision is kept as refused. All other notes of people's are the program's to read.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final

from ..errors import NotFound
from ..models import NOTES, TICKETS, Note, Visibility
from ..outbox import ItemStage
from ..plans import LIFETIME, Plan, PlanStage, Reply, What, reply_of
from ..query import Compare, Operator
from .announcing import UNTELLABLE, announced, event, tell, tell_refused
from .context import Context
from .deciding import decided, deciders
from .listing import Search
from .lookups import own_id
from .planning import expired, ourselves, replies_count

TICK: Final = timedelta(seconds=5)
"""Vendors may stamp a new note twice, a moment apart. Who changes it later has changed it."""
WAITING: Final = "waiting"
MESSAGE: Final = "message"
OURS: Final = "this automation wrote it"
REWRITTEN: Final = "the note that asked for it was changed since, so that it may have shown something else: plan anew"
WATCHED: Final = (*(stage for stage in PlanStage if stage is not PlanStage.DRAFTED),)


@dataclass(frozen=True)
class Settled:
    """What became of plans since the last time: the `plans` that came to another stage, and the `messages` that people
    wrote on their tickets."""

    plans: Sequence[Plan] = ()
    messages: Sequence[Note] = ()


@dataclass
class Ticket:
    """A ticket with plans, while it is read. `rewritten` are the notes of ours that somebody changed since they asked."""

    id: str
    plans: list[Plan] = field(default_factory=list)
    rewritten: frozenset[str | None] = frozenset()
    messages: list[Note] = field(default_factory=list)


async def settle(context: Context, only: object = None) -> Settled:
    """Looks once at all tickets with plans, or at one ticket."""
    wire, store = context.session.wire, context.plans
    about = None if only is None else own_id(context, TICKETS, only, "settle plans")
    for draft in await wire.offload(partial(store.plans, context.tenant, (PlanStage.DRAFTED,), about)):
        await expired(context, draft)
    since = wire.moment() - LIFETIME
    watched = await wire.offload(partial(store.plans, context.tenant, WATCHED, about, None, since))
    before = {plan.id: plan.stage for plan in watched}
    tickets: dict[str, Ticket] = {}
    for plan in watched:
        if plan.note is not None:
            tickets.setdefault(plan.ticket, Ticket(plan.ticket)).plans.append(plan)
    for ticket in tickets.values():
        await read(context, ticket)
    for plan in await wire.offload(partial(store.plans, context.tenant, (PlanStage.RUNNING,), about)):
        await finished(context, plan)
    await tell(context)
    after = await wire.offload(partial(store.plans, context.tenant, WATCHED, about, None, since))
    changed = [plan for plan in after if before.get(plan.id, plan.stage) is not plan.stage]
    return Settled(changed, [note for ticket in tickets.values() for note in ticket.messages])


async def read(context: Context, ticket: Ticket) -> None:
    """One ticket: what was written on it, and whose time is over."""
    try:
        notes = await notes_of(context, ticket.id)
    except NotFound:
        notes = []
    proposals = {plan.note for plan in ticket.plans}
    ticket.rewritten = frozenset(note.id for note in notes if note.id in proposals and changed_since(note))
    places = [place for place, note in enumerate(notes) if note.id in proposals]
    seen = await context.session.wire.offload(partial(context.plans.noted, context.tenant, ticket.id))
    for note in notes[places[0] :] if places else ():
        if note.id not in proposals and via(note) not in seen:
            await considered(context, ticket, note)
    for plan in ticket.plans:
        await tell_refused(context, plan)
        if await expired(context, plan) is None and plan.stage is PlanStage.PROPOSED:
            await told_that_it_waits(context, plan)


async def notes_of(context: Context, ticket: str) -> list[Note]:
    """The notes of a ticket, the oldest first."""
    listing = Search(context, NOTES, Compare("ticket", Operator.EQ, ticket), (), None).listing()
    found: list[Note] = []
    while (page := await listing.next_page()) is not None:
        found += page
    return sorted(found, key=lambda note: (note.created is None, note.created, len(note.id), note.id))


async def considered(context: Context, ticket: Ticket, note: Note) -> None:
    """One note: ours, a message, or a decision. Of all processes that read it, one hands it on."""
    reply, why_not = reply_of(note.body), await unfit_note(context, note)
    plan = addressed(ticket, reply)
    if reply is not None and reply.approves and plan.note in ticket.rewritten:
        why_not = why_not or REWRITTEN
    if reply is None:
        first = why_not != OURS and await kept(context, plan, note, MESSAGE)
    elif why_not is None and reply.code == plan.code and note.author is not None:
        by, named = note.author.id, via(note)
        first = not (await decided(context, plan, by, approves=reply.approves, via=named, reason=reply.reason)).moved
    else:
        reason = why_not or f"no plan of this ticket is called {reply.code}"
        first = await kept(context, plan, note, What.REFUSED, reason)
    if first and why_not != OURS:
        ticket.messages.append(note)


async def kept(context: Context, plan: Plan, note: Note, what: str, reason: str | None = None) -> bool:
    """Keeps that a note was read; False if another process was faster."""
    line = event(context, plan, what, actor=author(note), via=via(note), reason=reason)
    return await context.session.wire.offload(partial(context.plans.note, line))


def via(note: Note) -> str:
    """How a note is named in the audit trail."""
    return f"note:{note.id}"


def addressed(ticket: Ticket, reply: Reply | None) -> Plan:
    """The plan that a note is about: the one it names, else the first one."""
    named = [plan for plan in ticket.plans if reply is not None and plan.code == reply.code]
    return [*named, *ticket.plans][0]


async def unfit_note(context: Context, note: Note) -> str | None:
    """Why a note is no decision, whatever it says and whoever may decide."""
    us = await ourselves(context)
    writer = None if note.author is None else note.author.id
    spoke_for = None if note.impersonator is None else note.impersonator.id
    if {writer, spoke_for} & us or await we_wrote(context, note):
        return OURS
    if writer is None or note.author_contact is not None:
        return "only technicians decide"
    if note.application is not None:
        return "an API application wrote it"
    if spoke_for is not None:
        return "somebody else wrote it, or changed it, in the technician's name"
    if not await replies_count(context):
        return "it cannot be told from what API users write: this PSA does not say who we are"
    if note.visibility is not Visibility.INTERNAL:
        return "customers can read it, and what comes by mail does not prove its sender: decide by an internal note"
    if changed_since(note):
        return "it was changed after it was written: write a new one"
    return None


def changed_since(note: Note) -> bool:
    """Whether somebody changed a note after it was written, or may have."""
    return note.created is None or (note.updated is not None and note.updated - note.created > TICK)


async def we_wrote(context: Context, note: Note) -> bool:
    """Whether the journal knows of a write of ours to a note, whoever its author is."""
    asked = partial(context.plans.wrote, note.tenant, NOTES.name, note.id)
    return await context.session.wire.offload(asked)


def author(note: Note) -> str | None:
    """Who wrote a note, as far as it says."""
    writer = note.author or note.author_contact
    return None if writer is None else f"{writer} ({writer.id})" if writer.name else writer.id


async def told_that_it_waits(context: Context, plan: Plan) -> None:
    """Says once that nobody may decide, if it is so."""
    try:
        allowed = await deciders(context, plan.ticket)
    except NotFound:
        return
    said, wire = f"{WAITING}:{plan.id}", context.session.wire
    if not allowed.nobody or said in await wire.offload(partial(context.plans.noted, plan.tenant, plan.ticket)):
        return
    text = f"Plan {plan.code} waits: nobody may decide on it now. Assign the ticket to somebody who shall decide."
    line = event(context, plan, WAITING, via=said, reason=allowed.why)
    with suppress(*UNTELLABLE):
        await announced(context, plan, text, WAITING)
    await wire.offload(partial(context.plans.note, line))


async def finished(context: Context, plan: Plan) -> Plan:
    """A running plan that has nothing left to do has ended."""
    fared = [item.stage for item in plan.items]
    if ItemStage.WAITING in fared or ItemStage.HELD in fared:
        return plan
    done = all(stage is ItemStage.DONE for stage in fared)
    errors = [item.error for item in plan.items if item.error and item.stage is not ItemStage.DONE]
    stage = PlanStage.DONE if done else PlanStage.FAILED
    line = event(context, plan, stage, reason=errors[0][:500] if errors else None)
    ended = partial(context.plans.end, plan.id, stage, (PlanStage.RUNNING,), line)
    return (await context.session.wire.offload(ended)).plan
