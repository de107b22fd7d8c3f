"""The situation: what a rule looks at before a record is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from anypsa_sandbox import World

from ..tenants import Switches


@dataclass(frozen=True)
class Situation:
    """What was `given` by the vendor's names; the row as it was `before`, empty for a new one, and would be `after`."""

    world: World
    switches: Switches
    given: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def new(self) -> bool:
        """Whether the record is about to be made."""
        return not self.before

    def row(self, table: str, column: str) -> dict[str, Any] | None:
        """The row that a column of the record refers to."""
        id = self.after.get(column)
        return None if id is None else self.world.row(table, id)

    def found(self, question: str, *values: Any) -> bool:
        """Whether the world has such a row."""
        return self.world.database.execute(question, values).fetchone() is not None

    def family(self, company: Any) -> set[int]:
        """A company and its parent, whose people and contracts it may use."""
        row = None if company is None else self.world.row("companies", company)
        return {company, row["parent"] if row is not None else None} - {None}
