"""Projects and opportunities: tickets by another name, told apart by `use` and `itil_requesttype_id` (2.0, 7.13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from .entity import UPDATES, Entity, Test, agent_of, has, known, saved
from .numbering import AGENTS, CLIENTS, FIRST
from .values import NO_DATE, Refused, Row, day, missing, moment, numbers, when, whole, without_nulls
from .view import View, of_client

PROJECT, TASK, OFFER = 22, 23, 20
OPPORTUNITIES: Final = 90_000
EVERY: Final = 5
"""The world knows no sales: every so-manieth company is offered something, under an id of its own."""

DONE: Final = "Complete"


def statuses(view: View) -> list[dict[str, Any]]:
    """Statuses of projects stand in the list of all statuses, and no filter parts them (2.5)."""
    first = 900 + FIRST[view.lists.place]
    return [
        {"id": first + n, "name": one.value.name, "type": 1} for n, one in enumerate(view.lists.lists["project_status"])
    ]


def status_id(name: str | None, view: View) -> int | None:
    return next((one["id"] for one in statuses(view) if one["name"] == name), None)


def types(view: View) -> list[dict[str, Any]]:
    """Ticket types that are none of tickets."""
    first = 700 + FIRST[view.lists.place]
    uses = (("Project", "project", PROJECT), ("Task", "project", TASK), ("Opportunity", "opportunity", OFFER))
    return [
        {"id": first + n, "name": name, "use": use, "itilrequesttype": itil} for n, (name, use, itil) in enumerate(uses)
    ]


def type_id(itil: int, view: View) -> int:
    return next(int(one["id"]) for one in types(view) if one["itilrequesttype"] == itil)


def makes(sent: Mapping[str, Any], view: View) -> bool:
    """Whether a new ticket is a project, by its type; opportunities and tasks are only read here."""
    kind = next((one for one in types(view) if str(one["id"]) == str(sent.get("tickettype_id"))), None)
    if kind is not None and kind["itilrequesttype"] != PROJECT:
        raise Refused(f"The sandbox makes no {kind['name']}")
    return kind is not None


def base(row: Row, view: View, itil: int, use: str) -> dict[str, Any]:
    """What all three have of a ticket."""
    return {
        "id": row["id"],
        "tickettype_id": type_id(itil, view),
        "itil_requesttype_id": itil,
        "use": use,
        "dateoccurred": moment(row["created"]),
        "last_update": moment(row["updated"]),
        "inactive": False,
    }


def project(row: Row, view: View) -> dict[str, Any]:
    done = row["status"] == DONE
    return without_nulls(
        {
            **base(row, view, PROJECT, "project"),
            "summary": row["name"],
            "details": row["description"],
            "status_id": status_id(row["status"], view),
            "client_id": of_client(row["company"]),
            "client_name": view.client_name(row["company"]),
            "agent_id": 1 if row["lead"] is None else row["lead"] + AGENTS,
            "contract_id": row["contract"],
            "startdate": day(row["start"]),
            "targetdate": day(row["end"]),
            "dateclosed": moment(row["updated"]) if done else NO_DATE,
            "hasbeenclosed": done,
            "child_count": len(view.grouped("tasks", "project").get(row["id"], ())),
            "parent_id": 0,
        }
    )


def task(row: Row, view: View) -> dict[str, Any]:
    """A task of a project is a ticket under it."""
    company = (view.row("projects", row["project"]) or {}).get("company")
    return without_nulls(
        {
            **base(row, view, TASK, "project"),
            "summary": row["title"],
            "details": row["description"],
            "status_id": status_id(row["status"], view),
            "client_id": None if company is None else of_client(company),
            "agent_id": 1 if row["assignee"] is None else row["assignee"] + AGENTS,
            "parent_id": row["project"],
            "estimate": row["estimated_hours"] or 0.0,
            "startdate": day(row["start"]),
            "targetdate": day(row["end"]),
            "dateclosed": moment(row["closed"]) or NO_DATE,
            "hasbeenclosed": row["closed"] is not None,
        }
    )


def planned(row: Row, view: View) -> dict[str, Any]:
    """A row of `/Projects`, which lists tasks too."""
    return task(row, view) if "project" in row else project(row, view)


def rows(view: View) -> list[dict[str, Any]]:
    """Projects and their tasks; the world numbers them apart."""
    return [*view.rows("projects"), *view.rows("tasks")]


def opportunity(row: Row, view: View) -> dict[str, Any]:
    return without_nulls(
        {
            **base(row, view, OFFER, "opportunity"),
            "id": OPPORTUNITIES + row["id"],
            "summary": f"{row['name']}: first order",
            "status_id": status_id("New", view),
            "client_id": of_client(row["id"]),
            "client_name": row["name"],
            "agent_id": 1 if row["owner"] is None else row["owner"] + AGENTS,
            "dateclosed": NO_DATE,
            "hasbeenclosed": False,
        }
    )


def write(sent: Mapping[str, Any], view: View) -> dict[str, Any]:
    """A project; its tasks are read only here."""
    names = {"summary": "name", "details": "description"}
    values: dict[str, Any] = {column: sent[name] or None for name, column in names.items() if name in sent}
    if "client_id" in sent:
        values["company"] = known(view, "companies", whole(sent["client_id"]) - CLIENTS, "Client")
    if "status_id" in sent:
        values["status"] = next((o["name"] for o in statuses(view) if o["id"] == whole(sent["status_id"])), None)
    if "agent_id" in sent:
        values["lead"] = agent_of(sent["agent_id"], view)
    for name, column in (("startdate", "start"), ("targetdate", "end")):
        if name in sent:
            values[column] = when(sent[name])
    if not sent.get("id"):
        for column, what in (("name", "Summary"), ("company", "Client")):
            if values.get(column) in (None, ""):
                raise missing(what)
    elif view.row("projects", whole(sent["id"])) is None:
        raise Refused("The ticket does not exist")
    now = view.now()
    new = {"status": "New", "kind": "Client", "created": now, "custom": {}}
    id = saved(view, "projects", sent, {**values, "updated": now}, new)
    answer = project(view.by_id("projects")[id], view)
    answer["lastupdate"] = answer.pop("last_update")
    return answer


def itil_of(row: Row) -> int:
    return TASK if "project" in row else PROJECT


def company_of(row: Row, view: View) -> int | None:
    found: int | None = (view.row("projects", row["project"]) or {} if "project" in row else row).get("company")
    return found


def of_clients(row: Row, value: str, view: View) -> bool:
    """Whether a project or a task is one of the clients'."""
    company = company_of(row, view)
    return company is not None and of_client(company) in numbers(value)


