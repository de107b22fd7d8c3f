"""`anypsa check` and `anypsa adapters`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rich.console import Console
from rich.table import Table
from rich.text import Text

from anypsa import Identity
from anypsa.plugins import installed

from .connections import connect
from .problems import plain


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


def list_adapters() -> None:
    """Prints what is installed."""
    table = Table(title="Adapters", title_justify="left", header_style="bold")
    for heading in ("name", "distribution", "version"):
        table.add_column(heading)
    for name, entry in sorted(installed().items()):
        table.add_row(name, entry.dist.name if entry.dist else "", entry.dist.version if entry.dist else "")
    Console().print(table)
