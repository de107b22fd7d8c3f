"""Gates: never more inside than places, first come first served, interactive before bulk, nobody starves."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from wires import BACKENDS, PATIENCE, awaiting, blocking, in_threads, on, settled

from anypsa.errors import DeadlineExceeded
from anypsa.wire import Gate, Lane, deadline, run
from anypsa.wire.gate import COURTESY

FAST, BULK = Lane.INTERACTIVE, Lane.BULK


class Count:
    """How many are inside, and how many ever were at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = self.most = self.visits = 0

    def enter(self) -> None:
        with self.lock:
            self.inside += 1
            self.visits += 1
            self.most = max(self.most, self.inside)

    def leave(self) -> None:
        with self.lock:
            self.inside -= 1


def order_of(arrivals: list[Lane], backend: str = "trio") -> list[int]:
    """In which order a gate of one place lets those in who arrived in this order while it was taken."""
    order: list[int] = []

    async def main() -> None:
        gate = Gate(awaiting(), 1)
        await gate.enter(FAST)

        async def visit(number: int, lane: Lane) -> None:
            await gate.enter(lane)
            order.append(number)
            gate.leave()

        async with anyio.create_task_group() as group:
            for number, lane in enumerate(arrivals):
                group.start_soon(visit, number, lane)
                await settled()
            gate.leave()

    on(backend, main)
    return order


@pytest.mark.parametrize("backend", BACKENDS)
def test_who_comes_first_is_served_first(backend: str) -> None:
    assert order_of([FAST] * 10, backend) == list(range(10))


@pytest.mark.parametrize("backend", BACKENDS)
def test_interactive_work_passes_bulk_work(backend: str) -> None:
    assert order_of([BULK, BULK, FAST], backend) == [2, 0, 1]


def test_bulk_work_is_let_in_after_so_many_interactive_calls() -> None:
    order = order_of([BULK, *[FAST] * 50])

    assert order.index(0) == COURTESY <= 10


def test_bulk_work_alone_is_served_in_order() -> None:
    assert order_of([BULK] * 5) == list(range(5))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("places", [1, 3])
def test_never_more_tasks_inside_than_places(backend: str, places: int) -> None:
    count = Count()

    async def main() -> None:
        gate = Gate(awaiting(), places)

        async def visit() -> None:
            await gate.enter(FAST)
            count.enter()
            for _ in range(5):
                await anyio.lowlevel.checkpoint()
            count.leave()
            gate.leave()

        async with anyio.create_task_group() as group:
            for _ in range(50):
                group.start_soon(visit)

    on(backend, main)
    assert (count.most, count.visits) == (places, 50)


def test_never_more_threads_inside_than_places() -> None:
    gate, count = Gate(blocking(), 3), Count()

    async def visit() -> None:
        for _ in range(20):
            await gate.enter(FAST)
            count.enter()
            count.leave()
            gate.leave()

    in_threads(*[visit] * 20)

    assert count.most <= 3
    assert count.visits == 400


def test_threads_are_served_in_the_order_of_their_arrival() -> None:
    gate, order = Gate(blocking(), 1), []
    run(gate.enter(FAST))
    threads = []

    def visit(number: int) -> None:
        run(gate.enter(FAST))
        order.append(number)
        gate.leave()

    for number in range(5):
        thread = threading.Thread(target=visit, args=(number,), daemon=True)
        thread.start()
        threads.append(thread)
        until(lambda: len(gate._queues[FAST]) == len(threads))
    gate.leave()
    for thread in threads:
        thread.join(PATIENCE)

    assert order == list(range(5))


def until(holds: Callable[[], bool]) -> None:
    """Turns until something holds."""
    turn = threading.Event()
    for _ in range(int(PATIENCE * 1000)):
        if holds():
            return
        turn.wait(0.001)
    raise AssertionError("it never came about")


@pytest.mark.parametrize("backend", BACKENDS)
def test_who_gives_up_waiting_leaves_the_queue(backend: str) -> None:
    entered: list[str] = []

    async def main() -> None:
        gate = Gate(awaiting(), 1)
        await gate.enter(FAST)
        scope = anyio.CancelScope()

        async def doomed() -> None:
            with scope:
                await gate.enter(FAST)
                entered.append("doomed")

        async def patient() -> None:
            await gate.enter(FAST)
            entered.append("patient")

        async with anyio.create_task_group() as group:
            group.start_soon(doomed)
            await settled()
            group.start_soon(patient)
            await settled()
            scope.cancel()
            await settled()
            gate.leave()

    on(backend, main)
    assert entered == ["patient"]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.trust("F20")
def test_who_is_cancelled_in_the_moment_of_its_turn_passes_the_place_on(backend: str) -> None:
    entered: list[str] = []

    async def main() -> None:
        gate = Gate(awaiting(), 1)
        await gate.enter(FAST)
        scope = anyio.CancelScope()

        async def doomed() -> None:
            with scope:
                await gate.enter(FAST)
                gate.leave()

        async def patient() -> None:
            await gate.enter(FAST)
            entered.append("patient")

        with anyio.fail_after(PATIENCE):
            async with anyio.create_task_group() as group:
                group.start_soon(doomed)
                await settled()
                group.start_soon(patient)
                await settled()
                scope.cancel()
                gate.leave()

    on(backend, main)
    assert entered == ["patient"]


@pytest.mark.trust("F21")
def test_waiting_at_a_gate_ends_at_the_deadline_and_loses_no_place() -> None:
    async def main() -> None:
        wire = awaiting()
        gate = Gate(wire, 1)
        await gate.enter(FAST)
        with pytest.raises(DeadlineExceeded) as caught, deadline(wire.now() + 10):
            await gate.enter(FAST)
        assert not caught.value.sent
        gate.leave()
        with deadline(wire.now() + 10):
            await gate.enter(FAST)

    on("trio", main)


def test_on_threads_too_waiting_ends_at_the_deadline() -> None:
    wire = blocking()
    gate = Gate(wire, 1)
    run(gate.enter(FAST))

    with pytest.raises(DeadlineExceeded), deadline(wire.now() + 0.01):
        run(gate.enter(FAST))

    gate.leave()
    entered: Any = run(gate.enter(FAST))
    assert entered is None
    assert gate._free == 0
