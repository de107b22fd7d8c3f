"""Cases: what is measured. Each prediction, each plan that asks for an approval, and each write that happened by itself.

A case is open until it is known whether it was right; `settling` looks. Customers' text in it is forgotten with the rest of
the state; the outcome stays, since rates are of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, select, update

from anypsa import Plan, Prediction, Verdict
from anypsa.policy import Decided

from ..database import Database
from ..rows import clean, moment, read, stamp, written
from ..schema import CASES
from .ladder import Stage
from .policy import ticket_of
from .scoring import COMPARED
from .store import found


class CaseKind(StrEnum):
    """What a case is of."""

    PREDICTION = "prediction"
    APPROVAL = "approval"
    AUTONOMOUS = "autonomous"


class Outcome(StrEnum):
    """What became of a case. Right: people did the same, approved it, or left it as it was; unscored: nobody can tell."""

    OPEN = "open"
    RIGHT = "right"
    WRONG = "wrong"
    UNSCORED = "unscored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One thing that is measured. `scores` tell field by field whether it was right, and `done` what the ticket held
    then; `given`, `before` and `seen` are as in `Prediction`."""

    id: str
    tenant: str
    kind: CaseKind
    category: str
    stage: Stage
    moment: datetime
    ticket: str | None
    action: str | None = None
    entity: str | None = None
    record: str | None = None
    fields: frozenset[str] = frozenset()
    given: Mapping[str, Any] = field(default_factory=dict, repr=False)
    before: Mapping[str, Any] = field(default_factory=dict, repr=False)
    seen: Mapping[str, Any] | None = field(default=None, repr=False)
    outcome: Outcome = Outcome.OPEN
    settled: datetime | None = None
    scores: Mapping[str, bool] = field(default_factory=dict)
    done: Mapping[str, Any] = field(default_factory=dict, repr=False)
    why: str | None = None

    @property
    def unit(self) -> tuple[CaseKind, str]:
        """What is counted once: all that was predicted or done on one ticket, or one plan."""
        return self.kind, self.id if self.kind is CaseKind.APPROVAL or self.ticket is None else self.ticket

    @property
    def comparable(self) -> bool:
        """Whether the ticket can tell if this was right: it sets fields that are scored. A note or time entry does not."""
        return self.entity == "ticket" and not COMPARED.isdisjoint(self.fields)


EMPTY: Final = written({})


class Cases:
    """Keeps cases for all threads and processes that open the same store; see `anypsa.predictions.Predictions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, prediction: Prediction) -> None:
        with self._database.transaction() as connection:
            told = {
                "id": prediction.id,
                "action": prediction.action,
                "entity": prediction.entity,
                "record": prediction.record,
                "fields": " ".join(sorted(prediction.fields)),
                "given": written(prediction.values),
                "before": written(prediction.before),
                "seen": None if prediction.seen is None else written(prediction.seen),
            }
            add(connection, CaseKind.PREDICTION, prediction, prediction.category or "", prediction.ticket, told)

    def cases(
        self, tenant: str, *, outcome: Outcome | None = None, kind: CaseKind | None = None, category: str | None = None
    ) -> Sequence[Case]:
        """The cases of a tenant in the order they came: all, or those of an outcome, a kind, or a category."""
        named = {"outcome": outcome, "kind": kind, "category": category}
        conditions = [CASES.c[name] == str(value) for name, value in named.items() if value is not None]
        return self._selected(and_(CASES.c.tenant == tenant, *conditions))

    def since(self, tenant: str, since: datetime) -> Sequence[Case]:
        """The cases that began or were settled since a moment."""
        begun, settled = CASES.c.moment >= stamp(since), CASES.c.settled >= stamp(since)
        return self._selected(and_(CASES.c.tenant == tenant, begun | settled))

    def settle(self, settled: Iterable[Case]) -> None:
        """Notes what became of cases that were open."""
        with self._database.transaction() as connection:
            for case in settled:
                ours = and_(CASES.c.id == case.id, CASES.c.outcome == str(Outcome.OPEN))
                told = {
                    "outcome": str(case.outcome),
                    "settled": stamp(case.settled),
                    "scores": written(case.scores),
                    "done": written(case.done),
                    "why": clean(case.why),
                }
                connection.execute(update(CASES).where(ours).values(**told))

    def purge(self, connection: Connection, before: datetime) -> int:
        """Forgets customers' text in cases that began before a moment; what became of them stays."""
        old = and_(CASES.c.moment < stamp(before), CASES.c.outcome != str(Outcome.OPEN), CASES.c.given != EMPTY)
        bare = {"given": EMPTY, "before": EMPTY, "done": EMPTY, "seen": None}
        return connection.execute(update(CASES).where(old).values(**bare)).rowcount

    def _selected(self, wanted: ColumnElement[bool]) -> Sequence[Case]:
        with self._database.transaction() as connection:
            rows = connection.execute(select(CASES).where(wanted).order_by(CASES.c.place)).all()
        return [case_of(row) for row in rows]


def asked(connection: Connection, plan: Plan) -> None:
    """Keeps that a plan asks for an approval, in the transaction that stores it."""
    if plan.category is not None:
        at = found(connection, plan.tenant, plan.category, plan.created).stage
        row = {"id": plan.id, "stage": str(at), "fields": ""}
        add(connection, CaseKind.APPROVAL, plan, plan.category, plan.ticket, row, plan.created)


def acted(connection: Connection, decided: Decided) -> None:
    """Keeps that something is about to happen by itself, in the transaction that stores the decision."""
    effect, decision = decided.effect, decided.decision
    by_itself = decision.stage == Stage.AUTONOMOUS and decision.verdict is Verdict.AUTO and effect.writes
    if by_itself and decision.category is not None:
        row = {
            "id": decided.id,
            "action": str(effect.action),
            "entity": effect.entity,
            "record": effect.record,
            "fields": " ".join(sorted(effect.fields)),
        }
        add(connection, CaseKind.AUTONOMOUS, decided, decision.category, ticket_of(effect), row)


def add(
    connection: Connection,
    kind: CaseKind,
    of: Prediction | Plan | Decided,
    category: str,
    ticket: str | None,
    told: Mapping[str, Any],
    begun: datetime | None = None,
) -> None:
    """Keeps a case. A category that is seen for the first time begins to stand somewhere."""
    at = begun or (of.created if isinstance(of, Plan) else of.moment)
    standing = found(connection, of.tenant, category, at) if category else None
    plain = {"given": EMPTY, "before": EMPTY, "scores": EMPTY, "done": EMPTY, "outcome": str(Outcome.OPEN)}
    stage = {"stage": str(standing.stage if standing is not None else Stage.SHADOW)}
    common = {"tenant": of.tenant, "kind": str(kind), "category": category, "moment": stamp(at), "ticket": ticket}
    connection.execute(insert(CASES).values(**{**plain, **stage, **common, **told}))


def case_of(row: Row[Any]) -> Case:
    return Case(
        id=row.id,
        tenant=row.tenant,
        kind=CaseKind(row.kind),
        category=row.category,
        stage=Stage(row.stage),
        moment=moment(row.moment),
        ticket=row.ticket,
        action=row.action,
        entity=row.entity,
        record=row.record,
        fields=frozenset(row.fields.split()),
        given=read(row.given),
        before=read(row.before),
        seen=None if row.seen is None else read(row.seen),
        outcome=Outcome(row.outcome),
        settled=moment(row.settled),
        scores=read(row.scores),
        done=read(row.done),
        why=row.why,
    )
