"""Listing: the filters that exist, and pages by offset (wire/halopsa.md 3). What is not known is ignored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from . import advanced
from .entity import Entity
from .values import Row, yes
from .view import View

DEFAULT_SIZE: Final = 50
PLACES: Final = frozenset({"page_no", "page_size", "count"})
"""What asks for another part of the same list."""


def listed(entity: Entity, query: Mapping[str, str], view: View, cap: int) -> dict[str, Any]:
    """One answer of a list: an envelope, with the total only when paging was asked for."""
    asked = (id(entity), *sorted(item for item in query.items() if item[0] not in PLACES))
    # Rows of more than one table are not all of the world's, which tells when something was written.
    found = (
        ordered(entity, query, view)
        if entity.all
        else view.latest(entity.table, asked, partial(ordered, entity, query, view))
    )
    if yes(query, "pageinate") and query.get("page_no", "").isdigit():
        size = max(1, min(int(query["page_size"]) if query.get("page_size", "").isdigit() else DEFAULT_SIZE, cap))
        number = max(1, int(query["page_no"]))
        page = shown(entity, found[(number - 1) * size : number * size], query, view)
        return {"page_no": number, "page_size": size, "record_count": len(found), entity.key: page}
    wanted = int(query["count"]) if query.get("count", "").isdigit() else DEFAULT_SIZE
    return {"record_count": len(found[:wanted]), entity.key: shown(entity, found[:wanted], query, view)}


def ordered(entity: Entity, query: Mapping[str, str], view: View) -> list[Row]:
    """All rows that match. Without an order that is known, the newest come first."""
    found: list[Row] = [row for row in entity.rows(view) if matches(entity, row, query, view)]
    if conditions := advanced.told(query.get("advanced_search") or "[]"):
        found = [row for row in found if advanced.holds(entity.shown(row, view), conditions)]
    column = entity.orders.get(query.get("order", ""))
    found.sort(key=lambda row: sortable(row, column), reverse=column is None or yes(query, "orderdesc"))
    return found


def shown(entity: Entity, rows: Sequence[Row], query: Mapping[str, str], view: View) -> list[dict[str, Any]]:
    return [{**entity.shown(row, view), **entity.given(row, query, view)} for row in rows]


def sortable(row: Row, column: str | None) -> tuple[bool, Any, int]:
    value = None if column is None else row.get(column)
    return value is not None, value if value is not None else 0, row["id"]


def matches(entity: Entity, row: Row, query: Mapping[str, str], view: View) -> bool:
    if entity.hides_inactive and not yes(query, "includeinactive") and not row["active"]:
        return False
    if not entity.also(row, query, view):
        return False
    return all(test(row, query[name], view) for name, test in entity.filters.items() if query.get(name))
