"""A world: its database, its neutral rows, its digest, and the edits that dialects and tests make."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from . import words
from .schema import COLUMNS, insert, quoted, statements
from .seeding import Seeder
from .values import neutral, stored


class World:
    """One MSP. Ids are numbers, choices are names, times are aware UTC, custom fields are a mapping."""

    def __init__(self, *, seed: int = 1, tickets: int = 2_000, api_user: str = "api@msp.example") -> None:
        self.seed = seed
        self._tickets = tickets
        self._api_user = api_user
        # Dialects run on the server's thread, couriers and tests on theirs; SQLite serialises the calls, and new ids
        # are taken one after another.
        self._numbering = threading.Lock()
        self.database = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self.database.create_function("fold", 1, fold, deterministic=True)
        self._began: bytes | None = None
        self._resets = 0
        self._seed()
        self._unchanged = self.version

    @property
    def version(self) -> tuple[int, int]:
        """Differs whenever something in it was changed."""
        return self._resets, self.database.total_changes

    def reset(self) -> None:
        """Back to what the seed says. The first time takes as long as making a world; after that it is kept."""
        if self.version == self._unchanged:
            return
        if self._began is None:
            self._seed()
            self._began = self.database.serialize()
        else:
            self.database.deserialize(self._began)
        self._resets += 1
        self._unchanged = self.version

    def _seed(self) -> None:
        for table in COLUMNS:
            self.database.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in statements():
            self.database.execute(statement)
        self.database.execute("BEGIN")
        Seeder(self.database, self.seed).fill(api_user=self._api_user, tickets=self._tickets)
        self.database.execute("COMMIT")

    def close(self) -> None:
        """Gives the memory back."""
        self.database.close()

    @staticmethod
    def custom_fields(table: str) -> Sequence[str]:
        """The names of the custom fields that rows of a table have."""
        return words.CUSTOM if "custom" in COLUMNS[table] else ()

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All neutral rows of a table, by id."""
        names = ("id", *COLUMNS[table])
        return [neutral(dict(zip(names, row, strict=True))) for row in self.database.execute(select(table))]

    def row(self, table: str, id: int) -> dict[str, Any] | None:
        """One neutral row, or None."""
        found = self.database.execute(f"{select(table, 'WHERE id = ?')}", (id,)).fetchone()
        return None if found is None else neutral(dict(zip(("id", *COLUMNS[table]), found, strict=True)))

    def add(self, table: str, values: Mapping[str, Any]) -> int:
        """Adds a row and returns its id; columns not named are empty."""
        checked(table, values)
        with self._numbering:
            (highest,) = self.database.execute(f"SELECT COALESCE(MAX(id), 0) FROM {table}").fetchone()
            row = [highest + 1, *(stored(column, values.get(column)) for column in COLUMNS[table])]
            self.database.execute(insert(table), row)
        return int(highest) + 1

    def increase(self, table: str, id: int, column: str) -> int:
        """Counts one more in a column, at once, and returns the count; 0 if there is no such row."""
        checked(table, {column: None})
        counted = f'UPDATE {table} SET "{column}" = COALESCE("{column}", 0) + 1 WHERE id = ? RETURNING "{column}"'
        found = self.database.execute(counted, (id,)).fetchone()
        return 0 if found is None else int(found[0])

    def put(self, table: str, row: Mapping[str, Any]) -> None:
        """Puts a whole row back under its own id."""
        values = [row["id"], *(stored(column, row.get(column)) for column in COLUMNS[table])]
        self.database.execute(insert(table), values)

    def change(self, table: str, id: int, values: Mapping[str, Any]) -> bool:
        """Changes the named columns; returns whether there is such a row."""
        if not values:
            return self.row(table, id) is not None
        assignments = ", ".join(f'"{column}" = ?' for column in checked(table, values))
        parameters = [stored(column, value) for column, value in values.items()]
        return self.database.execute(f"UPDATE {table} SET {assignments} WHERE id = ?", (*parameters, id)).rowcount > 0

    def remove(self, table: str, id: int) -> bool:
        """Removes a row; returns whether there was one."""
        checked(table, {})
        return self.database.execute(f"DELETE FROM {table} WHERE id = ?", (id,)).rowcount > 0

    def counts(self) -> dict[str, int]:
        """How many rows each table has."""
        return {table: self.database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in COLUMNS}

    def digest(self) -> str:
        """A fingerprint of everything in it."""
        found = hashlib.sha256()
        for table in COLUMNS:
            for row in self.database.execute(select(table)):
                found.update(repr(row).encode())
        return found.hexdigest()


def fold(text: Any) -> Any:
    """Text as it is compared: without case."""
    return text.casefold() if isinstance(text, str) else text


def select(table: str, where: str = "") -> str:
    return f"SELECT id, {', '.join(quoted()[table])} FROM {table} {where} ORDER BY id"


def checked(table: str, values: Mapping[str, Any]) -> Sequence[str]:
    """The columns named; raises KeyError for a table or column that there is not."""
    if table not in COLUMNS:
        raise KeyError(f"there is no table {table}; there are {', '.join(COLUMNS)}")
    if unknown := set(values) - set(COLUMNS[table]):
        raise KeyError(f"{table} have no {', '.join(sorted(unknown))}")
    return list(values)
