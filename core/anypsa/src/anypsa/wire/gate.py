"""Gates: at most so many inside at once, first come first served, interactive work before bulk work."""

from __future__ import annotations

import threading
from collections import deque
from enum import IntEnum
from typing import Final

from .base import Signal, Wire
from .deadline import missed, until


class Lane(IntEnum):
    """Who is served first when both wait."""

    INTERACTIVE = 0
    BULK = 1


# Bulk work is let in at the latest after this many interactive calls, so that it never starves.
COURTESY: Final = 4


class Gate:
    """A counting gate that hands its places over directly, so that a newcomer cannot overtake a waiter."""

    def __init__(self, wire: Wire, places: int) -> None:
        self._wire = wire
        self._lock = threading.Lock()
        self._free = places
        self._queues: dict[Lane, deque[Signal]] = {lane: deque() for lane in Lane}
        self._passed_over = 0

    async def enter(self, lane: Lane, *, again: bool = False) -> None:
        """Waits for a place; raises `DeadlineExceeded` if the deadline passes first. Who stepped aside comes `again`,
        before all others of the lane."""
        with self._lock:
            if self._free > 0:
                self._free -= 1
                return
            turn = self._wire.signal()
            if again:
                self._queues[lane].appendleft(turn)
            else:
                self._queues[lane].append(turn)
        granted = False
        try:
            granted = await turn.wait(until())
        finally:
            if not granted and not self._withdrawn(lane, turn):
                # The place came in the same moment as the cancellation or the deadline: pass it on.
                self.leave()
        if not granted:
            raise missed("waiting for a free slot")

    def _withdrawn(self, lane: Lane, turn: Signal) -> bool:
        with self._lock:
            try:
                self._queues[lane].remove(turn)
            except ValueError:
                return False
            return True

    def crowded(self, lane: Lane) -> bool:
        """Whether somebody waits here who comes before this lane."""
        return any(self._queues[one] for one in Lane if one < lane)

    def leave(self) -> None:
        """Gives the place to the next in line, or back."""
        with self._lock:
            turn = self._next()
            if turn is None:
                self._free += 1
                return
        turn.set()

    def _next(self) -> Signal | None:
        first, second = self._queues[Lane.INTERACTIVE], self._queues[Lane.BULK]
        if second and (not first or self._passed_over >= COURTESY):
            self._passed_over = 0
            return second.popleft()
        if first:
            self._passed_over += bool(second)
            return first.popleft()
        return None
