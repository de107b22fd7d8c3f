"""Queues: which are watched, which are dumping grounds, how late they are, and how often tickets are put elsewhere at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from anypsa import Event, Psa, Ticket, q
from anypsa import State as Meaning

from ..stages.promoting import Rate
from ..state import State

NO_QUEUE: Final = "no queue"
IDLE, DUMPING, LATE = "idle", "dumping ground", "late"
NEVER: Final = datetime.min.replace(tzinfo=UTC)
"""When a ticket was made of which that is not told."""
UNSEEN: Final = "no event of a new ticket is in the state store: receive events for a while, or run this on their store"


@dataclass(frozen=True, kw_only=True)
class Standards:
    """What is held against queues. Idle: nothing came or moved for so long. A dumping ground: of at least `enough` open
    tickets, this share is nobody's and has not moved for `stale`. Late: of those with a due date, this share is overdue."""

    span: timedelta = timedelta(days=30)
    idle: timedelta = timedelta(days=14)
    stale: timedelta = timedelta(days=7)
    enough: int = 5
    dumped: float = 0.5
    overdue: float = 0.2
    rerouted_within: timedelta = timedelta(hours=1)


@dataclass(frozen=True)
class QueueAudit:
    """One queue. `came` counts tickets that were made in the span, `left` is of the open ones that nobody has and that have
    not moved, `overdue` of the open ones with a due date; `last` is when anything moved. `findings` are words."""

    queue: str
    open: int
    came: int
    left: Rate
    overdue: Rate
    last: datetime | None
    findings: Sequence[str]


@dataclass(frozen=True)
class QueueFindings:
    """All queues, by name. `rerouted` tells how many new tickets a person put elsewhere within the hour, or is None;
    `absent` says why. `requests` is how many it took at least."""

    since: datetime
    queues: Sequence[QueueAudit]
    rerouted: Rate | None
    requests: int
    absent: str | None = None


def audit_queues(
    psa: Psa,
    *,
    standards: Standards = Standards(),  # frozen
) -> QueueFindings:
    """Looks at each active queue, and at what is in none. Raises what lists raise."""
    now = psa.context.session.moment()
    since = now - standards.span
    wanted = (q.state == "open") | (q.created >= since)
    tickets = psa.tickets.list(wanted).all()
    names = [one.name for one in psa.queues.list() if one.active is not False]
    inside: dict[str, list[Ticket]] = {name: [] for name in names}
    for ticket in tickets:
        inside.setdefault(str(ticket.queue) if ticket.queue else NO_QUEUE, []).append(ticket)
    queues = [audited(name, some, standards, now) for name, some in sorted(inside.items())]
    rerouted, absent = reroutes(psa, since, standards)
    return QueueFindings(since, queues, rerouted, psa.tickets.list(wanted).explain().requests, absent)


def audited(name: str, tickets: Sequence[Ticket], standards: Standards, now: datetime) -> QueueAudit:
    """One queue, by its tickets."""
    waiting = [one for one in tickets if one.state is not Meaning.CLOSED]
    left = [one for one in waiting if one.assignee is None and moved_at(one) < now - standards.stale]
    dated = [one for one in waiting if one.due is not None]
    overdue = Rate(sum(one.due < now for one in dated if one.due is not None), len(dated))
    last = max((moved_at(one) for one in tickets), default=None)
    came = sum(made_at(one) >= now - standards.span for one in tickets)
    rate = Rate(len(left), len(waiting))
    return QueueAudit(name, len(waiting), came, rate, overdue, last, found(rate, overdue, last, standards, now))


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


def reroutes(psa: Psa, since: datetime, standards: Standards) -> tuple[Rate | None, str | None]:
    """How many tickets a person put into another queue soon after they came, by the events that were received. No PSA tells
    what a ticket held before, so without events nobody knows."""
    state = psa.context.state
    events = state.eventlog.events(psa.tenant) if isinstance(state, State) else []
    came = {str(one.subject.id): one.occurred_at for one in events if one.kind == "ticket.created"}
    recent = {id: moment for id, moment in came.items() if moment >= since}
    if not recent:
        return None, UNSEEN
    put = set(put_elsewhere(events, recent, standards.rerouted_within))
    return Rate(len(put), len(recent)), None


def put_elsewhere(events: Iterable[Event], came: Mapping[str, datetime], within: timedelta) -> Iterable[str]:
    for event in events:
        began = came.get(str(event.subject.id))
        if began is None or event.entity != "ticket" or "queue" not in (event.changed or ()):
            continue
        if event.kind != "ticket.created" and event.occurred_at - began <= within:
            yield str(event.subject.id)
