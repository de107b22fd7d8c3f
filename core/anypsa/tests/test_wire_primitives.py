"""The primitives that both wires share: deadlines, gather, ownership, and running to the end without suspending."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import anyio
import pytest
from exchanges import Authority
from wires import BACKENDS, awaiting, blocking, on

from anypsa.errors import ConfigurationError, DeadlineExceeded, Invalid
from anypsa.wire import FOREVER, AwaitingWire, Channel, ExchangeFailed, Outgoing, Sent, deadline, run, until


def test_without_a_deadline_there_is_all_the_time() -> None:
    assert until() == FOREVER


@pytest.mark.parametrize(("outer", "inner", "effective"), [(5.0, 9.0, 5.0), (9.0, 5.0, 5.0), (FOREVER, 5.0, 5.0)])
def test_the_earlier_deadline_counts(outer: float, inner: float, effective: float) -> None:
    with deadline(outer), deadline(inner):
        assert until() == effective


def test_a_deadline_ends_with_its_block_also_after_an_error() -> None:
    with deadline(9.0):
        with pytest.raises(KeyError), deadline(5.0):
            raise KeyError
        assert until() == 9.0
    assert until() == FOREVER


def test_the_blocking_wire_runs_a_coroutine_to_its_end_in_one_step() -> None:
    wire = blocking()

    async def program() -> list[int]:
        await wire.sleep(0.0)
        return await wire.gather([lambda: number(1), lambda: number(2)])

    assert run(program()) == [1, 2]


async def number(value: int) -> int:
    return value


def test_waiting_for_anything_else_on_the_blocking_wire_is_refused() -> None:
    cleaned: list[str] = []

    async def program() -> None:
        try:
            await Suspends()
        finally:
            cleaned.append("up")

    with pytest.raises(RuntimeError):
        run(program())
    assert cleaned == ["up"]


class Suspends:
    def __await__(self) -> Any:
        yield "something that nobody gives"


def test_errors_come_out_of_run_as_they_are() -> None:
    async def program() -> None:
        raise Invalid("x")

    with pytest.raises(Invalid):
        run(program())


@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_gather_keeps_the_order_on_threads(count: int) -> None:
    assert run(blocking().gather([lambda n=n: number(n) for n in range(count)])) == list(range(count))


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("count", [0, 1, 2, 40])
def test_gather_keeps_the_order_among_tasks(backend: str, count: int) -> None:
    async def late(value: int) -> int:
        for _ in range(count - value):
            await anyio.lowlevel.checkpoint()
        return value

    async def main() -> None:
        assert await awaiting().gather([lambda n=n: late(n) for n in range(count)]) == list(range(count))

    on(backend, main)


async def failing() -> int:
    raise Invalid("x")


@pytest.mark.parametrize("count", [1, 2, 40])
def test_gather_raises_the_error_bare_on_threads(count: int) -> None:
    with pytest.raises(Invalid):
        run(blocking().gather([failing, *[lambda: number(1)] * (count - 1)]))


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_first_error_ends_the_other_tasks_and_is_raised_bare(backend: str) -> None:
    ended: list[str] = []

    async def endless() -> int:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("cancelled")
        return 0

    async def main() -> None:
        with pytest.raises(Invalid):
            await awaiting().gather([endless, failing, endless])

    on(backend, main)
    assert ended == ["cancelled"] * 2


@pytest.mark.parametrize("backend", BACKENDS)
def test_cancelling_a_gather_cancels_its_tasks(backend: str) -> None:
    ended: list[str] = []

    async def endless() -> int:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append("cancelled")
        return 0

    async def main() -> None:
        wire = awaiting()
        with anyio.move_on_after(0.01) as scope:
            await wire.gather([endless, endless])
        assert scope.cancelled_caught

    on(backend, main)
    assert ended == ["cancelled"] * 2


def test_deadlines_follow_into_gathered_threads() -> None:
    async def seen() -> float:
        return until()

    with deadline(77.0):
        assert run(blocking().gather([seen, seen])) == [77.0, 77.0]


@pytest.mark.parametrize("backend", BACKENDS)
def test_deadlines_follow_into_gathered_tasks(backend: str) -> None:
    async def seen() -> float:
        return until()

    async def main() -> None:
        with deadline(77.0):
            assert await awaiting().gather([seen, seen]) == [77.0, 77.0]

    on(backend, main)


@pytest.mark.parametrize("backend", BACKENDS)
def test_sleeping_past_the_deadline_raises_at_once(backend: str) -> None:
    async def main() -> None:
        wire = awaiting()
        start = wire.now()
        with pytest.raises(DeadlineExceeded) as caught, deadline(start + 1000):
            await wire.sleep(2000)
        assert wire.now() < start + 1000
        assert not caught.value.sent

    on(backend, main)


def test_sleeping_past_the_deadline_raises_at_once_on_the_blocking_wire() -> None:
    wire = blocking()

    with pytest.raises(DeadlineExceeded), deadline(wire.now() + 1000):
        run(wire.sleep(2000))


@pytest.mark.parametrize("backend", BACKENDS)
def test_after_the_deadline_nothing_is_sent(backend: str) -> None:
    request = Outgoing("GET", "https://nowhere.invalid/", {})

    async def main() -> None:
        wire = awaiting()
        with pytest.raises(ExchangeFailed) as caught, deadline(wire.now() - 1):
            await wire.exchange(request)
        assert (caught.value.sent, caught.value.late) == (Sent.NO, True)

    on(backend, main)
    wire = blocking()
    with pytest.raises(ExchangeFailed) as caught, deadline(wire.now() - 1):
        run(wire.exchange(request))
    assert (caught.value.sent, caught.value.late) == (Sent.NO, True)


def test_a_request_shows_neither_headers_nor_content() -> None:
    request = Outgoing("POST", "https://host/", {"Secret": "canary-1"}, b"canary-2")

    assert "canary" not in repr(request)


@pytest.mark.parametrize("backend", BACKENDS)
def test_offloaded_work_returns_its_value_and_raises_its_errors(backend: str) -> None:
    def broken() -> None:
        raise Invalid("x")

    async def main() -> None:
        assert await awaiting().offload(lambda: 5) == 5
        with pytest.raises(Invalid):
            await awaiting().offload(broken)

    on(backend, main)
    assert run(blocking().offload(lambda: 5)) == 5


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_async_connection_refuses_a_loop_that_did_not_enter_it(backend: str) -> None:
    wires: list[AwaitingWire] = []

    async def enter() -> None:
        wires.append(awaiting())
        wires[0].belongs()

    async def use() -> None:
        wires[0].belongs()

    on(backend, enter)
    with pytest.raises(ConfigurationError):
        on(backend, use)


def test_an_async_connection_that_nobody_entered_refuses() -> None:
    async def main() -> None:
        AwaitingWire(Channel()).belongs()

    with pytest.raises(ConfigurationError):
        anyio.run(main)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_blocking_connection_refuses_after_a_fork() -> None:
    wire = blocking()
    wire.belongs()

    child = os.fork()
    if child == 0:
        try:
            wire.belongs()
        except ConfigurationError:
            os._exit(42)
        os._exit(1)

    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 42


def test_ids_do_not_repeat() -> None:
    wire = blocking()

    assert len({wire.new_id() for _ in range(100)}) == 100


def test_the_systems_certificates_are_read_once_and_a_bundle_for_whoever_names_it(tmp_path: Path) -> None:
    bundle = Authority(tmp_path).bundle

    assert Channel().context() is Channel(timeout=1.0).context()
    assert Channel(ca_bundle=bundle).context() is not Channel().context()
