"""Rules: what the vendor refuses to store, each with its own words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from . import tickets, webhooks
from .situation import Situation

BY_TABLE: Final[Mapping[str, Callable[[Situation], None]]] = {
    "tickets": tickets.ticket,
    "notes": tickets.note,
    "ticket_technicians": tickets.helper,
    "ticket_contacts": tickets.copied,
    "time_entries": tickets.time,
    "webhooks": webhooks.webhook,
    "webhook_fields": webhooks.child,
    "webhook_exclusions": webhooks.child,
}


def obey(table: str, situation: Situation) -> None:
    """Raises the refusal of the rule that is broken, if any."""
    rule = BY_TABLE.get(table)
    if rule is not None:
        rule(situation)
