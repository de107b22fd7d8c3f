"""Numbering: the ids of a tenant's lists, and of records that HaloPSA counts otherwise than the world does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from anypsa_sandbox.world import CHOICES, Value
from anypsa_sandbox.world.choices import key

# Client 1 is "Unknown" and agent 1 is "Unassigned" (wire/halopsa.md 2.3, 2.5), so the world's stand further back.
CLIENTS: Final = 1000
AGENTS: Final = 100
TYPICAL: Final[Mapping[tuple[str, str], int]] = {
    ("status", "New"): 1,
    ("status", "In Progress"): 2,
    ("status", "Complete"): 9,
}
FIRST: Final = (21, 210)
# How the tenants call the outcomes that write notes; they are theirs to name (2.2).
OUTCOMES: Final = (
    {7: "Internal Note", 5: "Public Note", 60: "Email User"},
    {7: "Private Note", 12: "Note", 61: "Email User"},
)
SLAS: Final = (1, 2)


@dataclass(frozen=True, slots=True)
class Numbered:
    """One value with its id in a tenant."""

    id: int
    key: str
    value: Value


class Numbering:
    """The lists of one tenant."""

    def __init__(self, place: int) -> None:
        self.place = min(place, 1)
        self.team_ids = False
        """Whether tickets carry their team's id beside its name, as newer versions do (2.1)."""
        self.lists = {
            name: [self._numbered(name, n, value) for n, value in enumerate(CHOICES[name])] for name in CHOICES
        }
        self._ids = {name: {one.key: one.id for one in listed} for name, listed in self.lists.items()}
        self._keys = {name: {one.id: one.key for one in listed} for name, listed in self.lists.items()}

    def _numbered(self, name: str, place: int, value: Value) -> Numbered:
        fixed = TYPICAL.get((name, value.name))
        return Numbered(FIRST[self.place] + 3 * place if fixed is None else fixed, key(value), value)

    @property
    def outcomes(self) -> Mapping[int, str]:
        """The action kinds by id."""
        return OUTCOMES[self.place]

    def id(self, name: str, key: Any) -> int | None:
        """The id of a stored value."""
        return self._ids[name].get(key)

    def key(self, name: str, id: Any) -> str | None:
        """The stored value of an id."""
        return self._keys[name].get(int(id)) if str(id).removeprefix("-").isdigit() else None
