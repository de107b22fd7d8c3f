"""Cancelled anywhere, a call gives back its slot, its connection, its lock, its place in every queue, and its look-ups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import anyio
import pytest
import trio
from breaking import Breaking
from inside import inside
from trio.testing import MockClock
from vendors import OPEN, Vendor

import anypsa
from anypsa import AsyncPsa
from anypsa.testing import FaultServer, scripted_async
from anypsa.wire import Incoming, Outgoing
from anypsa_conformance.interrupting import CancelledAt
from anypsa_sandbox import Sandbox

LOOPS = ("asyncio", "trio")
PATIENCE = 20.0


def on_loop(loop: str, main: Callable[[], Any]) -> None:
    """Runs a test's main task; on trio, waiting takes no time."""
    if loop == "trio":
        trio.run(main, clock=MockClock(autojump_threshold=0))
    else:
        anyio.run(main)


async def work(psa: AsyncPsa, id: str) -> None:
    """Look-ups, a read, a page of a list, a write: every kind of wait there is."""
    await psa.tickets.get(id)
    await psa.tickets.first()
    await psa.tickets.update(id, title="moved on")


async def cancelled_at(n: int, psa: AsyncPsa, first: str, second: str) -> bool:
    """Cancels at the n-th wait while another call is under way; returns whether there was an n-th wait."""
    found: list[str] = []

    async def other() -> None:
        found.append((await psa.tickets.get(second)).id)

    async with anyio.create_task_group() as group:
        group.start_soon(other)
        with anyio.CancelScope() as scope:
            cancelled = CancelledAt(work(psa, first), n, scope)
            await cancelled
    assert found == [second]
    return cancelled.waits >= n


@pytest.mark.trust("F20", "T7")
@pytest.mark.parametrize("loop", LOOPS)
def test_cancelled_at_any_await_a_call_holds_nothing_back(loop: str, sandbox: Sandbox, facts: Vendor) -> None:
    """With a single slot, whatever was kept would stop all that comes after."""
    first, second = (str(row["id"]) for row in sandbox.world().rows("tickets")[:2])
    answer = inside(sandbox)
    cancelled = 0

    async def main() -> None:
        nonlocal cancelled
        for n in range(1, 200):
            settings = {**OPEN, **sandbox.settings, "slots": 1, "release_lag": 0}
            async with scripted_async(facts.name, answer, **settings) as psa:
                with anyio.fail_after(PATIENCE):
                    there_was = await cancelled_at(n, psa, first, second)
                    assert (await psa.tickets.get(first)).id == first
                    assert len(await psa.tickets.list(limit=5).all()) == 5
                cancelled += there_was
            if not there_was:
                return

    on_loop(loop, main)
    assert 4 < cancelled < 199


@pytest.mark.trust("F20")
def test_cancelled_while_it_waits_to_try_again_a_call_does_not_try_again(sandbox: Sandbox, facts: Vendor) -> None:
    id = str(sandbox.world().rows("tickets")[0]["id"])
    answer, failing = inside(sandbox), 0

    def handler(outgoing: Outgoing) -> Incoming:
        nonlocal failing
        if outgoing.url.partition("?")[0].lower().endswith(f"/tickets/{id}"):
            failing += 1
            return Incoming(503, {}, b"")
        return answer(outgoing)

    async def main() -> None:
        settings = {**OPEN, **sandbox.settings, "release_lag": 0.0}
        async with scripted_async(facts.name, handler, **settings) as psa:
            with anyio.move_on_after(0.01) as scope:
                await psa.tickets.get(id)
            assert scope.cancelled_caught
            await anyio.sleep(100)

    trio.run(main, clock=MockClock(autojump_threshold=0))
    assert failing == 1


@pytest.mark.trust("F20")
@pytest.mark.parametrize("loop", LOOPS)
def test_cancelled_at_any_await_a_call_gives_its_connection_back(
    loop: str, sandbox: Sandbox, between: FaultServer, breaking: Breaking, way: Mapping[str, Any], facts: Vendor
) -> None:
    """Over real sockets: at the end no connection is open but those that wait to be used again."""
    id = str(sandbox.world().rows("tickets")[0]["id"])

    async def main() -> None:
        async with anypsa.connect_async(facts.name, **{**way, "slots": 1, "release_lag": 0}) as psa:
            await psa.tickets.get(id)
            for n in range(1, 30):
                with anyio.CancelScope() as scope:
                    waiting = CancelledAt(psa.tickets.get(id), n, scope)
                    await waiting
                if waiting.waits < n:
                    break
                with anyio.fail_after(PATIENCE):
                    assert (await psa.tickets.get(id)).id == id
            await anyio.to_thread.run_sync(between.settled)
            assert between.open_connections <= 2

    anyio.run(main, backend=loop)
