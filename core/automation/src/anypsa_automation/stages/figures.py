"""The weekly figures: how often people approved, how exact time is, what was billed, how much happens by itself. Data.

What cannot be measured is `None`, and `absent` says why: no figure is made up.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from anypsa import Psa, Ticket, TimeEntry, Unsupported, q
from anypsa.journal import Stage as Written

from ..rows import moment, read, stamp
from ..schema import DECISIONS, ENTRIES
from .cases import Case, CaseKind, Outcome
from .promoting import Rate, by_field, rate
from .store import Standing

if TYPE_CHECKING:
    from ..state import State

SAMPLE: Final = 20
EXACT: Final = timedelta(seconds=36)
"""How far a stored time may be off and be called exact: vendors keep hours with two decimals."""
AT_ONCE: Final = timedelta(seconds=60)
SATISFACTION: Final = "no adapter tells what customers say of a ticket"
HOUR: Final = Decimal(3600)


@dataclass(frozen=True)
class OfCategory:
    """One category in one week. `rate` is of what was settled; `agreed` are its predictions, by field."""

    category: str
    stage: str
    rate: Rate
    approved: int
    denied: int
    by_itself: int
    undone: int
    predicted: int
    agreed: Mapping[str, Rate] = field(default_factory=dict)


@dataclass(frozen=True)
class TimeAccuracy:
    """A random sample of our time entries: how many the vendor keeps as they were sent, and how far off the others are."""

    sampled: int
    exact: int
    worst: timedelta
    entries: Sequence[str] = ()


@dataclass(frozen=True)
class Billing:
    """Our time under one kind of contract: how much was worked, and how much the vendor bills."""

    entries: int
    worked: Decimal
    billed: Decimal


@dataclass(frozen=True)
class Figures:
    """The figures of one tenant and one week."""

    tenant: str
    since: datetime
    until: datetime
    categories: Sequence[OfCategory]
    time: TimeAccuracy
    billing: Mapping[str, Billing]
    closed: int
    resolved_autonomously: int
    first_response: timedelta | None
    responded: Rate
    satisfaction: Decimal | None = None
    absent: Mapping[str, str] = field(default_factory=dict)

    @property
    def autonomous(self) -> Rate:
        """How many of the tickets that were closed in the week were closed by the automation itself."""
        return Rate(self.resolved_autonomously, self.closed)


def measured(psa: Psa, state: State, until: datetime) -> Figures:
    """The figures of the week before a moment."""
    since = until - state.terms.week
    cases = [one for one in state.cases.since(psa.tenant, since) if one.moment < until]
    standings = state.stages.standings(psa.tenant)
    entries = ours(psa, state, since, until)
    closed = list(psa.tickets.list(q.closed.between(since, until)))
    response = responses(psa, state, since, until)
    absent = {"satisfaction": SATISFACTION}
    if not response:
        absent["first response"] = "no ticket of this week was answered by the automation"
    return Figures(
        tenant=psa.tenant,
        since=since,
        until=until,
        categories=[of_category(one, cases, since) for one in standings],
        time=accuracy(entries, seed=f"{state.terms.seed}|{psa.tenant}|{until:%Y-%m-%d}"),
        billing=billed(psa, [stored for _, stored in entries]),
        closed=len(closed),
        resolved_autonomously=len(resolved(cases, closed)),
        first_response=timedelta(seconds=median(one.total_seconds() for one in response)) if response else None,
        responded=Rate(sum(one < AT_ONCE for one in response), len(response)),
        absent=absent,
    )


def of_category(standing: Standing, cases: Sequence[Case], since: datetime) -> OfCategory:
    own = [one for one in cases if one.category == standing.category]
    settled = [one for one in own if one.settled is not None and one.settled >= since]
    acts = [one for one in own if one.kind is CaseKind.AUTONOMOUS and one.moment >= since]
    return OfCategory(
        category=standing.category,
        stage=str(standing.stage),
        rate=rate(own, since),
        approved=counted(settled, CaseKind.APPROVAL, Outcome.RIGHT),
        denied=counted(settled, CaseKind.APPROVAL, Outcome.WRONG),
        by_itself=len({one.unit for one in acts}),
        undone=counted(settled, CaseKind.AUTONOMOUS, Outcome.WRONG),
        predicted=len([one for one in own if one.kind is CaseKind.PREDICTION and one.moment >= since]),
        agreed=by_field(settled).get(standing.category, {}),
    )


def counted(cases: Iterable[Case], kind: CaseKind, outcome: Outcome) -> int:
    return len({one.unit for one in cases if one.kind is kind and one.outcome is outcome})


def resolved(cases: Iterable[Case], closed: Iterable[Ticket]) -> frozenset[str]:
    """The closed tickets that the automation itself closed, and that nobody has reopened or corrected."""
    acts = [one for one in cases if one.kind is CaseKind.AUTONOMOUS and one.ticket is not None]
    closing = {one.ticket for one in acts if "status" in one.fields}
    undone = {one.ticket for one in acts if one.outcome is Outcome.WRONG}
    return frozenset(one.id for one in closed if one.id in closing - undone)


def ours(psa: Psa, state: State, since: datetime, until: datetime) -> Sequence[tuple[timedelta | None, TimeEntry]]:
    """The time entries that we wrote: what was sent, and what the vendor keeps."""
    wanted = select(ENTRIES.c.record, ENTRIES.c.given).where(
        ENTRIES.c.tenant == psa.tenant,
        ENTRIES.c.entity == "time_entry",
        ENTRIES.c.action == "create",
        ENTRIES.c.stage == str(Written.DONE),
        ENTRIES.c.touched.between(stamp(since), stamp(until)),
    )
    with state.database.transaction() as connection:
        sent = {row.record: read(row.given) for row in connection.execute(wanted)}
    kept = psa.existing("time_entry", sorted(sent)) if sent else {}
    return [(duration_of(sent[id]), one) for id, one in sorted(kept.items()) if isinstance(one, TimeEntry)]


def duration_of(given: Mapping[str, Any]) -> timedelta | None:
    """How long a time entry was that we sent."""
    if given.get("duration") is not None:
        return timedelta(seconds=given["duration"])
    if given.get("started") and given.get("ended"):
        return datetime.fromisoformat(given["ended"]) - datetime.fromisoformat(given["started"])
    return None


def accuracy(entries: Sequence[tuple[timedelta | None, TimeEntry]], *, seed: str) -> TimeAccuracy:
    """A sample of 20, drawn by the seed, of time entries that we sent."""
    told = [(sent, kept) for sent, kept in entries if sent is not None and kept.duration is not None]
    sample = random.Random(seed).sample(told, min(SAMPLE, len(told)))  # a draw that anybody can repeat
    off = [abs(kept.duration - sent) for sent, kept in sample if kept.duration is not None]
    ids = [kept.id for _, kept in sample]
    return TimeAccuracy(len(off), sum(one <= EXACT for one in off), max(off, default=timedelta()), ids)


def billed(psa: Psa, entries: Iterable[TimeEntry]) -> Mapping[str, Billing]:
    """Our time by the kind of contract that it went to."""
    found: dict[str, Billing] = {}
    entries = list(entries)
    ids = sorted({one.contract.id for one in entries if one.contract is not None})
    try:
        contracts: Mapping[str, Any] = psa.existing("contract", ids) if ids else {}
    except Unsupported:
        contracts = {}
    for entry in entries:
        contract = None if entry.contract is None else contracts.get(entry.contract.id)
        kind = "none" if entry.contract is None else "unknown" if contract is None else str(contract.kind)
        before = found.get(kind, Billing(0, Decimal(0), Decimal(0)))
        worked, bills = hours(entry.duration), hours(entry.billed if entry.billable is not False else None)
        found[kind] = Billing(before.entries + 1, before.worked + worked, before.billed + bills)
    return found


def hours(span: timedelta | None) -> Decimal:
    return Decimal(0) if span is None else Decimal(str(span.total_seconds())) / HOUR


def responses(psa: Psa, state: State, since: datetime, until: datetime) -> Sequence[timedelta]:
    """How long each ticket of the week waited for the first thing that the automation wrote on it."""
    wanted = select(DECISIONS).where(
        DECISIONS.c.tenant == psa.tenant,
        DECISIONS.c.moment.between(stamp(since), stamp(until)),
        (DECISIONS.c.verdict == "auto") | DECISIONS.c.approval.is_not(None),
    )
    first: dict[str, datetime] = {}
    with state.database.transaction() as connection:
        for row in connection.execute(wanted.order_by(DECISIONS.c.place)):
            ticket = row.ticket or (row.record if row.entity == "ticket" else None)
            if ticket is not None:
                first.setdefault(ticket, moment(row.moment))
    found = psa.existing("ticket", sorted(first)) if first else {}
    return [
        max(first[id] - one.created, timedelta())
        for id, one in found.items()
        if isinstance(one, Ticket) and one.created is not None and one.created >= since
    ]
