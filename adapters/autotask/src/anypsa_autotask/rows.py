"""Rows: what an answer holds, in the forms that have been told of (wire/autotask.md 4.3, 5, 10), and how all rows of a
query that is no list of ours are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from anypsa.errors import Incomplete, NotFound, OutcomeUnknown
from anypsa.spi import NUMBER, Answer, Context, Effect, Request, Services, Slice, Table, Undecodable, parsed

from .tables import TABLES
from .tables.names import DESK_ROLE, ROLE, START_AND_STOP, UDF

Row = Mapping[str, Any]

PAGE: Final = 500
EVERY_ROW: Final = {"op": "gte", "field": "id", "value": 0}
"""`gt 0` would drop company 0, which is real (3.3)."""

# Names as the tables have them, by the name without case: `companyId` has been seen for `companyID` (10, line 21).
BESIDE: Final = (UDF, DESK_ROLE, ROLE, START_AND_STOP)
SPELLED: Final = {
    table.name: {wire.casefold(): wire for wire in (*BESIDE, *(one.wire for one in table.fields))}
    for table in TABLES.values()
}
EXPECTED: Final = {table.name: frozenset(one.wire for one in table.fields) for table in TABLES.values()}


def spelled(table: Table, row: Row) -> Row:
    """The row with its names as the table has them. The usual row is returned as it is."""
    if table.name not in EXPECTED:
        wanted = {one.wire for one in table.fields}
        if wanted <= row.keys():
            return row
        names = {wire.casefold(): wire for wire in (*BESIDE, *wanted)}
    elif EXPECTED[table.name] <= row.keys():
        return row
    else:
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


def cut(answer: Answer) -> tuple[Sequence[Slice], str | None]:
    """The same, with rows that are not parsed."""
    match answer.members:
        case {"items": list(found), "pageDetails": {"nextPageUrl": Slice() as details}}:
            link = parsed(bytes(details))
            if link is None or isinstance(link, str):
                return found, link or None
    raise answer.unintelligible("it holds no page of items")


def item(answer: Answer, table: Table, id: str) -> Row:
    """The one record of an answer; a missing one is 200 with an empty item (5). A child's comes as a list of one."""
    match answer.json():
        case {"item": None} | {"items": []}:
            raise NotFound(f"get {table.name} {id}", said=["the vendor knows no such record"])
        case {"item": dict(row)} | {"items": [dict(row)]}:
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


def where(wire: str, value: Any, op: str = "eq") -> dict[str, Any]:
    """A condition on one field, as the vendor writes it."""
    return {"op": op, "field": wire, "value": value}


async def all_of(
    services: Services, path: str, effect: Effect, *conditions: Mapping[str, Any], fields: Sequence[str] = ()
) -> Sequence[Row]:
    """All rows of a query, with the named fields alone if there are any. Read by ids that ascend (4.3), which needs no
    link of the vendor's."""
    found: list[Row] = []
    last = -1
    wanted = {"includeFields": ["id", *fields]} if fields else {}
    while True:
        beyond = [where("id", last, "gt")] if found else []
        body = {"filter": [*conditions, *beyond], "maxRecords": PAGE, **wanted}
        page, link = listed(await services.send(Request.read("POST", f"{path}/query", effect, json=body)))
        found.extend(page)
        if link is None:
            return found
        ids = [int(id) for row in page if (id := number(row.get("id"))) is not None]
        if max(ids, default=last) <= last:
            raise Incomplete(f"read all of {path}", said=["the vendor gives the same page again and again"])
        last = max(ids)


NOWHERE: Final = Context(tenant="")
