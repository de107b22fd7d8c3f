"""The sandbox's clock: windows, lags and lock-outs run on it. It can be scaled and moved, and never runs back."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta
from typing import Final

STEPS_PER_SECOND: Final = 2**20
"""The clock goes in steps that a float holds exactly, so that a moment plus a window minus the window is that moment.
With any other resolution an advance by a whole window may end just before the window's edge."""


class Clock:
    """Seconds since the sandbox started, times `scale`, plus what it was advanced by."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._born = datetime.now(UTC)
        self._base = 0.0
        self.scale = 1.0

    def now(self) -> float:
        """The sandbox's time, in whole steps."""
        seconds = self._base + (time.monotonic() - self._started) * self.scale
        return math.floor(seconds * STEPS_PER_SECOND) / STEPS_PER_SECOND

    def moment(self) -> datetime:
        """The same as a date: the host's own when the sandbox started, so that clients' clocks agree with it."""
        return self._born + timedelta(seconds=self.now())

    def set_scale(self, scale: float) -> None:
        """Runs so many times as fast from now on; 0 stops it."""
        if scale < 0:
            raise ValueError("a clock does not run back")
        self._base, self._started, self.scale = self.now(), time.monotonic(), scale

    def advance(self, seconds: float) -> None:
        """Jumps ahead, by no less than so much."""
        if seconds < 0:
            raise ValueError("a clock does not run back")
        self._base += math.ceil(seconds * STEPS_PER_SECOND) / STEPS_PER_SECOND
