"""A list that is left at any point leaves nothing behind: no task, no thread, no connection, no slot.

The vendor is a fault server that speaks as much of Autotask as a list needs. The points are drawn by their seed: before
the first page, while an answer is awaited or half there, some steps later, when readers split ranges and rows are
decoded, or while the caller takes its time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any, Final

import anyio
import pytest
from anyio.lowlevel import checkpoint
from little_autotask import KNOWN, SLOTS, LittleAutotask

import anypsa
from anypsa import PSAError
from anypsa.ledger import Admission, MemoryLedger
from anypsa.testing import FaultServer
from anypsa.testing.faults import Act, Answer, Line, Received

PAGE: Final = 20
IDS: Final = [*range(1, 300), *range(9_000, 9_100)]
PATIENCE: Final = 15.0
SEEDS: Final = [*range(3), *(pytest.param(seed, marks=pytest.mark.deep) for seed in range(3, 60))]


class Counting(MemoryLedger):
    """A ledger that counts what is held. By lists, whose every step is whole, since threads come here."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: list[Any] = []
        self.given: list[Any] = []

    def admit(self, claim: Any) -> Any:
        answer = super().admit(claim)
        if isinstance(answer, Admission):
            self.taken.append(answer)
        return answer

    def release(self, admission: Admission, lag: float) -> None:
        super().release(admission, lag)
        self.given.append(admission)

    @property
    def held(self) -> int:
        return len(self.taken) - len(self.given)


@dataclass(frozen=True)
class Point:
    """Where a list is left: at its `number`-th request, when so much of the answer (`share`) was sent, and so many
    `steps` of the loop later; or after so many `records`."""

    number: int
    share: float
    steps: int
    records: int

    @classmethod
    def drawn(cls, seed: int) -> Point:
        chance = Random(seed)
        steps = chance.choice((0, chance.randrange(40)))
        return cls(chance.randint(1, 20), (0.0, 0.5, 1.0)[seed % 3], steps, chance.randrange(len(IDS)))


@dataclass
class Held(Act):
    """An answer of which so much is sent, and no more before the test lets go."""

    answer: Answer
    share: float
    reached: threading.Event
    released: threading.Event

    def play(self, request: Received, line: Line) -> None:
        content = self.answer.head(("content-length", str(len(self.answer.content)))) + self.answer.content
        sent = int(len(content) * self.share)
        line.send(content[:sent])
        self.reached.set()
        if sent < len(content):
            self.released.wait(PATIENCE)
            line.send(content[sent:])


@dataclass
class Met(Act):
    """An answer that is sent once as many others are under way as there are slots."""

    answer: Answer
    together: threading.Barrier

    def play(self, request: Received, line: Line) -> None:
        self.together.wait(PATIENCE)
        self.answer.play(request, line)


@dataclass
class Vendor(LittleAutotask):
    """The vendor, who holds the answers from a point on, or gives none that can be read. `reached` tells that a list is
    there."""

    point: Point | None = None
    readable: bool = True
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    together: threading.Barrier = field(default_factory=partial(threading.Barrier, SLOTS))

    def act(self, request: Received, answer: Answer) -> Act:
        if request.method == "GET":
            return Met(answer, self.together)
        if self.point is None or request.number < self.point.number:
            return answer
        return Held(answer, self.point.share, self.reached, self.released) if self.readable else Answer("no JSON")

    def let_go(self) -> None:
        """From now on it is a vendor like any other."""
        self.point = None
        self.released.set()


@contextmanager
def served(
    point: Point | None, *, readable: bool = True
) -> Iterator[tuple[Vendor, FaultServer, Counting, dict[str, Any]]]:
    """A vendor, what it saw, the slots, and how to connect."""
    spoken, ledger = Vendor(IDS, PAGE, point=point, readable=readable), Counting()
    with FaultServer(spoken) as server:
        spoken.url = server.url
        settings = {
            **KNOWN,
            "discovery_url": server.url,
            "ledger": ledger,
            "slots": SLOTS,
            "release_lag": 0.0,
            "attempts": 1,
        }
        try:
            yield spoken, server, ledger, settings
        finally:
            spoken.released.set()


