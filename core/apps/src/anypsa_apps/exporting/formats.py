"""Formats: how the records of a store become a file. By the end of the file's name."""

from __future__ import annotations

import csv
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from anypsa import ConfigurationError, Invalid, Problem, Record
from anypsa.models import Kind, Sort, Trait

from ..output import cells, harmless, headings, nulled, parts_of

if TYPE_CHECKING:
    import duckdb

CUSTOM: Final = "custom_fields"
SQL: Final[Mapping[Sort, str]] = {
    Sort.BOOLEAN: "BOOLEAN",
    Sort.NUMBER: "BIGINT",
    Sort.DECIMAL: "DECIMAL(18, 4)",
    Sort.DURATION: "DOUBLE",
    Sort.INSTANT: "TIMESTAMPTZ",
}
"""The column of a field by what it holds; text for what is not here."""

Write = Callable[[Iterable[str], Kind[Any, ..., ...], Path], None]


@dataclass(frozen=True)
class Format:
    """How a kind of file is written. A `shared` one holds several collections, each a table of its own."""

    write: Write
    shared: bool = False


def format_of(file: Path) -> Format:
    """The format that a file's name says; raises `Invalid`."""
    if (found := FORMATS.get(file.suffix)) is None:
        problem = Problem("--to", f"{file.name!r} does not say what it is to be", allowed=tuple(FORMATS))
        raise Invalid("export", problems=[problem])
    return found


def replaced(write: Write) -> Write:
    """Written beside the file, and put in its place when it is whole."""

    def whole(documents: Iterable[str], kind: Kind[Any, ..., ...], file: Path) -> None:
        unfinished = file.with_name(file.name + ".part")
        try:
            write(documents, kind, unfinished)
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)

    return whole


def ndjson(documents: Iterable[str], kind: Kind[Any, ..., ...], file: Path) -> None:
    """A line of JSON for each record, as the models have it."""
    with file.open("w", encoding="utf-8", newline="\n") as out:
        out.writelines(f"{nulled(document)}\n" for document in documents)


def as_csv(documents: Iterable[str], kind: Kind[Any, ..., ...], file: Path) -> None:
    """What `--output csv` prints, and the custom fields as JSON."""
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        traits = kind.traits.values()
        writer.writerow([*(heading for trait in traits for heading in headings(trait)), CUSTOM])
        for record in records(documents, kind):
            row = [cell for trait in traits for cell in cells(trait, getattr(record, trait.name))]
            writer.writerow([*row, harmless(own(record))])


def parquet(documents: Iterable[str], kind: Kind[Any, ..., ...], file: Path) -> None:
    """A typed column for each field."""
    with database(":memory:") as connection, rows(documents, kind) as source:
        connection.execute(f"COPY (SELECT * FROM {source}) TO {quoted(str(file))} (FORMAT parquet)")


def table(documents: Iterable[str], kind: Kind[Any, ..., ...], file: Path) -> None:
    """A table of a DuckDB database, by the collection's name; its other tables stay."""
    with database(str(file)) as connection, rows(documents, kind) as source:
        connection.execute(f'CREATE OR REPLACE TABLE "{kind.plural}" AS SELECT * FROM {source}')


FORMATS: Final[Mapping[str, Format]] = {
    ".ndjson": Format(replaced(ndjson)),
    ".csv": Format(replaced(as_csv)),
    ".parquet": Format(replaced(parquet)),
    ".duckdb": Format(table, shared=True),
}
"""By the end of the file's name."""


def database(path: str) -> duckdb.DuckDBPyConnection:
    """A DuckDB database; raises `ConfigurationError` where it is not installed or cannot be opened."""
    try:
        import duckdb
    except ImportError:
        hint = 'pip install "anypsa-apps[export]"'
        raise ConfigurationError("write this format", said=["duckdb is not installed"], hint=hint) from None
    try:
        return duckdb.connect(path)
    except duckdb.Error as reason:
        raise ConfigurationError(f"open {path}", said=[str(reason)]) from None


@contextmanager
def rows(documents: Iterable[str], kind: Kind[Any, ..., ...]) -> Iterator[str]:
    """What DuckDB selects the records from, while it does: a file of flat JSON with the types of its columns."""
    columns = {name: type for trait in kind.traits.values() for name, type in typed(trait)} | {CUSTOM: "JSON"}
    with tempfile.TemporaryDirectory() as folder:
        flat = Path(folder) / "rows.ndjson"
        with flat.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(flattened(record, kind)) + "\n" for record in records(documents, kind))
        said = ", ".join(f"{quoted(name)}: {quoted(type)}" for name, type in columns.items())
        yield f"read_json({quoted(str(flat))}, format = 'newline_delimited', columns = {{{said}}})"


def typed(trait: Trait) -> Iterator[tuple[str, str]]:
    """The columns of a field and their types."""
    parts = parts_of(trait)
    if not parts:
        yield trait.name, SQL.get(trait.sort, "VARCHAR")
    for part in parts:
        yield f"{trait.name}_{part}", "VARCHAR"


def flattened(record: Record, kind: Kind[Any, ..., ...]) -> dict[str, Any]:
    """The row of a record."""
    row: dict[str, Any] = {}
    for trait in kind.traits.values():
        value = getattr(record, trait.name)
        for part in parts_of(trait):
            row[f"{trait.name}_{part}"] = getattr(value, part, None) or None
        if not parts_of(trait):
            row[trait.name] = plain_value(value)
    return {**row, CUSTOM: dict(record.custom_fields)}


def plain_value(value: Any) -> Any:
    """A value as JSON has it: durations in hours."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, timedelta):
        return value.total_seconds() / 3600
    return value.isoformat() if isinstance(value, datetime) else str(value)


def records(documents: Iterable[str], kind: Kind[Any, ..., ...]) -> Iterator[Record]:
    """The records that a store holds."""
    return map(kind.model.model_validate_json, documents)


def own(record: Record) -> str:
    """A record's custom fields, as JSON."""
    return json.dumps(dict(record.custom_fields), ensure_ascii=False)


def quoted(text: str) -> str:
    """A text as SQL has it."""
    return "'" + text.replace("'", "''") + "'"
