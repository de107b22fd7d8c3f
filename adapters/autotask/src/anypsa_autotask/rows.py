"""Rows: what an answer holds, in the forms that have been told of (wire/autotask.md 4.3, 5, 10), and how all rows of a
query that is no list of ours are read."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from anypsa.errors import Incomplete, NotFound, OutcomeUnknown
from anypsa.spi import NUMBER, Answer, Context, Effect, Request, Services, Slice, Table, Undecodable, parsed

from .tables import TABLES
from .tables.names import (
    ARTICLE_TEXT,
    BILLING_ITEMS,
    DESK_ROLE,
    DESK_ROLES,
    LISTS,
    PURCHASES,
    ROLE,
    START_AND_STOP,
    UDF,
)
from .tables.names import folded as without_case

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
# What stands in the rows of other entities.
FACTS: Final[Sequence[Any]] = (ARTICLE_TEXT, BILLING_ITEMS, DESK_ROLES, *PURCHASES.values(), *LISTS.values())
OTHERS: Final = {
    wire.casefold(): wire
    for wire in (
        *(wire for names in SPELLED.values() for wire in names.values()),
        *(str(wire) for found in FACTS for wire in astuple(found)),
    )
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


def folded(body: Any) -> Row:
    """An object's members by name without case; of anything else, none."""
    return without_case(body) if isinstance(body, dict) else {}


def listed(answer: Answer) -> tuple[list[Row], str | None]:
    """The rows of a page and the link to the next one."""
    body = folded(answer.json())
    match body.get("items"):
        case list(rows) if all(isinstance(row, dict) for row in rows):
            return rows, linked(answer, folded(body.get("pagedetails")), len(rows))
    raise answer.unintelligible("it holds no page of items")


def linked(answer: Answer, details: Row, rows: int) -> str | None:
    """The link of a page. Where it is left out instead of being null, a page that is not full has to prove the end."""
    match details.get("nextpageurl", Ellipsis):
        case str() | None as link:
            return link or None
        case other if other is not Ellipsis:
            raise answer.unintelligible("its link to the next page is no text")
    size = number(details.get("requestcount"))
    if size is not None and rows < int(size):
        return None
    raise answer.unintelligible("it does not tell whether more follows")


def numbered(link: str | None) -> dict[str, int]:
    """What a link asks for in the body beside it: the number of a page, of a server that counts pages (10, line 7)."""
    asked = {name.casefold(): value for name, value in parse_qsl(urlsplit(link or "").query)}
    page = number(asked.get("pagenumber"))
    return {} if page is None else {"pageNumber": int(page)}


def cut(answer: Answer) -> tuple[Sequence[Slice], str | None]:
    """The same, with rows that are not parsed."""
    match answer.members:
        case {"items": list(found), "pageDetails": {"nextPageUrl": Slice() as details}}:
            link = parsed(bytes(details))
            if link is None or isinstance(link, str):
                return found, link or None
    rows, link = listed(answer)
    return [Slice(json.dumps(row).encode()) for row in rows], link


def item(answer: Answer, table: Table, id: str) -> Row:
    """The one record of an answer; a missing one is 200 with an empty item (5). A child's comes as a list of one."""
    match folded(answer.json()):
        case {"item": None} | {"items": []}:
            raise NotFound(f"get {table.name} {id}", said=["the vendor knows no such record"])
        case {"item": dict(row)} | {"items": [dict(row)]}:
            return spelled(table, row)
    raise answer.unintelligible("it holds no item")


def counted(answer: Answer) -> int:
    """How many records a query finds."""
    found = number(folded(answer.json()).get("querycount"))
    if found is None:
        raise answer.unintelligible("it holds no count")
    return int(found)


def new_id(answer: Answer) -> str:
    """The id of a created record."""
    body = folded(answer.json())
    for id in (body.get("itemid"), folded(body.get("item")).get("id"), body.get("id")):
        if (found := number(id)) is not None:
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
        page = [{OTHERS.get(name.casefold(), name): value for name, value in row.items()} for row in page]
        found.extend(page)
        if link is None:
            return found
        ids = [int(id) for row in page if (id := number(row.get("id"))) is not None]
        if max(ids, default=last) <= last:
            raise Incomplete(f"read all of {path}", said=["the vendor gives the same page again and again"])
        last = max(ids)


NOWHERE: Final = Context(tenant="")
