"""Leaves an internal note on tickets that nobody touched for a long time, at most once. Runs on a sandbox as it stands.

With an account of your own, connect by `anypsa.connect(profile="acme")` instead.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import anypsa
from anypsa import Psa, Ticket, Visibility, q
from anypsa_sandbox import Sandbox

BODY = "Nobody has touched this ticket for a long time. Is it still needed?"


def reminded(psa: Psa, ticket: Ticket) -> bool:
    """Whether our note is there already."""
    return psa.notes.first(q.body == BODY, ticket=ticket) is not None


def remind(psa: Psa, before: datetime) -> int:
    """Reminds of open tickets last touched before a moment; returns how many notes it wrote."""
    written = 0
    for ticket in psa.tickets.list((q.state == "open") & (q.updated < before) & (q.priority == "Critical"), limit=10):
        if not reminded(psa, ticket):
            psa.notes.create(ticket=ticket, body=BODY, visibility=Visibility.INTERNAL)
            written += 1
    return written


def main() -> None:
    """Once writes, twice writes nothing more."""
    before = datetime(2026, 11, 1, tzinfo=UTC) - timedelta(days=30)
    with Sandbox("autotask", seed=1) as sandbox, anypsa.connect("autotask", **sandbox.settings) as psa:
        print(f"first run: {remind(psa, before)} notes")
        print(f"second run: {remind(psa, before)} notes")


if __name__ == "__main__":
    main()
