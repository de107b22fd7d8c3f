"""Promoting: what the rate of a category says about its stage. Demotion happens; promotion is proposed, and a person confirms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from .cases import Case, CaseKind, Cases, Outcome
from .ladder import Stage, Terms
from .store import StageStore, Standing

OURS: Final = "anypsa"
"""Who demotes, and who takes back what was proposed."""


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of so many were right. Of nothing there is no share."""

    right: int
    of: int

    @property
    def share(self) -> float | None:
        return self.right / self.of if self.of else None

    def __str__(self) -> str:
        return f"{self.right} of {self.of}" + (f" ({self.share:.0%})" if self.share is not None else "")


def rate(cases: Iterable[Case], since: datetime) -> Rate:
    """The rate of what was settled since a moment; what happened by itself since then is right as long as nobody has
    undone it. All that concerns one ticket counts once, and is right if all of it was."""
    units: dict[tuple[CaseKind, str], bool] = {}
    for case in cases:
        right = verdict(case, since)
        if right is not None:
            units[case.unit] = units.get(case.unit, True) and right
    return Rate(sum(units.values()), len(units))


def verdict(case: Case, since: datetime) -> bool | None:
    """Whether a case was right, if it counts from a moment on."""
    if case.outcome is Outcome.OPEN:
        return True if case.kind is CaseKind.AUTONOMOUS and case.comparable and case.moment >= since else None
    if case.outcome is Outcome.UNSCORED or case.settled is None or case.settled < since:
        return None
    return case.outcome is Outcome.RIGHT


@dataclass(frozen=True, slots=True)
class Move:
    """What is to be done about a category."""

    standing: Standing
    to: Stage
    why: str


def moved(standing: Standing, cases: Sequence[Case], terms: Terms, now: datetime) -> Move | None:
    """What the rates of a category say now: back to shadow, or one stage up, or nothing."""
    own = [one for one in cases if one.category == standing.category and one.moment >= standing.since]
    week = rate(own, now - terms.week)
    if standing.stage is not Stage.SHADOW and below(week, terms):
        return Move(standing, Stage.SHADOW, f"right in {week} within a week")
    up, lasted = standing.stage.next, terms.schedule.get(standing.stage, timedelta())
    if up is None or now < standing.since + lasted:
        return None
    month = rate(own, now - terms.month)
    if month.of < terms.minimum or (month.share or 0) < terms.promoted_at:
        return None
    return Move(standing, up, f"right in {month} within a month")


def below(week: Rate, terms: Terms) -> bool:
    """Whether a week was too bad, and of enough to say so."""
    return week.of >= terms.enough and (week.share or 0) < terms.demoted_below


def review(store: StageStore, cases: Cases, terms: Terms, tenant: str, now: datetime) -> Sequence[Move]:
    """Demotes what has to be, proposes what may be promoted, and returns both. What was proposed so and is not earned any
    more is taken back; what a person proposed stays."""
    recent = cases.since(tenant, now - max(terms.month, terms.week))
    moves: list[Move] = []
    for standing in store.standings(tenant):
        move = moved(standing, recent, terms, now)
        if move is None:
            store.withdraw(standing, now, by=OURS, why="its rate does not say so any more")
            continue
        moves.append(move)
        if move.to is Stage.SHADOW:
            store.demote(tenant, standing.category, by=OURS, why=move.why, now=now)
        else:
            store.propose(standing, now, move.why, by=OURS)
    return moves


def by_field(cases: Iterable[Case]) -> Mapping[str, Mapping[str, Rate]]:
    """How often predictions were right, by category and field."""
    counts: dict[str, dict[str, list[bool]]] = {}
    for case in cases:
        if case.kind is CaseKind.PREDICTION and case.outcome in (Outcome.RIGHT, Outcome.WRONG):
            for name, right in case.scores.items():
                counts.setdefault(case.category, {}).setdefault(name, []).append(right)
    return {
        category: {name: Rate(sum(some), len(some)) for name, some in fields.items()}
        for category, fields in counts.items()
    }
