"""Dialects: what the author of a vendor's sandbox implements. The frame does HTTP, faults, limits and the log."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from random import Random
from typing import Any, ClassVar, Final

import orjson

from .clock import Clock
from .limits import Limits
from .storms import Storm
from .world import World

GROUP: Final = "anypsa_sandbox.dialects"


@dataclass(frozen=True, slots=True)
class Call:
    """A request as a dialect sees it; header names in lower case. `door` is the name of the port it came in by."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    door: str
    ignored_operators: frozenset[str] = frozenset()

    def json(self) -> Any:
        """The body as JSON; raises ValueError when it is not."""
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer."""

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, body: Any, status: int = 200) -> Reply:
        """An answer in JSON."""
        return cls(status, orjson.dumps(body), {"content-type": "application/json; charset=utf-8"})


class Dialect(ABC):
    """One vendor's API over worlds. Constructed once per server, with a world per tenant.

    `answer` runs on the server's only thread and never waits; the frame adds latency around it.
    """

    name: ClassVar[str]
    doors: ClassVar[Sequence[str]] = ("api",)
    """One loopback port is opened for each."""
    default_limits: ClassVar[Limits]

    def __init__(self, worlds: Mapping[str, World], clock: Clock, limits: Limits) -> None:
        self.worlds = worlds
        self.clock = clock
        self.limits = limits
        self.storm = Storm()
        """What the control API can let loose on webhooks; couriers take it as their weather."""
        self.urls: Mapping[str, str] = {}
        self.used: Callable[[str], int] = lambda key: 0
        """How many calls a window holds now; the frame connects it."""

    @classmethod
    @abstractmethod
    def api_user(cls, tenant: str) -> str:
        """The name of the tenant's API user, known before its world is made."""

    @abstractmethod
    def settings(self, tenant: str) -> dict[str, str]:
        """What a client needs to connect: keyword settings of the vendor's adapter."""

    @abstractmethod
    def limit_keys(self, call: Call) -> Sequence[str]:
        """The limits that a call counts against while it is answered; none if it is exempt or not signed."""

    @abstractmethod
    def window_key(self, call: Call) -> str | None:
        """Whose rolling window a call counts against."""

    def reads(self, call: Call) -> bool:
        """Whether a call only reads."""
        return call.method in ("GET", "HEAD")

    def delay(self, call: Call) -> float:
        """Seconds that the vendor lets a call wait before it is answered, beside the network's latency."""
        return 0.0

    @abstractmethod
    def too_many(self, call: Call, kind: str) -> Reply:
        """The refusal of a call beyond the "slots" or the "window"."""

    @abstractmethod
    def answer(self, call: Call) -> Reply:
        """The answer to a call within the limits."""

    def stir(self, chance: Random) -> str:
        """Something happens: a person changes an open ticket of the first tenant, as people do, and whoever registered a
        webhook is told. Returns the ticket's id. Not every dialect has people."""
        raise ValueError(f"nobody works in the sandbox of {self.name}")

    def flush(self) -> None:
        """Sends webhooks that wait for others."""
        return

    def reset(self) -> None:
        """Forgets what the dialect itself remembers; the worlds are reset by the frame."""
        return

    def close(self) -> None:
        """Ends what the dialect does by itself; the server is going down."""
        return

    def control(self, action: str, values: Mapping[str, Any]) -> Any:
        """What only this vendor's sandbox can be told (`/_control/dialect`); raises ValueError for the unknown."""
        raise ValueError(f"there is no {action!r}")


def installed() -> list[str]:
    """The names of the dialects that are installed."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def dialect(name: str) -> type[Dialect]:
    """The installed dialect of a name; raises LookupError with those there are."""
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        raise LookupError(f"there is no dialect {name!r}; installed: {', '.join(installed()) or 'none'}")
    loaded: type[Dialect] = found[name].load()
    return loaded
