"""Rows: what an answer holds, in the forms that have been told of (wire/autotask.md 4.3, 5, 10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa.errors import NotFound, OutcomeUnknown
from anypsa.spi import NUMBER, Answer, Context, Table, Undecodable

from .tables import DESK_ROLE, TABLES, UDF

Row = Mapping[str, Any]

# Names as the tables have them, by the name without case: `companyId` has been seen for `companyID` (10, line 21).
SPELLED: Final = {
    table.name: {wire.casefold(): wire for wire in (*(one.wire for one in table.fields), UDF, DESK_ROLE)}
    for table in TABLES.values()
}
EXPECTED: Final = {table.name: frozenset(one.wire for one in table.fields) for table in TABLES.values()}


def spelled(table: Table, row: Row) -> Row:
    """The row with its names as the table has them. The usual row is returned as it is."""
    if EXPECTED[table.name] <= row.keys():
        return row
    names = SPELLED[table.name]
    return {names.get(name.casefold(), name): value for name, value in row.items()}


def listed(answer: Answer) -> tuple[list[Row], str | None]:
    """The rows of a page and the link to the next one."""
    match answer.json():
        case {"items": list(rows), "pageDetails": {"nextPageUrl": str() | None as link}} if all(
            isinstance(row, dict) for row in rows
        ):
            return rows, link or None
    raise answer.unintelligible("it holds no page of items")


def item(answer: Answer, table: Table, id: str) -> Row:
    """The one record of an answer; a missing one is 200 with an empty item (5)."""
    match answer.json():
        case {"item": None}:
            raise NotFound(f"get {table.name} {id}", said=["the vendor knows no such record"])
        case {"item": dict(row)}:
            return spelled(table, row)
    raise answer.unintelligible("it holds no item")


def counted(answer: Answer) -> int:
    """How many records a query finds."""
    body = answer.json()
    found = number(body.get("queryCount")) if isinstance(body, dict) else None
    if found is None:
        raise answer.unintelligible("it holds no count")
    return int(found)


def new_id(answer: Answer) -> str:
    """The id of a created record."""
    match answer.json():
        case {"itemId": id} | {"item": {"id": id}} | {"id": id} if (found := number(id)) is not None:
            return found
    # It was accepted: trying again would make a second one.
    raise OutcomeUnknown(
        "learn the id of a new record",
        said=["the vendor accepted it and named no id"],
        hint="It is most likely there; look before you create it again.",
        status=answer.status,
    )


def number(value: Any) -> str | None:
    """A whole number as text, from 21, 21.0 or "21"; None for what is none."""
    try:
        return NUMBER.decode(value, "", NOWHERE)
    except Undecodable:
        return None


NOWHERE: Final = Context(tenant="")
