"""Closure hygiene: what closed tickets lack, as one internal note on each. On any PSA.

Runs on a sandbox as it stands (`python check_closed_tickets.py halopsa`), which takes 76 requests on Autotask, 81 on
HaloPSA, 56 on ConnectWise PSA for 15 tickets at the most. With an account of your own, connect by
`anypsa.connect(profile="acme")` instead.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import datetime

import anypsa
from anypsa import Psa, Ticket, Visibility, q
from anypsa_sandbox import Sandbox

HEADING = "Before this ticket is really done"


def lacking(psa: Psa, ticket: Ticket) -> Iterator[str]:
    """What is missing, as far as this PSA can tell."""
    if ticket.assignee is None:
        yield "nobody is assigned"
    if "time_entries.list" in psa.capabilities and psa.time_entries.first(ticket=ticket) is None:
        yield "no time was logged"
    if "tickets.update" in psa.capabilities and "category" in known(psa) and ticket.category is None:
        yield "no category was chosen"
    if psa.notes.first(q.visibility == Visibility.PUBLIC, ticket=ticket) is None:
        yield "the customer was never told what was done"


def known(psa: Psa) -> set[str]:
    """The fields of a ticket that this PSA has."""
    return {field.name for field in psa.fields("ticket")}


def check(psa: Psa, since: datetime) -> Counter[str]:
    """Comments tickets that were closed since; returns how often what was missing."""
    missing = Counter[str]()
    for ticket in psa.tickets.list((q.state == "closed") & (q.closed >= since), limit=15):
        found = list(lacking(psa, ticket))
        if found and psa.notes.first(q.body.startswith(HEADING), ticket=ticket) is None:
            body = "\n".join([f"{HEADING}:", *(f"- {one}" for one in found)])
            psa.notes.create(ticket=ticket, body=body, visibility=Visibility.INTERNAL)
            missing.update(found)
    return missing


def main(vendor: str = "autotask") -> None:
    """Once writes, twice writes nothing more."""
    since = datetime.fromisoformat("2026-10-15T00:00:00+00:00")
    with Sandbox(vendor, seed=1, tickets=200) as sandbox, anypsa.connect(vendor, **sandbox.settings) as psa:
        with psa.budget(max_requests=300) as used:
            for what, number in check(psa, since).most_common():
                print(f"{number:3} {what}")
        print(f"{used.used} requests; second run: {check(psa, since).total()} more")


if __name__ == "__main__":
    main(*sys.argv[1:])
