"""The weekly figures: how often people approved, how exact time is, what was billed, how much happens by itself. Data.

What cannot be measured is `None`, and `absent` says why: no figure is made up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import mean, median
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from anypsa import Psa, Ticket, q

from ..rows import moment, stamp
from ..schema import DECISIONS
from .accounting import Billing, TimeAccuracy, accuracy, billed, ours
from .cases import Case, CaseKind, Outcome
from .history import known_at
from .ladder import Stage
from .promoting import Rate, by_field, rate
from .store import StageEvent, Standing

if TYPE_CHECKING:
    from ..state import State

AT_ONCE: Final = timedelta(seconds=60)
GOAL: Final = (0.25, 0.40)
"""Which share of closed tickets the automation is expected to close itself."""
UNRATED: Final = "no adapter tells what customers say of a ticket, and no ratings were given"
ONE_SIDED: Final = "no rating of a ticket that the automation wrote on, or none of another, is known"
Ratings = Callable[[Sequence[str]], Mapping[str, Decimal]]
"""Tells how customers rated these tickets, by id, as far as they did: from whatever asks them."""
SENT: Final = (DECISIONS.c.verdict == "auto") | DECISIONS.c.approval.is_not(None)
"""What was decided so that it was sent."""
NOTE: Final = "note"
"""What is written from the second stage on, and so says nothing of what happens by itself."""
REACHED: Final = ("began", "promoted", "demoted")
"""What brings a category to a stage."""


@dataclass(frozen=True)
class OfCategory:
    """One category in one week. `stage` is where it stood at the end; `rate` is of what was settled (approvals, acts of
    its own, predictions), one for each ticket or plan; `agreed` are its predictions, by field. `by_itself` counts tickets on which more than notes
    was written without asking, `predicted` counts writes."""

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
class Satisfaction:
    """How customers rate, in the mean, what the automation wrote on, and what only people worked on."""

    touched: Decimal
    touched_of: int
    others: Decimal
    others_of: int

    @property
    def delta(self) -> Decimal:
        """By how much better the automation's are."""
        return self.touched - self.others


@dataclass(frozen=True)
class Figures:
    """The figures of one tenant and one week. `billing` goes by the kind of contract, `absent` by what is not measured."""

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
    satisfaction: Satisfaction | None = None
    absent: Mapping[str, str] = field(default_factory=dict)

    @property
    def autonomous(self) -> Rate:
        """How many of the tickets that were closed in the week were closed by the automation itself."""
        return Rate(self.resolved_autonomously, self.closed)


def measured(psa: Psa, state: State, until: datetime, ratings: Ratings | None = None) -> Figures:
    """The figures of the week before a moment."""
    since = until - state.terms.week
    cases = [known_at(one, until) for one in state.cases.since(psa.tenant, since) if one.moment < until]
    events = state.stages.events(psa.tenant)
    standings = [standing_at(one, events, until) for one in state.stages.standings(psa.tenant)]
    entries = ours(psa, state, since, until)
    # Closing a ticket updates it: where the vendor cannot filter by the one, it can by the other.
    closed = list(psa.tickets.list(q.closed.between(since, until) & (q.updated >= since)))
    response = responses(psa, state, since, until)
    satisfaction, absent = satisfied(psa, state, closed, ratings)
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
        satisfaction=satisfaction,
        absent=absent,
    )


def standing_at(standing: Standing, events: Sequence[StageEvent], until: datetime) -> Standing:
    """Where a category stood at a moment, by what happened to it, the latest first."""
    for event in events:
        if event.category == standing.category and event.stage and event.what in REACHED and event.moment <= until:
            return replace(standing, stage=Stage(event.stage))
    return replace(standing, stage=Stage.SHADOW)


def of_category(standing: Standing, cases: Sequence[Case], since: datetime) -> OfCategory:
    own = [one for one in cases if one.category == standing.category]
    settled = [one for one in own if one.settled is not None and one.settled >= since]
    acts = [one for one in own if one.kind is CaseKind.AUTONOMOUS and one.moment >= since and one.entity != NOTE]
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


def satisfied(
    psa: Psa, state: State, closed: Sequence[Ticket], ratings: Ratings | None
) -> tuple[Satisfaction | None, dict[str, str]]:
    """How customers rate the closed tickets that the automation wrote on, and the others; or why that is not known."""
    if ratings is None:
        return None, {"satisfaction": UNRATED}
    told = ratings([one.id for one in closed])
    written = touched(state, psa.tenant)
    mine = [told[one.id] for one in closed if one.id in told and one.id in written]
    others = [told[one.id] for one in closed if one.id in told and one.id not in written]
    if not (mine and others):
        return None, {"satisfaction": ONE_SIDED}
    return Satisfaction(mean(mine), len(mine), mean(others), len(others)), {}


def touched(state: State, tenant: str) -> frozenset[str]:
    """The tickets on which the automation wrote, as far as decisions are kept."""
    wanted = select(DECISIONS.c.ticket, DECISIONS.c.record, DECISIONS.c.entity).where(
        DECISIONS.c.tenant == tenant, SENT
    )
    with state.database.transaction() as connection:
        rows = connection.execute(wanted).all()
    return frozenset(id for one in rows if (id := one.ticket or (one.record if one.entity == "ticket" else None)))


def responses(psa: Psa, state: State, since: datetime, until: datetime) -> Sequence[timedelta]:
    """How long each ticket of the week waited for the first thing that the automation wrote on it."""
    wanted = select(DECISIONS).where(
        DECISIONS.c.tenant == psa.tenant,
        DECISIONS.c.moment.between(stamp(since), stamp(until)),
        SENT,
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
