"""What is agreed, planned, billed and written down: contracts, projects, appointments, invoices, articles
(wire/halopsa.md 2.6)."""

from __future__ import annotations

from typing import Final

from anypsa import models
from anypsa.spi import NUMBER, READ, TEXT, Field, Filter, Pointer, Reconcile, Table, Verb

from .. import derived
from ..codecs import (
    CHOSEN,
    COMPANY,
    DAY,
    HIDDEN,
    MOMENT,
    RECURRING,
    STATUS,
    SUM,
    TICKET_COMPANY,
    TRUTH,
    UNASSIGNED,
    Unless,
)
from .customers import ID

STRICT, NONE = Filter.STRICT, Filter.NONE

CONTRACTS: Final = Table(
    kind=models.CONTRACTS,
    path="ClientContract",
    # Any record is changed field by field (4); what a new contract needs, nobody has attested (2.6).
    verbs=READ | Verb.UPDATE,
    fields=[
        ID,
        Field(name="name", wire="ref", filter=NONE),
        Field(name="company", wire="client_id", codec=COMPANY, filter=STRICT, writable=False),
        Field(
            name="contact",
            wire="user_id",
            codec=Unless(Pointer(models.Contact), 0, -1),
            filter=NONE,
        ),
        Field(name="kind", wire="contracttype", derive=derived.contract_kind, filter=NONE, writable=False),
        Field(name="type", wire="contracttype", derive=derived.contract_type, filter=NONE, writable=False),
        Field(name="status", wire="status", derive=derived.contract_status, filter=NONE, writable=False),
        Field(name="active", wire="active", codec=TRUTH, filter=NONE, writable=False),
        Field(name="starts", wire="start_date", codec=DAY, filter=NONE),
        Field(name="ends", wire="end_date", codec=DAY, filter=NONE),
        Field(name="updated", wire="last_modified", codec=MOMENT, filter=NONE, writable=False),
    ],
)

ARTICLES: Final = Table(
    kind=models.ARTICLES,
    path="KBArticle",
    # A new article stands in lists of articles and is shown to somebody, and no attested path tells of either (2.6).
    verbs=READ | Verb.SEARCH | Verb.UPDATE,
    fields=[
        ID,
        Field(name="title", wire="name", filter=NONE),
        Field(name="body", wire="resolution", derive=derived.article, filter=NONE, listed=False, doubted=True),
        Field(name="keywords", wire="kb_tags", codec=TEXT, filter=NONE, writable=False),
        Field(name="active", wire="inactive", codec=HIDDEN, derive=derived.active, reads=derived.IN_USE, filter=NONE),
        Field(
            name="author",
            wire="creator_id",
            codec=Unless(Pointer(models.Technician), 0, -1),
            filter=NONE,
            writable=False,
            listed=False,
        ),
        Field(name="created", wire="date_created", codec=MOMENT, filter=NONE, writable=False),
        Field(name="updated", wire="date_edited", codec=MOMENT, filter=NONE, writable=False),
    ],
)

APPOINTMENTS: Final = Table(
    kind=models.APPOINTMENTS,
    path="Appointment",
    verbs=READ | Verb.CREATE | Verb.UPDATE | Verb.DELETE,
    # Appointments do not tell when they were made, so that a lost one cannot be told from an older one like it.
    fields=[
        ID,
        Field(name="title", wire="subject", filter=NONE),
        Field(name="starts", wire="start_date", codec=MOMENT, filter=NONE),
        Field(name="ends", wire="end_date", codec=MOMENT, filter=NONE),
        Field(
            name="technician",
            wire="agent_id",
            codec=Unless(Pointer(models.Technician), 0, -1, UNASSIGNED),
            filter=NONE,
            on_create_only=True,
        ),
        Field(name="ticket", wire="ticket_id", codec=Unless(Pointer(models.Ticket), 0, -1), filter=STRICT),
        Field(name="remarks", wire="note", filter=NONE),
        Field(name="all_day", wire="allday", codec=TRUTH, filter=NONE, writable=False),
    ],
)

PROJECTS: Final = Table(
    kind=models.PROJECTS,
    path="Projects",
    write_path="Tickets",
    verbs=READ | Verb.CREATE | Verb.UPDATE,
    reconcile=Reconcile(within=("company",), same=("title", "description"), since="updated"),
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=NONE, writable=False),
        Field(name="title", wire="summary", filter=NONE),
        Field(name="number", wire="id", codec=NUMBER, filter=NONE, writable=False),
        Field(name="description", wire="details", filter=NONE),
        Field(name="company", wire="client_id", codec=TICKET_COMPANY, filter=STRICT),
        Field(name="status", wire="status_id", codec=STATUS, filter=STRICT, picks=True),
        Field(name="type", wire="tickettype_id", codec=CHOSEN, filter=STRICT, picks=True),
        Field(
            name="lead",
            wire="agent_id",
            codec=Unless(Pointer(models.Technician), UNASSIGNED, 0, -1),
            filter=STRICT,
        ),
        Field(name="starts", wire="startdate", codec=DAY, filter=NONE),
        Field(name="ends", wire="targetdate", codec=DAY, filter=NONE),
        Field(name="created", wire="dateoccurred", codec=MOMENT, filter=NONE, writable=False),
        Field(name="updated", wire="last_update", codec=MOMENT, derive=derived.updated, writable=False),
    ],
)

INVOICES: Final = Table(
    kind=models.INVOICES,
    path="Invoice",
    fields=[
        # Bills and the rules that make them count apart: "7", and "recurring:7".
        Field(name="id", wire="id", derive=derived.invoice, filter=NONE, writable=False),
        Field(name="number", wire="invoicenumber", derive=derived.invoice_number, filter=NONE, writable=False),
        Field(name="company", wire="client_id", codec=COMPANY, filter=STRICT, writable=False),
        Field(name="total", wire="total", codec=SUM, filter=NONE, writable=False),
        Field(name="tax", wire="tax_total", codec=SUM, filter=NONE, writable=False),
        Field(name="paid", wire="datepaid", derive=derived.paid, filter=NONE, writable=False),
        Field(name="recurring", wire=RECURRING, derive=derived.recurring, filter=NONE, writable=False),
        Field(name="date", wire="invoice_date", codec=MOMENT, filter=NONE, writable=False),
        Field(name="due", wire="duedate", derive=derived.due, filter=NONE, writable=False),
    ],
)