def agent(row: Row) -> int | None:
    """Who leads a project, or does a task."""
    found: int | None = row["assignee"] if "project" in row else row["lead"]
    return found


FILTERS: Final[Mapping[str, Test]] = {
    "client_id": of_clients,
    "client_ids": of_clients,
    "agent_id": lambda row, value, view: (agent(row) or 1 - AGENTS) + AGENTS in numbers(value),
    "agent": lambda row, value, view: (agent(row) or 1 - AGENTS) + AGENTS in numbers(value),
    "status": lambda row, value, view: status_id(row["status"], view) in numbers(value),
    "status_id": lambda row, value, view: status_id(row["status"], view) in numbers(value),
    "itil_requesttype_id": lambda row, value, view: itil_of(row) in numbers(value),
    "requesttype": lambda row, value, view: type_id(itil_of(row), view) in numbers(value),
    "requesttype_id": lambda row, value, view: type_id(itil_of(row), view) in numbers(value),
    "parent_id": lambda row, value, view: row.get("project") in numbers(value),
    "project_ids": lambda row, value, view: row.get("project", row["id"]) in numbers(value),
    "search": lambda row, value, view: value.casefold() in str(row.get("name") or row.get("title")).casefold(),
    "open_only": lambda row, value, view: value.lower() != "true" or row["status"] != DONE,
    "closed_only": lambda row, value, view: value.lower() != "true" or row["status"] == DONE,
    **UPDATES,
}
PROJECTS: Final = Entity("projects", "tickets", planned, planned, FILTERS, write=write, all=rows)
OPPORTUNITY: Final = Entity(
    "companies",
    "tickets",
    opportunity,
    opportunity,
    {"client_id": lambda row, value, view: of_client(row["id"]) in numbers(value), "search": has("name")},
    offset=OPPORTUNITIES,
    only=lambda row: row["id"] % EVERY == 0,
)
