"""Look-ups by id: whose id it is, and records by their ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..errors import FilterIgnored, Invalid, Problem
from ..models import Kind, Record, Sort, Trait
from ..query.binding import identity
from ..spi.table import Table
from .context import Context


def own_id(context: Context, kind: Kind[Any, ..., ...], target: object, tried: str) -> str:
    """The id of a record of this tenant, from the record, a reference, or the id itself; raises `Invalid`."""
    try:
        return identity(Trait("id", Sort.ID, kind.model), target, context.tenant)
    except ValueError as reason:
        raise Invalid(tried, problems=[Problem(kind.name, str(reason))]) from None


async def looked_up(context: Context, table: Table, ids: Sequence[str]) -> dict[str, Record]:
    """The records that exist, by id; raises `FilterIgnored` if the vendor returns others than asked for."""
    found = {one.id: one for one in await context.adapter.get_many(table, ids)}
    if strangers := found.keys() - set(ids):
        raise FilterIgnored(
            f"get {table.kind.plural}", said=[f"the vendor returned {len(strangers)} records that were not asked for"]
        )
    return found
