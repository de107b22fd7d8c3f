"""Tickets: their rows, their filters, and what writing them does (wire/halopsa.md 2.1, 3.2, 4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from . import custom
from .entity import Entity, agent_of, known
from .filters import FILTERS, ITIL, ORDERS, asked, linked
from .numbering import AGENTS, CLIENTS, SLAS
from .values import NO_DATE, NOTHING, Refused, Row, missing, moment, spelled, when, whole, without_nulls, yes
from .view import View, of_client

CLOSED: Final = "Complete"
COLUMNS: Final = {"summary": "title", "details": "description", "details_html": "description"}
CHOICES: Final = {
    "status_id": ("status", "status"),
    "priority_id": ("priority", "priority"),
    "tickettype_id": ("type", "type"),
    "categoryid_1": ("category", "category"),
    "source": ("source", "source"),
}
# What no ticket is without: null leaves it as it is.
KEPT: Final = frozenset({"status_id", "priority_id", "tickettype_id"})
# What the sandbox keeps for this vendor alone.
OWN: Final = ("impact", "urgency", "sla_id")
LABELS: Final = {
    "categoryid_1": ("Category", ("categoryid_1", "category_1")),
    "priority_id": ("Priority", ("priority_id",)),
    "impact": ("Impact", ("impact",)),
    "urgency": ("Urgency", ("urgency",)),
    "team": ("Team", ("team",)),
    "user_id": ("User", ("user_id",)),
}


def sla(row: Row) -> int:
    """The SLA that a ticket runs under; half of the customers have the other one."""
    return int(row["extra"].get("sla_id") or SLAS[row["company"] % 2])


def shown(row: Row, view: View) -> dict[str, Any]:
    """A row of a list; an unassigned ticket belongs to agent 1, an open one was closed in 1900."""
    lists, id = view.lists, row["id"]
    site = row["location"] or view.main_site(row["company"])
    return without_nulls(
        {
            "id": id,
            "summary": row["title"],
            "details": row["description"],
            "status_id": lists.id("status", row["status"]),
            "priority_id": lists.id("priority", row["priority"]),
            "sla_id": sla(row),
            "team": row["queue"],
            "team_id": lists.id("queue", row["queue"]) if "team_id" in view.quirks else None,
            "tickettype_id": lists.id("type", row["type"]),
            "itil_requesttype_id": ITIL.get(row["type"]),
            "categoryid_1": lists.id("category", row["category"]),
            "category_1": row["category"],
            "source": lists.id("source", row["source"]),
            "impact": row["extra"].get("impact"),
            "urgency": row["extra"].get("urgency"),
            "client_id": spelled(of_client(row["company"]), id),
            "client_name": view.client_name(row["company"]),
            "site_id": spelled(site, id + 2),
            "user_id": spelled(row["contact"], id + 1),
            "agent_id": 1 if row["assignee"] is None else row["assignee"] + AGENTS,
            "estimate": row["estimated_hours"] or 0.0,
            "attachment_count": len(view.grouped("attachments", "ticket").get(id, ())),
            "dateoccurred": moment(row["created"]),
            "last_update": moment(row["updated"]),
            "deadlinedate": moment(row["due"]) or NO_DATE,
            "dateclosed": moment(row["closed"]) or NO_DATE,
            "hasbeenclosed": row["closed"] is not None,
            "inactive": False,
            "use": "ticket",
        }
    )


def complete(row: Row, view: View) -> dict[str, Any]:
    """A ticket by its id, with what lists leave out."""
    assets = [view.row("assets", id) for id in linked(row["id"], view)]
    return {
        **shown(row, view),
        **({"details_html": row["description"]} if row["description"] else {}),
        **({"contract_id": row["contract"]} if row["contract"] is not None else {}),
        "datecreated": moment(row["created"]),
        "assets": [{"id": one["id"], "inventory_number": one["name"]} for one in assets if one],
        **custom.shown("tickets", row, view),
    }


def given(row: Row, query: Mapping[str, str], view: View) -> dict[str, Any]:
    """What rows tell only when asked: names, and custom fields by their ids."""
    wanted = {"includestatus": ("status_name", "status"), "includetickettype": ("tickettype_name", "type")}
    found = {name: row[column] for flag, (name, column) in wanted.items() if query.get(flag, "").lower() == "true"}
    if yes(query, "includetimetaken"):
        worked = view.grouped("time_entries", "ticket").get(row["id"], ())
        found["timetaken"] = round(float(sum(one["hours"] or 0 for one in worked)), 4)
    if yes(query, "includelastaction") or yes(query, "includelastnote"):
        notes = sorted(view.grouped("notes", "ticket").get(row["id"], ()), key=lambda one: one["created"])
        found["lastaction" if yes(query, "includelastaction") else "lastnote"] = notes[-1]["body"] if notes else ""
    if query.get("includeagent", "").lower() == "true":
        found["agent_name"] = view.agent_name(row["assignee"]) or "Unassigned"
    if query.get("include_custom_fields"):
        found |= custom.shown("tickets", row, view, query["include_custom_fields"])
    return found


def write(sent: Mapping[str, Any], view: View) -> dict[str, Any]:
    """One ticket; the answer spells its last update otherwise than a list does (7.11)."""
    values, id, now = values_of(sent, view), sent.get("id"), view.now()
    before = view.row("tickets", whole(id)) if id is not None else None
    values |= custom.written("tickets", sent, (before or {}).get("custom", {}), view)
    if own := {name: sent[name] for name in OWN if name in sent}:
        values["extra"] = {**(before or {}).get("extra", {}), **own}
    if id is None:
        values = {"status": "New", "priority": "Medium", "created": now, "custom": {}, **values}
        for name, what in (("title", "Summary"), ("company", "Client")):
            if values.get(name) in (None, ""):
                raise missing(what)
        if not sent.get("_novalidate"):
            demand(sent, values, view)
        id = view.world.add("tickets", {**values, "updated": now})
    elif not view.world.change("tickets", whole(id), {**values, "updated": now}):
        raise Refused("The ticket does not exist")
    if "assets" in sent:
        link(whole(id), [whole(one["id"]) for one in sent["assets"]], view)
    answer = complete(view.by_id("tickets")[whole(id)], view)
    answer["lastupdate"] = answer.pop("last_update")
    return answer


def values_of(sent: Mapping[str, Any], view: View) -> dict[str, Any]:
    """The world's columns that a client wrote."""
    values: dict[str, Any] = {column: sent[name] or None for name, column in COLUMNS.items() if name in sent}
    if "category_1" in sent and "categoryid_1" not in sent:
        values["category"] = named(view, "category", sent["category_1"], "Category")
    for name, (column, choices) in CHOICES.items():
        if name in sent and not (sent[name] is None and name in KEPT):
            values[column] = numbered(view, name, choices, sent[name])
    if "team" in sent:
        values["queue"] = named(view, "queue", sent["team"], "Team")
    elif "team_id" in sent:
        values["queue"] = numbered(view, "team_id", "queue", sent["team_id"])
    if "client_id" in sent:
        values["company"] = known(view, "companies", whole(sent["client_id"]) - CLIENTS, "Client")
    for name, column, table, what in REFERENCES:
        if name in sent:
            values[column] = None if sent[name] in NOTHING else known(view, table, whole(sent[name]), what)
    if "agent_id" in sent:
        values["assignee"] = agent_of(sent["agent_id"], view)
    if "deadlinedate" in sent:
        values["due"] = when(sent["deadlinedate"])
    if "estimate" in sent:
        values["estimated_hours"] = sent["estimate"] or None
    if "status" in values:
        values["closed"] = view.now() if values["status"] == CLOSED else None
    return values


