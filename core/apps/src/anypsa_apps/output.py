"""Output: records as a table for people, or as JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
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


TICKET_COLUMNS: Final = ("number", "title", "state", "status", "priority", "queue", "company", "assignee", "created")


def print_records(records: Iterable[Record], columns: Sequence[str], output: Output, title: str) -> int:
    """Prints records and returns how many there were."""
    if output is Output.TABLE:
        return print_table(records, columns, title)
    if output is Output.NDJSON:
        count = 0
        for count, record in enumerate(records, start=1):  # noqa: B007  # the count is what is returned
            sys.stdout.write(record.model_dump_json() + "\n")
        return count
    listed = list(records)
    sys.stdout.write("[" + ",\n ".join(record.model_dump_json() for record in listed) + "]\n")
    return len(listed)


def print_table(records: Iterable[Record], columns: Sequence[str], title: str) -> int:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, title_justify="left", header_style="bold")
    for column in columns:
        table.add_column(column, overflow="ellipsis", no_wrap=column != "title")
    count = 0
    for count, record in enumerate(records, start=1):  # noqa: B007  # the count is what is returned
        table.add_row(*(Text(cell(getattr(record, column))) for column in columns))
    Console().print(table)
    return count


def cell(value: Any) -> str:
    """One value for people to read."""
    if value is None:
        return ""
    return f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "strftime") else plain(str(value))
