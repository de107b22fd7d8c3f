"""The audit trail: decisions in the state store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, or_, select

from anypsa import Action, Decision, Effect, Verdict, Visibility
from anypsa.policy import Decided

from .database import Database
from .rows import moment, stamp
from .schema import DECISIONS
from .stages.cases import acted

SEARCHED: Final = (
    DECISIONS.c.ticket,
    DECISIONS.c.record,
    DECISIONS.c.entity,
    DECISIONS.c.action,
    DECISIONS.c.rule,
    DECISIONS.c.category,
    DECISIONS.c.actor,
)
"""Where a text is looked for."""


class DurableAudit:
    """Keeps decisions for all threads and processes that open the same store; see `anypsa.policy.Audit`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def note(self, decided: Decided) -> None:
        with self._database.transaction() as connection:
            connection.execute(insert(DECISIONS).values(**row_of(decided)))
            acted(connection, decided)

    def decisions(
        self,
        tenant: str,
        *,
        ticket: str | None = None,
        verdict: Verdict | None = None,
        about: str | None = None,
        limit: int | None = None,
        skip: int = 0,
    ) -> Sequence[Decided]:
        """The decisions on a tenant's data, the latest first: of all tickets or of one, with any verdict or with one.

        `about` finds those that hold a text in what they are on, by which rule, or of whom; `skip` passes over some.
        """
        mine = select(DECISIONS).where(DECISIONS.c.tenant == tenant)
        wanted = mine.order_by(DECISIONS.c.place.desc()).limit(limit).offset(skip)
        if about is not None:
            wanted = wanted.where(or_(*(column.icontains(about, autoescape=True) for column in SEARCHED)))
        if ticket is not None:
            wanted = wanted.where(DECISIONS.c.ticket == ticket)
        if verdict is not None:
            wanted = wanted.where(DECISIONS.c.verdict == str(verdict))
        with self._database.transaction() as connection:
            return [decided_of(row) for row in connection.execute(wanted)]

    def purge(self, connection: Connection, before: datetime) -> int:
        """Forgets decisions that were made before a moment."""
        return connection.execute(delete(DECISIONS).where(DECISIONS.c.moment < stamp(before))).rowcount


def row_of(decided: Decided) -> dict[str, Any]:
    effect, decision = decided.effect, decided.decision
    return {
        "id": decided.id,
        "tenant": decided.tenant,
        "moment": stamp(decided.moment),
        "actor": decided.actor,
        "stage": decided.stage,
        "action": str(effect.action),
        "entity": effect.entity,
        "record": effect.record,
        "ticket": effect.ticket,
        "status": effect.status,
        "fields": " ".join(sorted(effect.fields)),
        "visibility": None if effect.visibility is None else str(effect.visibility),
        "raw": int(effect.raw),
        "verdict": str(decision.verdict),
        "rule": decision.rule,
        "confidence": decision.confidence,
        "category": decision.category,
        "approval": decided.approval,
    }


def decided_of(row: Row[Any]) -> Decided:
    visibility = None if row.visibility is None else Visibility(row.visibility)
    told = (row.entity, row.record, frozenset(row.fields.split()), visibility, row.ticket, row.status, bool(row.raw))
    effect = Effect(Action(row.action), *told)
    decision = Decision(Verdict(row.verdict), row.rule, row.confidence, row.category)
    return Decided(row.id, row.tenant, moment(row.moment), effect, decision, row.actor, row.stage, row.approval)