def own_threads() -> set[threading.Thread]:
    return {one for one in threading.enumerate() if one.name != "fault server"}


async def reached(event: threading.Event) -> None:
    """Lets the list go on until it is at its point."""
    with anyio.fail_after(PATIENCE):
        while not event.is_set():
            await checkpoint()


async def gone_through(psa: anypsa.AsyncPsa) -> int:
    return len(await psa.tickets.list().all())


async def cancelled(psa: anypsa.AsyncPsa, spoken: Vendor, point: Point) -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(gone_through, psa)
        await reached(spoken.reached)
        for _ in range(point.steps):
            await checkpoint()
        group.cancel_scope.cancel()


async def cancelled_while_working(psa: anypsa.AsyncPsa, spoken: Vendor, point: Point) -> None:
    at_work = anyio.Event()

    async def work() -> None:
        count = 0
        async for _ in psa.tickets.list():
            if count == point.records:
                at_work.set()
                await anyio.sleep_forever()
            count += 1

    async with anyio.create_task_group() as group:
        group.start_soon(work)
        await at_work.wait()
        group.cancel_scope.cancel()


async def left_by_break(psa: anypsa.AsyncPsa, spoken: Vendor, point: Point) -> None:
    count = 0
    async for _ in psa.tickets.list():
        if count == point.records:
            break
        count += 1


async def all_slots_at_once(psa: anypsa.AsyncPsa) -> None:
    async with anyio.create_task_group() as group:
        for id in IDS[:SLOTS]:
            group.start_soon(partial(psa.tickets.get, id, gather=False))


WAYS: Final = {"cancelled": cancelled, "while working": cancelled_while_working, "by break": left_by_break}


@pytest.mark.parametrize("backend", ["asyncio", pytest.param("trio", marks=pytest.mark.deep)])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("seed", SEEDS)
def test_an_awaited_list_that_is_left_leaves_nothing_behind(backend: str, way: str, seed: int) -> None:
    point = Point.drawn(seed)
    found: dict[str, Any] = {}

    async def main() -> None:
        async with anypsa.connect_async("autotask", **settings) as psa:
            tasks = len(anyio.get_running_tasks())
            await WAYS[way](psa, spoken, point)
            found.update(tasks=len(anyio.get_running_tasks()) - tasks, held=ledger.held)
            spoken.let_go()
            await all_slots_at_once(psa)
            found["rows"] = await gone_through(psa)

    with served(point if way == "cancelled" else None) as (spoken, server, ledger, settings):
        threads = own_threads()
        anyio.run(main, backend=backend)
        server.deserted()
        found["threads"] = own_threads() - threads

    assert found == {"tasks": 0, "held": 0, "rows": len(IDS), "threads": set()}


@pytest.mark.parametrize("way", ["by break", "by an error"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_blocking_list_that_is_left_leaves_nothing_behind(way: str, seed: int) -> None:
    point = Point.drawn(seed)

    with served(point if way == "by an error" else None, readable=False) as (spoken, server, ledger, settings):
        threads = own_threads()
        with anypsa.connect("autotask", **settings) as psa:
            with suppress(PSAError):
                for count, _ in enumerate(psa.tickets.list()):
                    if way == "by break" and count == point.records:
                        break
            left = own_threads() - threads, ledger.held
            spoken.let_go()
            with ThreadPoolExecutor(SLOTS) as pool:
                list(pool.map(lambda id: psa.tickets.get(id, gather=False), IDS[:SLOTS]))
            rows = len(psa.tickets.list().all())
        server.deserted()

    assert (left, rows) == ((set(), 0), len(IDS))
    assert own_threads() == threads
