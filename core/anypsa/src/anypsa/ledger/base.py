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
    """What one request needs: a slot under each key, and one count of the window."""

    keys: tuple[str, ...]
    slots: int
    window: Window


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

    def admit(self, claim: Claim) -> Admission | Wait:
        """Takes all that the claim needs, or nothing."""

    def release(self, admission: Admission, lag: float) -> None:
        """Gives the slots back, usable again after `lag` seconds: vendors free theirs a little after they answer."""

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
# Somebody else's slot comes free unannounced; ask again after about this long.
POLL: Final = 0.01


def digest(*parts: str) -> str:
    """A name for a key that shows nothing of it."""
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:32]
