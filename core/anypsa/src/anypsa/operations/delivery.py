"""Delivery: a write is written down before it is sent, and looked for when its answer gets lost. Never two, never lost.

No vendor of ours knows idempotency keys, so a lost answer can only be made good by looking: at the record for an update
or a delete, for a marker or a fingerprint for a create. Not found is "not yet" until the vendor's settle time has
passed, since it may still be at work on what it got. Then it is sent again only if the caller asked for that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import chain, repeat
from typing import Any, Final, TypeVar

from ..errors import Conflict, Invalid, OutcomeUnknown, Problem, PSAError
from ..journal import Entry, Stage, dumped, fingerprint
from ..models import Record
from ..session import call
from ..spi.effects import Action, Effect
from ..spi.reconcile import SETTLES
from ..spi.table import Table
from ..wire import Lane, until
from .context import Context, noted
from .finding import Look, look

V = TypeVar("V")
# Seconds between looks: a late commit mostly comes within moments, and each look costs a request.
PAUSES: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
LONGEST_PAUSE: Final = 32.0
MARKER: Final = "anypsa:{}"
POLL: Final = 0.05
RAW: Final = "raw request"
"""The value that a raw request has in the journal in place of fields."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller may say of a write beside its values; see `Creation`."""

    key: str | None = None
    wait: bool = False


@dataclass(frozen=True)
class Write:
    """One write to deliver. `send` puts the values on their way and returns the id of the record."""

    context: Context
    table: Table
    action: Action
    record: str | None
    values: Mapping[str, Any]
    send: Callable[[Mapping[str, Any]], Awaitable[str]]
    options: Options = Options()

    def entry(self) -> Entry:
        """Its entry in the journal."""
        wire = self.context.session.wire
        now, id, values = wire.moment(), wire.new_id(), dumped(self.values, self.table.kind)
        return Entry(
            id=id,
            tenant=self.context.tenant,
            action=str(self.action),
            entity=self.table.name,
            record=self.record,
            values=values,
            fingerprint=fingerprint(str(self.action), self.table.name, self.record, values),
            key=self.options.key,
            marker=MARKER.format(id[:24]) if self.marked else None,
            begun=now,
            touched=now,
        )

    @property
    def marked(self) -> bool:
        """Whether a marker of ours goes into the record: only into a field that the caller leaves free."""
        field = self.table.reconcile.marker if self.table.reconcile is not None else None
        free = field is not None and self.values.get(field) is None
        return self.action is Action.CREATE and free and self.context.settings.markers

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again once it is certain that it did not happen."""
        rule = self.table.reconcile
        return self.options.wait and (self.action is not Action.CREATE or (rule is not None and rule.repeatable))


async def delivered(write: Write) -> str:
    """Delivers a write and returns the id of its record; raises `OutcomeUnknown` if what became of it cannot be told."""
    entry = write.entry()
    begun = await noted(write.context, lambda journal: journal.begin(entry))
    if begun.id == entry.id:
        return await sent(write, entry)
    if begun.fingerprint != entry.fingerprint:
        raise Conflict(
            tried(begun),
            said=["its idempotency key was used for another write"],
            hint="A key stands for one write with all its values; use another key.",
        )
    return await followed(write, begun)


async def followed(write: Write, entry: Entry) -> str:
    """The record of an earlier write with the same key, once that is known."""
    entry = await landed(write.context, entry)
    if entry.stage is Stage.DONE and entry.record is not None:
        return entry.record
    if entry.stage is Stage.REFUSED:
        return await delivered(write)  # nothing came of it, and its key is free again
    return await recovered(write, entry, unknown(write.context, entry))


async def landed(context: Context, entry: Entry) -> Entry:
    """The entry when nobody works on it any more: closed, or left behind by a process that died."""
    wire, left_behind = context.session.wire, timedelta(seconds=context.settings.deadline)
    while entry.stage is Stage.BEGUN and wire.moment() < entry.touched + left_behind:
        if wire.now() + POLL > until():
            raise unknown(context, entry, said=["another call with the same key has not ended yet"])
        await wire.sleep(POLL)
        entry = await known(context, entry.id)
    return entry


async def known(context: Context, id: str) -> Entry:
    """The entry of an id; raises `Invalid` if the journal of this tenant has none."""
    entry = await noted(context, lambda journal: journal.entry(id))
    if entry is None or entry.tenant != context.tenant:
        raise Invalid("resolve a write", problems=[Problem(None, f"the journal of this tenant holds no {id!r}")])
    return entry


async def sent(write: Write, entry: Entry) -> str:
    """Sends a write that is written down; one whose answer gets lost is looked for."""
    try:
        id = await attempted(write.context, entry, partial(write.send, completed(write, entry)))
    except OutcomeUnknown as lost:
        return await recovered(write, entry, lost)
    await close(write.context, entry, Stage.DONE, id)
    return id


async def attempted(context: Context, entry: Entry, send: Callable[[], Awaitable[V]]) -> V:
    """Sends, and notes in the journal when nothing came of it or when that is not known."""
    try:
        return await send()
    except OutcomeUnknown:
        await close(context, entry, Stage.UNKNOWN)
        raise
    except PSAError:
        await close(context, entry, Stage.REFUSED)
        raise
    except BaseException:
        # Cancelled, or a defect: it may be under way. Noted without awaiting, since a cancelled task cannot.
        context.journal.close(entry.id, Stage.UNKNOWN, context.session.wire.moment())
        raise


async def close(context: Context, entry: Entry, stage: Stage, record: str | None = None) -> None:
    moment = context.session.wire.moment()
    await noted(context, lambda journal: journal.close(entry.id, stage, moment, record))


def completed(write: Write, entry: Entry) -> Mapping[str, Any]:
    """The values to send: with the marker, where there is one."""
    rule = write.table.reconcile
    if entry.marker is None or rule is None or rule.marker is None:
        return write.values
    return {**write.values, rule.marker: entry.marker}


async def recovered(write: Write, entry: Entry, lost: OutcomeUnknown) -> str:
    """The id of the record, found or made anew; raises `OutcomeUnknown` with all that is known."""
    context, wire = write.context, write.context.session.wire
    since, seen = wire.moment(), Look(happened=False)
    for pause in chain(PAUSES, repeat(LONGEST_PAUSE)):
        if wire.now() + pause > until():
            break
        await wire.sleep(pause)
        try:
            seen = await look(context, write.table, entry)
        except PSAError:
            continue  # the vendor is hard to reach just now; what is unknown stays so
        if seen.happened and await taken(context, entry, seen):
            return seen.record.id if seen.record is not None else write.record or ""
        if seen.candidates:
            break
        if wire.moment() >= since + settle_time(context, write.table):
            if write.repeatable:
                return await sent(write, entry)
            break
    raise unknown(context, entry, lost, seen) from lost


async def taken(context: Context, entry: Entry, seen: Look) -> bool:
    """Makes what was found the entry's; False if another write already owns it."""
    moment = context.session.wire.moment()
    record = seen.record.id if seen.record is not None else entry.record
    if record is None or entry.action != Action.CREATE:
        await close(context, entry, Stage.DONE, record)
        return True
    return await noted(context, lambda journal: journal.claim(entry.id, record, moment))


