"""Tables: HaloPSA's entities field by field (wire/halopsa.md 2, fixtures/halopsa/halo_core_schema.json)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa import models
from anypsa.spi import HOURS, NUMBER, PICKED, READ, TEXT, Field, Filter, Pointer, Reconcile, Table, Verb

from . import codecs
from .codecs import CHOSEN, COMPANY, HIDDEN, MARKUP, MOMENT, UNASSIGNED, Unless

STRICT, LOOSE, NONE = Filter.STRICT, Filter.LOOSE, Filter.NONE
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
        Field(name="state", wire="dateclosed", derive=codecs.state, writable=False),
        Field(name="status", wire="status_id", codec=PICKED, filter=STRICT, picks=True),
        Field(name="priority", wire="priority_id", codec=CHOSEN, derive=codecs.priority, filter=STRICT, picks=True),
        Field(name="queue", wire="team", derive=codecs.queue, filter=STRICT, picks=True),
        Field(name="type", wire="tickettype_id", codec=CHOSEN, filter=STRICT, picks=True),
        Field(name="category", wire="categoryid_1", codec=CHOSEN, derive=codecs.category, filter=NONE, picks=True),
        Field(name="source", wire="source", codec=Unless(PICKED, -1), filter=NONE, picks=True),
        Field(name="company", wire="client_id", codec=COMPANY, derive=codecs.company, filter=STRICT),
        Field(name="contact", wire="user_id", codec=Unless(Pointer(models.Contact), 0, -1), filter=STRICT),
        Field(
            name="assignee",
            wire="agent_id",
            codec=Unless(Pointer(models.Technician), UNASSIGNED, 0, -1),
            filter=STRICT,
        ),
        Field(name="estimate", wire="estimate", codec=Unless(HOURS, 0), filter=NONE),
        Field(name="created", wire="dateoccurred", codec=MOMENT, filter=NONE, writable=False),
        Field(name="updated", wire="last_update", codec=MOMENT, derive=codecs.updated, writable=False),
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
        Field(name="id", wire="id", derive=codecs.composite, filter=NONE, writable=False),
        Field(name="ticket", wire="ticket_id", codec=Pointer(models.Ticket), filter=STRICT),
        Field(name="body", wire="note", derive=codecs.body, filter=NONE),
        Field(name="html", wire="note_html", codec=MARKUP, filter=NONE, writable=False),
        Field(name="kind", wire="outcome_id", codec=CHOSEN, filter=NONE, picks=True),
        Field(name="visibility", wire="hiddenfromuser", derive=codecs.visibility, filter=NONE),
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
        Field(name="active", wire="inactive", codec=HIDDEN, derive=codecs.active, filter=NONE),
    ],
)

CONTACTS: Final = Table(
    kind=models.CONTACTS,
    path="Users",
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=NONE, writable=False),
        Field(name="company", wire="client_id", codec=COMPANY, derive=codecs.company, filter=STRICT),
        Field(name="first_name", wire="firstname", derive=codecs.first_name, filter=NONE),
        Field(name="last_name", wire="surname", derive=codecs.last_name, filter=NONE),
        Field(name="job_title", wire="title", filter=NONE),
        Field(name="email", wire="emailaddress", filter=NONE),
        Field(name="phone", wire="phonenumber", filter=NONE),
        Field(name="mobile", wire="mobilenumber", filter=NONE),
        Field(name="active", wire="inactive", codec=HIDDEN, derive=codecs.active, filter=NONE),
    ],
)

ASSETS: Final = Table(
    kind=models.ASSETS,
    path="Asset",
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=NONE, writable=False),
        Field(name="name", wire="inventory_number", filter=NONE),
        Field(name="company", wire="client_id", codec=COMPANY, derive=codecs.company, filter=STRICT),
        Field(name="kind", wire="assettype_id", codec=CHOSEN, filter=STRICT, picks=True),
        Field(name="active", wire="inactive", codec=HIDDEN, derive=codecs.active, filter=NONE),
        Field(name="warranty_until", wire="warranty_end", codec=MOMENT, filter=NONE),
    ],
)

TECHNICIANS: Final = Table(
    kind=models.TECHNICIANS,
    path="Agent",
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=NONE, writable=False),
        Field(name="first_name", wire="firstname", derive=codecs.first_name, filter=NONE),
        Field(name="last_name", wire="surname", derive=codecs.last_name, filter=NONE),
        Field(name="email", wire="email", filter=NONE),
        Field(name="job_title", wire="jobtitle", filter=NONE),
        Field(name="active", wire="isdisabled", codec=HIDDEN, derive=codecs.active, filter=NONE),
    ],
)

QUEUES: Final = Table(
    kind=models.QUEUES,
    path="Team",
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=NONE, writable=False),
        Field(name="name", wire="name", filter=NONE),
        Field(name="active", wire="inactive", codec=HIDDEN, derive=codecs.active, filter=NONE),
    ],
)

TABLES: Final = {table.name: table for table in (TICKETS, NOTES, COMPANIES, CONTACTS, ASSETS, TECHNICIANS, QUEUES)}
ENVELOPES: Final = {
    "ticket": "tickets",
    "note": "actions",
    "company": "clients",
    "contact": "users",
    "asset": "assets",
    "technician": "agents",
    "queue": "teams",
}
PAGED: Final = frozenset({"ticket", "company", "contact", "asset"})
# What the list of tickets may hold beside tickets (7.13).
OTHER_USES: Final = frozenset({"project", "projects", "opportunity", "opportunities", "opps"})
PROJECT: Final = "22"


def belongs(table: Table, row: Mapping[str, Any]) -> bool:
    """Whether a row is what the table holds: projects and opportunities come as tickets, but are none."""
    if table is not TICKETS:
        return True
    use = str(row.get("use") or "").lower()
    return use not in OTHER_USES and not (use == "" and codecs.whole(row.get("itil_requesttype_id")) == PROJECT)
