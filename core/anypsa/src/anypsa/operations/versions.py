"""Versions: what the fields that a plan would change hold, when it is made and when it runs. Only those are compared."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from ..effects import Action
from ..errors import NotFound, Problem
from ..models import Record
from ..outbox import TARGET, Item
from ..plans import Plan
from .context import Context
from .finding import plain
from .queueing import RAW
from .raw import understood

UNCOMPARED: Final = frozenset({"id", "updated", "raw"})
"""What says nothing of a record that is to be deleted: a note on a ticket makes it newer."""
GONE: Final[Mapping[str, Any]] = {"id": None}
CHANGING: Final = (Action.UPDATE, Action.DELETE)


@dataclass(frozen=True, slots=True)
class Touched:
    """A record that an operation changes, and in which fields."""

    entity: str
    record: str
    fields: frozenset[str]
    custom: frozenset[str] = frozenset()

    @property
    def place(self) -> str:
        return f"{self.entity}:{self.record}"


def touched(context: Context, item: Item) -> Touched | None:
    """What an operation changes; None for what makes something new, or cannot be told."""
    if item.action == RAW:
        return touched_raw(context, item)
    table = context.adapter.tables.get(item.entity)
    if table is None or item.action not in CHANGING or item.record is None or TARGET in item.links:
        return None
    if item.action == Action.DELETE:
        return Touched(item.entity, item.record, frozenset(table.by_name) - UNCOMPARED)
    named = frozenset(item.values) - {"expect", "verify"}
    custom = item.values.get("custom_fields") or {}
    return Touched(item.entity, item.record, (named | frozenset(item.links)) - {"custom_fields"}, frozenset(custom))


def touched_raw(context: Context, item: Item) -> Touched | None:
    asked = item.values
    _, effect = understood(context, asked["method"], asked["path"], asked["json"])
    table = context.adapter.tables.get(effect.entity)
    if table is None or effect.record is None or effect.action not in CHANGING:
        return None
    fields = effect.fields if effect.action is Action.UPDATE else frozenset(table.by_name) - UNCOMPARED
    return Touched(effect.entity, effect.record, fields & frozenset(table.by_name))


async def versions(context: Context, items: Sequence[Item]) -> dict[str, dict[str, Any]]:
    """What the fields that these would change hold now, by record."""
    found: dict[str, dict[str, Any]] = {}
    records: dict[str, Record | None] = {}
    for one in (change for item in items if (change := touched(context, item)) is not None):
        if one.place not in records:
            records[one.place] = await present(context, one)
        found.setdefault(one.place, {}).update(held(records[one.place], one))
    return found


async def present(context: Context, one: Touched) -> Record | None:
    try:
        return await context.adapter.get(context.adapter.tables[one.entity], one.record)
    except NotFound:
        return None


def held(record: Record | None, one: Touched) -> Mapping[str, Any]:
    """The values of fields, as plain as the store keeps them."""
    if record is None:
        return GONE
    values = {name: plainest(getattr(record, name, None)) for name in one.fields}
    custom = getattr(record, "custom_fields", None) or {}
    return {**values, **{f"custom {name}": custom.get(name) for name in one.custom}}


def plainest(value: Any) -> Any:
    value = plain(value)
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    return (
        value
        if value is None or type(value) in (str, int, bool)
        else str(value.value if isinstance(value, Enum) else value)
    )


async def moved(context: Context, plan: Plan, items: Sequence[Item]) -> Sequence[Problem]:
    """What was changed since the plan was made, of what these would change."""
    return list(differences(plan.seen, await versions(context, items)))


def differences(then: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]) -> Iterator[Problem]:
    for place, values in now.items():
        before = then.get(place, {})
        for name, value in values.items():
            if name not in before or before[name] != value:
                yield Problem(name, f"of {place} is no longer what it was when the plan was made")
