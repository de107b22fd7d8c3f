"""Once: one fetch however many ask; callers share the value, the failure, and nobody's deadline but their own."""

from __future__ import annotations

import threading
from typing import Any

import anyio
import pytest
from wires import BACKENDS, PATIENCE, awaiting, blocking, in_threads, on, settled

from anypsa.errors import AuthenticationFailed, DeadlineExceeded, Invalid
from anypsa.wire import BlockingWire, Channel, Once, deadline, run
from anypsa.wire.deadline import missed

CALLERS = 50


class Fetch:
    """Something to fetch: counts how often it was asked, and waits until it may answer."""

    def __init__(self, answer: Any = "value", *, waits: bool = True) -> None:
        self.asked = 0
        self.answer = answer
        self.gate = anyio.Event() if waits else None

    async def __call__(self) -> Any:
        self.asked += 1
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(self.answer, BaseException):
            raise self.answer
        return self.answer


class ManualWire(BlockingWire):
    """A blocking wire whose clock the test moves."""

    def __init__(self) -> None:
        super().__init__(Channel(), seed=0)
        self.time = 100.0

    def now(self) -> float:
        return self.time


async def together(once: Once, fetch: Fetch, callers: int = CALLERS) -> list[Any]:
    """The outcomes of so many callers at once."""
    outcomes: list[Any] = []

    async def call() -> None:
        try:
            outcomes.append(await once("key", fetch, ttl=10, failure_ttl=1))
        except Exception as error:  # noqa: BLE001  # handed to the test
            outcomes.append(error)

    async with anyio.create_task_group() as group:
        for _ in range(callers):
            group.start_soon(call)
        await settled()
        assert fetch.gate is not None
        fetch.gate.set()
    return outcomes


@pytest.mark.parametrize("backend", BACKENDS)
def test_fifty_tasks_share_one_fetch(backend: str) -> None:
    async def main() -> None:
        fetch = Fetch()
        assert await together(Once(awaiting()), fetch) == ["value"] * CALLERS
        assert fetch.asked == 1

    on(backend, main)


@pytest.mark.parametrize("backend", BACKENDS)
def test_fifty_tasks_share_one_failure(backend: str) -> None:
    async def main() -> None:
        fetch = Fetch(AuthenticationFailed("sign in", status=401))
        outcomes = await together(Once(awaiting()), fetch)
        assert [(type(one), one.status) for one in outcomes] == [(AuthenticationFailed, 401)] * CALLERS
        assert fetch.asked == 1

    on(backend, main)


def threads_at_once(answer: Any) -> tuple[list[Any], int]:
    """The outcomes of fifty threads, whose fetch answers when all have asked, and how often it was asked."""
    once = Once(blocking())
    everyone = threading.Barrier(CALLERS)
    asked: list[str] = []
    joined = threading.Semaphore(0)

    async def fetch() -> Any:
        asked.append("once")
        for _ in range(CALLERS - 1):
            assert joined.acquire(timeout=PATIENCE)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def call() -> Any:
        everyone.wait(PATIENCE)
        joined.release()
        return await once("key", fetch, ttl=10, failure_ttl=10)

    return in_threads(*[call] * CALLERS), len(asked)


def test_fifty_threads_share_one_fetch() -> None:
    outcomes, asked = threads_at_once("value")

    assert outcomes == ["value"] * CALLERS
    assert asked == 1


def test_fifty_threads_share_one_failure() -> None:
    outcomes, asked = threads_at_once(Invalid("x", status=500))

    assert [(type(one), one.status) for one in outcomes] == [(Invalid, 500)] * CALLERS
    assert asked == 1


def test_callers_do_not_share_the_very_error_object() -> None:
    failure = Invalid("x")
    once, fetch = Once(ManualWire()), Fetch(failure, waits=False)

    caught = [run(outcome(once, fetch)) for _ in range(2)]

    assert caught[0] is failure
    assert caught[1] is not failure
    assert caught[1].__cause__ is failure


async def outcome(once: Once, fetch: Any, *, ttl: float = 10.0, failure_ttl: float = 1.0) -> Any:
    try:
        return await once("key", fetch, ttl=ttl, failure_ttl=failure_ttl)
    except Exception as error:  # noqa: BLE001  # handed to the test
        return error


@pytest.mark.parametrize(("after", "asked"), [(9.9, 1), (10.0, 2), (11.0, 2)])
def test_a_value_is_kept_for_its_time(after: float, asked: int) -> None:
    wire, fetch = ManualWire(), Fetch(waits=False)
    once = Once(wire)

    run(outcome(once, fetch))
    wire.time += after
    run(outcome(once, fetch))

    assert fetch.asked == asked


