"""The sandbox's clock: windows, lags and lock-outs run on it. It can be scaled and moved, and never runs back."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """Seconds since the sandbox started, times `scale`, plus what it was advanced by."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._born = datetime.now(UTC)
        self._base = 0.0
        self.scale = 1.0

    def now(self) -> float:
        """The sandbox's time."""
        return self._base + (time.monotonic() - self._started) * self.scale

    def moment(self) -> datetime:
        """The same as a date: the host's own when the sandbox started, so that clients' clocks agree with it."""
        return self._born + timedelta(seconds=self.now())

    def set_scale(self, scale: float) -> None:
        """Runs so many times as fast from now on; 0 stops it."""
        if scale < 0:
            raise ValueError("a clock does not run back")
        self._base, self._started, self.scale = self.now(), time.monotonic(), scale

    def advance(self, seconds: float) -> None:
        """Jumps ahead."""
        if seconds < 0:
            raise ValueError("a clock does not run back")
        self._base += seconds
