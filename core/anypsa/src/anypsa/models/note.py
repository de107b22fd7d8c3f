"""Notes on tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Required

from pydantic import Field

from .base import Alteration, Choice, Chosen, Creation, Record, Ref, Visibility
from .contact import Contact
from .technician import Technician
from .ticket import Ticket, TicketLike


class Note(Record):
    """What somebody wrote on a ticket. Autotask: TicketNote; HaloPSA: Action; ConnectWise: note.

    `body` is plain text. Where the vendor keeps HTML too, `html` is that, made safe to show: no scripts, no images.
    `visibility` is None when the tenant's own value could not be told apart. `impersonator` is who really wrote it, or
    changed it, in the author's name, and `application` the API application that it came by, where the vendor tells.
    """

    ticket: Ref[Ticket]
    title: str | None = None
    body: str = ""
    html: str | None = Field(default=None, repr=False)
    kind: Choice | None = None
    visibility: Visibility | None = None
    author: Ref[Technician] | None = None
    author_contact: Ref[Contact] | None = None
    impersonator: Ref[Technician] | None = None
    application: str | None = None
    created: datetime | None = None
    updated: datetime | None = None


class NewNote(Creation, total=False):
    """What `notes.create` takes. There is no default visibility: somebody has to say who may read it."""

    ticket: Required[TicketLike]
    body: Required[str]
    visibility: Required[Visibility]
    title: str
    kind: Chosen


class ChangeNote(Alteration, total=False):
    """What `notes.update` takes."""

    title: str
    body: str
    visibility: Visibility
