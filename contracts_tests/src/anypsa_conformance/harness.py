"""The harness: what an adapter's author supplies. The adapter, how to reach it, and data that are known to be there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Protocol

from anypsa.spi import Adapter
from anypsa.testing import FaultServer

from .breaking import Breaking


class HarnessError(Exception):
    """Known data are missing or wrong: the harness's fault, neither a skip nor a failure of the adapter."""


KNOWN: Final[Mapping[str, str]] = {
    "world.toml": "anypsa-conformance record path/to/kit.py writes it, with the recordings; without, --conformance-driver=sandbox",
    "tenant.toml": "write down what is known of the tenant, by the names of anypsa_conformance.World",
}
"""Who says what is known of a tenant."""


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
        if not path.exists():
            raise HarnessError(f"there is no {path}: {KNOWN.get(path.name, 'known data of the tenant')}")
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

    def world(self, **edit: Any) -> Any:
        """Edits a record as somebody else would."""


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
    one_ticket: str = r"/Tickets/{id}$"
    """A ticket got by its id."""


@dataclass(frozen=True)
class SignIn:
    """How a token or a session is had, where signing takes one. `path` is that of the request, as a pattern.

    `lifetime` is the field of its answer that says for how many seconds it is good, if one does. Where it is had
    elsewhere than where requests go, `address` is the setting that says where, which is the sandbox's `door` and `below`.
    """

    path: str
    lifetime: str = ""
    address: str = ""
    door: str = ""
    below: str = ""


@dataclass(frozen=True)
class Between:
    """A server of faults before the sandbox: it passes on what `breaking` does not break, and remembers requests."""

    server: FaultServer
    breaking: Breaking
    authority: FaultServer
    """The one before the server that signs in, which may be the same."""


@dataclass(frozen=True)
class Harness:
    """One adapter under check. `refused` are settings whose credentials must be refused.

    `tenant` is what the sandbox calls the tenant of the settings. `small_pages` makes its pages of tickets small;
    `retitle` (ticket, title) is what somebody else does, if webhooks can leave out what we do.
    """

    adapter: type[Adapter]
    settings: Mapping[str, Any]
    refused: Mapping[str, Any]
    world: World
    paths: Paths
    sandbox: Faults | None = None
    between: Between | None = None
    tenant: str = ""
    small_pages: Callable[[int], None] | None = None
    retitle: Callable[[str, str], None] | None = None
    sign_in: SignIn | None = None

    @property
    def control(self) -> Faults:
        """The sandbox; raises `HarnessError` when a check that needs one is driven without."""
        if self.sandbox is None:
            raise HarnessError("this check needs a sandbox")
        return self.sandbox

    @property
    def breaking(self) -> Breaking:
        """What the server of faults breaks; raises `HarnessError` when there is none."""
        return self.faults.breaking

    @property
    def server(self) -> FaultServer:
        """The server of faults; raises `HarnessError` when there is none."""
        return self.faults.server

    @property
    def faults(self) -> Between:
        """The server of faults and what it breaks."""
        if self.between is None:
            raise HarnessError("this check needs a server of faults")
        return self.between

    def signed_in(self) -> int:
        """How often it was signed in."""
        path = "" if self.sign_in is None else self.sign_in.path
        return sum(bool(re.search(path, one.target.partition("?")[0])) for one in self.faults.authority.requests)

    def ticket_path(self, id: str | None = None) -> str:
        """The pattern of the path by which a ticket is got."""
        return self.paths.one_ticket.format(id=id or self.world.ticket)

    def edit(self, table: str, **edit: Any) -> Any:
        """Somebody else edits the tenant meanwhile."""
        return self.control.world(tenant=self.tenant, table=table, **edit)

    def shrink_pages(self, rows: int) -> None:
        """Makes pages small; raises `HarnessError` when the kit does not say how."""
        if self.small_pages is None:
            raise HarnessError("the kit does not say how pages are made small: small_pages")
        self.small_pages(rows)
