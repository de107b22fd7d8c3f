"""Rows: the world's rows in HaloPSA's shapes: nulls left out, naive UTC, sentinels, ids as 21.0 (wire/halopsa.md 2, 7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from anypsa_sandbox import World

from .numbering import AGENTS, CLIENTS, Numbering

Row = Mapping[str, Any]
NO_DATE: Final = "1900-01-01T00:00:00"


def moment(value: datetime | None) -> str | None:
    """A time as naive UTC text, with milliseconds only where there are any."""
    if value is None:
        return None
    return f"{value:%Y-%m-%dT%H:%M:%S}" + (f".{value.microsecond // 1000:03}" if value.microsecond else "")


def without_nulls(row: dict[str, Any]) -> dict[str, Any]:
    """Null fields are not sent at all."""
    return {name: value for name, value in row.items() if value is not None}


def spelled(id: int | None, turn: int) -> int | float | str | None:
    """An id as it happens to come: 21, 21.0 or "21" (7.4)."""
    if id is None:
        return None
    return (id, float(id), str(id), id)[turn % 4]


def ticket(row: Row, lists: Numbering) -> dict[str, Any]:
    """A ticket; an unassigned one belongs to agent 1, an open one was closed in 1900."""
    return without_nulls(
        {
            "id": row["id"],
            "summary": row["title"],
            "details": row["description"],
            "status_id": lists.id("status", row["status"]),
            "priority_id": lists.id("priority", row["priority"]),
            "team": row["queue"],
            "team_id": lists.id("queue", row["queue"]) if lists.team_ids else None,
            "tickettype_id": lists.id("type", row["type"]),
            "categoryid_1": lists.id("category", row["category"]),
            "category_1": row["category"],
            "source": lists.id("source", row["source"]),
            "client_id": spelled(row["company"] + CLIENTS, row["id"]),
            "user_id": spelled(row["contact"], row["id"] + 1),
            "agent_id": 1 if row["assignee"] is None else row["assignee"] + AGENTS,
            "estimate": row["estimated_hours"] or 0.0,
            "dateoccurred": moment(row["created"]),
            "last_update": moment(row["updated"]),
            "deadlinedate": moment(row["due"]) or NO_DATE,
            "dateclosed": moment(row["closed"]) or NO_DATE,
            "hasbeenclosed": row["closed"] is not None,
            "inactive": False,
            "use": "ticket",
        }
    )


def action(row: Row, lists: Numbering, number: int, who: Mapping[Any, str], *, html: bool) -> dict[str, Any]:
    """A note; its id counts within the ticket."""
    guid = str(uuid5(NAMESPACE_URL, f"action/{row['id']}"))
    outcome = next(id for id, name in lists.outcomes.items() if ("rivate" in name or "nternal" in name) == hidden(row))
    body = row["body"] or ""
    return without_nulls(
        {
            "id": number,
            "guid": guid,
            "ticket_id": row["ticket"],
            "outcome_id": row["extra"].get("outcome_id", outcome),
            "outcome": lists.outcomes.get(row["extra"].get("outcome_id", outcome)),
            "note": body,
            "note_html": body if html else None,
            "hiddenfromuser": hidden(row),
            "who": who.get(row["author"]),
            "who_agentid": 0 if row["author"] is None else row["author"] + AGENTS,
            "who_type": 1 if row["author"] is not None else 0,
            "timetaken": row["extra"].get("timetaken", 0.0),
            "new_status": row["extra"].get("new_status"),
            "datetime": moment(row["created"]),
            "actiondatecreated": moment(row["created"]),
        }
    )


def names(world: World) -> dict[Any, str]:
    """The agents' names by the world's ids."""
    return {row["id"]: f"{row['first_name']} {row['last_name']}" for row in world.rows("technicians")}


def hidden(row: Row) -> bool:
    return bool(row["visibility"] == "internal")


def client(row: Row, lists: Numbering) -> dict[str, Any]:
    return without_nulls(
        {
            "id": row["id"] + CLIENTS,
            "name": row["name"],
            "ref": row["number"],
            "inactive": not row["active"],
            "toplevel_id": 1,
        }
    )


def user(row: Row, lists: Numbering) -> dict[str, Any]:
    """A user; ids of sites come as floats, and now and then those of clients as text."""
    company = row["company"] + CLIENTS
    return without_nulls(
        {
            "id": row["id"],
            "name": f"{row['first_name']} {row['last_name']}",
            "firstname": row["first_name"],
            "surname": row["last_name"],
            "title": row["job_title"],
            "emailaddress": row["email"],
            "phonenumber": row["phone"],
            "mobilenumber": row["mobile"],
            "client_id": str(company) if row["id"] % 3 == 0 else company,
            "site_id": float(company),
            "inactive": not row["active"],
        }
    )


def asset(row: Row, lists: Numbering) -> dict[str, Any]:
    return without_nulls(
        {
            "id": row["id"],
            "inventory_number": row["name"],
            "client_id": float(row["company"] + CLIENTS),
            "assettype_id": lists.id("asset_kind", row["kind"]),
            "inactive": not row["active"],
            "warranty_end": moment(row["warranty_until"]) or NO_DATE,
        }
    )


def agent(row: Row, lists: Numbering) -> dict[str, Any]:
    return without_nulls(
        {
            "id": row["id"] + AGENTS,
            "name": f"{row['first_name']} {row['last_name']}",
            "firstname": row["first_name"],
            "surname": row["last_name"],
            "email": row["email"],
            "jobtitle": row["job_title"],
            "isdisabled": not row["active"],
            "isapiagent": row["id"] == 1,
        }
    )


# Entity path: the world's table, the envelope's key, the shape of a row.
SHAPES: Final[Mapping[str, tuple[str, str, Callable[[Row, Numbering], dict[str, Any]]]]] = {
    "tickets": ("tickets", "tickets", ticket),
    "client": ("companies", "clients", client),
    "users": ("contacts", "users", user),
    "asset": ("assets", "assets", asset),
}
