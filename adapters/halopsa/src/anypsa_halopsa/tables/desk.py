"""The service desk: tickets, and all that hangs on them (wire/halopsa.md 2.1, 2.2, 2.6).

Notes, time entries and history are one thing there: Actions. `kinds.belongs` tells them apart.
"""

from __future__ import annotations

from typing import Final

from anypsa import models
from anypsa.spi import CONTENT, HOURS, NUMBER, PICKED, READ, TEXT, Field, Filter, Pointer, Reconcile, Table, Verb

from .. import derived
from ..codecs import (
    BYTES,
    CHOSEN,
    FILE_NAME,
    HIDDEN,
    MARKUP,
    MOMENT,
    STATUS,
    TICKET_COMPANY,
    TRUTH,
    UNASSIGNED,
    WORKED,
    Unless,
)

STRICT, NONE = Filter.STRICT, Filter.NONE

TICKETS: Final = Table(
    kind=models.TICKETS,
    path="Tickets",
    verbs=READ | Verb.CREATE | Verb.UPDATE | Verb.DELETE,
    custom_fields=derived.customs,
    # Lists filter neither custom fields nor third-party ids (3.2), so nothing of ours could be found by.
    reconcile=Reconcile(within=("company",), same=("title", "description", "contact"), since="updated"),
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=STRICT, writable=False),
        Field(name="number", wire="id", codec=NUMBER, filter=NONE, writable=False),
        Field(name="title", wire="summary", filter=NONE),
        Field(name="description", wire="details", filter=NONE),
        Field(name="state", wire="dateclosed", derive=derived.state, reads=derived.OF_STATE, writable=False),
        Field(name="status", wire="status_id", codec=STATUS, filter=STRICT, picks=True),
        Field(
            name="priority",
            wire="priority_id",
            codec=CHOSEN,
            derive=derived.priority,
            reads=derived.OF_PRIORITY,
            filter=STRICT,
            picks=True,
        ),
        Field(name="queue", wire="team", derive=derived.queue, reads=derived.OF_QUEUE, filter=STRICT, picks=True),
        Field(name="type", wire="tickettype_id", codec=CHOSEN, filter=STRICT, picks=True),
        Field(
            name="category",
            wire="categoryid_1",
            codec=CHOSEN,
            derive=derived.category,
            reads=derived.OF_CATEGORY,
            filter=NONE,
            picks=True,
        ),
        Field(name="source", wire="source", codec=Unless(PICKED, -1), filter=NONE, picks=True),
        Field(name="company", wire="client_id", codec=TICKET_COMPANY, filter=STRICT),
        Field(name="contact", wire="user_id", codec=Unless(Pointer(models.Contact), 0, -1), filter=STRICT),
        Field(name="location", wire="site_id", codec=Unless(Pointer(models.Location), 0, -1), filter=STRICT),
        # Of the assets of a ticket the first; the others are kept whatever becomes of it.
        Field(name="asset", wire="assets", derive=derived.asset, filter=NONE, listed=False),
        Field(
            name="assignee",
            wire="agent_id",
            codec=Unless(Pointer(models.Technician), UNASSIGNED, 0, -1),
            filter=STRICT,
        ),
        # Whole tickets tell it and rows of lists do not; that one may set it, nobody has attested (2.1).
        Field(
            name="contract",
            wire="contract_id",
            codec=Unless(Pointer(models.Contract), 0, -1),
            filter=NONE,
            listed=False,
            writable=False,
        ),
        Field(name="estimate", wire="estimate", codec=Unless(HOURS, 0), filter=NONE),
        Field(name="created", wire="dateoccurred", codec=MOMENT, filter=NONE, writable=False),
        Field(name="updated", wire="last_update", codec=MOMENT, derive=derived.updated, writable=False),
        Field(name="due", wire="deadlinedate", codec=MOMENT, filter=NONE),
        Field(name="closed", wire="dateclosed", codec=MOMENT, filter=NONE, writable=False),
    ],
)

AUTHOR: Final = Field(
    name="author", wire="who_agentid", derive=derived.author, reads=derived.OF_AUTHOR, filter=NONE, writable=False
)
OF_TICKET: Final = Field(name="ticket", wire="ticket_id", codec=Pointer(models.Ticket), filter=STRICT)

