"""Settling: open cases are looked at again, until it is known whether they were right.

A prediction is compared with what people made of the ticket, when that is closed or `patience` has passed. What happened
by itself is wrong as soon as somebody has undone it (reopened, re-routed, re-assigned or corrected it) and right once
nobody has for `patience`. An approval is what the person decided. All of it by reads, in batches: it is told by the ticket
as it is, since no history of the two vendors tells what a field held before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from anypsa import Plan, PlanStage, Psa, State, Ticket

from .cases import Case, CaseKind, Cases, Outcome
from .ladder import Terms
from .scoring import holding, scored

DECIDED: Final[Mapping[PlanStage, Outcome]] = {
    PlanStage.APPROVED: Outcome.RIGHT,
    PlanStage.RUNNING: Outcome.RIGHT,
    PlanStage.DONE: Outcome.RIGHT,
    PlanStage.FAILED: Outcome.RIGHT,
    PlanStage.DENIED: Outcome.WRONG,
    PlanStage.EXPIRED: Outcome.UNSCORED,
    PlanStage.SUPERSEDED: Outcome.UNSCORED,
    PlanStage.VOID: Outcome.UNSCORED,
}
"""What the stage of a plan says of it: whether a person approved."""

UNWRITTEN: Final = timedelta(hours=1)
"""After how long a write that the journal does not know as done is none: the vendor refused it, or it never came to that."""


class Written(Protocol):
    """Tells what this store's own writes last put into the fields of a ticket."""

    def __call__(self, tenant: str, ticket: str) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class Verdict:
    """What became of a case, and why."""

    outcome: Outcome
    scores: Mapping[str, bool]
    why: str | None = None


@dataclass(frozen=True)
class Store:
    """What settling needs of a state store."""

    cases: Cases
    terms: Terms
    plan: Any
    written: Written
    meaning: Callable[[str], State | None]


def settle(psa: Psa, store: Store, now: datetime) -> Mapping[Outcome, int]:
    """Looks at all open cases of a tenant again; returns how many were settled, by what became of them."""
    cases = store.cases.cases(psa.tenant, outcome=Outcome.OPEN)
    tickets = read(psa, (case.ticket for case in cases if case.kind is not CaseKind.APPROVAL))
    found = [settled for case in cases if (settled := looked_at(case, store, tickets, now)) is not None]
    store.cases.settle(found)
    return Counter(case.outcome for case in found)


def looked_at(case: Case, store: Store, tickets: Mapping[str, Ticket], now: datetime) -> Case | None:
    """A case as it is once it is known what became of it; None as long as it is open."""
    verdict = judged(case, store, tickets, now)
    if verdict is None:
        return None
    ticket = tickets.get(case.ticket or "")
    done = holding(verdict.scores, ticket) if ticket is not None else {}
    return replace(case, outcome=verdict.outcome, settled=now, scores=verdict.scores, done=done, why=verdict.why)


def read(psa: Psa, ids: Iterable[str | None]) -> Mapping[str, Ticket]:
    """The tickets as they are now."""
    wanted = sorted({id for id in ids if id is not None and not id.startswith("predicted:")})
    return {id: one for id, one in psa.existing("ticket", wanted).items() if isinstance(one, Ticket)}


def judged(case: Case, store: Store, tickets: Mapping[str, Ticket], now: datetime) -> Verdict | None:
    """What is known of a case now; None as long as it is open."""
    if case.kind is CaseKind.APPROVAL:
        return of_plan(store.plan(case.id))
    ticket = tickets.get(case.ticket or "")
    if ticket is None:
        return Verdict(Outcome.UNSCORED, {}, "its ticket is not there")
    late = now >= case.moment + store.terms.patience
    if case.kind is CaseKind.PREDICTION:
        return of_prediction(case, ticket, store.meaning, late=late)
    written = store.written(case.tenant, ticket.id)
    mine = {name: value for name, value in written.items() if name in case.fields}
    if not mine and now >= case.moment + UNWRITTEN:
        return Verdict(Outcome.UNSCORED, {}, "nothing of it was written")
    return of_act(case, scored(mine, ticket, store.meaning), late=late)


def of_plan(plan: Plan | None) -> Verdict | None:
    if plan is None:
        return Verdict(Outcome.UNSCORED, {}, "its plan was forgotten")
    if (outcome := DECIDED.get(plan.stage)) is None:
        return None
    if outcome is Outcome.WRONG and plan.decider is None:
        return Verdict(Outcome.UNSCORED, {}, "it was withdrawn, and nobody decided")
    return Verdict(outcome, {}, plan.reason)


def of_prediction(case: Case, ticket: Ticket, meaning: Callable[[str], State | None], *, late: bool) -> Verdict | None:
    if case.entity != "ticket" or case.action != "update":
        return Verdict(Outcome.UNSCORED, {}, "nothing of it can be compared")
    if not late and ticket.state is not State.CLOSED:
        return None
    scores = scored(case.given, ticket, meaning)
    return judged_by(scores, "people did otherwise") if scores else Verdict(Outcome.UNSCORED, {}, "no such field")


def of_act(case: Case, scores: Mapping[str, bool], *, late: bool) -> Verdict | None:
    if not case.comparable or (late and not scores):
        return Verdict(Outcome.UNSCORED, {}, "nothing of it can be compared")
    if not all(scores.values()):
        return judged_by(scores, "somebody has changed it")
    return judged_by(scores, "") if late else None


def judged_by(scores: Mapping[str, bool], why: str) -> Verdict:
    wrong: Sequence[str] = [name for name, right in scores.items() if not right]
    return Verdict(Outcome.WRONG if wrong else Outcome.RIGHT, scores, f"{why}: {', '.join(wrong)}" if wrong else None)
