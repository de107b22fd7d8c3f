"""`anypsa policy`: what policies decide."""

from __future__ import annotations

import json
import sys

from rich.console import Console
from rich.table import Table

from anypsa.policy import COLUMNS, MATRIX

from .output import Output


def matrix(output: Output) -> None:
    """Prints what each preset decides."""
    rows = [{"what": case.what, **case.expected} for case in MATRIX]
    if output is Output.NDJSON:
        sys.stdout.writelines(f"{json.dumps(row)}\n" for row in rows)
    elif output is Output.JSON:
        sys.stdout.write("[" + ",\n ".join(map(json.dumps, rows)) + "]\n")
    else:
        table = Table(header_style="bold", box=None, pad_edge=False)
        for heading in ("what", *COLUMNS):
            table.add_column(heading)
        for row in rows:
            table.add_row(*row.values())
        Console().print(table)
