"""Columns: how a record becomes a row, and what dlt is told of its columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from anypsa import Record
from anypsa.models import Kind, Sort, Trait

if TYPE_CHECKING:
    from dlt.common.schema.typing import TColumnSchema

TENANT: Final = "tenant"
KEY: Final = (TENANT, "id")
CUSTOM: Final = "custom_fields"
ORDER: Final = "anypsa_order"
"""In which order rows were read, page by page: of two of one record the later one stays, and what was not read again by a pass
over everything is gone."""
GONE: Final = "anypsa_gone"
"""Says of a row that it is to be taken away; no row that stays has it."""
TYPES: Final[Mapping[Sort, str]] = {
    Sort.BOOLEAN: "bool",
    Sort.NUMBER: "bigint",
    Sort.DECIMAL: "decimal",
    Sort.DURATION: "double",
    Sort.INSTANT: "timestamp",
}
"""What a field is in a warehouse, by what it holds; text for what is not here."""
PARTS: Final[Mapping[Sort, tuple[str, ...]]] = {Sort.CHOICE: ("id", "label"), Sort.REFERENCE: ("id", "name")}
"""Fields whose values have an id and a word: a column for each."""


def columns(kind: Kind[Any, ..., ...]) -> dict[str, TColumnSchema]:
    """All columns of a table, so that one that is empty so far is there with its type."""
    told: dict[str, TColumnSchema] = {TENANT: {"data_type": "text"}}
    for trait in kind.traits.values():
        for name in names(trait):
            told[name] = {"data_type": TYPES.get(trait.sort, "text")}  # type: ignore[typeddict-item]  # of the table above
    told[CUSTOM] = {"data_type": "json"}
    told[ORDER] = {"data_type": "bigint", "dedup_sort": "desc"}
    told[GONE] = {"data_type": "bool", "hard_delete": True}
    return told


def names(trait: Trait) -> Iterator[str]:
    """The columns of a field."""
    parts = PARTS.get(trait.sort)
    return (f"{trait.name}_{part}" for part in parts) if parts else iter([trait.name])


def row(record: Record, kind: Kind[Any, ..., ...], order: int) -> dict[str, Any]:
    """The row of a record: durations in hours, custom fields as JSON by the tenant's names."""
    held: dict[str, Any] = {TENANT: record.tenant, CUSTOM: dict(record.custom_fields), ORDER: order}
    for trait in kind.traits.values():
        value = getattr(record, trait.name)
        for part in PARTS.get(trait.sort, ()):
            held[f"{trait.name}_{part}"] = getattr(value, part, None) or None
        if trait.sort not in PARTS:
            held[trait.name] = value.total_seconds() / 3600 if isinstance(value, timedelta) else value
    return held


def gone(tenant: str, id: str, order: int) -> dict[str, Any]:
    """What takes a row away."""
    return {TENANT: tenant, "id": id, ORDER: order, GONE: True}
