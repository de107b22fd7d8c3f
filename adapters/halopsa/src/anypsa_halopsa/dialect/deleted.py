"""Deleted tickets: gone from lists, told by `deleted=true`, and brought back by `_recover` (wire/halopsa.md 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa_sandbox import Reply

from .entity import Entity, among, has
from .values import Refused, Row
from .view import View


def shown(row: Row, view: View) -> dict[str, Any]:
    """What is still told of one."""
    return {"id": row["ticket"], "summary": row["title"], "inactive": True, "deleted": True, "use": "ticket"}


DELETED: Final = Entity(
    "deleted_tickets", "tickets", shown, shown, {"ticketids": among("ticket"), "search": has("title")}, {"id": "ticket"}
)


def delete(id: int, query: Mapping[str, str], view: View) -> Reply:
    """Takes a ticket out of the lists."""
    row = view.row("tickets", id)
    if row is None:
        return Reply(404)
    view.deleted[id] = row
    values = {"ticket": id, "number": row["number"], "title": row["title"], "deleted_by": 1, "deleted": view.now()}
    view.world.add("deleted_tickets", {**values, "extra": {"reason": query.get("reason")}})
    view.world.remove("tickets", id)
    return Reply.of({"id": id})


def recover(id: int, view: View) -> None:
    """Brings a deleted ticket back, under its old id."""
    row = view.deleted.pop(id, None)
    if row is None:
        raise Refused("The ticket does not exist")
    for one in view.grouped("deleted_tickets", "ticket").get(id, []):
        view.world.remove("deleted_tickets", one["id"])
    view.world.put("tickets", row)
