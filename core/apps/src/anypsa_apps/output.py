"""Output: records as a table for people, or as JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from .problems import plain

if TYPE_CHECKING:
    from anypsa import Record


class Output(StrEnum):
    """How records are printed."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"


# Columns of a table and their shares of the terminal's width.
TICKET_COLUMNS: Final = {"number": 5, "title": 7, "status": 4, "priority": 3, "queue": 4, "company": 4}


def print_records(records: Iterable[Record], columns: Mapping[str, int], output: Output, title: str) -> int:
    """Prints records and returns how many there were."""
    if output is Output.TABLE:
        return print_table(records, columns, title)
    return write_json(map(json_of, records), output)


def write_json(texts: Iterable[str], output: Output) -> int:
    """Writes JSON texts, a line each as they come or all as one list, and returns how many there were."""
    if output is Output.NDJSON:
        count = 0
        for count, text in enumerate(texts, start=1):  # noqa: B007  # the count is what is returned
            sys.stdout.write(f"{text}\n")
        return count
    listed = list(texts)
    sys.stdout.write("[" + ",\n ".join(listed) + "]\n")
    return len(listed)


def json_of(record: Record) -> str:
    """The record as JSON. JSON itself escapes what is below a blank; the other characters that steer a terminal or
    turn the direction of a text are escaped here."""
    text = record.model_dump_json()
    return text if text.isprintable() else "".join(map(escaped, text))


def escaped(char: str) -> str:
    return char if char.isprintable() else json.dumps(char)[1:-1]


def print_table(records: Iterable[Record], columns: Mapping[str, int], title: str) -> int:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", header_style="bold", box=None, pad_edge=False, expand=True)
    for column, share in columns.items():
        table.add_column(column, overflow="ellipsis", no_wrap=True, ratio=share)
    count = 0
    for count, record in enumerate(records, start=1):  # noqa: B007  # the count is what is returned
        table.add_row(*(Text(cell(getattr(record, column))) for column in columns))
    Console().print(table)
    return count


def cell(value: Any) -> str:
    """One value for people to read."""
    if value is None:
        return ""
    return f"{value:%Y-%m-%d}" if hasattr(value, "strftime") else plain(str(value))