def settle_time(context: Context, table: Table | None) -> timedelta:
    """How long the vendor may still be at work on a write whose answer got lost."""
    own = table.reconcile.settles if table is not None and table.reconcile is not None else SETTLES
    return timedelta(seconds=own if context.settings.settle_time is None else context.settings.settle_time)


def settled_at(context: Context, entry: Entry) -> datetime:
    """When it is certain that what has not happened will not. A process that died may have sent until its deadline."""
    started = timedelta(seconds=context.settings.deadline) if entry.stage is Stage.BEGUN else timedelta()
    return entry.touched + started + settle_time(context, context.adapter.tables.get(entry.entity))


# What became of it, asked later


@dataclass(frozen=True)
class Resolved:
    """What became of a write: whether it happened, and to which record (None after a delete)."""

    happened: bool
    record: Record | None = None


async def resolve(context: Context, id: str) -> Resolved:
    """Looks again at a write in the journal; raises `OutcomeUnknown` while it cannot be told."""
    entry = await known(context, id)
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
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
    settled = context.session.wire.moment() >= settled_at(context, entry)
    seen = await look(context, table, entry)
    if seen.happened and await taken(context, entry, seen):
        return Resolved(happened=True, record=seen.record)
    if seen.candidates or not settled:
        raise unknown(context, entry, seen=seen)
    await close(context, entry, Stage.REFUSED)
    return Resolved(happened=False)


async def unresolved(context: Context) -> Sequence[Entry]:
    """The writes of this tenant of which it is not known what became, the oldest first."""
    return await noted(context, lambda journal: journal.unresolved(context.tenant))


def tried(entry: Entry) -> str:
    return f"{entry.action} {entry.entity}{f' {entry.record}' if entry.record else ''}"


def unknown(
    context: Context,
    entry: Entry,
    lost: OutcomeUnknown | None = None,
    seen: Look | None = None,
    said: Sequence[str] = (),
) -> OutcomeUnknown:
    """The error of a write that may or may not have happened, with all that is known, and a way to look again."""
    candidates = seen.candidates if seen is not None else ()
    told = [*(lost.said if lost is not None else ()), *said]
    if candidates:
        told.append(f"these may be it: {', '.join(candidates)}")
    return OutcomeUnknown(
        f"learn whether the vendor did {tried(entry)}",
        said=told or ["its answer got lost"],
        hint="Do not repeat it blindly: error.resolve() looks again, and tells for certain "
        f"after {settled_at(context, entry):%H:%M:%S} UTC.",
        status=lost.status if lost is not None else None,
        entry=entry.id,
        candidates=candidates,
        marker=entry.marker,
        resolver=lambda: context.carry(resolve(context, entry.id)),
    )


async def journaled(context: Context, effect: Effect, send: Callable[[], Awaitable[V]]) -> V:
    """Sends a write of which only its effect is known (a raw request): written down, and never looked for."""
    wire = context.session.wire
    now, id = wire.moment(), wire.new_id()
    action, values = str(effect.action), {RAW: id}
    digest = fingerprint(action, effect.entity, effect.record, values)
    entry = Entry(id, context.tenant, action, effect.entity, digest, now, now, effect.record, values)
    await noted(context, lambda journal: journal.begin(entry))
    try:
        answer = await attempted(context, entry, send)
    except OutcomeUnknown as lost:
        raise unknown(context, entry, lost) from lost
    await close(context, entry, Stage.DONE, effect.record)
    return answer
