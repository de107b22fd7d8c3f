"""Smart dispatch: unassigned tickets go to whoever has solved the like of them lately and has the least to do. On any PSA.

Runs on a sandbox as it stands (`python dispatch_by_load.py halopsa`), which takes 57 requests on Autotask, 45 on
HaloPSA, 35 on ConnectWise PSA for ten tickets: a list of the tickets of 90 days, and about 3 requests for each that is
assigned. With an account of your own, connect by `anypsa.connect(profile="acme")` instead.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import anypsa
from anypsa import Conflict, Psa, Ticket, Workload, q
from anypsa_sandbox import Sandbox

ENOUGH = 12
"""With so many open tickets nobody gets more."""


def choice(ticket: Ticket, desk: Sequence[Workload], given: Counter[str]) -> Workload | None:
    """The most skilled with room, and of equals the one with the least to do."""
    load = {one.technician.id: one.open + given[one.technician.id] for one in desk}
    free = [one for one in desk if load[one.technician.id] < ENOUGH]
    return min(free, key=lambda one: (-one.skill(ticket), load[one.technician.id]), default=None)


def dispatch(psa: Psa, now: datetime, most: int = 10) -> Counter[str]:
    """Assigns tickets that nobody has, the most urgent first; returns how many went to whom, by id."""
    desk = psa.technicians.workloads(at=now)
    waiting = psa.tickets.list((q.state == "open") & q.assignee.is_null()).all()
    given = Counter[str]()
    for ticket in sorted(waiting, key=lambda one: one.due or datetime.max.replace(tzinfo=UTC))[:most]:
        chosen = choice(ticket, desk, given)
        if chosen is None:
            break
        try:
            psa.tickets.update(ticket, assignee=chosen.technician, expect={"assignee": None})
        except Conflict:  # somebody took it meanwhile
            continue
        given[chosen.technician.id] += 1
    return given


def main(vendor: str = "autotask") -> None:
    """Dispatches ten tickets."""
    now = datetime(2026, 11, 1, tzinfo=UTC)
    with Sandbox(vendor, seed=1, tickets=200) as sandbox, anypsa.connect(vendor, **sandbox.settings) as psa:
        with psa.budget(max_requests=200) as used:
            for technician, number in dispatch(psa, now).most_common():
                print(f"{psa.technicians.get(technician).name:20} {number}")
        print(f"{used.used} requests")


if __name__ == "__main__":
    main(*sys.argv[1:])
