"""Checks: values with a stable id, the promise each proves, and on what it can be driven. No vendor is named in one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from .faces import Probe
    from .harness import Harness

Function = Callable[["Probe", "Harness"], Awaitable[None]]


class Driver(StrEnum):
    """What answers during a check: a recording, or a sandbox with state and faults."""

    CASSETTE = "cassette"
    SANDBOX = "sandbox"


@dataclass(frozen=True)
class Check:
    """One check. `needs` names the capability without which it is not run, such as `tickets.create`."""

    id: str
    promise: str
    function: Function
    drivers: frozenset[Driver]
    needs: str

    @property
    def sentence(self) -> str:
        """What it says, in words."""
        return (self.function.__doc__ or self.id).strip().splitlines()[0]

    def __str__(self) -> str:
        return self.id


CHECKS: Final[dict[str, Check]] = {}
BOTH: Final = frozenset(Driver)
LIVE: Final = frozenset({Driver.SANDBOX})


def check(
    id: str, *, promise: str, needs: str = "tickets.list", drivers: frozenset[Driver] = BOTH
) -> Callable[[Function], Function]:
    """Adds a check to the suite; its id is what reports and docs name, so it never changes."""

    def add(function: Function) -> Function:
        if id in CHECKS:
            raise ValueError(f"two checks are called {id}")
        CHECKS[id] = Check(id, promise, function, drivers, needs)
        return function

    return add
