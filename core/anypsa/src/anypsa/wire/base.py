"""The wire: the only place where anything is sent, slept or waited for. Two of them, one set of primitives.

Everything above is written once, as `async def`. The awaiting wire really awaits; the blocking wire implements the
same primitives without ever suspending, so that `run` carries a coroutine to its end in one step: no event loop, no
helper thread. Above the wire nothing uses asyncio, anyio or threads.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, Protocol, TypeVar, cast

from ..secrecy import Sealed

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A signed request, ready for the socket."""

    method: str
    url: str
    headers: Sealed = field(repr=False)
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Incoming:
    """An answer off the socket, decompressed, header names in lower case."""

    status: int
    headers: dict[str, str] = field(repr=False)
    content: bytes = field(repr=False)


class Sent(Enum):
    """How far a request came when the exchange failed."""

    NO = "not sent"
    MAYBE = "sent, as far as can be told"


class ExchangeFailed(Exception):
    """No answer: `sent` tells whether the vendor can have acted, `late` whether the deadline cut it."""

    def __init__(self, reason: str, sent: Sent, *, late: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.sent = sent
        self.late = late


class AnswerRefused(ExchangeFailed):
    """An answer came, and we do not take it: too large, too many headers, compressed in a way that was not asked for."""


class PeerDistrusted(ExchangeFailed):
    """Whoever answers there cannot prove to be the vendor. Nothing was sent, and trying again will not help."""


class Signal(Protocol):
    """Something to wait for that happens once."""

    async def wait(self, until: float) -> bool:
        """Waits until it happened (True) or `until` passed (False)."""

    def set(self) -> None:
        """Lets all waiters go on; from any thread or task of this wire."""


class Wire(Protocol):
    """The primitives. Times are seconds on the wire's own monotonic clock."""

    def now(self) -> float:
        """The clock."""

    def moment(self) -> datetime:
        """The wall clock, aware UTC: for what outlives the process. It may be wrong, and may be set back."""

    async def exchange(self, outgoing: Outgoing) -> Incoming:
        """One request and its whole answer, within the current deadline; raises `ExchangeFailed`."""

    async def sleep(self, seconds: float) -> None:
        """Waits; raises `DeadlineExceeded` at once if the deadline would pass meanwhile."""

    async def give_way(self) -> None:
        """Lets other tasks of the same loop go on; threads need no leave."""

    async def tick(self) -> None:
        """Lets others who are about to ask for something come forward; takes no time that anybody would notice."""

    def signal(self) -> Signal:
        """A new signal: what `gate` and `once` wait with."""

    async def offload(self, function: Callable[[], V], *, shielded: bool = False) -> V:
        """Runs a blocking function: at once, or in a worker thread where waiting would hold up others; if `shielded`,
        even while the task is being cancelled."""

    async def gather(self, tasks: Sequence[Callable[[], Coroutine[Any, Any, V]]]) -> list[V]:
        """Runs tasks side by side; values in order; the first error ends the rest and is raised bare."""

    def new_id(self) -> str:
        """A new random id."""

    def random(self) -> float:
        """A random number from 0 up to 1, for jitter."""

    def belongs(self) -> None:
        """Raises `ConfigurationError` when used from a loop or process that does not own it."""

    async def close(self) -> None:
        """Gives connections back."""


def seeded(seed: int | None) -> random.Random:
    """The source of jitter and ids: the system's own, or a repeatable one for tests and recordings."""
    return random.SystemRandom() if seed is None else random.Random(seed)


def run(coroutine: Coroutine[Any, Any, V]) -> V:
    """Carries a coroutine over the blocking wire to its end, in one step."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return cast("V", end.value)
    coroutine.close()
    raise RuntimeError("something above the blocking wire waited for what the wire does not offer")
