"""`anypsa policy`: what policies decide."""

from __future__ import annotations

import json

from rich.console import Console
from rich.table import Table

from anypsa.policy import COLUMNS, MATRIX

from .output import Listing, write_json


def matrix(output: Listing) -> None:
    """Prints what each preset decides."""
    rows = [{"what": case.what, **case.expected} for case in MATRIX]
    if output is not Listing.TABLE:
        write_json(map(json.dumps, rows), output)
        return
    table = Table("what", *COLUMNS, header_style="bold", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row.values())
    Console().print(table)
