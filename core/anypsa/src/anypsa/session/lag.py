"""Lags: how late the vendor frees a slot after its answer, learned from what it refuses. Arithmetic only."""

from __future__ import annotations

from typing import Final

# What is assumed at first where nothing is set.
FIRST: Final = 0.03
# Beyond this it is not the lag: somebody else is using our slots.
MOST: Final = 0.1
# Each request that had to wait for its slot and then was not refused shortens the lag by a tenth ...
SHRINK: Final = 0.9
NOTHING: Final = 0.001
# ... and a refusal makes it longer at once, by a quarter and a little.
GROW: Final = 1.25
STEP: Final = 0.005
# What was refused is not tried again for so long, nor what is but a tenth longer.
REMEMBERED: Final = 300.0
MARGIN: Final = 1.1
# Requests that went out together are refused together, which is one lesson.
TOGETHER: Final = 0.2


class Lag:
    """How long a slot rests before it is used again: at least what the settings say."""

    def __init__(self, least: float | None) -> None:
        self._least = 0.0 if least is None else least
        self.seconds = FIRST if least is None else least
        self._too_short = 0.0
        self._refused_at = -REMEMBERED

    def worked(self, now: float) -> None:
        """A request went out on a slot as soon as it was thought free, and was not refused."""
        if now - self._refused_at >= REMEMBERED:
            self._too_short = 0.0
        shorter = self.seconds * SHRINK if self.seconds > NOTHING else 0.0
        self.seconds = min(self.seconds, max(shorter, self._too_short * MARGIN, self._least))

    def refused(self, now: float) -> None:
        """The vendor refused a request for want of a slot."""
        if now - self._refused_at < TOGETHER:
            return
        self._too_short, self._refused_at = self.seconds, now
        longer = max(self.seconds * GROW, self.seconds + STEP)
        self.seconds = max(min(longer, MOST), self._least)
