"""`anypsa check` and `anypsa adapters`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from anypsa import Identity
from anypsa.plugins import installed

from .connections import connect
from .output import Listing, print_rows, write_json
from .problems import plain

ADAPTERS: Final[Mapping[str, int]] = {"name": 2, "distribution": 3, "version": 2}


def check_connection(profile: str | None, adapter: str | None) -> None:
    """Proves the credentials and prints who they are and what they may see."""
    with connect(profile, adapter) as psa:
        identity = psa.check()
        seen = {
            "open tickets": str(psa.tickets.count({"field": "state", "op": "eq", "value": "open"})),
            "companies": str(psa.companies.count()),
        }
    print_identity(identity, seen)


def print_identity(identity: Identity, seen: Mapping[str, str] = MappingProxyType({})) -> None:
    """Prints who somebody is, and what was seen as that."""
    facts = {
        "vendor": identity.vendor,
        "user": identity.username,
        "technician": f"{identity.name} (id {identity.technician_id})" if identity.technician_id else "none",
        "tenant": identity.tenant,
        **(identity.details or {}),
        **seen,
    }
    console = Console()
    console.print(Text("The credentials are good.", style="bold green"))
    table = Table(show_header=False, box=None, pad_edge=False)
    for name, value in facts.items():
        table.add_row(Text(name, style="dim"), Text(plain(value)))
    console.print(table)


def list_adapters(output: Listing) -> None:
    """Prints what is installed."""
    found = [
        {"name": name, "distribution": entry.dist.name, "version": entry.dist.version}
        for name, entry in sorted(installed().items())
        if entry.dist is not None
    ]
    if output is Listing.TABLE:
        print_rows("Adapters", ADAPTERS, (one.values() for one in found))
    else:
        write_json(map(json.dumps, found), output)