NOTES: Final = Table(
    kind=models.NOTES,
    path="Actions",
    parent="ticket",
    verbs=READ | Verb.CREATE | Verb.UPDATE | Verb.DELETE,
    reconcile=Reconcile(within=("ticket",), same=("body", "visibility"), since="created", author="author"),
    fields=[
        Field(name="id", wire="id", derive=derived.composite, filter=NONE, writable=False),
        OF_TICKET,
        Field(name="body", wire="note", derive=derived.body, filter=NONE),
        Field(name="html", wire="note_html", codec=MARKUP, filter=NONE, writable=False),
        Field(name="kind", wire="outcome_id", codec=CHOSEN, filter=NONE, picks=True),
        Field(name="visibility", wire="hiddenfromuser", derive=derived.visibility, alone=True, filter=NONE),
        AUTHOR,
        # Who acted by the API is told (2.2); one who acted by hand leaves it empty.
        Field(name="application", wire="actionby_application_id", codec=Unless(TEXT), filter=NONE, writable=False),
        Field(name="created", wire="datetime", codec=MOMENT, filter=NONE, writable=False),
        Field(name="updated", wire="last_updated", codec=MOMENT, filter=NONE, writable=False),
    ],
)

TIME_ENTRIES: Final = Table(
    kind=models.TIME_ENTRIES,
    path="Actions",
    parent="ticket",
    verbs=READ | Verb.CREATE | Verb.UPDATE | Verb.DELETE,
    # It bills somebody: found again by what it says, and never sent a second time.
    reconcile=Reconcile(
        within=("ticket",),
        same=("technician", "duration", "started", "ended", "summary"),
        since="created",
        repeatable=False,
    ),
    fields=[
        Field(name="id", wire="id", derive=derived.composite, filter=NONE, writable=False),
        OF_TICKET,
        Field(
            name="technician",
            wire="who_agentid",
            codec=Unless(Pointer(models.Technician), 0, -1),
            filter=NONE,
        ),
        Field(name="duration", wire="timetaken", codec=WORKED, filter=NONE),
        Field(name="billed", wire="actionchargehours", codec=WORKED, filter=NONE, writable=False),
        Field(name="worked_on", wire="datetime", codec=MOMENT, filter=NONE),
        Field(name="started", wire="actionarrivaldate", codec=MOMENT, filter=NONE),
        Field(name="ended", wire="actioncompletiondate", codec=MOMENT, filter=NONE),
        Field(name="summary", wire="note", derive=derived.body, filter=NONE),
        Field(name="billable", wire="actisbillable", codec=TRUTH, filter=NONE, writable=False),
        Field(name="work_type", wire="chargerate", codec=CHOSEN, filter=NONE, picks=True),
        Field(name="contract", wire="action_contract_id", derive=derived.contract, filter=NONE, writable=False),
        Field(
            name="created", wire="actiondatecreated", codec=MOMENT, derive=derived.logged, filter=NONE, writable=False
        ),
        Field(name="updated", wire="last_updated", codec=MOMENT, filter=NONE, writable=False),
    ],
)

HISTORY: Final = Table(
    kind=models.HISTORY,
    path="Actions",
    parent="ticket",
    # System actions are what a list leaves out when it is asked to; nothing else tells them (3.2).
    verbs=Verb.LIST,
    fields=[
        Field(name="id", wire="id", derive=derived.composite, filter=NONE, writable=False),
        OF_TICKET,
        Field(name="action", wire="outcome", filter=NONE, writable=False),
        Field(name="detail", wire="note", derive=derived.body, filter=NONE, writable=False),
        AUTHOR,
        Field(name="created", wire="datetime", codec=MOMENT, filter=NONE, writable=False),
    ],
)

ATTACHMENTS: Final = Table(
    kind=models.ATTACHMENTS,
    path="Attachment",
    parent="ticket",
    verbs=READ | Verb.CREATE | Verb.DELETE,
    reconcile=Reconcile(within=("ticket",), same=("name", "visibility"), since="created", author="author"),
    fields=[
        # By its own id a file is its content alone, so that its ticket is part of ours (2.6).
        Field(name="id", wire="id", derive=derived.composite, filter=NONE, writable=False),
        OF_TICKET,
        Field(name="name", wire="filename", codec=FILE_NAME, filter=NONE),
        Field(name="media_type", wire="content_type", codec=TEXT, filter=NONE, writable=False),
        Field(name="size", wire="filesize", codec=BYTES, filter=NONE, writable=False),
        Field(name="visibility", wire="showforusers", derive=derived.shown, filter=NONE),
        Field(
            name="author",
            wire="agent_id",
            codec=Unless(Pointer(models.Technician), 0, -1),
            filter=NONE,
            writable=False,
        ),
        Field(name="created", wire="datecreated", codec=MOMENT, filter=NONE, writable=False),
        Field(name="content", wire="data", codec=CONTENT, filter=NONE, listed=False),
    ],
)

QUEUES: Final = Table(
    kind=models.QUEUES,
    path="Team",
    fields=[
        Field(name="id", wire="id", codec=NUMBER, filter=NONE, writable=False),
        Field(name="name", wire="name", filter=NONE),
        Field(name="active", wire="inactive", codec=HIDDEN, derive=derived.active, reads=derived.IN_USE, filter=NONE),
    ],
)
