"""The service desk: tickets and all that hangs on them (wire/autotask.md 3.3)."""

from __future__ import annotations

from typing import Final

from anypsa import models
from anypsa.spi import (
    CONTENT,
    FLAG,
    HOURS,
    INSTANT,
    NUMBER,
    PICKED,
    READ,
    WHOLE,
    Field,
    Filter,
    Flag,
    Pointer,
    Reconcile,
    Table,
    Verb,
)

from .names import COMPLETED, FILE_NAME, UDF, impersonator, state, udf, visibility

STRICT, LOOSE, NONE = Filter.STRICT, Filter.LOOSE, Filter.NONE

TICKETS: Final = Table(
    kind=models.TICKETS,
    path="Tickets",
    ascending=True,
    gathered=True,
    verbs=READ | Verb.CREATE | Verb.UPDATE,
    custom_fields=udf,
    customs=UDF,
    # The external id is free unless the caller sets it, is shown in no portal, and is filtered by (3.3, 5).
    reconcile=Reconcile(marker="external_id", within=("company",), same=("title", "description"), since="created"),
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="number", wire="ticketNumber", writable=False),
        Field(name="title", wire="title"),
        Field(name="description", wire="description"),
        Field(name="state", wire="status", derive=state, alone=True, writable=False),
        Field(name="status", wire="status", codec=PICKED, filter=STRICT, picks=True),
        Field(name="priority", wire="priority", codec=PICKED, filter=STRICT, picks=True),
        Field(name="queue", wire="queueID", codec=PICKED, filter=STRICT, picks=True),
        Field(name="type", wire="ticketType", codec=PICKED, filter=STRICT, picks=True),
        Field(name="category", wire="issueType", codec=PICKED, filter=STRICT, picks=True),
        Field(name="subcategory", wire="subIssueType", codec=PICKED, filter=STRICT, picks=True, parent="category"),
        Field(name="source", wire="source", codec=PICKED, filter=STRICT, picks=True),
        Field(name="company", wire="companyID", codec=Pointer(models.Company), filter=STRICT),
        Field(name="contact", wire="contactID", codec=Pointer(models.Contact), filter=STRICT),
        Field(name="location", wire="companyLocationID", codec=Pointer(models.Location), filter=STRICT),
        Field(name="asset", wire="configurationItemID", codec=Pointer(models.Asset), filter=STRICT),
        Field(name="assignee", wire="assignedResourceID", codec=Pointer(models.Technician), filter=STRICT),
        Field(name="contract", wire="contractID", codec=Pointer(models.Contract), filter=STRICT, doubted=True),
        Field(name="external_id", wire="externalID"),
        Field(name="resolution", wire="resolution"),
        Field(name="estimate", wire="estimatedHours", codec=HOURS),
        Field(name="created", wire="createDate", codec=INSTANT, writable=False),
        Field(name="updated", wire="lastActivityDate", codec=INSTANT, writable=False),
        Field(name="due", wire="dueDateTime", codec=INSTANT),
        Field(name="closed", wire=COMPLETED, codec=INSTANT, writable=False),
    ],
)

NOTES: Final = Table(
    kind=models.NOTES,
    path="TicketNotes",
    ascending=True,
    gathered=True,
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
        Field(name="visibility", wire="publish", codec=NUMBER, filter=NONE, derive=visibility, alone=True),
        Field(name="author", wire="creatorResourceID", codec=Pointer(models.Technician), filter=STRICT, writable=False),
        Field(
            name="author_contact",
            wire="createdByContactID",
            codec=Pointer(models.Contact),
            filter=STRICT,
            writable=False,
        ),
        Field(
            name="impersonator",
            wire="impersonatorCreatorResourceID",
            filter=NONE,
            derive=impersonator,
            writable=False,
        ),
        Field(name="created", wire="createDateTime", codec=INSTANT, writable=False),
        Field(name="updated", wire="lastActivityDate", codec=INSTANT, writable=False),
    ],
)

