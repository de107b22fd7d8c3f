"""Tokens: for how long one is used. Arithmetic only; `services.once(..., ttl=...)` keeps it."""

from __future__ import annotations

from typing import Final

USUAL: Final = 3600.0
LONGEST: Final = 86_400.0
SHORTEST: Final = 5.0
MARGIN: Final = 60.0


def lifetime(told: object, *, usual: float = USUAL) -> float:
    """How many seconds a token is used: what the server says, less a margin; `usual` if it says nothing sensible, and
    never so short that a token is asked for before each request."""
    try:
        seconds = float(told or usual)  # type: ignore[arg-type]  # whatever it is, it is tried
    except (TypeError, ValueError, OverflowError):
        seconds = usual
    seconds = min(seconds, LONGEST)
    return max(SHORTEST, seconds - min(MARGIN, seconds / 5))
