"""Rows: the world's rows in the vendor's shape (wire/autotask.md 3.4)."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anypsa_sandbox.world.schema import MOMENTS, quoted

from .customs import Customs
from .mapping import Column
from .numbering import Numbering
from .schema import EntityFact, FieldFact
from .shown import shown


@dataclass(frozen=True)
class Renderer:
    """Shows the rows of one entity to one tenant's clients."""

    entity: EntityFact
    numbering: Numbering
    customs: Customs | None

    def select(self) -> str:
        """The columns to read, in the order in which `render` takes them."""
        own = shown(self.entity.path)
        computed = [f'{column.sql} AS "{column.name}"' for column in own.columns.values() if column.sql is not None]
        return ", ".join(["id", *quoted()[own.table], *computed])

    def render(
        self, values: Sequence[Any], cursor: sqlite3.Cursor, only: frozenset[str] | None = None, *, whole: bool = False
    ) -> dict[str, Any]:
        """One row: every field, null where it is empty; or the `only` ones that were asked for.

        The content of a file is there in a `whole` record alone, and not in lists.
        """
        row = {part[0]: value for part, value in zip(cursor.description, values, strict=True)}
        extra = json.loads(row["extra"])
        columns = shown(self.entity.path).columns
        item = {
            name: self._value(fact, columns.get(name), row, extra) if whole or fact.type != "byte[]" else None
            for name, fact in self.entity.fields.items()
            if only is None or name.casefold() in only
        }
        if self.customs is not None:
            item["userDefinedFields"] = (
                [] if only is not None else self.customs.shown(json.loads(row["custom"] or "{}"))
            )
        return item

    def _value(self, fact: FieldFact, column: Column | None, row: Mapping[str, Any], extra: Mapping[str, Any]) -> Any:
        if column is None:
            return extra.get(fact.name)
        value = row[column.name]
        if value is None:
            return None
        if column.choices is not None:
            return self.numbering.id(column.choices, value)
        if column.name in MOMENTS:
            return shown_moment(value)
        return bool(value) if fact.type == "boolean" else value


def shown_moment(stored: str) -> str:
    """A time with no, two or three digits of a second, as the vendor happens to send it."""
    whole, _, fraction = stored.removesuffix("Z").partition(".")
    digits = fraction[:3]
    if digits == "000":
        return f"{whole}.000Z" if whole.endswith(("1", "4", "7")) else f"{whole}Z"
    return f"{whole}.{digits[:2] if digits.endswith('0') else digits}Z"
