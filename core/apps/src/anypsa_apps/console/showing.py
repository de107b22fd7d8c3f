"""Showing: what each page holds, as plain values. Blocking; the app calls it beside its loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from anypsa import Plan, PlanStage, Psa, PSAError, Verdict
from anypsa.plans import proposal
from anypsa_automation.stages import Case, Outcome, Stage
from anypsa_automation.stages.charts import charts, trend_chart
from anypsa_automation.stages.controller import Rollout
from anypsa_automation.stages.promoting import by_field
from anypsa_automation.stages.showing import lines

T = TypeVar("T")
Labels: TypeAlias = Mapping[tuple[str, str], str]
PAGE: Final = 50
LATEST: Final = 20


@dataclass(frozen=True)
class Page:
    """Some rows of many: which page this is, from 1, and whether there are others."""

    rows: Sequence[Any]
    number: int
    more: bool

    @property
    def before(self) -> int | None:
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        return self.number + 1 if self.more else None


def paged(rows: Sequence[T], number: int) -> Page:
    """A page of all rows."""
    return first(rows[(number - 1) * PAGE :], number)


def first(rows: Sequence[T], number: int) -> Page:
    """A page of the rows from its first one on, of which one more than it holds tells that there are others."""
    return Page(rows[:PAGE], number, len(rows) > PAGE)


class Shown:
    """What there is to see of a tenant."""

    def __init__(self, psa: Psa) -> None:
        self._psa = psa
        self.rollout = Rollout(psa)

    def plans(self, stage: PlanStage | None, number: int) -> Mapping[str, Any]:
        """Plans, the latest first."""
        found = self.rollout.state.plans.latest(self._psa.tenant, stage, PAGE + 1, (number - 1) * PAGE)
        return {
            "page": first(found, number),
            "stage": stage or "",
            "stages": list(PlanStage),
            "now": self.rollout.now(),
        }

    def plan(self, plan: Plan) -> Mapping[str, Any]:
        """One plan, all that it would do, and what happened to it."""
        expired = plan.stage.open and plan.expires <= self.rollout.now()
        decidable = () if expired else (PlanStage.PROPOSED, PlanStage.APPROVED)
        return {
            "plan": plan,
            "text": proposal(plan),
            "events": self._psa.plans.events(plan),
            "expired": expired,
            "may_approve": plan.stage is PlanStage.PROPOSED,
            "may_deny": plan.stage in decidable,
        }

    def predictions(self, category: str, outcome: Outcome | None, number: int) -> Mapping[str, Any]:
        """Predictions beside what people did, the latest first."""
        found = self.rollout.predictions()
        names = sorted({one.category for one in found})
        some = [
            one
            for one in found
            if (not category or one.category == category) and (outcome is None or one.outcome is outcome)
        ]
        page, labels = paged(some[::-1], number), self._labels() if some else {}
        return {
            "page": Page([(one, compared(one, labels)) for one in page.rows], page.number, page.more),
            "category": category,
            "categories": names,
            "outcome": outcome or "",
            "outcomes": list(Outcome),
            "rates": by_field(found),
        }

    def _labels(self) -> Labels:
        """What the tenant calls the values of its lists; ids speak for themselves where it cannot be asked."""
        with suppress(PSAError):
            fields = self._psa.fields("ticket")
            return {(one.name, option.id): option.label for one in fields for option in one.options}
        return {}

    def stages(self) -> Mapping[str, Any]:
        """Where categories stand, how that went week by week, and what happened to them."""
        return {
            "standings": [(one, one.stage.next) for one in self.rollout.standings()],
            "ladder": list(Stage),
            "trend": trend_chart(self.rollout.history()),
            "events": self.rollout.events(LATEST),
        }

    def figures(self) -> Mapping[str, Any]:
        """The figures of the last week; the vendor is asked for them."""
        found = self.rollout.figures()
        return {"figures": found, "charts": charts(found), "lines": lines(found)}

    def audit(self, about: str, verdict: Verdict | None, number: int) -> Mapping[str, Any]:
        """Decisions, the latest first."""
        found = self.rollout.state.audit.decisions(
            self._psa.tenant, about=about or None, verdict=verdict, limit=PAGE + 1, skip=(number - 1) * PAGE
        )
        return {"page": first(found, number), "about": about, "verdict": verdict or "", "verdicts": list(Verdict)}


def compared(case: Case, labels: Labels) -> Sequence[Sequence[str]]:
    """Field by field: its name, what it held, what was predicted, and what people made of it."""

    def plain(name: str, value: Any) -> str:
        return "" if value is None else labels.get((name, str(value)), str(value))

    held = (case.before, case.given, case.done)
    return [(name, *(plain(name, values.get(name)) for values in held)) for name in sorted(case.given)]
