"""Filling: how seeds become rows. What a seed does not say of a row is empty, but nearly everything is active."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .schema import COLUMNS, insert
from .values import stored


@dataclass(frozen=True)
class Filling:
    """A world that is being filled: its database, its one source of chance, and by how much ids of lists are moved."""

    database: sqlite3.Connection
    random: random.Random
    shift: int

    def put(self, table: str, rows: Iterable[Mapping[str, Any]]) -> list[int]:
        """Adds whole rows and returns their ids."""
        columns = COLUMNS[table]
        listed = [[row["id"], *(stored(name, row.get(name, PRESET.get(name))) for name in columns)] for row in rows]
        self.database.executemany(insert(table), listed)
        return [row[0] for row in listed]

    def asked(self, question: str, *values: Any) -> list[tuple[Any, ...]]:
        """The answer of the database so far."""
        return self.database.execute(question, values).fetchall()


PRESET: Mapping[str, Any] = {"active": True}
