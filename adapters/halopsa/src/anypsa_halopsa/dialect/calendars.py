"""Calendars: appointments, whose ids change when they move to another agent, and quick time entries (2.6, 7.19)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from . import actions
from .entity import Entity, among, has, known, merged
from .numbering import AGENTS
from .values import NOTHING, Refused, Row, asked_time, missing, moment, numbers, when, whole, without_nulls
from .view import View, of_client


def appointment(row: Row, view: View) -> dict[str, Any]:
    ticket = view.row("tickets", row["ticket"])
    agent = None if row["technician"] is None else row["technician"] + AGENTS
    return without_nulls(
        {
            "id": row["id"],
            "subject": row["title"],
            "start_date": moment(row["start"]),
            "end_date": moment(row["end"]),
            "agent_id": agent,
            "agents": [] if agent is None else [{"id": agent, "name": view.agent_name(row["technician"])}],
            "ticket_id": row["ticket"] or 0,
            "client_id": None if ticket is None else of_client(ticket["company"]),
            "note": row["description"],
            "allday": bool(row["extra"].get("allday", False)),
            "is_private": bool(row["extra"].get("is_private", False)),
            "is_task": False,
            "complete_status": row["extra"].get("complete_status", -1),
            "appointment_type_id": row["extra"].get("appointment_type_id", 0),
            "status": 0,
        }
    )


def write(sent: Mapping[str, Any], view: View) -> dict[str, Any]:
    """An appointment; another agent's is another record, and the old id is gone."""
    id = whole(sent["id"]) if sent.get("id") else None
    before = view.row("appointments", id)
    if id is not None and before is None:
        raise Refused("The appointment does not exist")
    values, now = values_of(sent, view), view.now()
    own = ("allday", "is_private", "complete_status", "appointment_type_id")
    values |= {"extra": merged(view, "appointments", sent, own), "updated": now}
    if before is None:
        for column, what in (("title", "Subject"), ("start", "Start Date"), ("technician", "Agent")):
            if values.get(column) is None:
                raise missing(what)
        values.setdefault("end", values["start"] + timedelta(hours=1))
        id = view.world.add("appointments", {"author": 1, "created": now, **values})
    elif values.get("technician", before["technician"]) != before["technician"]:
        # The new one first, so that no id is given twice.
        moved = {name: value for name, value in before.items() if name != "id"}
        id = view.world.add("appointments", {**moved, **values})
        view.world.remove("appointments", before["id"])
    else:
        view.world.change("appointments", before["id"], values)
    return appointment(view.by_id("appointments")[id or 0], view)


def values_of(sent: Mapping[str, Any], view: View) -> dict[str, Any]:
    names = {"subject": "title", "note": "description"}
    values: dict[str, Any] = {column: sent[name] or None for name, column in names.items() if name in sent}
    for name, column in (("start_date", "start"), ("end_date", "end")):
        if name in sent:
            values[column] = when(sent[name])
    agent = sent.get("agent_id") or next((one.get("id") for one in sent.get("agents") or ()), None)
    if agent not in NOTHING:
        values["technician"] = known(view, "technicians", whole(agent) - AGENTS, "Agent")
    if "ticket_id" in sent:
        ticket = sent["ticket_id"]
        values["ticket"] = None if ticket in NOTHING else known(view, "tickets", whole(ticket), "Ticket")
    return values


def of_client_too(row: Row, value: str, view: View) -> bool:
    ticket = view.row("tickets", row["ticket"])
    return ticket is not None and of_client(ticket["company"]) in numbers(value)


APPOINTMENT: Final = Entity(
    "appointments",
    "appointments",
    appointment,
    appointment,
    {
        "ticket_id": among("ticket"),
        "client_id": of_client_too,
        "agents": lambda row, value, view: (row["technician"] or 0) + AGENTS in numbers(value),
        "start_date": lambda row, value, view: row["end"] >= asked_time(value),
        "end_date": lambda row, value, view: row["start"] <= asked_time(value),
        "search": has("title", "description"),
        "hidecompleted": lambda row, value, view: (
            value.lower() != "true" or row["extra"].get("complete_status", -1) == -1
        ),
    },
    {"id": "id", "start_date": "start"},
    write,
)


def timed(sent: Mapping[str, Any], view: View) -> dict[str, Any]:
    """A quick time entry makes an action with the time on the ticket (2.6)."""
    begin, end = when(sent.get("start_date")), when(sent.get("end_date"))
    if not sent.get("ticket_id"):
        raise missing("Ticket")
    if begin is None:
        raise missing("Start Date")
    taken = float(sent.get("timetaken") or ((end - begin) / timedelta(hours=1) if end else 0))
    if taken <= 0:
        raise missing("Time Taken")
    action = {
        "ticket_id": sent["ticket_id"],
        "outcome_id": view.lists.outcome(hides=False, times=True).id,
        "note": sent.get("note") or "",
        "hiddenfromuser": True,
        "timetaken": taken,
        "actionarrivaldate": moment(begin),
        "actioncompletiondate": moment(end),
        "chargerate": sent.get("charge_rate"),
        "who_agentid": sent.get("agent_id"),
    }
    made = actions.write(action, view)
    found = actions.one({"ticket_id": str(made["ticket_id"])}, str(made["id"]), view)
    if found is None:
        raise Refused("The action does not exist")
    return event(found, view)


def event(action: actions.Action, view: View) -> dict[str, Any]:
    """A time entry as the calendar shows it."""
    row, ticket = action.row, view.row("tickets", action.row["ticket"]) or {}
    told = actions.time(row, view)
    return without_nulls(
        {
            "id": row["id"],
            "event_type": 0,
            "subject": ticket.get("title"),
            "start_date": moment(row["starts"]),
            "end_date": moment(row["ends"]),
            "timetaken": row["hours"],
            "agent_id": None if row["technician"] is None else row["technician"] + AGENTS,
            "ticket_id": row["ticket"],
            "action_number": action.number,
            "note": row["summary"],
            "client_id": None if not ticket else of_client(ticket["company"]),
            "customer": None if not ticket else view.client_name(ticket["company"]),
            "charge_rate": told["chargerate"],
            "contract_id": told["action_contract_id"],
        }
    )


def events(query: Mapping[str, str], view: View) -> list[dict[str, Any]]:
    """A bare array, of some agents and some days."""
    agents = query.get("agents") or query.get("agent_id") or ""
    found = [one for one in actions.everything(view) if one.table == actions.TIME and one.row["starts"] is not None]
    if agents:
        found = [one for one in found if (one.row["technician"] or 0) + AGENTS in numbers(agents)]
    if query.get("start_date"):
        found = [one for one in found if one.row["starts"] >= asked_time(query["start_date"])]
    if query.get("end_date"):
        found = [one for one in found if one.row["starts"] <= asked_time(query["end_date"])]
    return [event(one, view) for one in found]
