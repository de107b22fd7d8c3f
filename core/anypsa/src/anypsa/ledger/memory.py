"""The ledger in memory: counts what goes through this object, from any number of threads."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from .base import POLL, STEPS, Admission, Claim, Wait, Window

BUSY: Final = float("inf")


class MemoryLedger:
    """Slots and windows of one process; pass one object to several `connect` calls to share it."""

    instant = True

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at: dict[str, list[float]] = {}
        self._counts: dict[str, deque[tuple[float, int]]] = {}
        self._refused: dict[str, float] = {}

    def admit(self, claim: Claim) -> Admission | Wait:
        with self._lock:
            now = self._clock()
            places: list[tuple[str, int]] = []
            for key in claim.keys:
                free_at = self._slots(key, claim.slots)
                place = min(range(claim.slots), key=free_at.__getitem__)
                if free_at[place] > now:
                    return Wait(min(free_at[place] - now, POLL), "a free slot")
                places.append((key, place))
            if (full := self._spend(claim.window, now)) > 0:
                return Wait(full, "the request window")
            for key, place in places:
                self._free_at[key][place] = BUSY
            return Admission(claim, places)

    def _slots(self, key: str, slots: int) -> list[float]:
        free_at = self._free_at.setdefault(key, [])
        free_at.extend([0.0] * (slots - len(free_at)))
        return free_at

    def _spend(self, window: Window, now: float) -> float:
        counts = self._recent(window, now)
        if sum(count for _, count in counts) >= window.limit:
            return counts[0][0] + window.seconds - now if counts else window.seconds
        step = window.seconds / STEPS
        # A step is stamped with its end, so that it is forgotten a little late and never a little early.
        if counts and counts[-1][0] > now:
            counts[-1] = (counts[-1][0], counts[-1][1] + 1)
        else:
            counts.append((now + step, 1))
        return 0.0

    def _recent(self, window: Window, now: float) -> deque[tuple[float, int]]:
        counts = self._counts.setdefault(window.key, deque())
        while counts and counts[0][0] <= now - window.seconds:
            counts.popleft()
        return counts

    def release(self, admission: Admission, lag: float) -> None:
        with self._lock:
            for key, place in admission.held:
                self._free_at[key][place] = self._clock() + lag

    def used(self, window: Window) -> int:
        with self._lock:
            return sum(count for _, count in self._recent(window, self._clock()))

    def refuse(self, credentials: str, seconds: float) -> None:
        with self._lock:
            self._refused[credentials] = self._clock() + seconds

    def refused(self, credentials: str) -> bool:
        with self._lock:
            return self._refused.get(credentials, 0.0) > self._clock()

    def close(self) -> None:
        """Nothing to give back."""
