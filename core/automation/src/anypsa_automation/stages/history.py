"""History: what rates were week by week, by the store alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from .cases import Case, Outcome
from .promoting import Rate, rate

if TYPE_CHECKING:
    from ..state import State


@dataclass(frozen=True)
class Week:
    """The rates of one week, by category; a category of which nothing was settled is not in it."""

    since: datetime
    until: datetime
    rates: Mapping[str, Rate]


def history(state: State, tenant: str, until: datetime, weeks: int) -> Sequence[Week]:
    """The rates of the last weeks, the earliest first. Only the store is asked, and nothing of the vendor's."""
    span = state.terms.week
    cases = state.cases.since(tenant, until - weeks * span)
    return [week(cases, until - back * span, span) for back in reversed(range(weeks))]


def week(cases: Iterable[Case], until: datetime, span: timedelta) -> Week:
    """The rates of the week before a moment."""
    own: dict[str, list[Case]] = {}
    for case in cases:
        if case.moment < until:
            own.setdefault(case.category, []).append(known_at(case, until))
    rates = {category: rate(some, until - span) for category, some in own.items()}
    return Week(until - span, until, {category: one for category, one in rates.items() if one.of})


def known_at(case: Case, until: datetime) -> Case:
    """A case as it was known at a moment: what was settled later was open."""
    if case.settled is None or case.settled <= until:
        return case
    return replace(case, outcome=Outcome.OPEN, settled=None, scores={}, done={}, why=None)
