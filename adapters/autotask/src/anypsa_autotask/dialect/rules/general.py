"""Rules of every entity: what is required, how long a text may be, what a value may refer to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa_sandbox import World

from .. import filters, texts
from ..lists import PICKS, RECORDS
from ..mapping import ABSENT, REFERRED, RENAMED, UNMARKED
from ..numbering import Numbering
from ..schema import EntityFact, FieldFact

PRACTICE: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "TimeEntries": (
        ("ticketID", "taskID", "internalBillingCodeID"),
        ("dateWorked", "startDateTime"),
        ("roleID", "internalBillingCodeID"),
        ("hoursWorked", "endDateTime"),
    ),
}
"""What metadata does not call required and the server demands: one of each group (3.3)."""


def complete(entity: EntityFact, given: Mapping[str, Any]) -> None:
    """A new record has everything that is required."""
    for fact in entity.fields.values():
        if fact.required and fact.name != "id" and given.get(fact.name) is None:
            raise texts.required(entity.name, fact.name)
    for group in PRACTICE.get(entity.path, ()):
        if all(given.get(name) is None for name in group):
            raise texts.required(entity.name, group[0])


def not_cleared(entity: EntityFact, given: Mapping[str, Any]) -> None:
    """What is required stays."""
    for name, value in given.items():
        if value is None and name != "userDefinedFields" and entity.fields[name].required:
            raise texts.required(entity.name, name)


def listed(entity: EntityFact, fact: FieldFact, value: Any, world: World, numbering: Numbering) -> None:
    """A picklist that is no list of the world's has the tenant's own values, or none at all."""
    if fact.name in RECORDS:
        row = world.row(RECORDS[fact.name], filters.whole(value))
        if row is None or not row["active"]:
            raise texts.no_value(fact.name)
        return
    choices = PICKS.get((entity.path, fact.name))
    if choices is not None and not numbering.active(choices, filters.whole(value)):
        raise texts.no_value(fact.name)
    if choices is None and fact.pick and fact.type == "integer":
        filters.whole(value)
        raise texts.no_value(fact.name)


def short_enough(fact: FieldFact, text: str) -> str:
    """Text within its length."""
    if fact.length is not None and len(text) > fact.length:
        raise texts.Refused(f"Data violation: {fact.name} exceeds the maximum length of {fact.length}.")
    return text


def refers(world: World, fact: FieldFact, id: int, *, inactive: bool) -> None:
    """What is referred to is there, and active unless the `inactive` will do."""
    kind = fact.reference or UNMARKED.get(fact.name)
    if kind is None:
        return
    table = REFERRED.get(kind)
    row = world.row(table, id) if table is not None else None
    missing = kind in ABSENT if table is None else row is None or (row.get("active") is False and not inactive)
    if missing:
        raise texts.no_reference(fact.name, RENAMED.get(kind, kind))
