"""The ledger in memory: counts what goes through this object, from any number of threads."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from .base import LONGEST_POLL, SLOT, STEPS, Admission, Claim, Wait, Window, poll
from .line import Line

BUSY: Final = float("inf")


class MemoryLedger:
    """Slots and windows of one process; pass one object to several `connect` calls to share it."""

    instant = frees_at_once = True
    lease = BUSY  # no slot is lost while the process lives, and none outlives it

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._free_at: dict[str, list[float]] = {}
        self._lines: dict[str, Line] = {}
        self._counts: dict[str, deque[tuple[float, int]]] = {}
        self._refused: dict[str, float] = {}

    def admit(self, claim: Claim) -> Admission | Wait:
        with self._lock:
            now = self._clock()
            waits = [wait for key in claim.keys if (wait := self._turn(key, claim, now)) > 0]
            if waits:
                return Wait(max(waits), SLOT)
            if (full := self._spend(claim.window, now)) > 0:
                return Wait(full, "the request window")
            return Admission(claim, [(key, self._take(key, claim)) for key in claim.keys])

    def _turn(self, key: str, claim: Claim, now: float) -> float:
        """How long until this claim's turn under a key; who must wait takes a place in line."""
        line = self._lines.setdefault(key, Line())
        free_at = sorted(self._slots(key, claim.slots)[: claim.slots])
        ahead = line.ahead(claim, now)
        mine = free_at[ahead] if ahead < len(free_at) else BUSY
        if mine <= now:
            return 0.0
        line.join(claim, now)
        free = sum(1 for moment in free_at if moment <= now)
        return min(mine - now, LONGEST_POLL) if mine < BUSY else poll(ahead - free)

    def _take(self, key: str, claim: Claim) -> int:
        self._lines[key].leave(claim.who)
        free_at = self._free_at[key]
        place = min(range(claim.slots), key=free_at.__getitem__)
        free_at[place] = BUSY
        return place

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

    def withdraw(self, claim: Claim) -> None:
        with self._lock:
            for key in claim.keys:
                if key in self._lines:
                    self._lines[key].leave(claim.who)

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
