"""Belonging: a ticket's contact, location and contract are its company's, or its company's parent's (wire/autotask.md
6, 9). Checked before a ticket is written, and kept when it moves to another company."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from anypsa.errors import Invalid, NotFound, PermissionDenied, Problem
from anypsa.spi import Table

from . import rows
from .reading import Reader
from .rows import Row
from .tables import COMPANIES, CONTACTS, CONTRACTS, LOCATIONS, TICKETS

OWNED: Final[Mapping[str, Table]] = {"contact": CONTACTS, "location": LOCATIONS, "contract": CONTRACTS}
HINT: Final = "Name one of the ticket's own company, or move the ticket in the same update."


async def check(reader: Reader, values: Mapping[str, Any], company: str | None) -> None:
    """Raises `Invalid` for a contact, location or contract that is another company's."""
    named = {name: values[name] for name in OWNED if values.get(name) is not None}
    if not named or company is None:
        return
    problems = [
        Problem(name, f"{name} {id} is not of company {company} or its parent", value=str(id))
        for name, id in named.items()
        if await belongs(reader, name, id, company) is False
    ]
    if problems:
        raise Invalid("write a ticket", problems=problems, hint=HINT)


async def belongs(reader: Reader, name: str, id: str, company: str) -> bool | None:
    """Whether a record is a company's or its parent's; None where the user may not see it. One that is not there is
    refused by the vendor in its own words."""
    try:
        owner = rows.number((await reader.row(OWNED[name], id)).get(OWNED[name].by_name["company"].wire))
    except (NotFound, PermissionDenied):
        return None
    if owner is None or owner == company:
        return True
    return owner == await parent(reader, company)


async def parent(reader: Reader, company: str) -> str | None:
    try:
        row = await reader.row(COMPANIES, company)
    except (NotFound, PermissionDenied):
        return None
    return rows.number(row.get(COMPANIES.by_name["parent_id"].wire))


async def left_behind(reader: Reader, row: Row, values: Mapping[str, Any]) -> Sequence[str]:
    """What a ticket has of its old company, in the order of fields, when it moves and nothing else was named."""
    company = values["company"]
    if company is None or rows.number(row.get(TICKETS.by_name["company"].wire)) == company:
        return ()
    held = {name: rows.number(row.get(TICKETS.by_name[name].wire)) for name in OWNED if values.get(name) is None}
    return [
        name
        for name, id in held.items()
        if id is not None and (name in values or await belongs(reader, name, id, company) is not True)
    ]
