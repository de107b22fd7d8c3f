"""Pools: connections in several small pools instead of a large one.

The HTTP client's pool walks over all of its connections twice for each request, and asks the kernel about each that is
idle; with fifty of them that took as long as all the rest. Here a request goes to the first pool that has room, so that
most is done by few connections, and a pool that nobody needed for a while is closed. What the pools are is the business of `http`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar, cast

import anyio

P = TypeVar("P")

EACH: Final = 4
MOST: Final = 25
# Shorter than any server's own, which then seldom closes a connection in the moment in which we use it again.
KEPT_ALIVE: Final = 5.0


@dataclass(eq=False)
class Shelf(Generic[P]):
    """One pool: how many requests it has, and since when it has none."""

    pool: P
    busy: int = 0
    idle_since: float = 0.0


class Rack(Generic[P]):
    """The pools of one wire. May be shared by threads."""

    def __init__(self, make: Callable[[], P], clock: Callable[[], float] = time.monotonic) -> None:
        self._make = make
        self._clock = clock
        self._lock = threading.Lock()
        self._shelves: list[Shelf[P]] = []

    def take(self) -> Shelf[P]:
        """A pool for one request: the first that has room, or a new one; in the end, the one that has most room."""
        with self._lock:
            shelf = next((one for one in self._shelves if one.busy < EACH), None)
            if shelf is None and len(self._shelves) < MOST:
                shelf = Shelf(self._make())
                self._shelves.append(shelf)
            if shelf is None:
                shelf = min(self._shelves, key=lambda one: one.busy)
            shelf.busy += 1
            return shelf

    def give(self, shelf: Shelf[P]) -> None:
        """The request is over."""
        with self._lock:
            shelf.busy -= 1
            shelf.idle_since = self._clock()

    def outdated(self) -> list[P]:
        """The pools that nobody needed for a while; whoever asks has to close them."""
        with self._lock:
            since = self._clock() - KEPT_ALIVE
            kept = [one for place, one in enumerate(self._shelves) if not place or one.busy or one.idle_since > since]
            if len(kept) == len(self._shelves):
                return []
            left = [one.pool for one in self._shelves if one not in kept]
            self._shelves = kept
            return left

    def all(self) -> list[P]:
        """All pools, to be closed at the end."""
        with self._lock:
            left, self._shelves = [one.pool for one in self._shelves], []
            return left

    @contextmanager
    def refused(self, shelf: Shelf[P]) -> Iterator[None]:
        """Gives the place back if no answer comes."""
        try:
            yield
        except BaseException:
            self.give(shelf)
            raise


class BlockingPools:
    """The pools of sockets that block."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._rack = Rack(make)

    def handle_request(self, request: Any) -> Any:
        for pool in self._rack.outdated():
            pool.close()
        shelf = self._rack.take()
        with self._rack.refused(shelf):
            response = shelf.pool.handle_request(request)
        response.stream = Pieces(response.stream, self._rack, shelf)
        return response

    def close(self) -> None:
        for pool in self._rack.all():
            pool.close()


class Pieces:
    """The chunks of one answer; closing it gives the place back."""

    def __init__(self, stream: Any, rack: Rack[Any], shelf: Shelf[Any]) -> None:
        self._stream = stream
        self._rack = rack
        self._shelf = shelf
        self._closed = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._stream)

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            try:
                self._stream.close()
            finally:
                self._rack.give(self._shelf)


class AwaitingPools:
    """The pools of awaited sockets, with answers that may be left before their end."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._rack = Rack(make)

    async def handle_async_request(self, request: Any) -> Any:
        if outdated := self._rack.outdated():
            with anyio.CancelScope(shield=True):
                for pool in outdated:
                    await pool.aclose()
        shelf = self._rack.take()
        with self._rack.refused(shelf):
            response = await shelf.pool.handle_async_request(request)
        response.stream = Chunks(response.stream, self._rack, shelf)
        return response

    async def aclose(self) -> None:
        for pool in self._rack.all():
            await pool.aclose()


class Chunks:
    """The chunks of one answer; closing it closes what it reads from, and gives the place back.

    The pool's own are async generators inside others, and the inner ones stay open when an outer one is left.
    """

    def __init__(self, stream: Any, rack: Rack[Any], shelf: Shelf[Any]) -> None:
        self._stream = stream
        self._chunks = aiter(stream)
        self._rack = rack
        self._shelf = shelf
        self._closed = False

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> bytes:
        return cast("bytes", await anext(self._chunks))

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            await self._chunks.aclose()
        finally:
            try:
                await self._stream.aclose()
            finally:
                self._rack.give(self._shelf)
