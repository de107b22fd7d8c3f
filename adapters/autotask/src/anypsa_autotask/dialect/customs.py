"""Customs: the fields that a tenant added to an entity, texts and lists. The world keeps the words of a list's values;
records, filters and bodies have their ids, as text (wire/autotask.md 3.4, 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anypsa_sandbox import World
from anypsa_sandbox.world import words

from . import filters, texts

ITEMS = (
    "SELECT custom_items.id, custom_items.name, custom_items.active, custom_fields.name AS field FROM custom_items "
    "JOIN custom_fields ON custom_fields.id = custom_items.custom_field WHERE custom_fields.subject = ?"
)


@dataclass(frozen=True, slots=True)
class Item:
    """One value of a list."""

    id: int
    name: str
    active: bool


@dataclass(frozen=True)
class Customs:
    """The user-defined fields of one table: their names, and the values of those that are lists."""

    names: Sequence[str]
    lists: Mapping[str, Sequence[Item]]

    @classmethod
    def of(cls, world: World, table: str) -> Customs:
        """What the tenant has."""
        names = world.custom_fields(table)
        lists: dict[str, list[Item]] = {name: [] for name in names if name in words.CUSTOM_LISTS}
        if lists:
            for id, name, active, field in world.database.execute(f"{ITEMS} ORDER BY custom_items.id", (table,)):
                lists[field].append(Item(id, name, bool(active)))
        return cls(names, lists)

    def shown(self, stored: Mapping[str, Any]) -> list[dict[str, Any]]:
        """All of them, null where a record has none."""
        return [{"name": name, "value": self._shown(name, stored.get(name))} for name in self.names]

    def _shown(self, name: str, value: Any) -> Any:
        if value is None or name not in self.lists:
            return value
        return next((str(item.id) for item in self.lists[name] if item.name == value), None)

    def stored(self, name: str, value: Any) -> str:
        """A value of a body as the world keeps it; of a list, one that is in use, by its id and nothing else."""
        text = filters.plain_text(value)
        if name not in self.lists:
            return text
        found = next((item for item in self.lists[name] if str(item.id) == text and item.active), None)
        if found is None:
            raise texts.no_value(name)
        return found.name

    def described(self) -> list[dict[str, Any]]:
        """Their metadata: `type` here, where the vendor's own fields have `dataType`."""
        return [self._described(name) for name in self.names]

    def _described(self, name: str) -> dict[str, Any]:
        items = self.lists.get(name)
        return {
            "name": name,
            "label": name,
            "type": "string",
            "length": 255,
            "description": "",
            "isRequired": False,
            "isReadOnly": False,
            "isQueryable": True,
            "isReference": False,
            "referenceEntityType": "",
            "isPickList": items is not None,
            "picklistValues": None if items is None else [value(n, item) for n, item in enumerate(items)],
            "picklistParentValueField": "",
            "defaultValue": None,
            "isSupportedWebhookField": True,
        }


def value(place: int, item: Item) -> dict[str, Any]:
    """A value of a list, as picklists of the vendor's have it."""
    return {
        "value": str(item.id),
        "label": item.name,
        "isDefaultValue": False,
        "sortOrder": place + 1,
        "parentValue": "",
        "isActive": item.active,
        "isSystem": False,
    }