REFERENCES: Final = (
    ("user_id", "contact", "contacts", "User"),
    ("site_id", "location", "locations", "Site"),
    ("contract_id", "contract", "contracts", "Contract"),
)


def named(view: View, choices: str, name: Any, what: str) -> str | None:
    """A value that is written by its name."""
    if name in NOTHING:
        return None
    if view.lists.id(choices, name) is None:
        raise missing(what)
    return str(name)


def numbered(view: View, name: str, choices: str, id: Any) -> str | None:
    """A value that is written by its id."""
    if id in NOTHING:
        return None
    found = view.lists.key(choices, id)
    if found is None:
        raise missing(name.removesuffix("_id"))
    return found


def demand(sent: Mapping[str, Any], values: Mapping[str, Any], view: View) -> None:
    """What the ticket's type makes mandatory (4), and that its category is one of the type's."""
    of_kind = view.lists.categories_of.get(values.get("type") or "")
    if of_kind is not None and values.get("category") not in (None, *of_kind):
        raise missing("Category")
    for field in view.lists.mandatory.get(values.get("type") or "", ()):
        if field in LABELS:
            label, names = LABELS[field]
            filled = any(sent.get(name) not in NOTHING for name in names)
        else:
            label, filled = field, values["custom"].get(field) is not None
        if not filled:
            raise missing(label)


def link(ticket: int, assets: list[int], view: View) -> None:
    """The assets of a ticket are replaced whole by what is sent (4)."""
    for id in assets:
        known(view, "assets", id, "Asset")
    for row in view.grouped("ticket_assets", "ticket").get(ticket, []):
        view.world.remove("ticket_assets", row["id"])
    view.world.change("tickets", ticket, {"asset": assets[0] if assets else None})
    for id in assets[1:]:
        view.world.add("ticket_assets", {"ticket": ticket, "asset": id})


TICKETS: Final = Entity(
    "tickets",
    "tickets",
    shown,
    complete,
    FILTERS,
    ORDERS,
    write,
    given=given,
    also=asked,
)
