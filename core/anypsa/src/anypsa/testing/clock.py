"""Clocks that stand still until a test moves them, so that nothing waits and every date is known."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""When time begins that nobody dated."""


class Clock:
    """A clock that stands still. What the library would wait for moves it, and so does `advance`; nothing takes time.

    `at` is the date that it shows at first. `moved` is told of every move, so that another clock can follow.
    """

    def __init__(self, at: datetime = START, *, moved: Callable[[float], object] | None = None) -> None:
        self._began = at
        self._moved = moved
        self._lock = threading.Lock()
        self._seconds = 0.0

    def now(self) -> float:
        """Seconds since it was made."""
        return self._seconds

    def moment(self) -> datetime:
        """The date that it shows."""
        return self._began + timedelta(seconds=self._seconds)

    def advance(self, span: float | timedelta) -> None:
        """Moves it ahead by seconds, or a `timedelta`; it never runs back."""
        seconds = span.total_seconds() if isinstance(span, timedelta) else span
        if seconds < 0:
            raise ValueError("a clock does not run back")
        with self._lock:
            self._seconds += float(seconds)
            if self._moved is not None:
                self._moved(float(seconds))  # whoever sleeps may have a number class of his own
