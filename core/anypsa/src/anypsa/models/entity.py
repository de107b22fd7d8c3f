"""Entities: records of whatever else a vendor has, with the vendor's own field names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Self

from pydantic import ConfigDict

from .base import Record
from .kind import Kind, Trait


class Entity(Record):
    """A record of an entity that has no word of ours; its fields are attributes by the vendor's names.

    Picklists are `Choice`, moments aware UTC, decimals `Decimal`; references are plain ids.
    """

    model_config = ConfigDict(extra="allow")

    @classmethod
    def decoded(cls, values: dict[str, Any], raw: Mapping[str, Any] | bytes) -> Self:
        """A record of decoded values: what is no field of every record is an extra one."""
        own = {name: values[name] for name in cls.model_fields if name in values}
        record = super().decoded(own, raw)
        object.__setattr__(record, "__pydantic_extra__", {name: values[name] for name in values if name not in own})
        return record

    @classmethod
    def decoded_all(cls, values: Iterable[dict[str, Any]], raws: Iterable[Mapping[str, Any] | bytes]) -> list[Self]:
        """The same of the rows of a page."""
        return [cls.decoded(held, raw) for held, raw in zip(values, raws, strict=True)]

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) and self.__pydantic_extra__ == getattr(other, "__pydantic_extra__", None)

    __hash__ = Record.__hash__

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        """What the record holds: vendors have hundreds of fields, and most of them are empty."""
        return [(name, value) for name, value in super().__repr_args__() if value is not None]


class EntityKind(Kind[Entity, ..., ...]):
    """The kind of one entity, read from the tenant's metadata instead of a model's annotations."""

    def __init__(
        self,
        name: str,
        traits: Mapping[str, Trait],
        *,
        creatable: Iterable[str] = (),
        changeable: Iterable[str] = (),
        required: Iterable[str] = (),
    ) -> None:
        super().__init__(Entity, name, new=dict, change=dict)
        self.name = name
        # Stated by the metadata: they stand in the place of the properties that read annotations.
        self.__dict__.update(
            traits=traits,
            creatable=frozenset(creatable),
            changeable=frozenset(changeable),
            clearable=frozenset(changeable),
            required=frozenset(required),
        )
