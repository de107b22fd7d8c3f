"""Tables: HaloPSA's entities field by field (wire/halopsa.md 2, fixtures/halopsa/halo_core_schema.json)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa import models
from anypsa.markup import as_text
from anypsa.spi import (
    HOURS,
    NUMBER,
    PICKED,
    READ,
    TEXT,
    Context,
    Field,
    Filter,
    Pointer,
    Reconcile,
    Table,
    Undecodable,
    Verb,
)

from .codecs import HIDDEN, MARKUP, MOMENT, TEAM, Unless

STRICT, LOOSE, NONE = Filter.STRICT, Filter.LOOSE, Filter.NONE
STATES: Final = "state"
UNKNOWN_CLIENT: Final = "1"
UNASSIGNED: Final = "1"


def state(row: Mapping[str, Any], context: Context) -> models.State:
    """A ticket with a date of closure is closed; the profile may say more of a status; anything else is open (2.5)."""
    if row.get("dateclosed") and MOMENT.decode(row["dateclosed"], "dateclosed", context) is not None:
        return models.State.CLOSED
    return models.State(context.labels[STATES].get(str(row.get("status_id")), models.State.OPEN))


def visibility(row: Mapping[str, Any], context: Context) -> models.Visibility | None:
    """Whether an action is hidden from the user."""
    hidden = row.get("hiddenfromuser")
    if hidden is None:
        return None
    return models.Visibility.INTERNAL if str(hidden).lower() in ("true", "1") else models.Visibility.PUBLIC


def body(row: Mapping[str, Any], context: Context) -> str:
    """The plain text of an action, or what its HTML says where that is all there is (14)."""
    if row.get("note"):
        return TEXT.decode(row["note"], "note", context)
    return as_text(TEXT.decode(row.get("note_html") or "", "note_html", context))


def composite(row: Mapping[str, Any], context: Context) -> str:
    """An action's id counts within its ticket, so the key is both: "4321:7" (2.2)."""
    if row.get("ticket_id") is None or row.get("id") is None:
        raise Undecodable("without its ticket")
    ticket, number = (NUMBER.decode(row[name], name, context) for name in ("ticket_id", "id"))
    return f"{ticket}:{number}"


TICKETS: Final = Table(
    kind=models.TICKETS,
    path="Tickets",
    verbs=READ | Verb.CREATE | Verb.UPDATE,
    # Lists filter neither custom fields nor third-party ids (3.2), so nothing of ours could be found by.
    reconcile=Reconcile(within=("company",), same=("title", "description", "contact"), since="updated"),
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="number", wire="id", codec=NUMBER, filter=NONE, writable=False),
        Field(name="title", wire="summary", filter=NONE),
        Field(name="description", wire="details", filter=NONE),
        Field(name="state", wire="dateclosed", derive=state, writable=False),
        Field(name="status", wire="status_id", codec=PICKED, filter=STRICT, picks=True),
        Field(name="priority", wire="priority_id", codec=Unless(PICKED, 0, -1), filter=STRICT, picks=True),
        Field(name="queue", wire="team", codec=TEAM, filter=STRICT, picks=True),
        Field(name="type", wire="tickettype_id", codec=Unless(PICKED, 0, -1), filter=STRICT, picks=True),
        Field(name="category", wire="categoryid_1", codec=Unless(PICKED, 0, -1), filter=NONE, picks=True),
        Field(name="source", wire="source", codec=Unless(PICKED, -1), filter=NONE, picks=True),
        Field(name="company", wire="client_id", codec=Pointer(models.Company), filter=STRICT),
        Field(name="contact", wire="user_id", codec=Unless(Pointer(models.Contact), 0, -1), filter=STRICT),
        Field(
            name="assignee",
            wire="agent_id",
            codec=Unless(Pointer(models.Technician), UNASSIGNED, 0, -1),
            filter=STRICT,
        ),
        Field(name="estimate", wire="estimate", codec=Unless(HOURS, 0), filter=NONE),
        Field(name="created", wire="dateoccurred", codec=MOMENT, filter=NONE, writable=False),
        Field(name="updated", wire="last_update", codec=MOMENT, writable=False),
        Field(name="due", wire="deadlinedate", codec=MOMENT, filter=NONE),
        Field(name="closed", wire="dateclosed", codec=MOMENT, filter=NONE, writable=False),
    ],
)

