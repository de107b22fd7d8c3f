"""Smart dispatch: unassigned tickets go to whoever has solved the like of them lately and has the least to do. On any PSA.

Runs on a sandbox as it stands (`python dispatch_by_load.py halopsa`). One list of the tickets of 90 days, and about 3 requests
for each ticket that is assigned. With an account of your own, connect by `anypsa.connect(profile="acme")` instead.
"""

from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import anypsa
from anypsa import Conflict, Psa, State, Ticket, q
from anypsa_sandbox import Sandbox

LOOK_BACK = timedelta(days=90)
HALF_LIFE = timedelta(days=30)
ENOUGH = 12
"""With so many open tickets nobody gets more."""


@dataclass
class Desk:
    """Who can take what: open tickets of each technician, and what each has solved, recent work weighing more."""

    load: Counter[str] = field(default_factory=Counter)
    skill: defaultdict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))

    def choice(self, ticket: Ticket, technicians: Iterable[str]) -> str | None:
        """The most skilled with room, and of equals the one with the least to do."""
        free = [one for one in technicians if self.load[one] < ENOUGH]
        return min(free, key=lambda one: (-self.skill[one, topic(ticket)], self.load[one]), default=None)


def topic(ticket: Ticket) -> str:
    """What a ticket is about: its category, or its queue where categories are not told."""
    return str(ticket.category or ticket.queue or "")


def desk(psa: Psa, now: datetime) -> Desk:
    """The desk as it is."""
    found = Desk()
    for ticket in psa.tickets.list((q.state != "closed") | (q.closed >= now - LOOK_BACK)):
        if ticket.assignee is None:
            continue
        if ticket.state is not State.CLOSED:
            found.load[ticket.assignee.id] += 1
        elif ticket.closed is not None:
            found.skill[ticket.assignee.id, topic(ticket)] += math.exp2((ticket.closed - now) / HALF_LIFE)
    return found


def dispatch(psa: Psa, now: datetime, most: int = 10) -> Counter[str]:
    """Assigns tickets that nobody has, the most urgent first; returns how many went to whom."""
    ourselves = psa.whoami().technician_id
    technicians = [one for one in psa.technicians.list(q.active == True) if one.id != ourselves]  # noqa: E712  # a filter
    names = {one.id: f"{one.first_name} {one.last_name}" for one in technicians}
    waiting = psa.tickets.list((q.state == "open") & q.assignee.is_null()).all()
    board, given = desk(psa, now), Counter[str]()
    for ticket in sorted(waiting, key=lambda one: one.due or datetime.max.replace(tzinfo=UTC))[:most]:
        chosen = board.choice(ticket, names)
        if chosen is None:
            break
        try:
            psa.tickets.update(ticket, assignee=anypsa.Id(chosen), expect={"assignee": None})
        except Conflict:  # somebody took it meanwhile
            continue
        board.load[chosen] += 1
        given[names[chosen]] += 1
    return given


def main(vendor: str = "autotask") -> None:
    """Dispatches ten tickets."""
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with Sandbox(vendor, seed=1, tickets=200) as sandbox, anypsa.connect(vendor, **sandbox.settings) as psa:
        with psa.budget(max_requests=200) as used:
            for name, number in dispatch(psa, now).most_common():
                print(f"{name:20} {number}")
        print(f"{used.used} requests")


if __name__ == "__main__":
    main(*sys.argv[1:])
