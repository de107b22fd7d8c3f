"""The store of an export: the rows read so far and how far that was, in a SQLite file beside the one that is written.

Each page is committed together with the place to go on from, so that a run that is killed loses a page at most. The
file itself is written anew from here at the end of a run: whoever reads it sees a whole one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from anypsa import ConfigurationError, Record, StateUnavailable

FORMAT: Final = "1"
TABLES: Final = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS records (id TEXT PRIMARY KEY, pass INTEGER NOT NULL, document TEXT NOT NULL);
"""
KEEP: Final = """
INSERT INTO records VALUES (?, ?, ?)
ON CONFLICT (id) DO UPDATE SET pass = excluded.pass, document = excluded.document
"""


@dataclass
class Tally:
    """What was done to a store since it was opened."""

    new: int = 0
    read: int = 0
    gone: int = 0


class Store:
    """What an export has read: a copy as `anypsa.copying` has it. `tally` counts."""

    def __init__(self, path: Path, about: Mapping[str, str]) -> None:
        self._path = path
        self.tally = Tally()
        self._tried = f"go on with the export in {path}"
        try:
            # One thread after the other may use it: a sync of many tenants has several.
            self._database = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
        except sqlite3.Error as reason:
            raise ConfigurationError(self._tried, said=[str(reason)], hint="Its folder has to exist.") from None
        try:
            # Held until the process ends, however it ends: two exports to one file would mix.
            self._database.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._database.executescript(TABLES)
            self._belongs({"format": FORMAT, **about})
        except sqlite3.Error as reason:
            self._database.close()
            hint = f"Let the other export end, or remove {self._path} to begin anew."
            raise StateUnavailable(self._tried, said=[str(reason)], hint=hint) from None
        except ConfigurationError:
            self._database.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def _belongs(self, about: Mapping[str, str]) -> None:
        """Raises `ConfigurationError` for a file that something else was exported to."""
        known = dict(self._database.execute("SELECT name, value FROM about"))
        if "stage" not in known:  # nothing was read yet
            known = {}
        said = [
            f"{name} was {known[name]!r} and is {value!r}"
            for name, value in about.items()
            if known.get(name, value) != value
        ]
        if said:
            raise ConfigurationError(self._tried, said=said, hint="Choose another file, or begin anew with --fresh.")
        self._note(**about)

    def _note(self, **values: str | None) -> None:
        self._database.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", values.items())

    def _noted(self, name: str) -> str | None:
        row = self._database.execute("SELECT value FROM about WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    @property
    def cursor(self) -> str | None:
        """Since when changes are still to be read; None where they cannot be found, or nothing was read yet."""
        return self._noted("cursor")

    @property
    def after(self) -> str | None:
        """The record to go on behind, of a pass that did not get to its end."""
        return self._noted("after")

    @property
    def stage(self) -> str | None:
        """`reading` during a pass over everything, `whole` after it, None before the first."""
        return self._noted("stage")

    @property
    def _pass(self) -> int:
        return int(self._noted("pass") or 0)

    @contextmanager
    def _whole(self) -> Iterator[None]:
        """All of what is written in it, or nothing."""
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

    def begin(self, cursor: str | None) -> None:
        """Begins a pass over everything."""
        with self._whole():
            self._note(stage="reading", cursor=cursor, after=None, **{"pass": str(self._pass + 1)})

    def keep(self, records: Sequence[Record], *, after: str | None = None) -> None:
        """Takes in records, and where the pass has got to."""
        with self._whole():
            self._take(records)
            if after is not None:
                self._note(after=after)

    def follow(self, records: Sequence[Record], gone: Iterable[str], cursor: str) -> None:
        """Takes in what changed since the last look."""
        with self._whole():
            self._drop(gone)
            self._take(records)
            self._note(cursor=cursor)

    def _take(self, records: Sequence[Record]) -> None:
        number = self._pass
        self.tally.read += len(records)
        self.tally.new += len(records) - len(self.known(one.id for one in records))
        self._database.executemany(KEEP, ((one.id, number, one.model_dump_json()) for one in records))

    def unseen(self) -> list[str]:
        """The ids of records that this pass has not met."""
        return [id for (id,) in self._database.execute("SELECT id FROM records WHERE pass < ?", (self._pass,))]

    def end(self, gone: Iterable[str]) -> None:
        """Ends a pass over everything: what it has not met is gone."""
        with self._whole():
            self._drop(gone)
            self._note(stage="whole", after=None)

    def _drop(self, gone: Iterable[str]) -> None:
        dropped = self._database.executemany("DELETE FROM records WHERE id = ?", ((id,) for id in gone))
        self.tally.gone += max(0, dropped.rowcount)

    def __len__(self) -> int:
        count: int = self._database.execute("SELECT count(*) FROM records").fetchone()[0]
        return count

    def known(self, ids: Iterable[str]) -> set[str]:
        """Those of the ids that are in here."""
        found = self._database.execute(
            "SELECT id FROM records WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(ids)),)
        )
        return {id for (id,) in found}

    def documents(self) -> Iterator[str]:
        """All records as JSON, in order of their ids: numbers by size."""
        for (document,) in self._database.execute("SELECT document FROM records ORDER BY length(id), id"):
            yield document
