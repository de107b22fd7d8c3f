"""Tables: Autotask's entities field by field (wire/autotask.md 3.3, fixtures/autotask/entity-metadata.json).

Each of the vendor's field names stands here once and nowhere else in the adapter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from anypsa import models
from anypsa.spi import (
    FLAG,
    HOURS,
    INSTANT,
    NUMBER,
    PICKED,
    READ,
    Context,
    Field,
    Filter,
    Flag,
    Pointer,
    Reconcile,
    Table,
    Verb,
    custom_fields,
)

STRICT, LOOSE, NONE = Filter.STRICT, Filter.LOOSE, Filter.NONE

NEW: Final = "1"
COMPLETE: Final = "5"
"""The two statuses that mean the same in every tenant (3.3); all others are the tenant's own."""

WORKFLOW_NOTE: Final = "13"
"""The note type that the vendor's workflow rules write with."""

UDF: Final = "userDefinedFields"
ROLE: Final = "assignedResourceRoleID"
DESK_ROLE: Final = "defaultServiceDeskRoleID"
"""Wire names that no neutral field has: the list of user-defined fields, a ticket's role, a technician's default one."""

STATES: Final = "state"
VISIBILITIES: Final = "visibility"
"""Keys of the decoding context's labels for what is derived: status → state, publish → visibility."""


def state(row: Mapping[str, Any], context: Context) -> models.State:
    """What a status means: Complete is closed, the profile may say more, anything else is open."""
    return models.State(context.labels[STATES].get(str(row.get("status")), models.State.OPEN))


def visibility(row: Mapping[str, Any], context: Context) -> models.Visibility | None:
    """What `publish` means in this tenant; None when its label does not tell."""
    word = context.labels[VISIBILITIES].get(str(row.get("publish")))
    return None if word is None else models.Visibility(word)


def udf(row: Mapping[str, Any]) -> dict[str, str | None]:
    """User-defined fields; a row without the list has none."""
    return custom_fields(row.get(UDF) or ())


@dataclass(frozen=True, slots=True)
class DeskRoles:
    """Which service desk roles a technician has: looked up to assign tickets, and no entity of ours."""

    path: str = "ResourceServiceDeskRoles"
    technician: str = "resourceID"
    role: str = "roleID"
    default: str = "isDefault"
    active: str = "isActive"


DESK_ROLES: Final = DeskRoles()


TICKETS: Final = Table(
    kind=models.TICKETS,
    path="Tickets",
    ascending=True,
    verbs=READ | Verb.CREATE | Verb.UPDATE,
    custom_fields=udf,
    # The external id is free unless the caller sets it, is shown in no portal, and is filtered by (3.3, 5).
    reconcile=Reconcile(marker="external_id", within=("company",), same=("title", "description"), since="created"),
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="number", wire="ticketNumber", writable=False),
        Field(name="title", wire="title"),
        Field(name="description", wire="description"),
        Field(name="state", wire="status", derive=state, writable=False),
        Field(name="status", wire="status", codec=PICKED, filter=STRICT, picks=True),
        Field(name="priority", wire="priority", codec=PICKED, filter=STRICT, picks=True),
        Field(name="queue", wire="queueID", codec=PICKED, filter=STRICT, picks=True),
        Field(name="type", wire="ticketType", codec=PICKED, filter=STRICT, picks=True),
        Field(name="category", wire="issueType", codec=PICKED, filter=STRICT, picks=True),
        Field(name="subcategory", wire="subIssueType", codec=PICKED, filter=STRICT, picks=True, parent="category"),
        Field(name="source", wire="source", codec=PICKED, filter=STRICT, picks=True),
        Field(name="company", wire="companyID", codec=Pointer(models.Company), filter=STRICT),
        Field(name="contact", wire="contactID", codec=Pointer(models.Contact), filter=STRICT),
        Field(name="asset", wire="configurationItemID", codec=Pointer(models.Asset), filter=STRICT),
        Field(name="assignee", wire="assignedResourceID", codec=Pointer(models.Technician), filter=STRICT),
        Field(name="contract", wire="contractID", codec=Pointer(models.Contract), filter=STRICT, doubted=True),
        Field(name="external_id", wire="externalID"),
        Field(name="resolution", wire="resolution"),
        Field(name="estimate", wire="estimatedHours", codec=HOURS),
        Field(name="created", wire="createDate", codec=INSTANT, writable=False),
        Field(name="updated", wire="lastActivityDate", codec=INSTANT, writable=False),
        Field(name="due", wire="dueDateTime", codec=INSTANT),
        Field(name="closed", wire="completedDate", codec=INSTANT, writable=False),
    ],
)

