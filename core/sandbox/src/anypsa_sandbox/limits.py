"""Limits: how many calls may be under way at once per key, and how many within a rolling window."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from .clock import Clock


@dataclass
class Limits:
    """`slots` under way per key, each freed `lag` real seconds after the answer; `window_limit` calls in any `window`
    seconds of the sandbox's clock; `latency` seconds for every answer."""

    slots: int = 3
    lag: float = 0.02
    window: float = 3600.0
    window_limit: int = 10_000
    latency: float = 0.0


@dataclass
class Counter:
    """Counts calls under way and calls in the window."""

    clock: Clock
    in_flight: dict[str, int] = field(default_factory=dict)
    peak: dict[str, int] = field(default_factory=dict)
    windows: dict[str, deque[float]] = field(default_factory=dict)
    generation: int = 0

    def reset(self) -> None:
        """Forgets everything, places that are still held included."""
        self.generation += 1
        for counted in (self.in_flight, self.peak, self.windows):
            counted.clear()

    def enter(self, keys: Sequence[str], slots: int) -> bool:
        """Takes a place under every key, or none."""
        if any(self.in_flight.get(key, 0) >= slots for key in keys):
            for key in keys:
                # What the client had in flight, the refused call included: the figure that convicts it.
                self.peak[key] = max(self.peak.get(key, 0), self.in_flight.get(key, 0) + 1)
            return False
        for key in keys:
            self.in_flight[key] = self.in_flight.get(key, 0) + 1
            self.peak[key] = max(self.peak.get(key, 0), self.in_flight[key])
        return True

    def leave(self, keys: Sequence[str], generation: int) -> None:
        """Gives the places back, unless a reset already did."""
        if generation != self.generation:
            return
        for key in keys:
            self.in_flight[key] -= 1

    def spend(self, key: str, limits: Limits) -> bool:
        """Counts a call in a window, unless the window is full."""
        calls = self.windows.setdefault(key, deque())
        now = self.clock.now()
        while calls and calls[0] <= now - limits.window:
            calls.popleft()
        if len(calls) >= limits.window_limit:
            return False
        calls.append(now)
        return True

    def used(self, key: str) -> int:
        """How many calls a window holds."""
        return len(self.windows.get(key, ()))
