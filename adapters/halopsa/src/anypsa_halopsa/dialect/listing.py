"""Listing: the filters that exist, and pages by offset (wire/halopsa.md 3). What is not known is ignored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from .numbering import AGENTS, CLIENTS, Numbering
from .rows import SHAPES

DEFAULT_SIZE: Final = 50
Row = Mapping[str, Any]
Test = Callable[[Row, str, Numbering], bool]


def numbers(text: str) -> set[int]:
    return {int(part) for part in text.split(",") if part.strip().lstrip("-").isdigit()}


def when(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def chosen(column: str, choices: str) -> Test:
    return lambda row, value, lists: lists.id(choices, row[column]) in numbers(value)


FILTERS: Final[Mapping[str, Mapping[str, Test]]] = {
    "tickets": {
        "ticketids": lambda row, value, lists: row["id"] in numbers(value),
        "client_id": lambda row, value, lists: row["company"] + CLIENTS in numbers(value),
        "client_ids": lambda row, value, lists: row["company"] + CLIENTS in numbers(value),
        "user_id": lambda row, value, lists: row["contact"] in numbers(value),
        "agent_id": lambda row, value, lists: (row["assignee"] or 1 - AGENTS) + AGENTS in numbers(value),
        "status": chosen("status", "status"),
        "status_id": chosen("status", "status"),
        "team": chosen("queue", "queue"),
        "requesttype": chosen("type", "type"),
        "requesttype_id": chosen("type", "type"),
        "priority": chosen("priority", "priority"),
        "open_only": lambda row, value, lists: value != "true" or row["closed"] is None,
        "closed_only": lambda row, value, lists: value != "true" or row["closed"] is not None,
        "lastupdatefromdate": lambda row, value, lists: row["updated"] >= when(value),
        "lastupdatetodate": lambda row, value, lists: row["updated"] <= when(value),
    },
    "users": {"client_id": lambda row, value, lists: row["company"] + CLIENTS in numbers(value)},
    "asset": {
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
    found.sort(key=lambda row: row["id"], reverse=query.get("order") != "id" or query.get("orderdesc") == "true")
    if query.get("pageinate") == "true" and query.get("page_no", "").isdigit():
        size = max(1, min(int(query["page_size"]) if query.get("page_size", "").isdigit() else DEFAULT_SIZE, cap))
        number = int(query["page_no"])
        page = found[(number - 1) * size : number * size]
        return {
            "page_no": number,
            "page_size": size,
            "record_count": len(found),
            key: [shape(row, lists) for row in page],
        }
    wanted = int(query["count"]) if query.get("count", "").isdigit() else DEFAULT_SIZE
    return {"record_count": len(found[:wanted]), key: [shape(row, lists) for row in found[:wanted]]}


def matches(path: str, row: Row, query: Mapping[str, str], lists: Numbering) -> bool:
    if path in ("client", "users", "asset") and query.get("includeinactive") != "true" and not row["active"]:
        return False
    return all(test(row, query[name], lists) for name, test in FILTERS.get(path, {}).items() if query.get(name))
