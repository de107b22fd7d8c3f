"""Places: HaloPSA's users and assets hang on a site of their client, which most programs do not know
(wire/halopsa.md 2.3, 2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa.errors import Invalid, Problem
from anypsa.spi import NUMBER, Table

from . import paging
from .codecs import NONE, whole
from .reading import Reader, Row
from .tables import ASSETS, COMPANIES, CONTACTS, ENVELOPES, LOCATIONS

SITE: Final = CONTACTS.by_name["location"].wire
CLIENT: Final = LOCATIONS.by_name["company"].wire
MAIN: Final = "main_site_id"


async def located(reader: Reader, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """Where a new user or asset is, in the wire's words."""
    if table is ASSETS and values.get("kind") is None:
        allowed = tuple(one.label for one in await reader.options(ASSETS, "kind") if one.active)
        problem = Problem("kind", "is required", allowed=allowed)
        raise Invalid("create an asset", problems=[problem], hint="Nothing was sent.")
    site = values.get("location") if table is CONTACTS else None
    return {SITE: NUMBER.encode(site or await main_site(reader, values["company"]))}


async def main_site(reader: Reader, company: str) -> str:
    """The main site of a client, or its first one; raises `Invalid` for a client that has none."""
    site = whole((await reader.row(COMPANIES, company)).get(MAIN))
    if site not in NONE:
        return site
    query = {CLIENT: company, **paging.parameters(1, 1)}
    found = paging.rows(await reader.read(LOCATIONS.path, LOCATIONS.name, query), ENVELOPES[LOCATIONS.path])
    own = [row for row in found.rows if whole(row.get(CLIENT)) == company]
    if not own:
        problem = Problem("location", f"company {company} has no location, and HaloPSA wants one")
        raise Invalid("find a location", problems=[problem], hint="Create one: locations.create(...).")
    return paging.identity(own[0])


def full_name(values: Mapping[str, Any], row: Row | None) -> dict[str, Any]:
    """The whole name, which is what HaloPSA shows."""
    names = ("first_name", "last_name")
    if not set(names) & values.keys():
        return {}
    held = {name: (row or {}).get(CONTACTS.by_name[name].wire) for name in names}
    return {"name": " ".join(part for part in ({**held, **values}[name] for name in names) if part)}
