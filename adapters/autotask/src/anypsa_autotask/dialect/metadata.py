"""Metadata: what the vendor says of its own fields (wire/autotask.md 7)."""

from __future__ import annotations

from typing import Any

from anypsa_sandbox import World

from .mapping import FIXED_VALUES, RENAMED, SHOWN, UNMARKED
from .numbering import Numbered, Numbering
from .schema import UNQUERYABLE, EntityFact, FieldFact

PARENTS = {"subIssueType": "IssueType"}


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
            "supportsWebhookCallouts": entity.path
            in ("Tickets", "Companies", "Contacts", "ConfigurationItems", "TicketNotes"),
        }
    }


def fields(entity: EntityFact, numbering: Numbering) -> dict[str, Any]:
    """Every field, with the tenant's values where it is a picklist."""
    return {"fields": [described(entity, fact, numbering) for fact in entity.fields.values()]}


def described(entity: EntityFact, fact: FieldFact, numbering: Numbering) -> dict[str, Any]:
    column = SHOWN[entity.path].columns.get(fact.name)
    choices = column.choices if column is not None else None
    values = None if choices is None else [listed(n, one) for n, one in enumerate(numbering.lists[choices])]
    fixed = FIXED_VALUES.get((entity.path, fact.name))
    if choices is None and (fixed is not None or fact.pick):
        values = [stock(n, *one) for n, one in enumerate((fixed or {}).items())]
    reference = fact.reference or UNMARKED.get(fact.name)
    return {
        "name": fact.name,
        "dataType": fact.type,
        "length": fact.length or 0,
        "isRequired": fact.required,
        "isReadOnly": fact.read_only or fact.name == "id",
        "isQueryable": fact.name.casefold() not in UNQUERYABLE,
        "isReference": reference is not None,
        "referenceEntityType": RENAMED.get(reference or "", reference or ""),
        "isPickList": values is not None,
        "picklistValues": values,
        # Seen Pascal-cased in the wild.
        "picklistParentValueField": PARENTS.get(fact.name, ""),
        "isSupportedWebhookField": True,
    }


def listed(place: int, one: Numbered) -> dict[str, Any]:
    """One picklist value: strings, although records hold numbers."""
    return {
        "value": str(one.id),
        "label": one.label,
        "isDefaultValue": one.value.default,
        "sortOrder": place + 1,
        "parentValue": str(one.parent) if one.parent is not None else "",
        "isActive": one.value.active,
        "isSystem": one.system,
    }


def stock(place: int, id: int, label: str) -> dict[str, Any]:
    """A value that every tenant has."""
    return {
        "value": str(id),
        "label": label,
        "isDefaultValue": False,
        "sortOrder": place + 1,
        "parentValue": "",
        "isActive": True,
        "isSystem": True,
    }


def user_defined(entity: EntityFact, world: World) -> dict[str, Any]:
    """The tenant's own fields: `type` here, where the others have `dataType`."""
    if not entity.user_defined_fields:
        return {"fields": []}
    names = world.custom_fields(SHOWN[entity.path].table)
    return {
        "fields": [
            {
                "name": name,
                "label": name,
                "type": "string",
                "length": 255,
                "description": "",
                "isRequired": False,
                "isReadOnly": False,
                "isQueryable": True,
                "isReference": False,
                "referenceEntityType": "",
                "isPickList": False,
                "picklistValues": None,
                "picklistParentValueField": "",
                "defaultValue": None,
                "isSupportedWebhookField": True,
            }
            for name in names
        ]
    }
