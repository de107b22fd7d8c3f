"""Outcomes: what became of a write, noted in the journal, and asked later."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ..effects import Action
from ..errors import Invalid, OutcomeUnknown, Problem, StateUnavailable
from ..journal import Entry, Stage
from ..models import Record
from ..session import call
from ..spi.reconcile import SETTLES
from ..spi.table import Table
from ..wire import Lane
from .context import Context, noted
from .finding import NOTHING, Look, look

log = logging.getLogger("anypsa")
RAW: Final = "raw request"
"""The value that a raw request has in the journal in place of fields."""


async def known(context: Context, id: str) -> Entry:
    """The entry of an id; raises `Invalid` if the journal of this tenant has none."""
    entry = await noted(context, lambda journal: journal.entry(id))
    if entry is None or entry.tenant != context.tenant:
        raise Invalid("resolve a write", problems=[Problem(None, f"the journal of this tenant holds no {id!r}")])
    return entry


async def close(context: Context, entry: Entry, stage: Stage, record: str | None = None) -> None:
    """Notes what became of a write. What the vendor did stands, whether or not that can be noted: an entry that stays
    open is looked for when somebody asks."""
    moment = context.session.wire.moment()
    try:
        await noted(context, lambda journal: journal.close(entry, stage, moment, record))
    except StateUnavailable as error:
        log.warning("%s is %s, which could not be noted in the journal: %s", tried(entry), stage, error)
    except BaseException:
        close_at_once(context, entry, stage, record)
        raise


def close_at_once(context: Context, entry: Entry, stage: Stage, record: str | None = None) -> None:
    """The same without awaiting, since a cancelled task cannot."""
    with suppress(StateUnavailable):
        context.journal.close(entry, stage, context.session.wire.moment(), record)


async def taken(context: Context, entry: Entry, seen: Look) -> bool:
    """Makes what was found the entry's; False if it is another write's, or if somebody else was faster."""
    moment = context.session.wire.moment()
    record = seen.record.id if seen.record is not None else entry.record
    if record is None or not entry.makes:
        return await noted(context, lambda journal: journal.close(entry, Stage.DONE, moment, record))
    return await noted(context, lambda journal: journal.claim(entry, record, moment))


def settle_time(context: Context, table: Table | None) -> timedelta:
    """How long the vendor may still be at work on a write whose answer got lost."""
    own = table.reconcile.settles if table is not None and table.reconcile is not None else SETTLES
    return timedelta(seconds=own if context.settings.settle_time is None else context.settings.settle_time)


def settled_at(context: Context, entry: Entry) -> datetime:
    """When it is certain that what has not happened will not. A process that died may have sent until its deadline."""
    started = timedelta(seconds=context.settings.deadline) if entry.stage is Stage.BEGUN else timedelta()
    return entry.touched + started + settle_time(context, context.adapter.tables.get(entry.entity))


@dataclass(frozen=True)
class Resolved:
    """What became of a write: whether it happened, and to which record (None after a delete)."""

    happened: bool
    record: Record | None = None


async def resolve(context: Context, id: str) -> Resolved:
    """Looks again at a write in the journal; raises `OutcomeUnknown` while it cannot be told."""
    entry = await known(context, id)
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        return await resolved(context, entry)


async def resolved(context: Context, entry: Entry) -> Resolved:
    if entry.stage is Stage.REFUSED:
        return Resolved(happened=False)
    table = context.adapter.tables.get(entry.entity)
    if table is None or RAW in entry.values:
        raise unknown(context, entry, said=["a raw request leaves nothing to look for"])
    if entry.stage is Stage.DONE:
        record = entry.record if entry.action != Action.DELETE else None
        return Resolved(True, await context.adapter.get(table, record) if record is not None else None)
    return await looked_at(context, table, entry)


async def looked_at(context: Context, table: Table, entry: Entry) -> Resolved:
    """What one look tells. Whether it is late enough to be certain is told by the time before the look."""
    settled = context.session.wire.moment() >= settled_at(context, entry)
    seen = await look(context, table, entry)
    if seen.happened:
        if await taken(context, entry, seen):
            return Resolved(happened=True, record=seen.record)
    elif seen.candidates or seen.undecided or not settled:
        raise unknown(context, entry, seen=seen)
    else:
        moment = context.session.wire.moment()
        if await noted(context, lambda journal: journal.close(entry, Stage.REFUSED, moment)):
            return Resolved(happened=False)
    current = await known(context, entry.id)
    if current.open:
        raise unknown(context, current, said=["somebody else is at it just now"])
    return await resolved(context, current)


async def unresolved(context: Context) -> Sequence[Entry]:
    """The writes of this tenant of which it is not known what became, the oldest first."""
    return await noted(context, lambda journal: journal.unresolved(context.tenant))


def tried(entry: Entry) -> str:
    return f"{entry.action} {entry.entity}{f' {entry.record}' if entry.record else ''}"


def unknown(
    context: Context,
    entry: Entry,
    lost: OutcomeUnknown | None = None,
    seen: Look = NOTHING,
    said: Sequence[str] = (),
) -> OutcomeUnknown:
    """The error of a write that may or may not have happened, with all that is known, and a way to look again."""
    told = [*(lost.said if lost is not None else ()), *said]
    if seen.candidates:
        told.append(f"these may be it: {', '.join(seen.candidates)}")
    return OutcomeUnknown(
        f"learn whether the vendor did {tried(entry)}",
        said=told or ["its answer got lost"],
        hint="Do not repeat it blindly: error.resolve() looks again, and tells for certain "
        f"after {settled_at(context, entry):%H:%M:%S} UTC.",
        status=lost.status if lost is not None else None,
        entry=entry.id,
        candidates=seen.candidates,
        marker=entry.marker,
        resolver=lambda: context.carry(resolve(context, entry.id)),
    )
