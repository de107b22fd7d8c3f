"""Whom a ticket goes to, without any PSA."""

from __future__ import annotations

from collections import Counter

import dispatch_by_load

import anypsa


def test_of_two_with_room_the_more_skilled_is_chosen_and_of_equals_the_freer() -> None:
    ticket = anypsa.Ticket(tenant="t", id="1", state="open", status={"id": "1"}, company={"tenant": "t", "id": "1"})

    def working(id: str, open: int, skill: float = 0.0) -> anypsa.Workload:
        return anypsa.Workload(anypsa.Technician(tenant="t", id=id), open, {"": skill})

    busy, free = working("busy", dispatch_by_load.ENOUGH, 9.0), working("free", 1, 1.0)
    nobody = Counter[str]()

    assert dispatch_by_load.choice(ticket, [busy, working("f", 1), working("freer", 0)], nobody) == working("freer", 0)
    assert dispatch_by_load.choice(ticket, [busy, free, working("freer", 0)], nobody) == free
    assert dispatch_by_load.choice(ticket, [busy], nobody) is None
    assert dispatch_by_load.choice(ticket, [free], Counter(free=dispatch_by_load.ENOUGH)) is None
