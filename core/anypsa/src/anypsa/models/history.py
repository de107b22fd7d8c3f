"""History: what the PSA itself wrote down about a ticket."""

from __future__ import annotations

from datetime import datetime
from typing import TypedDict

from .base import Record, Ref
from .technician import Technician
from .ticket import Ticket


class HistoryEntry(Record):
    """One event of a ticket's life. Autotask: TicketHistory; HaloPSA: system Action."""

    ticket: Ref[Ticket]
    action: str | None = None
    detail: str | None = None
    author: Ref[Technician] | None = None
    created: datetime | None = None


class NewHistoryEntry(TypedDict):
    """History is written by the PSA alone."""


class ChangeHistoryEntry(TypedDict):
    """History is not changed."""
