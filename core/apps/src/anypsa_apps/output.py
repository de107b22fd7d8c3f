"""Output: records as a table for people, as JSON or CSV for programs."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from .problems import plain

if TYPE_CHECKING:
    from anypsa import Record
    from anypsa.models import Kind, Trait


class Listing(StrEnum):
    """How what is no record is printed."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"


class Output(StrEnum):
    """How records are printed."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


STREAMED: Final = (Output.NDJSON, Output.CSV)
"""What is printed record by record, as they come."""
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for a formula when a cell begins with it."""


def print_records(
    records: Iterable[Record], kind: Kind[Any, ..., ...], columns: Mapping[str, int], output: Output
) -> int:
    """Prints records and returns how many there were."""
    match output:
        case Output.TABLE:
            return print_table(records, columns, kind.plural.replace("_", " ").capitalize())
        case Output.CSV:
            return write_csv(records, kind)
    return write_json(map(json_of, records), output)


def print_record(record: Record, kind: Kind[Any, ..., ...], output: Output) -> None:
    """Prints one record, as a table with a line for each field that it has."""
    if output is Output.TABLE:
        print_fields(record, kind)
    elif output is Output.JSON:
        sys.stdout.write(f"{json_of(record)}\n")
    else:
        print_records([record], kind, {}, output)


def print_fields(record: Record, kind: Kind[Any, ..., ...]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_header=False, box=None, pad_edge=False)
    told = {name: getattr(record, name) for name in kind.traits} | dict(record.custom_fields)
    for name, value in told.items():
        if value is not None and str(value) != "":
            table.add_row(Text(plain(name), style="dim"), Text(exact(value)))
    Console().print(table)


def exact(value: Any) -> str:
    """A value for people who look at one record: a label with its id, a moment to the second, a text with its lines."""
    if hasattr(value, "id"):
        return plain(f"{value} ({value.id})" if str(value) != value.id else value.id)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S} UTC"
    return "\n".join(map(plain, str(value).splitlines()))


def write_csv(records: Iterable[Record], kind: Kind[Any, ..., ...]) -> int:
    """Writes a row for each record: ids and labels in columns of their own, durations in hours, moments as ISO 8601."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(heading for trait in kind.traits.values() for heading in headings(trait))
    count = 0
    for count, record in enumerate(records, start=1):  # noqa: B007  # the count is what is returned
        writer.writerow(cell for trait in kind.traits.values() for cell in cells(trait, getattr(record, trait.name)))
    return count


def headings(trait: Trait) -> Iterator[str]:
    """The columns of a field."""
    parts = parts_of(trait)
    return (f"{trait.name}.{part}" for part in parts) if parts else iter([trait.name])


def parts_of(trait: Trait) -> Sequence[str]:
    """What a field's values consist of, if they are no plain ones."""
    return PARTS.get(trait.sort.name, ())


def cells(trait: Trait, value: Any) -> Iterator[str]:
    """What stands in the columns of a field."""
    parts = parts_of(trait)
    held = [getattr(value, part, None) for part in parts] if parts else [value]
    return map(harmless, held)


PARTS: Final[Mapping[str, tuple[str, ...]]] = {"CHOICE": ("id", "label"), "REFERENCE": ("id", "name")}
"""Sorts of fields whose values have an id and a word, by the name of the sort."""


def harmless(value: Any) -> str:
    """A cell that no spreadsheet runs: what looks like a formula is prefixed with an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, timedelta):
        return str(value.total_seconds() / 3600)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return str(value)


def write_json(texts: Iterable[str], output: Listing | Output) -> int:
    """Writes JSON texts, a line each as they come or all as one list, and returns how many there were."""
    if output.value == Listing.NDJSON.value:
        count = 0
        for count, text in enumerate(texts, start=1):  # noqa: B007  # the count is what is returned
            sys.stdout.write(f"{text}\n")
        return count
    listed = list(texts)
    sys.stdout.write("[" + ",\n ".join(listed) + "]\n")
    return len(listed)


def json_of(record: Record) -> str:
    """The record as JSON."""
    return printable(nulled(record.model_dump_json()))


EMPTY: Final = '"id":""'


def nulled(text: str) -> str:
    """A record's JSON with null in the place of relations and choices that name nothing."""
    if EMPTY not in text:
        return text
    fields = {name: None if is_empty(value) else value for name, value in json.loads(text).items()}
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def is_empty(value: Any) -> bool:
    """Whether a field of a record as JSON is a relation or choice that names nothing."""
    return isinstance(value, dict) and value.get("id") == ""


def printable(text: str) -> str:
    """JSON for a terminal. JSON itself escapes what is below a blank; the other characters that steer a terminal or
    turn the direction of a text are escaped here."""
    return text if text.isprintable() else "".join(map(escaped, text))


def escaped(char: str) -> str:
    return char if char.isprintable() or char == "\n" else json.dumps(char)[1:-1]


def print_table(records: Iterable[Record], columns: Mapping[str, int], title: str) -> int:
    return print_rows(title, columns, ([cell(getattr(record, column)) for column in columns] for record in records))


def print_rows(title: str, columns: Mapping[str, int], rows: Iterable[Iterable[str]]) -> int:
    """Prints a table, whose columns have such shares of the width, and returns how many rows it has."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False, expand=True)
    for column, share in columns.items():
        table.add_column(column, overflow="ellipsis", no_wrap=True, ratio=share)
    count = 0
    for count, row in enumerate(rows, start=1):  # noqa: B007  # the count is what is returned
        table.add_row(*(Text(plain(one)) for one in row))
    Console().print(table)
    return count


def cell(value: Any) -> str:
    """One value of a table for people to read."""
    if value is None:
        return ""
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime) else plain(str(value))
