"""`anypsa request` and `anypsa fields`: what the vendor itself offers."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .connections import Tenant, connect
from .output import Listing, printable, write_json
from .problems import plain
from .records.words import FILE, content, pairs, parsed

HEADINGS = ("field", "vendor's name", "holds", "write", "filter", "values")
SHARES = (4, 5, 4, 3, 4, 10)


def request(tenant: Tenant, method: str, path: str, params: Sequence[str], body: str | None) -> None:
    """Sends any request to the vendor, by the same limits, retries and policy, and prints the answer's JSON."""
    sent = None if body is None else parsed(text_of(body), "--json")
    with connect(*tenant) as psa:
        answer = psa.request(method.upper(), path, params=pairs(params, "parameters"), json=sent)
    if answer.content:
        sys.stdout.write(printable(json.dumps(answer.json(), ensure_ascii=False, indent=2)) + "\n")


def text_of(body: str) -> str:
    """JSON as typed, or from the file that `@path` names."""
    return content(body).decode("utf-8") if body.startswith(FILE) else body


def show_fields(tenant: Tenant, entity: str, output: Listing) -> None:
    """Prints the fields of an entity, with the tenant's values and own fields."""
    with connect(*tenant) as psa:
        found = psa.fields(entity.replace("-", "_") if entity.islower() else entity)
    if output is not Listing.TABLE:
        write_json((printable(json.dumps(asdict(one), ensure_ascii=False)) for one in found), output)
        return
    table = Table(header_style="bold", box=None, pad_edge=False, expand=True)
    for heading, share in zip(HEADINGS, SHARES, strict=True):
        table.add_column(heading, overflow="fold", ratio=share)
    for one in found:
        table.add_row(*(Text(plain(cell)) for cell in cells(one)))
    Console().print(table)


def cells(field: Any) -> tuple[str, ...]:
    write = "required" if field.required else "yes" if field.writable else ""
    values = ", ".join(option.label for option in field.options if option.active)
    return (field.name, field.vendor_name, field.holds, write, field.filtered_by_vendor, values)
