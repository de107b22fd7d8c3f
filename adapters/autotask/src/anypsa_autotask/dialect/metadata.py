"""Metadata: what the vendor says of its own fields (wire/autotask.md 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from anypsa_sandbox import World

from .customs import Customs
from .lists import PICKS, RECORDS
from .mapping import RENAMED, UNMARKED
from .numbering import Numbered, Numbering
from .schema import UNQUERYABLE, EntityFact, FieldFact
from .shown import shown
from .shown.webhooks import SUBJECT_TABLES, SUBJECTS

PARENTS = {"subIssueType": "IssueType"}
RELABELLED = {"internal": "Internal Users Only"}
"""What files call a value that notes call otherwise, seen live."""


def information(entity: EntityFact) -> dict[str, Any]:
    """The entity as a whole."""
    writes = {route.split()[0] for route in entity.routes if "/query" not in route}
    return {
        "info": {
            "name": entity.name,
            "canCreate": "POST" in writes,
            "canDelete": "DELETE" in writes,
            "canQuery": True,
            "canUpdate": "PATCH" in writes,
            "userAccessForCreate": "All" if "POST" in writes else "None",
            "userAccessForDelete": "All" if "DELETE" in writes else "None",
            "userAccessForQuery": "All",
            "userAccessForUpdate": "All" if "PATCH" in writes else "None",
            "hasUserDefinedFields": entity.user_defined_fields,
            "supportsWebhookCallouts": entity.name in SUBJECTS,
        }
    }


def fields(entity: EntityFact, numbering: Numbering, world: World) -> dict[str, Any]:
    """Every field, with the tenant's values where it is a picklist."""
    return {"fields": [described(entity, fact, numbering, world) for fact in entity.fields.values()]}


def values(entity: EntityFact, fact: FieldFact, numbering: Numbering, world: World) -> list[dict[str, Any]] | None:
    """The values of a picklist; none at all for one that the sandbox has no list of; None for another field."""
    own = shown(entity.path)
    if fact.name in RECORDS:
        # A webhook of tickets can tell of the user-defined fields of tickets, and of no others.
        subject = SUBJECT_TABLES.get(own.fixed.get("subject", ""))
        rows = [row for row in world.rows(RECORDS[fact.name]) if subject in (None, row.get("subject"))]
        return [record(n, row) for n, row in enumerate(rows)]
    column = own.columns.get(fact.name)
    choices = PICKS.get((entity.path, fact.name)) if column is None else column.choices
    if choices is not None:
        relabelled = RELABELLED if entity.path.endswith("Attachments") else {}
        return [listed(n, one, relabelled.get(one.key)) for n, one in enumerate(numbering.lists[choices])]
    return [] if fact.pick else None


def described(entity: EntityFact, fact: FieldFact, numbering: Numbering, world: World) -> dict[str, Any]:
    picks = values(entity, fact, numbering, world)
    reference = None if fact.name in RECORDS else fact.reference or UNMARKED.get(fact.name)
    return {
        "name": fact.name,
        "dataType": fact.type,
        "length": fact.length or 0,
        "isRequired": fact.required,
        "isReadOnly": fact.read_only or fact.name == "id",
        "isQueryable": fact.name.casefold() not in UNQUERYABLE,
        "isReference": reference is not None,
        "referenceEntityType": RENAMED.get(reference or "", reference or ""),
        "isPickList": picks is not None,
        "picklistValues": picks,
        # Seen Pascal-cased in the wild.
        "picklistParentValueField": PARENTS.get(fact.name, ""),
        "isSupportedWebhookField": True,
    }


def listed(place: int, one: Numbered, label: str | None = None) -> dict[str, Any]:
    """One picklist value: strings, although records hold numbers."""
    return {
        "value": str(one.id),
        "label": label or one.label,
        "isDefaultValue": one.value.default,
        "sortOrder": place + 1,
        "parentValue": str(one.parent) if one.parent is not None else "",
        "isActive": one.value.active,
        "isSystem": one.system,
    }


def record(place: int, row: Mapping[str, Any]) -> dict[str, Any]:
    """A record of the tenant's as a value."""
    return {
        "value": str(row["id"]),
        "label": row["name"],
        "isDefaultValue": bool(row.get("preset")),
        "sortOrder": place + 1,
        "parentValue": None,
        "isActive": bool(row["active"]),
        "isSystem": False,
    }


def user_defined(entity: EntityFact, world: World) -> dict[str, Any]:
    """The tenant's own fields."""
    customs = Customs.of(world, shown(entity.path).table) if entity.user_defined_fields else None
    return {"fields": [] if customs is None else customs.described()}
