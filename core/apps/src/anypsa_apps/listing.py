"""`anypsa tickets list`."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

from anypsa import Expression, Invalid, Pager, Problem, Ticket, filter_from_json, q

from .connections import connect
from .output import TICKET_COLUMNS, Output, print_records


@dataclass(frozen=True)
class Filters:
    """What the command line filters by."""

    where: str | None = None
    state: str | None = None
    queue: str | None = None
    company: str | None = None

    def expression(self) -> Expression:
        """All of them together."""
        named = {"state": self.state, "queue": self.queue, "company": self.company}
        expression = filter_from_json(parsed(self.where) if self.where is not None else [])
        for name, value in named.items():
            if value is not None:
                expression = expression & (getattr(q, name) == value)
        return expression


def parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Invalid("read --where", problems=[Problem("where", f"it is not JSON: {error}")]) from None


def list_tickets(profile: str | None, adapter: str | None, filters: Filters, limit: int | None, output: Output) -> None:
    """Prints the tickets, and on standard error whether that was all of them."""
    with connect(profile, adapter) as psa:
        tickets: Pager[Ticket] = psa.tickets.list(filters.expression(), expand=["company", "assignee"], limit=limit)
        count = print_records(tickets, TICKET_COLUMNS, output, "Tickets")
        rest = "" if tickets.report.complete else f" ({tickets.report.reason}; --limit 0 lists all)"
        sys.stderr.write(f"{count} tickets{rest}\n")
