"""The harness: what an adapter's author supplies. The adapter, how to reach it, and data that are known to be there."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Protocol

from anypsa.spi import Adapter


class HarnessError(Exception):
    """Known data are missing or wrong: the harness's fault, neither a skip nor a failure of the adapter."""


@dataclass(frozen=True)
class World:
    """What is known of the tenant that is checked; ids are the vendor's, labels the tenant's."""

    ticket: str
    ticket_title: str
    missing_ticket: str
    company: str
    company_name: str
    queue: str
    tickets_in_queue: int
    """How many tickets wait in `queue`."""
    open_in_queue: int
    word: str
    """A word in some titles, spelled in another case."""
    tickets_with_word: int
    tickets_outside_queue: int
    """How many tickets do not wait in `queue`, those without a queue included."""
    ticket_with_notes: str
    notes: int
    technician: str
    """The name of an active technician who may be assigned."""
    unassigned_ticket: str
    new_ticket: Mapping[str, Any] = field(default_factory=dict)
    """What this tenant demands of a new ticket beside title and company."""

    @classmethod
    def load(cls, path: Path) -> World:
        """Known data from a file; raises `HarnessError` naming all that is missing."""
        try:
            known = tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, tomllib.TOMLDecodeError) as error:
            raise HarnessError(f"{path}: {error}") from None
        names = {one.name for one in fields(cls)}
        if missing := names - known.keys() - {"new_ticket"}:
            raise HarnessError(f"{path} does not say: {', '.join(sorted(missing))}")
        return cls(**{name: value for name, value in known.items() if name in names})


class Faults(Protocol):
    """What a check may ask of a sandbox; see the sandbox's control API."""

    def fault(self, action: str, **rule: Any) -> Any:
        """Makes calls fail."""

    def peak(self) -> int:
        """The most calls that were under way at once under one limit."""

    def clear_log(self) -> None:
        """Forgets the calls so far."""

    def calls(self, path: str = "") -> list[dict[str, Any]]:
        """The calls so far."""


@dataclass(frozen=True)
class Paths:
    """Where the vendor's requests go, as patterns: what to make fail."""

    tickets: str
    """A page of tickets."""
    later_page: str
    create_ticket: str
    update_ticket: str
    update_method: str
    dropped: str
    """The operator or parameter of the vendor's filter by queue."""


@dataclass(frozen=True)
class Harness:
    """One adapter under check. `refused` are settings whose credentials must be refused."""

    adapter: type[Adapter]
    settings: Mapping[str, Any]
    refused: Mapping[str, Any]
    world: World
    paths: Paths
    sandbox: Faults | None = None

    @property
    def control(self) -> Faults:
        """The sandbox; raises `HarnessError` when a check that needs one is driven without."""
        if self.sandbox is None:
            raise HarnessError("this check needs a sandbox")
        return self.sandbox
