"""Reading: one record, many, the first, and counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from ..errors import FilterIgnored, Invalid, NotFound, Problem
from ..models import KINDS, Kind, Record
from ..models.kind import Change, New, T
from ..query import EVERYTHING, Expression, Not
from ..session import call
from ..spi.table import Table, Verb
from ..wire import Lane
from .context import Context
from .gathering import Gathering
from .listing import Listing, Search
from .lookups import looked_up, own_id


async def get(context: Context, kind: Kind[T, New, Change], target: object, *, gather: bool = True) -> T:
    """One record, whole; raises `NotFound`, and `FilterIgnored` if the vendor returns another.

    With `gather`, gets that are asked for at about the same time become one look-up, where that tells as much.
    """
    tried = f"get {kind.name}"
    table, id = context.table(kind, Verb.GET), own_id(context, kind, target, tried)
    if (predicted := context.unmade.get(id)) is not None:
        return cast("T", predicted)
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        if gather and table.gathered and context.settings.gathering:
            record = await gathering(context, table).get(id)
        else:
            record = await context.adapter.get(table, id)
    if record.id != id:
        raise FilterIgnored(f"{tried} {id}", said=[f"the vendor returned {kind.name} {record.id} instead"])
    return cast("T", record)


def gathering(context: Context, table: Table) -> Gathering:
    """Who gathers the gets of a kind."""
    found = context.gatherings.get(table.name)
    # setdefault, since threads may come here at once
    return found if found is not None else context.gatherings.setdefault(table.name, Gathering(context, table))


async def get_many(context: Context, kind: Kind[T, New, Change], targets: Iterable[object]) -> Sequence[T]:
    """The records in the order asked for; raises `NotFound` naming every id that is not there."""
    tried = f"get {kind.plural}"
    table = context.table(kind, Verb.GET)
    ids = [own_id(context, kind, target, tried) for target in targets]
    if not ids:
        return []
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        found: dict[str, Any] = await looked_up(context, table, list(dict.fromkeys(ids)))
    if missing := [id for id in dict.fromkeys(ids) if id not in found]:
        raise NotFound(tried, problems=[Problem("id", f"there is no {kind.name} {id}") for id in missing])
    return [found[id] for id in ids]


async def existing(context: Context, entity: str, ids: Iterable[str]) -> Mapping[str, Record]:
    """The records of an entity, by its word, that exist among these ids; in as few requests as the vendor allows."""
    tried = f"get {entity} records"
    if entity not in KINDS:
        raise Invalid(tried, problems=[Problem("entity", f"there is no {entity!r}", allowed=tuple(KINDS))])
    table = context.table(KINDS[entity], Verb.GET)
    wanted = list(dict.fromkeys(own_id(context, KINDS[entity], id, tried) for id in ids))
    if not wanted:
        return {}
    with call(context.session.wire, context.settings, Lane.BULK):
        return await looked_up(context, table, wanted)


async def first(search: Search[T, ..., ...]) -> T | None:
    """The first record that matches, or None."""
    listing = Listing(search)
    while (page := await listing.next_page()) is not None:
        if page:
            return page[0]
    return None


async def count(search: Search[T, ..., ...]) -> int:
    """How many records match. The vendor's count is used where it can be proved, else rows are counted."""
    context, table = search.context, context_table(search)
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        where = await search.resolved()
        proved = await proved_count(context, table, where)
    return proved if proved is not None else await counted(search)


def context_table(search: Search[Any, ..., ...]) -> Table:
    return search.context.table(search.kind, Verb.COUNT)


async def proved_count(context: Context, table: Table, where: Expression) -> int | None:
    """The vendor's count, if those that match and those that do not add up to all: a vendor that drops a condition
    counts everything twice."""
    everything = await context.adapter.plan(table, EVERYTHING)
    if len(everything.queries) != 1:
        return None
    if where == EVERYTHING:
        return await context.adapter.count(table, everything.queries[0])
    plans = [await context.adapter.plan(table, one) for one in (where, Not(where))]
    if any(not plan.exact or len(plan.queries) != 1 for plan in plans):
        return None
    queries = [*(plan.queries[0] for plan in plans), everything.queries[0]]
    matching, others, all_of_them = await context.session.gather(
        [partial(context.adapter.count, table, query) for query in queries]
    )
    return matching if matching + others == all_of_them else None


async def counted(search: Search[Any, ..., ...]) -> int:
    """The count by reading every row."""
    listing = Listing(search)
    while await listing.next_page() is not None:
        pass
    return listing.report.yielded