NOTES: Final = Table(
    kind=models.NOTES,
    path="TicketNotes",
    ascending=True,
    write_path="Tickets/{ticket}/Notes",
    parent="ticket",
    verbs=READ | Verb.CREATE | Verb.UPDATE,
    # A note has no field that people do not see, so it is known by what it says.
    reconcile=Reconcile(within=("ticket",), same=("title", "body", "visibility"), since="created", author="author"),
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="ticket", wire="ticketID", codec=Pointer(models.Ticket), filter=STRICT),
        Field(name="title", wire="title"),
        Field(name="body", wire="description"),
        Field(name="kind", wire="noteType", codec=PICKED, filter=STRICT, picks=True),
        Field(name="visibility", wire="publish", codec=NUMBER, filter=NONE, derive=visibility),
        Field(name="author", wire="creatorResourceID", codec=Pointer(models.Technician), filter=STRICT, writable=False),
        Field(
            name="author_contact",
            wire="createdByContactID",
            codec=Pointer(models.Contact),
            filter=STRICT,
            writable=False,
        ),
        Field(name="created", wire="createDateTime", codec=INSTANT, writable=False),
        Field(name="updated", wire="lastActivityDate", codec=INSTANT, writable=False),
    ],
)

COMPANIES: Final = Table(
    kind=models.COMPANIES,
    path="Companies",
    ascending=True,
    custom_fields=udf,
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="name", wire="companyName"),
        Field(name="number", wire="companyNumber"),
        Field(name="kind", wire="companyType", codec=PICKED, filter=STRICT, picks=True),
        Field(name="active", wire="isActive", codec=FLAG, filter=STRICT),
        Field(name="phone", wire="phone"),
        Field(name="website", wire="webAddress"),
        Field(name="address", wire="address1"),
        Field(name="city", wire="city"),
        Field(name="postal_code", wire="postalCode"),
        Field(name="owner", wire="ownerResourceID", codec=Pointer(models.Technician), filter=STRICT),
        Field(name="parent_id", wire="parentCompanyID", codec=NUMBER, filter=STRICT),
        Field(name="created", wire="createDate", codec=INSTANT, writable=False),
        Field(name="updated", wire="lastActivityDate", codec=INSTANT, writable=False),
    ],
)

CONTACTS: Final = Table(
    kind=models.CONTACTS,
    path="Contacts",
    ascending=True,
    custom_fields=udf,
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="company", wire="companyID", codec=Pointer(models.Company), filter=STRICT),
        Field(name="first_name", wire="firstName"),
        Field(name="last_name", wire="lastName"),
        Field(name="job_title", wire="title"),
        Field(name="email", wire="emailAddress"),
        Field(name="phone", wire="phone"),
        Field(name="mobile", wire="mobilePhone"),
        # Alone among the entities, contacts have an integer here: a boolean is refused (3.3).
        Field(name="active", wire="isActive", codec=Flag(integer=True), filter=STRICT),
        Field(name="created", wire="createDate", codec=INSTANT, writable=False),
        Field(name="updated", wire="lastModifiedDate", codec=INSTANT, writable=False),
    ],
)

ASSETS: Final = Table(
    kind=models.ASSETS,
    path="ConfigurationItems",
    ascending=True,
    custom_fields=udf,
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="name", wire="referenceTitle"),
        Field(name="company", wire="companyID", codec=Pointer(models.Company), filter=STRICT),
        Field(name="contact", wire="contactID", codec=Pointer(models.Contact), filter=STRICT),
        Field(name="kind", wire="configurationItemType", codec=PICKED, filter=STRICT, picks=True),
        Field(name="active", wire="isActive", codec=FLAG, filter=STRICT),
        Field(name="serial_number", wire="serialNumber"),
        Field(name="reference", wire="referenceNumber"),
        Field(name="product_id", wire="productID", codec=NUMBER, filter=STRICT),
        Field(name="location", wire="location"),
        Field(name="remarks", wire="notes"),
        Field(name="installed", wire="installDate", codec=INSTANT),
        Field(name="warranty_until", wire="warrantyExpirationDate", codec=INSTANT),
        Field(name="created", wire="createDate", codec=INSTANT, writable=False),
        Field(name="updated", wire="lastModifiedTime", codec=INSTANT, writable=False),
    ],
)

TECHNICIANS: Final = Table(
    kind=models.TECHNICIANS,
    path="Resources",
    ascending=True,
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="first_name", wire="firstName"),
        Field(name="last_name", wire="lastName"),
        Field(name="username", wire="userName"),
        Field(name="email", wire="email"),
        Field(name="job_title", wire="title"),
        Field(name="phone", wire="officePhone"),
        Field(name="active", wire="isActive", codec=FLAG, filter=STRICT),
    ],
)

# There is no queue entity: queues are the values of a picklist of tickets (3.2).
QUEUES: Final = Table(
    kind=models.QUEUES,
    path="Tickets",
    fields=[
        Field(name="id", wire="value", codec=NUMBER, filter=NONE, writable=False),
        Field(name="name", wire="label", filter=NONE, writable=False),
        Field(name="active", wire="isActive", codec=FLAG, filter=NONE, writable=False),
    ],
)

TABLES: Final = {table.name: table for table in (TICKETS, NOTES, COMPANIES, CONTACTS, ASSETS, TECHNICIANS, QUEUES)}
