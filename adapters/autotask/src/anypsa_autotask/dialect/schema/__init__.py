"""The vendor's entities as attested: fields, types, lengths, routes (tools/derive_schema.py makes entities.json)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files

# Not queryable although they are fields (wire/autotask.md 3.3).
UNQUERYABLE = frozenset({"creatortype", "lastactivitypersontype", "data"})


@dataclass(frozen=True, slots=True)
class FieldFact:
    """One field of the vendor's."""

    name: str
    type: str
    required: bool = False
    read_only: bool = False
    pick: bool = False
    reference: str | None = None
    length: int | None = None


@dataclass(frozen=True)
class EntityFact:
    """One entity of the vendor's."""

    path: str
    name: str
    user_defined_fields: bool
    fields: Mapping[str, FieldFact]
    routes: Sequence[str]

    @cached_property
    def by_folded(self) -> Mapping[str, FieldFact]:
        """Fields by name without case: input names are case-insensitive."""
        return {name.casefold(): fact for name, fact in self.fields.items()}


def entities() -> dict[str, EntityFact]:
    """All entities that the sandbox serves."""
    raw = json.loads((files(__package__) / "entities.json").read_text())
    return {
        path: EntityFact(
            path=path,
            name=one["name"],
            user_defined_fields=one["userDefinedFields"],
            fields={
                name: FieldFact(
                    name=name,
                    type=fact["type"],
                    required=fact.get("required", False),
                    read_only=fact.get("readOnly", False),
                    pick=fact.get("pick", False),
                    reference=fact.get("reference"),
                    length=fact.get("length"),
                )
                for name, fact in one["fields"].items()
            },
            routes=one["routes"],
        )
        for path, one in raw.items()
    }
