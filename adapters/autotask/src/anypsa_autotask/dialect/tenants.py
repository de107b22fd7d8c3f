"""Tenants: one customer database each, with its credentials, its zone, its lists and what is odd about it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from anypsa_sandbox import World

from .numbering import Numbering
from .webhooks import Hooks

ROUNDING: Final = (0.25, 0.1)
"""To which part of an hour a tenant rounds up what it bills, in order of appearance."""


@dataclass
class Switches:
    """What a test may set: rules that only some tenants have, and faults that come and go."""

    queue_demanded: bool = False
    """A ticket needs a queue or an assignee (3.3, C)."""
    titled_notes: str = ""
    """Notes on tickets of the category of this name need a title."""
    contract_lie: bool = True
    """`contractID: null` beside a new company is dropped with 200, and no check is made (5)."""
    inactive_references: bool = False
    """Inactive contacts, resources and the like may be referred to."""
    webhooks_allowed: bool = True
    """The security level's "Can create WebHooks" (8.1)."""
    attachment_data: str = "both"
    """Which route tells an attachment's `data`: "child", "root" or "both" (3.3, C)."""
    threshold_status: int = 429
    """The status of the thread refusal, which has been seen with others (6.1)."""
    locked_after: int = 10
    """So many wrong secrets lock the account (2)."""
    other_code: str = ""
    """Another tracking id that the API user may come with."""
    largest_file: int = 7_000_000
    """Bytes; the page says 6 to 7 MB."""
    rounding: float = ROUNDING[0]
    """Hours billed are whole multiples of it."""

    def set(self, values: Mapping[str, Any]) -> None:
        """Sets some; raises ValueError for one that there is not, or of another type."""
        known = {one.name: type(getattr(self, one.name)) for one in fields(self)}
        for name, value in values.items():
            if type(value) is not known.get(name):
                raise ValueError(f"{name}: there are {', '.join(f'{one} ({t.__name__})' for one, t in known.items())}")
            setattr(self, name, value)


@dataclass
class Tenant:
    """One customer database."""

    name: str
    world: World
    numbering: Numbering
    hooks: Hooks
    place: int
    door: str = "zone"
    told: str = "zone"
    """The door that zone information names: the old one while it is stale."""
    refused: int = 0
    switches: Switches = field(default_factory=Switches)
    uploads: deque[tuple[float, int]] = field(default_factory=deque)
    """When how many bytes were attached."""
    full_since: float | None = None

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """In its own zone, unlocked, with nothing odd about it."""
        self.door = self.told = "zone"
        self.refused, self.full_since = 0, None
        self.uploads.clear()
        self.switches = Switches(rounding=ROUNDING[min(self.place, len(ROUNDING) - 1)])

    @property
    def username(self) -> str:
        return f"api@{self.name}.example"

    @property
    def secret(self) -> str:
        return f"{self.name}-secret"

    @property
    def code(self) -> str:
        return f"{self.name.upper()}-INTEGRATION-CODE"

    def knows(self, code: str | None) -> bool:
        """Whether a tracking id is one of the tenant's."""
        return code is not None and code in (self.code, self.switches.other_code or self.code)
