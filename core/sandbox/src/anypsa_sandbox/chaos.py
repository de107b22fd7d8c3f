"""Chaos: anything may fail at any moment, in ways that a careful program survives. The same seed makes the same chaos."""

from __future__ import annotations

import random
from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from .dialects import Call
from .faults import ACTIONS, Rule

READS: Final = ("reset", "lose", "truncate", "html", "empty", "reply")
"""What happens to calls that only read; `reply` is 503."""
WRITES: Final = ("lose", "truncate")
"""What happens to writes: they are done, and nobody is told. A write that may never have been done is for a test to ask
for, by `fault`: nobody can tell it at once from one that comes late."""


class Chaos:
    """A random share of all calls fails, but never the same call twice in a row: who tries again gets through.

    Signing in never fails: whoever cannot, tells so at once, and rightly.
    """

    def __init__(
        self, *, rate: float = 0.2, seed: int = 0, reads: Sequence[str] = READS, writes: Sequence[str] = WRITES
    ) -> None:
        if isinstance(rate, bool) or not 0 <= rate <= 1:
            raise ValueError("rate is a share, from 0 to 1")
        if unknown := {*reads, *writes} - ACTIONS:
            raise ValueError(f"there is no fault {', '.join(sorted(unknown))}; there are {', '.join(sorted(ACTIONS))}")
        self.rate, self.reads, self.writes = rate, tuple(reads), tuple(writes)
        self._random = random.Random(seed)
        self._failed: set[bytes] = set()

    def rule(self, call: Call, *, reads: bool) -> Rule | None:
        """What happens to a call, if it fails."""
        actions = self.reads if reads else self.writes
        key = alike(call)
        if key in self._failed:
            self._failed.discard(key)
            return None
        if not actions or self._random.random() >= self.rate:
            return None
        self._failed.add(key)
        return Rule(self._random.choice(actions), status=503)


def alike(call: Call) -> bytes:
    """The same for calls that ask for the same."""
    asked = f"{call.door} {call.method} {call.path} {sorted(call.query.items())} ".encode()
    return blake2b(asked + call.body, digest_size=16).digest()
