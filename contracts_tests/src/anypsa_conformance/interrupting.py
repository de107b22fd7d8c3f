"""Checks of interruption: a call that is cancelled, or that somebody breaks off, holds nothing back from the next."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from functools import partial
from typing import Any, Final, Generic, TypeVar

import anyio

from anypsa import Psa
from anypsa.wire import BlockingWire, Channel, Incoming, Outgoing

from .checks import FAULTS, check
from .faces import Probe
from .harness import Harness

V = TypeVar("V")
ALONE: Final = {"slots": 1, "release_lag": 0.0, "deadline": 20.0}
"""With a single slot, whatever is kept stops all that comes after."""
MOST: Final = 200


class CancelledAt(Generic[V]):
    """Runs a coroutine and cancels a scope when it waits for the n-th time. `waits` counts how often it waited."""

    def __init__(self, coroutine: Coroutine[Any, Any, V], n: int, scope: anyio.CancelScope) -> None:
        self._coroutine = coroutine
        self._n = n
        self._scope = scope
        self.waits = 0

    def __await__(self) -> Generator[Any, Any, V]:
        step: Callable[[], Any] = lambda: self._coroutine.send(None)  # noqa: E731  # the first of many
        while True:
            try:
                wanted = step()
            except StopIteration as end:
                value: V = end.value
                return value
            self.waits += 1
            if self.waits == self._n:
                self._scope.cancel()
            step = self._waited(wanted, (yield from self._handed(wanted)))

    def _handed(self, wanted: Any) -> Generator[Any, Any, tuple[bool, Any]]:
        try:
            return True, (yield wanted)
        except BaseException as error:  # noqa: BLE001  # handed on to the coroutine
            return False, error

    def _waited(self, wanted: Any, outcome: tuple[bool, Any]) -> Callable[[], Any]:
        good, value = outcome
        return (lambda: self._coroutine.send(value)) if good else (lambda: self._coroutine.throw(value))


class BrokenOff(BaseException):
    """Somebody pressed Ctrl-C."""


class BrokenOffAt(BlockingWire):
    """Breaks off the n-th exchange, before or after the vendor answered. `exchanges` counts them."""

    def __init__(self, channel: Channel, *, n: int, answered: bool, seed: int | None = None) -> None:
        super().__init__(channel, seed=seed)
        self._n = n
        self._answered = answered
        self.exchanges = 0

    async def exchange(self, outgoing: Outgoing) -> Incoming:
        self.exchanges += 1
        last = self.exchanges == self._n
        if last and not self._answered:
            raise BrokenOff
        incoming = await super().exchange(outgoing)
        if last:
            raise BrokenOff
        return incoming


@check(
    "faults.cancelled",
    promise="limits",
    needs="tickets.get",
    drivers=FAULTS,
    proves=("limits.given_back",),
    survives=("F20", "T7"),
    provisional=True,
)
async def cancelled(psa: Probe, harness: Harness) -> None:
    """Wherever a call is cancelled or broken off, it is not sent again, and the next call is as good as ever."""
    broken = broken_off if isinstance(psa.psa, Psa) else cancelled_at
    interrupted = 0
    for n in range(1, MOST):
        harness.server.requests.clear()
        if not await broken(psa, harness.world.ticket, harness.world.ticket_with_notes, n):
            break
        interrupted += 1
        assert len(harness.server.sent("GET", f"/{harness.world.ticket}")) <= 1, n

    assert 1 < interrupted < MOST - 1


async def cancelled_at(psa: Probe, id: str, other: str, n: int) -> bool:
    """Cancels a call at its n-th wait, and makes another; returns whether there was an n-th wait."""

    async def once(fresh: Probe) -> bool:
        with anyio.CancelScope() as scope:
            waiting = CancelledAt(fresh.tickets.get(id), n, scope)
            await waiting
        if waiting.waits >= n:
            assert (await fresh.tickets.get(other)).id == other
        return waiting.waits >= n

    return await psa.with_settings(ALONE, once)


async def broken_off(psa: Probe, id: str, other: str, n: int) -> bool:
    """Breaks a call off around one of its exchanges, and makes another; returns whether there was such an exchange."""
    wire = partial(BrokenOffAt, n=(n + 1) // 2, answered=n % 2 == 0)

    async def once(fresh: Probe) -> bool:
        try:
            await fresh.tickets.get(id)
        except BrokenOff:
            assert (await fresh.tickets.get(other)).id == other
            return True
        return False

    return await psa.with_settings(ALONE, once, blocking=wire)
