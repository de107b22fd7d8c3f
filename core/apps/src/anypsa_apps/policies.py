"""`anypsa policy`: what policies decide."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from anypsa.policy import COLUMNS, CONTRACT_KINDS, MATRIX, TERMS

from .output import Listing, write_json


def matrix(output: Listing, *, contracts: bool = False) -> None:
    """Prints what each preset decides, or what each kind of contract says."""
    if contracts:
        rows = [{"what": str(one), **dict(zip(CONTRACT_KINDS, terms, strict=True))} for one, terms in TERMS.items()]
        show(("what", *CONTRACT_KINDS), rows, output)
    else:
        show(("what", *COLUMNS), [{"what": case.what, **case.expected} for case in MATRIX], output)


def show(columns: Sequence[str], rows: Sequence[Mapping[str, str]], output: Listing) -> None:
    if output is not Listing.TABLE:
        write_json(map(json.dumps, rows), output)
        return
    table = Table(*columns, header_style="bold", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row.values())
    Console().print(table)
