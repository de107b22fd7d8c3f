"""Listing: the filters that exist, and pages by offset (wire/halopsa.md 3). What is not known is ignored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from .numbering import AGENTS, CLIENTS, Numbering
from .rows import SHAPES
from .writing import Refused

DEFAULT_SIZE: Final = 50
Row = Mapping[str, Any]
Test = Callable[[Row, str, Numbering], bool]


def numbers(text: str) -> set[int]:
    return {int(part) for part in text.split(",") if part.strip().lstrip("-").isdigit()}


def yes(query: Mapping[str, str], name: str) -> bool:
    """Whether a flag is set; `True` is as good as `true`."""
    return query.get(name, "").lower() in ("true", "1")


def when(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Refused(f"The value '{text}' is not valid.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def has(*columns: str) -> Test:
    """A search for text in some columns."""
    return lambda row, value, lists: any(value.casefold() in str(row[column] or "").casefold() for column in columns)


def after(column: str) -> Test:
    return lambda row, value, lists: row[column] is not None and row[column] >= when(value)


def before(column: str) -> Test:
    return lambda row, value, lists: row[column] is not None and row[column] <= when(value)


def chosen(column: str, choices: str) -> Test:
    return lambda row, value, lists: lists.id(choices, row[column]) in numbers(value)


COLUMNS: Final = {
    "id": "id",
    "dateoccurred": "created",
    "last_update": "updated",
    "lastupdate": "updated",
    "summary": "title",
    "name": "name",
}
FILTERS: Final[Mapping[str, Mapping[str, Test]]] = {
    "tickets": {
        "ticketids": lambda row, value, lists: row["id"] in numbers(value),
        "client_id": lambda row, value, lists: row["company"] + CLIENTS in numbers(value),
        "client_ids": lambda row, value, lists: row["company"] + CLIENTS in numbers(value),
        "user_id": lambda row, value, lists: row["contact"] in numbers(value),
        "agent_id": lambda row, value, lists: (row["assignee"] or 1 - AGENTS) + AGENTS in numbers(value),
        "agent": lambda row, value, lists: (row["assignee"] or 1 - AGENTS) + AGENTS in numbers(value),
        "excludethese": lambda row, value, lists: row["id"] not in numbers(value),
        "search": has("title", "description"),
        "search_summary": has("title"),
        "search_details": has("description"),
        "search_id": lambda row, value, lists: str(row["id"]) == value.strip(),
        "category_1": chosen("category", "category"),
        "status": chosen("status", "status"),
        "status_id": chosen("status", "status"),
        "team": chosen("queue", "queue"),
        "requesttype": chosen("type", "type"),
        "requesttype_id": chosen("type", "type"),
        "priority": chosen("priority", "priority"),
        "open_only": lambda row, value, lists: value.lower() != "true" or row["closed"] is None,
        "closed_only": lambda row, value, lists: value.lower() != "true" or row["closed"] is not None,
        "lastupdatefromdate": after("updated"),
        "lastupdatetodate": before("updated"),
    },
    "client": {"search": has("name"), "search_name_only": has("name")},
    "users": {
        "client_id": lambda row, value, lists: row["company"] + CLIENTS in numbers(value),
        "search": has("first_name", "last_name", "email"),
    },
    "asset": {
        "search": has("name"),
        "client_id": lambda row, value, lists: row["company"] + CLIENTS in numbers(value),
        "assettype_id": chosen("kind", "asset_kind"),
    },
}


def listed(
    path: str, query: Mapping[str, str], everything: Sequence[Row], lists: Numbering, cap: int
) -> dict[str, Any]:
    """One answer of a list: an envelope, with the total only when paging was asked for."""
    _, key, shape = SHAPES[path]
    found = [row for row in everything if matches(path, row, query, lists)]
    # Without an order that is known, the newest come first.
    column = COLUMNS.get(query.get("order", ""))
    found.sort(key=lambda row: sortable(row, column), reverse=column is None or yes(query, "orderdesc"))
    if yes(query, "pageinate") and query.get("page_no", "").isdigit():
        size = max(1, min(int(query["page_size"]) if query.get("page_size", "").isdigit() else DEFAULT_SIZE, cap))
        number = max(1, int(query["page_no"]))
        page = found[(number - 1) * size : number * size]
        return {
            "page_no": number,
            "page_size": size,
            "record_count": len(found),
            key: [{**shape(row, lists), **named(path, row, query)} for row in page],
        }
    wanted = int(query["count"]) if query.get("count", "").isdigit() else DEFAULT_SIZE
    return {
        "record_count": len(found[:wanted]),
        key: [{**shape(row, lists), **named(path, row, query)} for row in found[:wanted]],
    }


def named(path: str, row: Row, query: Mapping[str, str]) -> dict[str, Any]:
    """The names that rows tell only when asked for them."""
    wanted = {"includestatus": ("status_name", "status"), "includetickettype": ("tickettype_name", "type")}
    return {name: row[column] for flag, (name, column) in wanted.items() if path == "tickets" and yes(query, flag)}


def sortable(row: Row, column: str | None) -> tuple[bool, Any, int]:
    value = None if column is None else row.get(column)
    return value is not None, value if value is not None else 0, row["id"]


def matches(path: str, row: Row, query: Mapping[str, str], lists: Numbering) -> bool:
    if path in ("client", "users", "asset") and not yes(query, "includeinactive") and not row["active"]:
        return False
    return all(test(row, query[name], lists) for name, test in FILTERS.get(path, {}).items() if query.get(name))
