"""Wires to try the primitives on: virtual time wherever there is some."""

from __future__ import annotations

import threading
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import anyio
import trio
from trio.testing import MockClock

from anypsa.wire import AwaitingWire, BlockingWire, Channel, missed, run, until

BACKENDS = ("asyncio", "trio")
PATIENCE = 20.0
"""So long may a thread of a test take before the test gives up on it."""


def on(backend: str, main: Callable[[], Awaitable[Any]]) -> Any:
    """Runs a test's main task; on trio, waiting takes no time."""
    if backend == "trio":
        return trio.run(main, clock=MockClock(autojump_threshold=0))
    return anyio.run(main)


def awaiting(seed: int = 0) -> AwaitingWire:
    """An awaiting wire that belongs to the running loop."""
    wire = AwaitingWire(Channel(), seed=seed)
    wire.enter()
    return wire


def blocking() -> BlockingWire:
    return BlockingWire(Channel(), seed=0)


def in_threads(*tasks: Callable[[], Coroutine[Any, Any, Any]]) -> list[Any]:
    """Runs coroutines of the blocking wire, each in a thread of its own; values or errors, in order."""
    values: list[Any] = [None] * len(tasks)

    def work(place: int) -> None:
        try:
            values[place] = run(tasks[place]())
        except Exception as error:  # noqa: BLE001  # handed to the test
            values[place] = error

    threads = [threading.Thread(target=work, args=(place,), daemon=True) for place in range(len(tasks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "a thread is stuck"
    return values


async def settled() -> None:
    """Lets every task that can go on do so until it waits."""
    for _ in range(20):
        await anyio.lowlevel.checkpoint()


class Clocked(BlockingWire):
    """A blocking wire whose time passes only in its sleeps, and whose every random number is `chance`."""

    def __init__(self, chance: float = 0.5) -> None:
        super().__init__(Channel(), seed=0)
        self.time = 100.0
        self.chance = chance
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def random(self) -> float:
        return self.chance

    async def sleep(self, seconds: float) -> None:
        if self.time + seconds > until():
            raise missed("waiting")
        self.slept.append(seconds)
        self.time += seconds
