"""`anypsa policy`: what policies decide."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from anypsa.policy import COLUMNS, CONTRACT_KINDS, MATRIX, TERMS
from anypsa_automation import SensitiveTickets
from anypsa_automation.measuring import HELD_OUT_SET, Measured, measured

from .output import Listing, write_json

FARED: Final = ("labelled texts", "found", "mistaken for one", "precision", "recall")


def matrix(output: Listing, *, contracts: bool = False) -> None:
    """Prints what each preset decides, or what each kind of contract says."""
    if contracts:
        rows = [{"what": str(one), **dict(zip(CONTRACT_KINDS, terms, strict=True))} for one, terms in TERMS.items()]
        show(("what", *CONTRACT_KINDS), rows, output)
    else:
        show(("what", *COLUMNS), [{"what": case.what, **case.expected} for case in MATRIX], output)


def sensitive(output: Listing, *, texts: bool = False) -> None:
    """Prints how the default classifier fares on the labelled texts."""
    found = tuple(measured(SensitiveTickets()))
    show(FARED, [dict(zip(FARED, fared(one), strict=True)) for one in found], output)
    wrong = [one for one in found if one.name == HELD_OUT_SET]
    for one in wrong if texts else ():
        sys.stderr.writelines(f"missed: {text}\n" for text in one.missed)
        sys.stderr.writelines(f"mistook: {text}\n" for text in one.mistook)


def fared(one: Measured) -> Sequence[str]:
    """A line of the table."""
    of = (f"{one.found} of {one.sensitive}", f"{len(one.mistook)} of {one.ordinary}")
    return (one.name, *of, f"{one.precision:.0%}", f"{one.recall:.0%}")


def show(columns: Sequence[str], rows: Sequence[Mapping[str, str]], output: Listing) -> None:
    if output is not Listing.TABLE:
        write_json(map(json.dumps, rows), output)
        return
    table = Table(*columns, header_style="bold", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row.values())
    Console().print(table)
