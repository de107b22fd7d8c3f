"""Once: the only cache and the only single flight. Callers share the value, and the failure."""

from __future__ import annotations

import copy
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from ..errors import DeadlineExceeded, OverBudget
from .base import Signal, Wire
from .deadline import missed, until

V = TypeVar("V")


@dataclass(slots=True)
class Flight:
    """One fetch: under way until `landed`; then a value or a failure that is good until `good_until`, or `abandoned`,
    which says nothing and is good for nobody."""

    landed: Signal
    done: bool = False
    value: Any = field(default=None, repr=False)  # it may be a token
    failure: Exception | None = None
    good_until: float = 0.0
    abandoned: bool = False


class Once:
    """Fetches by key. A cancelled fetcher hands over to a waiter; nobody waits for a fetch nobody makes."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        # Held for dictionary work only, never across a wait, so it is right on both wires.
        self._lock = threading.Lock()
        self._flights: dict[str, Flight] = {}

    async def __call__(
        self, key: str, fetch: Callable[[], Awaitable[V]], *, ttl: float | Callable[[V], float], failure_ttl: float
    ) -> V:
        while True:
            flight, mine = self._join(key)
            if mine:
                return await self._fetch(flight, fetch, ttl, failure_ttl)
            if not flight.done and not await flight.landed.wait(until()):
                raise missed("waiting for a look-up that another caller makes")
            if flight.failure is not None:
                raise copy.copy(flight.failure) from flight.failure
            if not flight.abandoned:
                return flight.value  # type: ignore[no-any-return]  # one key is always fetched with one type

    def _join(self, key: str) -> tuple[Flight, bool]:
        with self._lock:
            flight = self._flights.get(key)
            if flight is not None and (not flight.done or self._wire.now() < flight.good_until):
                return flight, False
            self._flights[key] = flight = Flight(self._wire.signal())
            return flight, True

    async def _fetch(
        self,
        flight: Flight,
        fetch: Callable[[], Awaitable[V]],
        ttl: float | Callable[[V], float],
        failure_ttl: float,
    ) -> V:
        try:
            value = await fetch()
            seconds = ttl(value) if callable(ttl) else ttl
        except (DeadlineExceeded, OverBudget):
            # This caller's time or allowance was up, which says nothing about the others'.
            flight.abandoned = True
            raise
        except Exception as failure:
            flight.failure, flight.good_until = failure, self._wire.now() + failure_ttl
            raise
        except BaseException:
            flight.abandoned = True
            raise
        else:
            flight.value, flight.good_until = value, self._wire.now() + seconds
            return value
        finally:
            flight.done = True
            flight.landed.set()

    def forget(self, key: str, value: object = None) -> None:
        """Drops what is remembered under a key (only if it is still `value`, when one is given).

        A fetch under way is left to land for those who wait.
        """
        with self._lock:
            held = self._flights.get(key)
            if held is not None and held.done and value in (None, held.value):
                del self._flights[key]
