"""Numbering: the ids that a tenant's lists happen to have. Two tenants never agree, but for the system's own values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from anypsa_sandbox.world import CHOICES, Value
from anypsa_sandbox.world.choices import key

from . import lists
from .webhooks.bodies import pascal

# What every tenant has alike (wire/autotask.md 3.3): New and Complete, the note type of workflow rules, contract types.
SYSTEM: Final[Mapping[tuple[str, str], int]] = {
    ("status", "New"): 1,
    ("status", "Complete"): 5,
    ("note_kind", "Workflow Rule"): 13,
    ("contract_kind", "Time & Materials"): 1,
    ("contract_kind", "Fixed Price"): 3,
    ("contract_kind", "Block Hours"): 4,
    ("contract_kind", "Retainer"): 6,
    ("contract_kind", "Recurring Service"): 7,
    ("contract_kind", "Per Ticket"): 8,
    ("time_kind", "Ticket"): 2,
    ("time_kind", "Task"): 6,
    ("time_kind", "Regular"): 10,
}
# Per tenant in order of appearance: stock ids that are known to exist, then whatever a database made up.
STOCK: Final[tuple[Mapping[tuple[str, str], int], ...]] = (
    {
        ("priority", "Critical"): 4,
        ("priority", "High"): 1,
        ("priority", "Medium"): 2,
        ("priority", "Low"): 3,
        ("visibility", "public"): 1,
        ("visibility", "internal"): 2,
    },
    {
        ("priority", "Critical"): 12,
        ("priority", "High"): 14,
        ("priority", "Medium"): 11,
        ("priority", "Low"): 13,
        ("visibility", "internal"): 8,
        ("visibility", "public"): 7,
    },
)
FIRST: Final = (8, 29_682_833)
PUBLISH: Final = ("Internal Project Team", "Internal only")
PUBLIC: Final = "All Autotask Users"
CO_MANAGED: Final = ("Internal & Co-Managed", (4, 9))
"""Seen live beside the two (2026-08-25 and later, several parties); the world has no word for it."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """One value with its id and its label in a tenant."""

    id: int
    key: Any
    label: str
    value: Value
    parent: int | None
    system: bool


class Numbering:
    """The lists of one tenant."""

    def __init__(self, place: int, webhook_fields: Mapping[str, Sequence[str]]) -> None:
        self._place = place
        self.lists: dict[str, list[Numbered]] = {}
        for name in CHOICES:
            self.lists[name] = self._numbered(name)
        label, ids = CO_MANAGED
        self.lists["visibility"].append(own(lists.Item(label, 0, stored="co-managed"), ids[min(place, 1)]))
        for name in lists.OWN:
            self.lists[name] = [own(item, id) for item, id in lists.numbered(name, place)]
        for subject, names in webhook_fields.items():
            self.lists[f"fields of {subject}"] = [
                own(lists.Item(pascal(name), 0, stored=name), 2 + n + 700 * place) for n, name in enumerate(names)
            ]
        self._ids = {name: {one.key: one.id for one in listed} for name, listed in self.lists.items()}
        self._keys = {name: {one.id: one.key for one in listed} for name, listed in self.lists.items()}

    def id(self, name: str, key: Any) -> int | None:
        """The id of a stored value."""
        return self._ids[name].get(key)

    def key(self, name: str, id: int) -> Any:
        """The stored value of an id."""
        return self._keys[name].get(id)

    def active(self, name: str, id: int) -> bool:
        """Whether an id may be written."""
        return any(one.id == id and one.value.active for one in self.lists[name])

    def _numbered(self, name: str) -> list[Numbered]:
        stock = STOCK[min(self._place, len(STOCK) - 1)]
        start = FIRST[min(self._place, len(FIRST) - 1)]
        listed: list[Numbered] = []
        for n, value in enumerate(CHOICES[name]):
            fixed = SYSTEM.get((name, value.name)) or stock.get((name, value.name))
            parent = self._parent(value)
            id = fixed if fixed is not None else start + 5 * n + (100 if name == "note_kind" else 0)
            listed.append(
                Numbered(id, key(value), self._label(name, value), value, parent, (name, value.name) in SYSTEM)
            )
        return listed

    def _parent(self, value: Value) -> int | None:
        found = (one.id for one in self.lists.get("category", ()) if one.key == value.parent)
        return next(found, None)

    def _label(self, name: str, value: Value) -> str:
        if name != "visibility":
            return value.name
        return PUBLIC if value.name == "public" else PUBLISH[min(self._place, len(PUBLISH) - 1)]


def own(item: lists.Item, id: int) -> Numbered:
    """A value of one of the vendor's own lists."""
    return Numbered(id, item.key, item.label, Value(item.label, active=item.active), None, item.everywhere)
