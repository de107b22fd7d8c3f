"""Queues: which are watched, which are dumping grounds, how late they are, by what tickets come there, and how often they are
put elsewhere at once."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from anypsa import Psa, Ticket, q
from anypsa import State as Meaning
from anypsa.query import Expression

from ..stages.promoting import Rate
from .costs import Cost, afford, cost
from .reroutes import UNSEEN, Reroutes, new_tickets, reroutes
from .routing import UNTOLD, Routing, routings

NO_QUEUE: Final = "no queue"
IDLE, DUMPING, LATE = "idle", "dumping ground", "late"
NEVER: Final = datetime.min.replace(tzinfo=UTC)
"""When a ticket was made of which that is not told."""
SEED: Final = 1


@dataclass(frozen=True, kw_only=True)
class Standards:
    """What is held against queues. Idle: nothing came or moved for so long. A dumping ground: of at least `enough` open
    tickets, this share is nobody's and has not moved for `stale`. Late: of those with a due date, this share is overdue.

    Tickets come to a queue by what guesses a share of `shared` of them. Where only a ticket that is got says its contract,
    `looked_into` of them are got. Put elsewhere: within `rerouted_within`; `rerouted` is the share from which on that is
    often. `programs` are the ids of technicians who are programs, besides ourselves.
    """

    span: timedelta = timedelta(days=30)
    idle: timedelta = timedelta(days=14)
    stale: timedelta = timedelta(days=7)
    enough: int = 5
    dumped: float = 0.5
    overdue: float = 0.2
    shared: float = 0.7
    looked_into: int = 100
    rerouted_within: timedelta = timedelta(hours=1)
    rerouted: float = 0.3
    programs: Collection[str] = ()


USUAL: Final = Standards()


@dataclass(frozen=True)
class QueueAudit:
    """One queue. `came` counts tickets that were made in the span, `left` is of the open ones that nobody has and that have
    not moved, `overdue` of the open ones with a due date; `last` is when anything moved, `routed` by what tickets come to be
    there. `findings` are words."""

    queue: str
    open: int
    came: int
    left: Rate
    overdue: Rate
    last: datetime | None
    routed: Routing
    findings: Sequence[str]


@dataclass(frozen=True)
class QueueFindings:
    """All queues, by name. `rerouted` tells how many new tickets were soon put elsewhere, and by whom, or is None; `absent`
    says why."""

    since: datetime
    queues: Sequence[QueueAudit]
    rerouted: Reroutes | None
    absent: str | None = None


def queues_cost(psa: Psa, *, standards: Standards = USUAL) -> Cost:
    """How many requests `audit_queues` takes. The vendor is asked how many tickets there are to read."""
    since = psa.context.session.moment() - standards.span
    told = psa.tickets.list(wanted(since)).explain(count=True)
    rows = standards.looked_into if told.rows is None else told.rows
    parts = {
        "to list tickets": told.requests,
        "to list queues": 1,
        "to look into tickets": min(standards.looked_into, rows) if listed(psa, "contract") is False else 0,
        "to tell people from programs": 1 if new_tickets(psa, since)[1] else 0,
    }
    return cost(psa, parts)


def audit_queues(psa: Psa, *, standards: Standards = USUAL) -> QueueFindings:
    """Looks at each active queue, and at what is in none. Raises what lists raise, and `OverBudget` before it begins if the
    block that it is in leaves it too few requests."""
    afford(psa, "audit queues", partial(queues_cost, psa, standards=standards))
    now = psa.context.session.moment()
    since = now - standards.span
    tickets = psa.tickets.list(wanted(since)).all()
    names = [one.name for one in psa.queues.list() if one.active is not False]
    inside: dict[str, list[Ticket]] = {name: [] for name in names}
    for ticket in tickets:
        inside.setdefault(str(ticket.queue) if ticket.queue else NO_QUEUE, []).append(ticket)
    routed = routes(psa, tickets, standards)
    queues = [audited(name, some, standards, now, routed) for name, some in sorted(inside.items())]
    events, came = new_tickets(psa, since)
    within, often = standards.rerouted_within, standards.rerouted
    moved = reroutes(psa, events, came, within=within, programs=standards.programs, often=often)
    return QueueFindings(since, queues, moved, None if moved is not None else UNSEEN)


def wanted(since: datetime) -> Expression:
    """The tickets that are looked at: all that are open, and those that came lately."""
    return (q.state == "open") | (q.created >= since)


def listed(psa: Psa, field: str) -> bool | None:
    """Whether lists of tickets tell a field; None where no ticket does."""
    found = psa.context.adapter.tables["ticket"].by_name.get(field)
    return None if found is None else found.listed


def routes(psa: Psa, tickets: Sequence[Ticket], standards: Standards) -> Mapping[str, Routing]:
    """By what tickets come to each queue. Where lists leave contracts out, some tickets are got, one by one."""
    told = listed(psa, "contract")
    if told is False:
        drawn = random.Random(SEED).sample(tickets, min(standards.looked_into, len(tickets)))  # the same ones each time
        tickets = [psa.tickets.get(one.id) for one in drawn]
    return routings(tickets, enough=standards.enough, shared=standards.shared, contracts=told is not None)


def audited(
    name: str, tickets: Sequence[Ticket], standards: Standards, now: datetime, routed: Mapping[str, Routing]
) -> QueueAudit:
    """One queue, by its tickets."""
    waiting = [one for one in tickets if one.state is not Meaning.CLOSED]
    left = [one for one in waiting if one.assignee is None and moved_at(one) < now - standards.stale]
    dated = [one for one in waiting if one.due is not None]
    overdue = Rate(sum(one.due < now for one in dated if one.due is not None), len(dated))
    last = max((moved_at(one) for one in tickets), default=None)
    came = sum(made_at(one) >= now - standards.span for one in tickets)
    rate = Rate(len(left), len(waiting))
    findings = found(rate, overdue, last, standards, now)
    return QueueAudit(name, len(waiting), came, rate, overdue, last, routed.get(name, UNTOLD), findings)


def found(left: Rate, overdue: Rate, last: datetime | None, standards: Standards, now: datetime) -> Sequence[str]:
    """What is to be said of a queue."""
    told = {
        IDLE: last is None or last < now - standards.idle,
        DUMPING: left.of >= standards.enough and (left.share or 0) >= standards.dumped,
        LATE: overdue.of >= standards.enough and (overdue.share or 0) >= standards.overdue,
    }
    return [word for word, so in told.items() if so]


def moved_at(ticket: Ticket) -> datetime:
    return ticket.updated or made_at(ticket)


def made_at(ticket: Ticket) -> datetime:
    return ticket.created or NEVER
