"""complete, and limits: lists of tickets with ids of any density, some of which come and go meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import pytest
from little_autotask import KNOWN, SLOTS, LittleAutotask

from anypsa.testing import FaultServer
from anypsa.testing.faults import Act, Answer, Line, Received
from anypsa_conformance import FACES, Probe, on_face

LATENCY: Final = 0.02
SEEDS: Final = [*range(4), *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(4, 120))]
SPACES: Final[list[Callable[[Random], set[int]]]] = [
    lambda chance: set(chance.sample(range(1, 100_000), chance.randrange(300))),
    lambda chance: {id for id in range(10**6, 10**6 + 400) if chance.random() < 0.9},
    lambda chance: set(range(1, chance.randint(2, 200))) | set(range(hole := chance.randint(300, 10**7), hole + 200)),
    lambda chance: set(range(1, 1 + chance.choice((0, 1, 1, 2)))),
]


@dataclass
class Counted(LittleAutotask):
    """A vendor whose every third id may go or come before each answer, and who counts what is under way."""

    ids: set[int]
    chance: Random = field(default_factory=Random)
    under_way: int = 0
    peak: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def listed(self, asked: list[dict[str, Any]]) -> Answer:
        with self.lock:
            for _ in range(self.chance.randrange(3)):
                self.ids.discard(3 * self.chance.randint(1, 300))
                self.ids.add(3 * self.chance.randint(1, 10**6))
            return super().listed(asked)

    def act(self, request: Received, answer: Answer) -> Act:
        self.count(1)
        return Late(answer, self)

    def count(self, more: int) -> None:
        with self.lock:
            self.under_way += more
            self.peak = max(self.peak, self.under_way)


@dataclass
class Late(Act):
    """An answer that takes its time, so that others are under way beside it."""

    answer: Answer
    vendor: Counted

    def play(self, request: Received, line: Line) -> None:
        line.wait(LATENCY)
        self.vendor.count(-1)
        self.answer.play(request, line)


@pytest.mark.parametrize("face", [pytest.param(one, marks=pytest.mark.deep if one == "trio" else ()) for one in FACES])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_stays_comes_once_and_in_order_with_no_more_under_way_than_slots(face: str, seed: int) -> None:
    chance = Random(seed)
    before = SPACES[seed % len(SPACES)](chance)
    vendor = Counted(set(before), chance.randint(5, 40), chance=chance)

    async def listed(psa: Probe) -> tuple[list[int], Any]:
        pager = psa.tickets.list()
        return [int(ticket.id) async for ticket in pager], pager.report.complete

    with FaultServer(vendor) as server:
        vendor.url = server.url
        settings = {**KNOWN, "discovery_url": server.url, "ledger": "memory", "slots": SLOTS, "release_lag": 0.0}
        found, complete = on_face(face, listed, "autotask", settings)

    assert (found, complete) == (sorted(set(found)), True)
    assert {id for id in before if id % 3} <= set(found)
    assert 0 < vendor.peak <= SLOTS
