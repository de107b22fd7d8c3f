"""Attachments: files on tickets."""

from __future__ import annotations

from datetime import datetime
from typing import Required

from .base import Alteration, Creation, Record, Ref, Visibility
from .technician import Technician
from .ticket import Ticket, TicketLike


class Attachment(Record):
    """A file on a ticket. Autotask: TicketAttachment; HaloPSA: Attachment.

    `name` is what the vendor calls the file: never use it as a path. `content` is there after `attachments.get`.
    """

    ticket: Ref[Ticket] | None = None
    name: str = ""
    media_type: str | None = None
    size: int | None = None
    visibility: Visibility | None = None
    author: Ref[Technician] | None = None
    created: datetime | None = None
    content: bytes | None = None


class NewAttachment(Creation, total=False):
    """What `attachments.create` takes. There is no default visibility: somebody has to say who may see it."""

    ticket: Required[TicketLike]
    name: Required[str]
    content: Required[bytes]
    visibility: Required[Visibility]


class ChangeAttachment(Alteration, total=False):
    """No PSA of ours changes attachments."""