NOTES: Final = Table(
    kind=models.NOTES,
    path="Actions",
    parent="ticket",
    verbs=READ | Verb.CREATE | Verb.UPDATE,
    reconcile=Reconcile(within=("ticket",), same=("body", "visibility"), since="created", author="author"),
    fields=[
        Field(name="id", wire="id", derive=composite, filter=NONE, writable=False),
        Field(name="ticket", wire="ticket_id", codec=Pointer(models.Ticket), filter=STRICT),
        Field(name="body", wire="note", derive=body, filter=NONE),
        Field(name="html", wire="note_html", codec=MARKUP, filter=NONE, writable=False),
        Field(name="kind", wire="outcome_id", codec=Unless(PICKED, 0, -1), filter=NONE, picks=True),
        Field(name="visibility", wire="hiddenfromuser", derive=visibility, filter=NONE),
        Field(
            name="author",
            wire="who_agentid",
            codec=Unless(Pointer(models.Technician), 0, -1),
            filter=NONE,
            writable=False,
        ),
        Field(name="created", wire="datetime", codec=MOMENT, filter=NONE, writable=False),
    ],
)

COMPANIES: Final = Table(
    kind=models.COMPANIES,
    path="Client",
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=NONE, writable=False),
        Field(name="name", wire="name", filter=NONE),
        Field(name="number", wire="ref", codec=TEXT, filter=NONE),
        Field(name="active", wire="inactive", codec=HIDDEN, filter=NONE),
    ],
)

CONTACTS: Final = Table(
    kind=models.CONTACTS,
    path="Users",
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=NONE, writable=False),
        Field(name="company", wire="client_id", codec=Pointer(models.Company), filter=STRICT),
        Field(name="first_name", wire="firstname", filter=NONE),
        Field(name="last_name", wire="surname", filter=NONE),
        Field(name="job_title", wire="title", filter=NONE),
        Field(name="email", wire="emailaddress", filter=NONE),
        Field(name="phone", wire="phonenumber", filter=NONE),
        Field(name="mobile", wire="mobilenumber", filter=NONE),
        Field(name="active", wire="inactive", codec=HIDDEN, filter=NONE),
    ],
)

ASSETS: Final = Table(
    kind=models.ASSETS,
    path="Asset",
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=NONE, writable=False),
        Field(name="name", wire="inventory_number", filter=NONE),
        Field(name="company", wire="client_id", codec=Pointer(models.Company), filter=STRICT),
        Field(name="kind", wire="assettype_id", codec=Unless(PICKED, 0, -1), filter=STRICT, picks=True),
        Field(name="active", wire="inactive", codec=HIDDEN, filter=NONE),
        Field(name="warranty_until", wire="warranty_end", codec=MOMENT, filter=NONE),
    ],
)

TECHNICIANS: Final = Table(
    kind=models.TECHNICIANS,
    path="Agent",
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=NONE, writable=False),
        Field(name="first_name", wire="firstname", filter=NONE),
        Field(name="last_name", wire="surname", filter=NONE),
        Field(name="email", wire="email", filter=NONE),
        Field(name="job_title", wire="jobtitle", filter=NONE),
        Field(name="active", wire="isdisabled", codec=HIDDEN, filter=NONE),
    ],
)

QUEUES: Final = Table(
    kind=models.QUEUES,
    path="Team",
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=NONE, writable=False),
        Field(name="name", wire="name", filter=NONE),
        Field(name="active", wire="inactive", codec=HIDDEN, filter=NONE),
    ],
)

TABLES: Final = {table.name: table for table in (TICKETS, NOTES, COMPANIES, CONTACTS, ASSETS, TECHNICIANS, QUEUES)}
ENVELOPES: Final = {"ticket": "tickets", "note": "actions", "company": "clients", "contact": "users", "asset": "assets"}
