"""Checklists: the steps of a ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Required

from .base import Alteration, Creation, Record, Ref
from .technician import Technician
from .ticket import Ticket, TicketLike


class ChecklistItem(Record):
    """One step of a ticket. Autotask: TicketChecklistItem; HaloPSA: to-do."""

    ticket: Ref[Ticket]
    title: str = ""
    done: bool | None = None
    important: bool | None = None
    position: int | None = None
    done_by: Ref[Technician] | None = None
    done_at: datetime | None = None


class NewChecklistItem(Creation, total=False):
    """What `checklist.create` takes."""

    ticket: Required[TicketLike]
    title: Required[str]
    done: bool
    important: bool
    position: int


class ChangeChecklistItem(Alteration, total=False):
    """What `checklist.update` takes."""

    title: str
    done: bool
    important: bool
    position: int
