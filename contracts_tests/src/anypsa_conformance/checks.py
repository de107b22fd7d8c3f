"""Checks: values with a stable id, the promise each proves, and on what it can be driven. No vendor is named in one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NoReturn

import pytest

if TYPE_CHECKING:
    from .faces import Probe
    from .harness import Harness

Function = Callable[["Probe", "Harness"], Awaitable[None]]


class Driver(StrEnum):
    """What answers during a check: a recording, a sandbox with state, one behind a server of faults, or a live tenant."""

    CASSETTE = "cassette"
    SANDBOX = "sandbox"
    FAULTS = "faults"
    TENANT = "tenant"


class Level(StrEnum):
    """Core is what every adapter must do; extended goes by the capabilities that it declares."""

    CORE = "core"
    EXTENDED = "extended"


CORE: Final = frozenset(
    {
        *("tickets.list", "tickets.get", "tickets.count", "notes.list", "companies.get", "companies.list"),
        *("contacts.list", "queues.list", "technicians.list"),
    }
)
"""The capabilities without which an adapter is conformant in part only."""


@dataclass(frozen=True)
class Check:
    """One check. `needs` names the capability without which it is not run, such as `tickets.create`; `proves` are the
    promises of the contract's docstrings that it answers to. One that is `provisional` is new: it may fail without
    harm for one minor release, and its passes are listed. `extended` is about more than what it needs. `survives` are the
    faults and attacks of the catalogue that it brings about: see docs/reference/trust.md."""

    id: str
    promise: str
    function: Function
    drivers: frozenset[Driver]
    needs: str
    proves: tuple[str, ...] = ()
    provisional: bool = False
    extended: bool = False
    survives: tuple[str, ...] = ()

    @property
    def level(self) -> Level:
        """Core if what it needs is, and it is not about more than that."""
        return Level.EXTENDED if self.extended or self.needs not in CORE else Level.CORE

    @property
    def sentence(self) -> str:
        """What it says, in words."""
        return (self.function.__doc__ or self.id).strip().splitlines()[0]

    def __str__(self) -> str:
        return self.id


CHECKS: Final[dict[str, Check]] = {}
READS: Final = frozenset({Driver.CASSETTE, Driver.SANDBOX, Driver.TENANT})
WRITES: Final = frozenset({Driver.CASSETTE, Driver.SANDBOX})
LIVE: Final = frozenset({Driver.SANDBOX})
FAULTS: Final = frozenset({Driver.FAULTS})


def check(  # the facts of a check, all by name
    id: str,
    *,
    promise: str,
    needs: str = "tickets.list",
    drivers: frozenset[Driver] = READS,
    proves: tuple[str, ...] = (),
    provisional: bool = False,
    extended: bool = False,
    survives: tuple[str, ...] = (),
) -> Callable[[Function], Function]:
    """Adds a check to the suite; its id is what reports and docs name, so it never changes."""

    def add(function: Function) -> Function:
        if id in CHECKS:
            raise ValueError(f"two checks are called {id}")
        CHECKS[id] = Check(id, promise, function, drivers, needs, proves, provisional, extended, survives)
        return function

    return add


def driven_by(driver: Driver) -> list[Check]:
    """The checks that can be driven so."""
    return [one for one in CHECKS.values() if driver in one.drivers]


UNSUPPORTED: Final = "not supported"
"""How the result of a check is called for what an adapter does not declare, and how its reason begins."""


def unsupported(what: str) -> NoReturn:
    """Ends a check of what this adapter does not declare: no pass, no failure, and counted."""
    pytest.skip(f"{UNSUPPORTED}: {what}")
