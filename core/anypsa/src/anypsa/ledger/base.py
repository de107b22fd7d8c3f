"""Ledgers: who keeps count of slots and windows, and remembers refused credentials. Blocking, never waiting.

A ledger answers at once: admitted, or how long to wait before asking again. The session does the waiting.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Window:
    """At most `limit` requests in any `seconds`, under a key."""

    key: str
    limit: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Claim:
    """What one request needs: a slot under each key, and one count of the window.

    `who` asks, a connection with one place in each line, again and again until it is admitted: whoever asked first is
    served first, and a lower `lane` before a higher one. A claim without a name has no place in any line.
    """

    keys: tuple[str, ...]
    slots: int
    window: Window
    who: str = ""
    lane: int = 0


@dataclass(frozen=True, slots=True)
class Admission:
    """Slots held; opaque but to the ledger that gave it."""

    claim: Claim
    held: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: ask again after so many seconds. `why` completes "waiting for ..."."""

    seconds: float
    why: str


@runtime_checkable
class Ledger(Protocol):
    """The three homes of a count: this object, this host, Redis."""

    instant: bool
    """Whether calls return without touching disk or network, so that no thread need be spent on them."""
    frees_at_once: bool
    """Whether `release` does so too."""
    lease: float
    """Seconds for which a slot is given, counted from before it was asked for: whoever holds it must be done by then."""

    def admit(self, claim: Claim) -> Admission | Wait:
        """Takes all that the claim needs, or nothing."""

    def release(self, admission: Admission, lag: float) -> None:
        """Gives the slots back, usable again after `lag` seconds: vendors free theirs a little after they answer."""

    def withdraw(self, claim: Claim) -> None:
        """Gives up the claim's places in line: it is not asked for any more."""

    def used(self, window: Window) -> int:
        """How many requests the window counts now."""

    def refuse(self, credentials: str, seconds: float) -> None:
        """Remembers that the vendor refused these credentials (a digest)."""

    def refused(self, credentials: str) -> bool:
        """Whether the vendor refused these credentials a short while ago."""

    def close(self) -> None:
        """Gives everything back."""


# The window is counted in this many steps; a step is forgotten as a whole, so never more than the limit fits in.
STEPS: Final = 60
SLOT: Final = "a free slot"
# Somebody else's slot comes free unannounced; ask again after about this long.
POLL: Final = 0.005
# ... and after a multiple of it where others come first, but soon enough to keep the place in line.
LONGEST_POLL: Final = 0.1
# A place in line is kept for this long after it was last asked for: whoever died there holds up nobody for longer.
PATIENCE: Final = 0.25
# By how many seconds a lane lets the one before it pass. Longer waits are served in order of arrival: nobody starves.
HANDICAP: Final = 5.0


def poll(missing: int) -> float:
    """When to ask again if, after the next one, so many more slots must come free before it can be one's turn."""
    return min(POLL * (1 + missing), LONGEST_POLL)


def digest(*parts: str) -> str:
    """A name for a key that shows nothing of it."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]