TIME_ENTRIES: Final = Table(
    kind=models.TIME_ENTRIES,
    path="TimeEntries",  # no child of tickets, whatever one expects: that route is 404 (3.2)
    ascending=True,
    gathered=True,
    verbs=READ | Verb.CREATE | Verb.UPDATE | Verb.DELETE,
    # It bills somebody: found again by what it says, and never sent a second time.
    reconcile=Reconcile(
        within=("ticket", "technician"),
        same=("duration", "started", "ended", "summary", "remarks"),
        since="created",
        repeatable=False,
    ),
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="ticket", wire="ticketID", codec=Pointer(models.Ticket), filter=STRICT),
        Field(name="technician", wire="resourceID", codec=Pointer(models.Technician), filter=STRICT),
        Field(name="duration", wire="hoursWorked", codec=HOURS),
        Field(name="billed", wire="hoursToBill", codec=HOURS, writable=False),
        Field(name="worked_on", wire="dateWorked", codec=INSTANT),
        Field(name="started", wire="startDateTime", codec=INSTANT),
        Field(name="ended", wire="endDateTime", codec=INSTANT),
        Field(name="summary", wire="summaryNotes"),
        Field(name="remarks", wire="internalNotes"),
        Field(name="billable", wire="isNonBillable", codec=Flag(inverted=True), filter=STRICT),
        Field(name="role", wire="roleID", codec=PICKED, filter=STRICT, picks=True),
        Field(name="work_type", wire="billingCodeID", codec=PICKED, filter=STRICT, picks=True),
        Field(name="contract", wire="contractID", codec=Pointer(models.Contract), filter=STRICT),
        Field(name="created", wire="createDateTime", codec=INSTANT, writable=False),
        Field(name="updated", wire="lastModifiedDateTime", codec=INSTANT, writable=False),
    ],
)

ATTACHMENTS: Final = Table(
    kind=models.ATTACHMENTS,
    path="TicketAttachments",
    ascending=True,
    write_path="Tickets/{ticket}/Attachments",
    parent="ticket",
    verbs=READ | Verb.CREATE | Verb.DELETE,
    reconcile=Reconcile(within=("ticket",), same=("name", "visibility"), since="created", author="author"),
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="ticket", wire="ticketID", codec=Pointer(models.Ticket), filter=STRICT),
        Field(name="name", wire="title", codec=FILE_NAME, filter=NONE),
        Field(name="media_type", wire="contentType", writable=False),
        Field(name="size", wire="fileSize", codec=WHOLE, filter=NONE, writable=False),
        Field(name="visibility", wire="publish", codec=NUMBER, filter=NONE, derive=visibility, alone=True),
        Field(
            name="author", wire="attachedByResourceID", codec=Pointer(models.Technician), filter=STRICT, writable=False
        ),
        Field(name="created", wire="attachDate", codec=INSTANT, writable=False),
        Field(name="content", wire="data", codec=CONTENT, filter=NONE, listed=False),
    ],
)

HISTORY: Final = Table(
    kind=models.HISTORY,
    path="TicketHistory",
    # It can be asked for by one ticket and by nothing else (3.2), so that nothing can be counted or proved.
    verbs=Verb.LIST | Verb.GET,
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=NONE, writable=False),
        Field(name="ticket", wire="ticketID", codec=Pointer(models.Ticket), filter=STRICT, writable=False),
        Field(name="action", wire="action", filter=NONE, writable=False),
        Field(name="detail", wire="detail", filter=NONE, writable=False),
        Field(name="author", wire="resourceID", codec=Pointer(models.Technician), filter=NONE, writable=False),
        Field(name="created", wire="date", codec=INSTANT, filter=NONE, writable=False),
    ],
)

CHECKLIST: Final = Table(
    kind=models.CHECKLIST,
    path="TicketChecklistItems",
    ascending=True,
    gathered=True,
    write_path="Tickets/{ticket}/ChecklistItems",
    parent="ticket",
    verbs=READ | Verb.CREATE | Verb.UPDATE | Verb.DELETE,
    # Steps do not tell when they were made, so that a lost one cannot be told from an older one like it.
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="ticket", wire="ticketID", codec=Pointer(models.Ticket), filter=STRICT),
        Field(name="title", wire="itemName"),
        Field(name="done", wire="isCompleted", codec=FLAG, filter=STRICT),
        Field(name="important", wire="isImportant", codec=FLAG, filter=STRICT),
        Field(name="position", wire="position", codec=WHOLE, filter=NONE),
        Field(
            name="done_by",
            wire="completedByResourceID",
            codec=Pointer(models.Technician),
            filter=STRICT,
            writable=False,
        ),
        Field(name="done_at", wire="completedDateTime", codec=INSTANT, writable=False),
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
