"""Delivery: a write is written down before it is sent, and looked for when its answer gets lost. Never two, never lost.

No vendor of ours knows idempotency keys, so a lost answer can only be made good by looking: at the record for an update
or a delete, for a marker or a fingerprint for a create. Not found is "not yet" until the vendor's settle time has
passed, since it may still be at work on what it got. Then it is sent again only if the caller asked for that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import chain, repeat
from typing import Any, Final, TypeVar

from ..effects import Action, Effect
from ..errors import (
    AuthenticationFailed,
    Conflict,
    Denied,
    Invalid,
    OutcomeUnknown,
    PermissionDenied,
    PSAError,
    StateUnavailable,
    Unsupported,
)
from ..journal import Entry, Stage, dumped, fingerprint
from ..session import traced
from ..spi.table import Table
from ..wire import deadline, until
from .context import Context, noted
from .finding import NOTHING, look, vendor_time
from .outcomes import RAW, close, close_at_once, known, settle_time, taken, tried, unknown

V = TypeVar("V")
# Seconds between looks: a late commit mostly comes within moments, and each look costs a request.
PAUSES: Final = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0)
LONGEST_PAUSE: Final = 32.0
MARKER: Final = "anypsa:{}"
POLL: Final = 0.05
HOPELESS: Final = (Unsupported, Denied, AuthenticationFailed, PermissionDenied)
"""Failures of a look that another look will not cure."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller may say of a write beside its values; see `Creation`. `brief`: whoever asks will look again later,
    so one look is enough now."""

    key: str | None = None
    wait: bool = False
    brief: bool = False

    def pauses(self) -> Iterator[float]:
        """Seconds before each look."""
        return iter(PAUSES[:1]) if self.brief else chain(PAUSES, repeat(LONGEST_PAUSE))


@dataclass(frozen=True)
class Write:
    """One write to deliver. `send` puts the values on their way and returns the id of the record; `guard` raises if the
    record is no longer what the caller expects."""

    context: Context
    table: Table
    action: Action
    record: str | None
    values: Mapping[str, Any]
    send: Callable[[Mapping[str, Any]], Awaitable[str]]
    options: Options = Options()
    guard: Callable[[], Awaitable[None]] | None = None

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
            since=vendor_time(self.context, now),
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

    @property
    def findable(self) -> bool:
        """Whether there is anything to look for."""
        return self.action is not Action.CREATE or self.table.reconcile is not None

    def by(self) -> float:
        """Until when it may be under way if it is sent now. Longer than that nobody who finds it begun has to wait."""
        return self.context.session.wire.now() + self.context.settings.deadline


async def delivered(write: Write) -> str:
    """Delivers a write and returns the id of its record; raises `OutcomeUnknown` if what became of it cannot be told."""
    by, entry = write.by(), write.entry()
    begun = await begin(write.context, entry)
    if begun.id == entry.id:
        return await sent(write, entry, by)
    if begun.fingerprint != entry.fingerprint:
        raise Conflict(
            tried(begun),
            said=["its idempotency key was used for another write"],
            hint="A key stands for one write with all its values; use another key.",
        )
    return await followed(write, begun)


async def begin(context: Context, entry: Entry) -> Entry:
    """Writes the entry down. Whoever is cancelled meanwhile leaves nothing behind that looks as if it was sent."""
    try:
        return await noted(context, lambda journal: journal.begin(entry))
    except StateUnavailable:
        raise
    except BaseException:
        close_at_once(context, entry, Stage.REFUSED)
        raise


async def followed(write: Write, entry: Entry) -> str:
    """The record of an earlier write with the same key, once that is known."""
    entry = await landed(write.context, entry)
    if entry.stage is Stage.DONE:
        return entry.record or ""
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


async def sent(write: Write, entry: Entry, by: float) -> str:
    """Sends a write that is written down; one whose answer gets lost is looked for."""
    try:
        with deadline(by):
            id = await attempted(write.context, entry, partial(write.send, completed(write, entry)))
    except OutcomeUnknown as lost:
        now = write.context.session.wire.moment()
        return await recovered(write, replace(entry, stage=Stage.UNKNOWN, touched=now), lost)
    await close(write.context, entry, Stage.DONE, id)
    return id


async def attempted(context: Context, entry: Entry, send: Callable[[], Awaitable[V]]) -> V:
    """Sends, and notes in the journal when nothing came of it or when that is not known."""
    with traced() as trace:
        try:
            return await send()
        except OutcomeUnknown:
            await close(context, entry, Stage.UNKNOWN)
            raise
        except PSAError as error:
            # A change that an adapter refuses by name after some of its steps were accepted, it has judged itself; a
            # record that was made stays made, whatever was refused after it.
            unclear = trace.accepted and (entry.makes or not isinstance(error, Conflict | Invalid))
            await close(context, entry, Stage.UNKNOWN if unclear else Stage.REFUSED)
            if not unclear:
                raise
            # The vendor took it, and what it said then, or what followed, cannot be understood.
            raise unknown(context, entry, said=["the vendor accepted it, and then", str(error)]) from error
        except BaseException:
            # Cancelled, or a defect: it may be under way.
            close_at_once(context, entry, Stage.UNKNOWN)
            raise


def completed(write: Write, entry: Entry) -> Mapping[str, Any]:
    """The values to send: with the marker, where there is one."""
    rule = write.table.reconcile
    if entry.marker is None or rule is None or rule.marker is None:
        return write.values
    return {**write.values, rule.marker: entry.marker}


async def recovered(write: Write, entry: Entry, lost: OutcomeUnknown) -> str:
    """The id of the record, found or made anew; raises `OutcomeUnknown` with all that is known."""
    context, wire = write.context, write.context.session.wire
    # By the wire's own clock, which nobody can set.
    settled = wire.now() + settle_time(context, write.table).total_seconds()
    seen = NOTHING
    trouble: PSAError | None = None
    for pause in write.options.pauses() if write.findable else ():
        left = settled - wire.now()
        if wire.now() + min(pause, left if left > 0 else pause) > until():
            break
        await wire.sleep(min(pause, left) if left > 0 else pause)
        certain = wire.now() >= settled
        try:
            seen = await look(context, write.table, entry)
            trouble = None
        except HOPELESS as error:
            trouble = error
            break
        except PSAError as error:
            trouble = error  # the vendor is hard to reach just now; what is unknown stays so
            continue
        if seen.happened:
            if await taken(context, entry, seen):
                return seen.record.id if seen.record is not None else write.record or ""
            return await followed(write, await moved(context, entry, lost))
        if seen.candidates:
            break
        if certain and not seen.undecided:
            if write.repeatable:
                return await again(write, entry, lost)
            break
    said = [f"a look for it failed: {trouble}"] if trouble is not None else []
    raise unknown(context, entry, lost, seen, said) from lost


async def again(write: Write, entry: Entry, lost: OutcomeUnknown) -> str:
    """Sends once more what certainly did not happen, unless somebody else already does."""
    context = write.context
    if write.guard is not None:
        await write.guard()
    by, now = write.by(), context.session.wire.moment()
    reopened = await noted(context, lambda journal: journal.reopen(entry, now))
    if reopened is None:
        return await followed(write, await moved(context, entry, lost))
    return await sent(write, reopened, by)


async def moved(context: Context, entry: Entry, lost: OutcomeUnknown) -> Entry:
    """The entry that somebody else has taken further meanwhile."""
    current = await known(context, entry.id)
    if current.version == entry.version:
        raise unknown(context, entry, lost, said=["what was found is another write's"]) from lost
    return current


async def journaled(context: Context, effect: Effect, send: Callable[[], Awaitable[V]], key: str | None = None) -> V:
    """Sends a write of which only its effect is known (a raw request): written down, and never looked for. Under a key
    that was used before nothing is sent."""
    wire = context.session.wire
    now, id = wire.moment(), wire.new_id()
    action, values = str(effect.action), {RAW: id}
    digest = fingerprint(action, effect.entity, effect.record, values)
    entry = Entry(id, context.tenant, action, effect.entity, digest, now, now, effect.record, values, key)
    if (begun := await begin(context, entry)).id != entry.id:
        raise unknown(context, begun, said=["it was begun before, and a raw request cannot be looked for"])
    try:
        answer = await attempted(context, entry, send)
    except OutcomeUnknown as lost:
        raise unknown(context, entry, lost) from lost
    await close(context, entry, Stage.DONE)
    return answer
