"""Filters of tickets: what their list can be asked for (wire/halopsa.md 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .entity import UPDATES, Test, after, among, before, chosen, has, of_company
from .numbering import AGENTS
from .values import Row, numbers, yes
from .view import View, full_name

# By the numbers of the practice: an incident, a change and so on (2.1).
ITIL: Final = {"Incident": 1, "Alert": 1, "Change Request": 2, "Service Request": 3, "Problem": 4}


def linked(id: int, view: View) -> list[int]:
    """The assets of a ticket, the world's main one first."""
    row = view.row("tickets", id) or {}
    others = [one["asset"] for one in view.grouped("ticket_assets", "ticket").get(id, ())]
    return [asset for asset in (row.get("asset"), *others) if asset is not None]


def open_or_not(*, closed: bool) -> Test:
    return lambda row, value, view: value.lower() != "true" or (row["closed"] is not None) == closed


def with_asset(row: Row, value: str, view: View) -> bool:
    return bool(numbers(value).intersection(linked(row["id"], view)))


def of_agent(row: Row, value: str, view: View) -> bool:
    return (row["assignee"] or 1 - AGENTS) + AGENTS in numbers(value)


def refused_or(row: Row, value: str, view: View) -> bool:
    return row["id"] not in numbers(value)


def dated(row: Row, query: Mapping[str, str], view: View) -> bool:
    """`datesearch` names the date that must lie between `startdate` and `enddate`."""
    column = {"dateoccured": "created", "datecleared": "closed"}.get(query.get("datesearch", "").lower())
    if column is None:
        return True
    begin, end = query.get("startdate"), query.get("enddate")
    return (not begin or after(column)(row, begin, view)) and (not end or before(column)(row, end, view))


def by_user(row: Row, value: str, view: View) -> bool:
    """By the name of whom it is for."""
    user = view.row("contacts", row["contact"])
    return user is not None and value.casefold() in full_name(user).casefold()


def mine(row: Row, value: str, view: View) -> bool:
    """The tickets of the agent that the application signs in as."""
    return value.lower() != "true" or row["assignee"] == 1


def searched(row: Row, query: Mapping[str, str], view: View) -> bool:
    """A search by its words; in what was noted too, when that is asked for."""
    text = query.get("search", "")
    if not text or has("title", "description")(row, text, view):
        return True
    notes = view.grouped("notes", "ticket").get(row["id"], ()) if yes(query, "searchactions") else ()
    return any(has("body")(one, text, view) for one in notes)


def asked(row: Row, query: Mapping[str, str], view: View) -> bool:
    """What takes more than one parameter."""
    return dated(row, query, view) and searched(row, query, view)


FILTERS: Final[Mapping[str, Test]] = {
    "ticketids": among("id"),
    "client_id": of_company,
    "client_ids": of_company,
    "site_id": lambda row, value, view: (row["location"] or view.main_site(row["company"])) in numbers(value),
    "user_id": among("contact"),
    "agent_id": of_agent,
    "agent": of_agent,
    "asset_id": with_asset,
    "contract_id": among("contract"),
    "excludethese": refused_or,
    "search_summary": has("title"),
    "search_details": has("description"),
    "search_id": lambda row, value, view: str(row["id"]) == value.strip(),
    "search_user_name": by_user,
    "search_reportedby": by_user,
    "username": by_user,
    "mine": mine,
    "parent_id": lambda row, value, view: not numbers(value) - {0, -1},  # tickets of this world have no parents
    "category_1": chosen("category", "category"),
    "status": chosen("status", "status"),
    "status_id": chosen("status", "status"),
    "team": chosen("queue", "queue"),
    "team_name": lambda row, value, view: value.casefold() == str(row["queue"]).casefold(),
    "requesttype": chosen("type", "type"),
    "requesttype_id": chosen("type", "type"),
    "itil_requesttype": lambda row, value, view: ITIL.get(row["type"]) in numbers(value),
    "itil_requesttype_id": lambda row, value, view: ITIL.get(row["type"]) in numbers(value),
    "priority": chosen("priority", "priority"),
    "open_only": open_or_not(closed=False),
    "closed_only": open_or_not(closed=True),
    **UPDATES,
}
ORDERS: Final = {
    "id": "id",
    "dateoccurred": "created",
    "last_update": "updated",
    "lastupdate": "updated",
    "summary": "title",
}
