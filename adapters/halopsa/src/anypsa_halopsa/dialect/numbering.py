"""Numbering: the ids of a tenant's lists, and of records that HaloPSA counts otherwise than the world does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from anypsa_sandbox.world import CHOICES, Value
from anypsa_sandbox.world.choices import key

# Client 1 is "Unknown" and agent 1 is "Unassigned" (wire/halopsa.md 2.3, 2.5), so the world's stand further back.
CLIENTS: Final = 1000
AGENTS: Final = 100
# Many tenants have these, and the second one here has not.
TYPICAL: Final[Mapping[tuple[str, str], int]] = {
    ("status", "New"): 1,
    ("status", "In Progress"): 2,
    ("status", "Complete"): 9,
}
FIRST: Final = (21, 210)
FIRST_RATE: Final = (1, 31)
FIRST_SELECTED: Final = (1, 71)
SLAS: Final = (1, 2)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A kind of action: what it hides, mails and does when the client does not say."""

    id: int
    name: str
    hides: bool = False
    mails: bool = False
    times: bool = False


# How the tenants call their outcomes; they are theirs to name and to number (2.2). 7 is built in.
OUTCOMES: Final[Sequence[Sequence[Outcome]]] = (
    (
        Outcome(7, "Internal Note", hides=True),
        Outcome(5, "Public Note"),
        Outcome(60, "Email User", mails=True),
        Outcome(14, "Time Entry", times=True),
    ),
    (
        Outcome(7, "Private Note", hides=True),
        Outcome(12, "Note"),
        Outcome(61, "Email User", mails=True),
        Outcome(93, "Work Log", times=True),
    ),
)
# What tickets of a type must have, by the names of fields on the wire; custom fields by their labels.
MANDATORY: Final[Sequence[Mapping[str, Sequence[str]]]] = (
    {"Change Request": ("categoryid_1",)},
    {"Change Request": ("categoryid_1", "Site Code")},
)


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
        self.first_rate = FIRST_RATE[self.place]
        self.first_selected = FIRST_SELECTED[self.place]
        self.mandatory: dict[str, Sequence[str]] = dict(MANDATORY[self.place])
        self.categories_of: dict[str, Sequence[str]] = {}
        """The categories that a type of ticket has, where it has not all of them."""
        self.lists = {
            name: [self._numbered(name, n, value) for n, value in enumerate(CHOICES[name])] for name in CHOICES
        }
        self._ids = {name: {one.key: one.id for one in listed} for name, listed in self.lists.items()}
        self._keys = {name: {one.id: one.key for one in listed} for name, listed in self.lists.items()}

    def _numbered(self, name: str, place: int, value: Value) -> Numbered:
        fixed = TYPICAL.get((name, value.name)) if self.place == 0 else None
        return Numbered(FIRST[self.place] + 3 * place if fixed is None else fixed, key(value), value)

    @property
    def outcomes(self) -> Mapping[int, Outcome]:
        """The action kinds by id."""
        return {one.id: one for one in OUTCOMES[self.place]}

    def outcome(self, *, hides: bool, times: bool = False) -> Outcome:
        """The first outcome that does so by itself."""
        return next(one for one in OUTCOMES[self.place] if (one.hides, one.times) == (hides and not times, times))

    def id(self, name: str, key: Any) -> int | None:
        """The id of a stored value."""
        return self._ids[name].get(key)

    def key(self, name: str, id: Any) -> str | None:
        """The stored value of an id."""
        return self._keys[name].get(int(id)) if str(id).removeprefix("-").isdigit() else None
