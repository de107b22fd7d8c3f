"""Workloads: what a technician has to do, and what they have lately solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .technician import Technician
from .ticket import Ticket


@dataclass(frozen=True, slots=True)
class Workload:
    """A technician's load and skills, as far as tickets tell them.

    `open` is how many tickets they have that are not closed. `solved` tells by topic how many they closed, of which one
    counts half as much for each 30 days since.
    """

    technician: Technician
    open: int = 0
    solved: Mapping[str, float] = field(default_factory=dict)

    def skill(self, ticket: Ticket) -> float:
        """How much they have lately solved of what this ticket is about."""
        return self.solved.get(topic(ticket), 0.0)


def topic(ticket: Ticket) -> str:
    """What a ticket is about: its category, or its queue where it has none."""
    return str(ticket.category or ticket.queue or "")
