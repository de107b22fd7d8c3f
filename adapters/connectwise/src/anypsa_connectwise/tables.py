"""Tables: what a preview knows of ConnectWise's entities. Each of the vendor's field names stands here and nowhere else.

Names come from the wire page and from the fixtures of its first source (django-connectwise); those of configurations
from a published client's models (connectpyse). See docs/how-to/connectwise.md for how well each is attested.

Text is never filtered by the vendor: how it compares text is attested nowhere.
"""

from __future__ import annotations

from typing import Any, Final

from anypsa import models
from anypsa.spi import (
    FLAG,
    HOURS,
    INSTANT,
    NUMBER,
    READ,
    TEXT,
    Codec,
    Field,
    Filter,
    Flag,
    Pointer,
    Reconcile,
    Table,
    Verb,
)

from . import derived
from .codecs import COMPANY, LISTED, MOMENT, Reference

STRICT, LOOSE, NONE = Filter.STRICT, Filter.LOOSE, Filter.NONE


def identity() -> Field:
    """Every record's id."""
    return Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False)


def plain(name: str, wire: str, codec: Codec = TEXT, **more: Any) -> Field:
    """A field that is filtered here."""
    return Field(name=name, wire=wire, codec=codec, filter=NONE, **more)


def info(name: str, wire: str, how: Filter = NONE) -> Field:
    """A time that rows tell in `_info`, and that conditions name without it (Times, Conditions)."""
    return Field(name=name, wire=wire, codec=INSTANT, filter=how, writable=False, derive=derived.stamp(wire))


def active() -> Field:
    """Whether a record is in use, which ConnectWise tells the other way round."""
    return Field(name="active", wire="inactiveFlag", codec=Flag(inverted=True), filter=STRICT, writable=False)


def of_company(**more: Any) -> Field:
    return Field(name="company", wire="company", codec=COMPANY, filter=STRICT, **more)


BOARD: Final = "queue"
"""Statuses and types hang under the board, which is our queue."""

TICKETS: Final = Table(
    kind=models.TICKETS,
    path="service/tickets",
    verbs=READ | Verb.CREATE | Verb.UPDATE | Verb.DELETE,
    # No field is known to be free, hidden from customers and filterable, so nothing of ours could be found by.
    reconcile=Reconcile(within=("company",), same=("title", "queue", "contact"), since="updated"),
    fields=[
        identity(),
        plain("number", "id", NUMBER, writable=False),
        plain("title", "summary"),
        plain("description", "initialDescription", on_create_only=True, listed=False),
        Field(name="state", wire="closedFlag", derive=derived.state, filter=STRICT, writable=False),
        Field(name="status", wire="status", codec=LISTED, filter=STRICT, picks=True, parent=BOARD),
        Field(name="priority", wire="priority", codec=LISTED, filter=STRICT, picks=True),
        Field(name="queue", wire="board", codec=LISTED, filter=STRICT, picks=True),
        Field(name="type", wire="type", codec=LISTED, filter=STRICT, picks=True, parent=BOARD),
        Field(name="source", wire="source", codec=LISTED, filter=STRICT, picks=True),
        of_company(),
        Field(name="contact", wire="contact", codec=Reference(models.Contact), filter=STRICT),
        Field(name="assignee", wire="owner", codec=Reference(models.Technician), filter=STRICT),
        plain("external_id", "externalXRef"),
        plain("estimate", "budgetHours", HOURS),
        plain("due", "requiredDate", MOMENT),
        plain("closed", "closedDate", INSTANT, writable=False),
        info("created", "dateEntered"),
        info("updated", "lastUpdated", LOOSE),
    ],
)
ON_BOARD: Final = tuple(field for field in TICKETS.fields if field.parent == BOARD)

NOTES: Final = Table(
    kind=models.NOTES,
    path="service/tickets/{ticket}/notes",
    parent="ticket",
    verbs=READ | Verb.CREATE | Verb.UPDATE | Verb.DELETE,
    reconcile=Reconcile(within=("ticket",), same=("body", "visibility"), since="created"),
    fields=[
        plain("id", "id", derive=derived.composite, writable=False),
        Field(name="ticket", wire="ticketId", codec=Pointer(models.Ticket), filter=STRICT),
        plain("body", "text"),
        plain("visibility", derived.PUBLIC, derive=derived.visibility),
        plain("author", "member", Reference(models.Technician), writable=False),
        plain("author_contact", "contact", Reference(models.Contact), writable=False),
        plain("created", "dateCreated", INSTANT, writable=False),
    ],
)

COMPANIES: Final = Table(
    kind=models.COMPANIES,
    path="company/companies",
    fields=[
        identity(),
        plain("name", "name"),
        plain("number", "identifier"),
        plain("phone", "phoneNumber"),
        plain("website", "website"),
        plain("address", "addressLine1"),
        plain("city", "city"),
        plain("postal_code", "zip"),
        info("updated", "lastUpdated", LOOSE),
    ],
)

CONTACTS: Final = Table(
    kind=models.CONTACTS,
    path="company/contacts",
    fields=[
        identity(),
        of_company(),
        plain("first_name", "firstName"),
        plain("last_name", "lastName"),
        plain("job_title", "title"),
        plain("email", "communicationItems", derive=derived.email),
        plain("phone", "defaultPhoneNbr"),
        active(),
        info("updated", "lastUpdated", LOOSE),
    ],
)

ASSETS: Final = Table(
    kind=models.ASSETS,
    path="company/configurations",
    fields=[
        identity(),
        plain("name", "name"),
        of_company(),
        Field(name="contact", wire="contact", codec=Reference(models.Contact), filter=STRICT),
        Field(name="kind", wire="type", codec=LISTED, filter=STRICT, picks=True),
        Field(name="active", wire="activeFlag", codec=FLAG, filter=STRICT, writable=False),
        plain("serial_number", "serialNumber"),
        plain("reference", "tagNumber"),
        plain("remarks", "notes"),
        plain("installed", "installationDate", INSTANT),
        plain("warranty_until", "warrantyExpirationDate", INSTANT),
        info("updated", "lastUpdated", LOOSE),
    ],
)

QUEUES: Final = Table(
    kind=models.QUEUES,
    path="service/boards",
    fields=[identity(), plain("name", "name"), active()],
)

TECHNICIANS: Final = Table(
    kind=models.TECHNICIANS,
    path="system/members",
    fields=[
        identity(),
        plain("first_name", "firstName"),
        plain("last_name", "lastName"),
        plain("username", "identifier"),
        plain("email", "officeEmail"),
        plain("job_title", "title"),
        plain("phone", "officePhone"),
        active(),
    ],
)

TABLES: Final = {one.name: one for one in (TICKETS, NOTES, COMPANIES, CONTACTS, ASSETS, QUEUES, TECHNICIANS)}
