"""Finding: one look at whether a write whose answer got lost has happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ..effects import Action
from ..errors import NotFound
from ..journal import Entry, Stage, loaded
from ..models import Choice, Id, Record, Ref
from ..query import And, Compare, Expression, Operator
from ..spi.reconcile import Reconcile
from ..spi.table import Table
from .context import Context, noted
from .listing import Listing, Search

# The vendor's clock is known by its answers to a second, and its rows may round.
RESOLUTION: Final = timedelta(seconds=2)
# How far two clocks may be apart when the vendor never told the time.
APART: Final = timedelta(minutes=5)
MOST: Final = 50


@dataclass(frozen=True, slots=True)
class Look:
    """What one look showed: it happened (to `record`, if that is still there), or these records may be it, or neither.

    `undecided`: there is something, and another write that asks for the very same is under way: it may be either's.
    """

    happened: bool
    record: Record | None = None
    candidates: tuple[str, ...] = ()
    undecided: bool = False


NOTHING: Final = Look(happened=False)


async def look(context: Context, table: Table, entry: Entry) -> Look:
    """Looks once."""
    match entry.action:
        case Action.CREATE:
            return await created(context, table, entry)
        case Action.UPDATE if entry.record is not None:
            record = await present(context, table, entry.record)
            values = loaded(entry.values, table.kind)
            done = record is not None and same(record, values, values)
            return Look(happened=True, record=record) if done else NOTHING
        case Action.DELETE if entry.record is not None:
            return Look(happened=await present(context, table, entry.record) is None)
    return NOTHING


async def present(context: Context, table: Table, id: str) -> Record | None:
    try:
        return await context.adapter.get(table, id)
    except NotFound:
        return None


async def created(context: Context, table: Table, entry: Entry) -> Look:
    """Looks for the record that a create may have made."""
    rule = table.reconcile
    if rule is None:
        return NOTHING
    if entry.marker is not None and rule.marker is not None:
        found = await listed(context, table, Compare(rule.marker, Operator.EQ, entry.marker))
        return shared(found, entry, [], under_way=False)
    found = await fingerprinted(context, table, rule, entry)
    others = await rivals(context, entry) if found else []
    left_behind = context.session.wire.moment() - timedelta(seconds=context.settings.deadline)
    under_way = any(one.stage is Stage.BEGUN and one.touched > left_behind for one in others)
    return shared(found, entry, others, under_way=under_way)


def shared(found: Sequence[Record], entry: Entry, others: Sequence[Entry], *, under_way: bool) -> Look:
    """What a write may take of what was found, when others ask for the very same and are as unknown.

    Their records cannot be told apart, so each takes one, in order. While another is still under way its answer may
    name one of them; and more records than writes are somebody else's too.
    """
    if not found:
        return NOTHING
    if len(found) > 1 + len(others):
        return Look(happened=False, candidates=tuple(record.id for record in found))
    if len(found) <= len(others) and under_way:
        return Look(happened=False, undecided=True)
    place = sum((one.begun, one.id) < (entry.begun, entry.id) for one in others)
    ordered = sorted(found, key=lambda record: (len(record.id), record.id))
    return Look(happened=True, record=ordered[place]) if place < len(ordered) else NOTHING


async def rivals(context: Context, entry: Entry) -> Sequence[Entry]:
    """The other open writes of the journal that ask for the very same."""
    unresolved = await noted(context, lambda journal: journal.unresolved(context.tenant))
    return [one for one in unresolved if one.fingerprint == entry.fingerprint and one.id != entry.id]


async def fingerprinted(context: Context, table: Table, rule: Reconcile, entry: Entry) -> list[Record]:
    """The records with the fingerprint of the create that no other write is known to have made."""
    values = loaded(entry.values, table.kind)
    where: list[Expression] = [
        Compare(name, Operator.EQ, Id(values[name])) for name in rule.within if values.get(name) is not None
    ]
    if rule.since is not None:
        where.append(Compare(rule.since, Operator.GTE, earliest(context, entry)))
    me = await us(context) if rule.author is not None else None
    compared = [name for name in (*rule.within, *rule.same) if name in values]
    found: list[Record] = []
    for record in await listed(context, table, And(tuple(where))):
        by_us = me is None or plain(getattr(record, rule.author or "", None)) in (None, me)
        if by_us and same(record, values, compared) and not await claimed(context, table, record, entry):
            found.append(record)
    return found


async def listed(context: Context, table: Table, where: Expression) -> list[Any]:
    """All records that match; `Incomplete` if that cannot be told."""
    listing = Listing(Search(context, table.kind, where, (), None))
    found: list[Any] = []
    while (page := await listing.next_page()) is not None:
        found.extend(page)
    return found


async def us(context: Context) -> str | None:
    """The id that the vendor writes into records as their author when we make them."""
    return (await context.session.once("whoami", context.adapter.whoami, ttl=3600.0)).acts_as


def vendor_time(context: Context, moment: datetime) -> datetime | None:
    """The vendor's time at a moment of ours, a little early rather than late; None when it never told its time."""
    ahead = context.session.ahead()
    return None if ahead is None else moment + ahead - RESOLUTION


def earliest(context: Context, entry: Entry) -> datetime:
    """When a record of this write can have been made at the earliest, on the vendor's clock.

    What was known when the write was begun counts: our own clock may have been set since.
    """
    return entry.since or vendor_time(context, entry.begun) or entry.begun - APART


async def claimed(context: Context, table: Table, record: Record, entry: Entry) -> bool:
    """Whether the journal knows that another write made a record."""
    owner = await noted(context, lambda journal: journal.owner(context.tenant, table.name, record.id))
    return owner not in (None, entry.id)


def same(record: Record, values: Mapping[str, Any], names: Iterable[str]) -> bool:
    """Whether a record holds these values in these fields. Custom fields count one by one."""
    for name in names:
        held, wanted = getattr(record, name, None), values[name]
        if isinstance(wanted, Mapping):
            if held is None or any(held.get(one) != value for one, value in wanted.items()):
                return False
        elif plain(held) != plain(wanted):
            return False
    return True


def plain(value: Any) -> Any:
    """A value for comparison: ids for relations and choices, text without what vendors do to line ends and margins."""
    if isinstance(value, Ref | Choice):
        return value.id or None
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    if isinstance(value, str):
        return "\n".join(line.rstrip() for line in value.replace("\r\n", "\n").strip().split("\n")) or None
    return value
