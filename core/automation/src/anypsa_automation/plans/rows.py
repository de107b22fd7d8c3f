"""Rows of plans and of what happened to them."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, Row, insert

from anypsa import Plan, PlanEvent, PlanStage

from ..outbox import of_plan
from ..rows import clean, moment, read, stamp, written
from ..schema import EVENTS

SAME: Final = (
    *("id", "tenant", "ticket", "why", "code", "digest", "actor", "single", "supersedes", "note", "approved"),
    *("decider", "reason", "category"),
)


def row_of(plan: Plan) -> dict[str, Any]:
    return {
        **{name: getattr(plan, name) for name in SAME},
        "created": stamp(plan.created),
        "touched": stamp(plan.touched),
        "expires": stamp(plan.expires),
        "stage": str(plan.stage),
        "seen": written(plan.seen),
        "told": " ".join(sorted(plan.told)),
    }


def plan_of(connection: Connection, row: Row[Any]) -> Plan:
    held = dict(row._mapping)
    return Plan(
        **{
            **{name: held[name] for name in SAME},
            "created": moment(held["created"]),
            "touched": moment(held["touched"]),
            "expires": moment(held["expires"]),
            "stage": PlanStage(held["stage"]),
            "seen": read(held["seen"]),
            "told": frozenset(held["told"].split()),
            "items": of_plan(connection, held["id"]),
        }
    )


def keep(connection: Connection, event: PlanEvent) -> None:
    """Adds a line to the audit trail."""
    same = ("plan", "tenant", "ticket", "what", "actor", "via", "reason", "digest")
    values = {name: clean(getattr(event, name)) for name in same}
    connection.execute(insert(EVENTS).values(**values, moment=stamp(event.moment)))


def event_of(row: Row[Any]) -> PlanEvent:
    held = dict(row._mapping)
    same = ("plan", "tenant", "ticket", "what", "actor", "via", "reason", "digest")
    return PlanEvent(moment=moment(held["moment"]), **{name: held[name] for name in same})
