"""Custom fields: `customfields` on records, their definitions, and how they are written (wire/halopsa.md 2.6, 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from anypsa_sandbox.world import words

from .values import Refused, Row, numbers
from .view import View

TEXT, SELECT = 0, 2
# What the fields are of. The numbers are the sandbox's own: the vendor's are not known.
USAGES: Final[Mapping[str, int]] = {"tickets": 1, "companies": 2, "contacts": 4, "assets": 5, "contracts": 6}
SELECTED: Final[Mapping[str, Sequence[str]]] = words.CUSTOM_LISTS


def definitions(view: View) -> list[dict[str, Any]]:
    """What `/FieldInfo` lists."""
    return [definition(row, view) for row in view.rows("custom_fields") if row["subject"] in USAGES]


def definition(row: Row, view: View) -> dict[str, Any]:
    """One field; a field to select from has its values."""
    found = {
        "id": row["id"],
        "name": internal_name(row),
        "label": row["name"],
        "type": SELECT if row["name"] in SELECTED else TEXT,
        "custom": 1,
        "usage": USAGES[row["subject"]],
    }
    values = selected(row["name"], view)
    return {**found, "values": [{"id": id, "name": name} for id, name in values.items()]} if values else found


def internal_name(row: Row) -> str:
    """`CFSiteCode`; a name belongs to one field of the tenant, so those of others than tickets say what they are of."""
    plain = "".join(part for part in row["name"] if part.isalnum())
    return f"CF{'' if row['subject'] == 'tickets' else row['subject']}{plain}"


def selected(label: str, view: View) -> dict[int, str]:
    """The values of a field to select from, by the tenant's ids."""
    return {view.lists.first_selected + n: name for n, name in enumerate(SELECTED.get(label, ()))}


def shown(table: str, row: Row, view: View, wanted: str | None = None) -> dict[str, Any]:
    """The custom fields of a record: all of them, or those whose ids are wanted."""
    ids = None if wanted is None else numbers(wanted)
    fields = [one for one in view.grouped("custom_fields", "subject").get(table, []) if ids is None or one["id"] in ids]
    return {"customfields": [item(one, row["custom"].get(one["name"]), view) for one in fields]}


def item(field: Row, value: Any, view: View) -> dict[str, Any]:
    """One field of a record: `display` is the label of a selected value, whose own value is a number."""
    facts = {name: fact for name, fact in definition(field, view).items() if name not in ("values", "custom")}
    if value is None:
        return {**facts, "value": "" if facts["type"] == TEXT else 0, "display": ""}
    ids = {name: id for id, name in selected(field["name"], view).items()}
    return {**facts, "value": ids.get(value, value), "display": str(value)}


def written(table: str, given: Mapping[str, Any], before: Mapping[str, Any], view: View) -> dict[str, Any]:
    """The columns that `customfields` changes. By one reading it holds what is changed, by the other it is everything."""
    if "customfields" not in given:
        return {}
    fields = view.grouped("custom_fields", "subject").get(table, [])
    values = {} if "custom_fields_replaced" in view.quirks else dict(before)
    for sent in given["customfields"]:
        asked = (sent.get("id"), str(sent.get("name", "")).casefold())
        field = next(
            (one for one in fields if one["id"] == asked[0] or internal_name(one).casefold() == asked[1]), None
        )
        if field is None:
            raise Refused(f"The custom field {sent.get('name') or sent.get('id')} does not exist")
        values[field["name"]] = stored(field, sent.get("value"), view)
    return {"custom": values}


def stored(field: Row, value: Any, view: View) -> Any:
    """A value as the world keeps it."""
    if value in (None, "", []):
        return None
    options = selected(field["name"], view)
    if not options:
        return str(value)
    if str(value) in ("0", "-1"):
        return None
    chosen = options.get(int(value)) if str(value).isdigit() else None
    if chosen is None:
        raise Refused(f"{value} is not a value of {field['name']}")
    return chosen