@pytest.mark.parametrize(("after", "asked"), [(0.9, 1), (1.1, 2)])
def test_a_failure_is_kept_for_its_own_shorter_time(after: float, asked: int) -> None:
    wire, fetch = ManualWire(), Fetch(Invalid("x"), waits=False)
    once = Once(wire)

    run(outcome(once, fetch))
    wire.time += after
    run(outcome(once, fetch))

    assert fetch.asked == asked


@pytest.mark.parametrize(("after", "asked"), [(2.9, 1), (3.1, 2)])
def test_a_value_may_say_itself_for_how_long_it_is_kept(after: float, asked: int) -> None:
    wire, fetch = ManualWire(), Fetch("abc", waits=False)
    once = Once(wire)

    run(once("key", fetch, ttl=len, failure_ttl=1))
    wire.time += after
    run(once("key", fetch, ttl=len, failure_ttl=1))

    assert fetch.asked == asked


def test_what_is_forgotten_is_fetched_again() -> None:
    once, fetch = Once(ManualWire()), Fetch(waits=False)

    run(outcome(once, fetch))
    once.forget("key")
    run(outcome(once, fetch))

    assert fetch.asked == 2


def test_forgetting_one_key_keeps_the_others() -> None:
    once, fetch = Once(ManualWire()), Fetch(waits=False)

    run(outcome(once, fetch))
    once.forget("other")
    run(outcome(once, fetch))

    assert fetch.asked == 1


@pytest.mark.parametrize("backend", BACKENDS)
def test_forgetting_leaves_a_fetch_under_way_to_those_who_wait(backend: str) -> None:
    async def main() -> None:
        once, fetch, outcomes = Once(awaiting()), Fetch(), []

        async def call() -> None:
            outcomes.append(await outcome(once, fetch))

        async with anyio.create_task_group() as group:
            group.start_soon(call)
            group.start_soon(call)
            await settled()
            once.forget("key")
            assert fetch.gate is not None
            fetch.gate.set()
        assert outcomes == ["value"] * 2
        assert fetch.asked == 1

    on(backend, main)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.trust("T7")
def test_a_cancelled_fetcher_hands_over_to_a_waiter(backend: str) -> None:
    async def main() -> None:
        once, fetch, outcomes = Once(awaiting()), Fetch(), []
        scope = anyio.CancelScope()

        async def doomed() -> None:
            with scope:
                await outcome(once, fetch)

        async def call() -> None:
            outcomes.append(await outcome(once, fetch))

        async with anyio.create_task_group() as group:
            group.start_soon(doomed)
            await settled()
            group.start_soon(call)
            group.start_soon(call)
            await settled()
            scope.cancel()
            await settled()
            assert fetch.gate is not None
            fetch.gate.set()
        assert outcomes == ["value"] * 2
        assert fetch.asked == 2

    on(backend, main)


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_fetchers_own_deadline_is_not_the_waiters(backend: str) -> None:
    async def main() -> None:
        once, outcomes = Once(awaiting()), []
        hurry = anyio.Event()
        asked: list[str] = []

        async def fetch() -> str:
            asked.append("once")
            if len(asked) == 1:
                await hurry.wait()
                raise missed("waiting")
            return "value"

        async def call() -> None:
            outcomes.append(await outcome(once, fetch))

        async with anyio.create_task_group() as group:
            group.start_soon(call)
            await settled()
            group.start_soon(call)
            await settled()
            hurry.set()
        assert sorted(type(one).__name__ for one in outcomes) == ["DeadlineExceeded", "str"]

    on(backend, main)


def test_a_waiter_stops_at_its_own_deadline_and_the_fetch_goes_on() -> None:
    async def main() -> None:
        wire = awaiting()
        once, fetch, outcomes = Once(wire), Fetch(), {}

        async def patient() -> None:
            outcomes["patient"] = await outcome(once, fetch)

        async def hurried() -> None:
            with deadline(wire.now() + 5):
                outcomes["hurried"] = await outcome(once, fetch)
            assert fetch.gate is not None
            fetch.gate.set()

        async with anyio.create_task_group() as group:
            group.start_soon(patient)
            await settled()
            group.start_soon(hurried)
        assert isinstance(outcomes["hurried"], DeadlineExceeded)
        assert outcomes["hurried"].phase == "waiting for a look-up that another caller makes"
        assert outcomes["patient"] == "value"
        assert fetch.asked == 1

    on("trio", main)
