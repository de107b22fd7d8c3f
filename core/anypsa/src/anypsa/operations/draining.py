"""Draining: what waits in the outbox is sent, each item under its own id as idempotency key, subjects side by side.

An item is held by one drainer. Whatever kills the process, the journal tells the next one what became of the item: its
write is looked for before it is ever sent again.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from ..effects import Action
from ..errors import (
    ApprovalPending,
    AuthenticationFailed,
    ConfigurationError,
    DeadlineExceeded,
    Incomplete,
    Invalid,
    NotFound,
    OutcomeUnknown,
    Problem,
    PSAError,
    StateUnavailable,
    Unintelligible,
    Unreachable,
    VisibilityBreached,
    Withheld,
)
from ..journal import Entry, Stage
from ..models import Id, Note, Record
from ..outbox import TARGET, Held, Item, ItemStage
from ..session import call, granting
from ..spi.table import Table
from ..wire import Lane
from . import predicting
from .context import Context, noted
from .delivery import Options
from .granting import approved
from .outcomes import resolve, settled_at
from .parking import parked
from .queueing import RAW, unpacked
from .raw import request
from .writing import created, delete, stored, updated

SIDE_BY_SIDE: Final = 6
"""How many subjects are written to at once; the vendor's own limits are kept beneath."""
CONNECTION: Final = (AuthenticationFailed, ConfigurationError, StateUnavailable, VisibilityBreached)
"""What is wrong with the connection, and no fault of the item: draining ends, and everything waits."""
PASSING: Final = (ApprovalPending, DeadlineExceeded, Incomplete, Unintelligible)
"""Failures that may pass, though repeating the same call at once does not help."""


@dataclass(frozen=True)
class Drained:
    """How far draining came: how many items were `sent` and how many became `dead` now, how many are still `waiting`,
    when the next of those is `due`, and of how many an approval was `asked` on their tickets."""

    sent: int
    waiting: int
    dead: int
    due: datetime | None = None
    asked: int = 0


async def drained(context: Context, limit: int | None = None, plan: str | None = None) -> Drained:
    """Sends what is due, of one plan or of all."""
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        raise Invalid("drain the outbox", problems=[Problem("limit", "wants a whole number of 0 or more")])
    drainer, outbox, wire = Drainer(context, limit, plan), context.outbox, context.session.wire
    try:
        await wire.gather([*[drainer.work] * SIDE_BY_SIDE, drainer.hold_on])
    finally:
        # Whoever is cancelled or has failed holds back nothing. Without awaiting, since a cancelled task cannot.
        with suppress(StateUnavailable):
            outbox.release(drainer.owner)
    if drainer.troubles:
        raise drainer.troubles[0]
    counts = await wire.offload(partial(outbox.counts, context.tenant))
    due = await wire.offload(partial(outbox.next_due, context.tenant))
    fared = [item.stage for item in drainer.settled]
    sent, dead, asked = (fared.count(stage) for stage in (ItemStage.DONE, ItemStage.DEAD, ItemStage.HELD))
    return Drained(sent, counts.get(ItemStage.WAITING, 0), dead, due, asked)


class Drainer:
    """One pass over the outbox: several workers, and one that holds on to what they hold.

    Workers share only deques, whose every step is whole, since on the blocking wire they are threads.
    """

    def __init__(self, context: Context, limit: int | None, plan: str | None = None) -> None:
        self._context = context
        self._plan = plan
        self._wire = context.session.wire
        self._outbox = context.outbox
        self.owner = self._wire.new_id()
        self.settled: deque[Item] = deque()
        self.troubles: deque[PSAError] = deque()
        self._began = self._wire.moment()
        self._places = None if limit is None else deque(range(limit))
        self._working = deque(range(SIDE_BY_SIDE))
        self._over = self._wire.signal()

    async def work(self) -> None:
        """Sends one item after the other until none is left."""
        try:
            while not self.troubles and self._place():
                held = await self._wire.offload(self._hold)
                if held is None:
                    self._give_back()
                    return
                await self._deliver(held)
        except PSAError as error:
            self.troubles.append(error)
        finally:
            self._working.pop()
            if not self._working:
                self._over.set()

    def _place(self) -> bool:
        """Whether one more may be sent."""
        try:
            return self._places is None or self._places.pop() >= 0
        except IndexError:
            return False

    def _give_back(self) -> None:
        if self._places is not None:
            self._places.append(0)

    def _hold(self) -> Held | None:
        now = self._wire.moment()
        return self._outbox.hold(self._context.tenant, self.owner, self._began, now, now + self._lease(), self._plan)

    def _lease(self) -> timedelta:
        return timedelta(seconds=self._outbox.patience.lease)

    async def hold_on(self) -> None:
        """Renews the hold while anybody works."""
        while not await self._over.wait(self._wire.now() + self._outbox.patience.lease / 3):
            with suppress(StateUnavailable):  # the next time may do; if none does, the fence keeps us out
                await self._wire.offload(lambda: self._outbox.renew(self.owner, self._wire.moment() + self._lease()))

    async def _deliver(self, held: Held) -> None:
        try:
            fared = await self._fared(held)
        except CONNECTION as error:
            self.troubles.append(error)
            if not isinstance(error, VisibilityBreached) or await self._written(held.item) is None:
                return
            fared = replace(held.item, stage=ItemStage.DEAD, error=str(error))
        fared = replace(fared, touched=self._wire.moment())
        if fared.stage is ItemStage.HELD:
            self.settled.append(fared)  # its plan was kept with it, in one transaction
        elif await self._wire.offload(partial(self._outbox.settle, held, fared)):
            self.settled.append(fared)

    async def _written(self, item: Item) -> Entry | None:
        entry = await noted(self._context, lambda journal: journal.keyed(item.tenant, item.id))
        return entry if entry is not None and entry.stage is Stage.DONE else None

    async def _fared(self, held: Held) -> Item:
        """The item as it is after it was looked for, sent, or parked."""
        item = held.item
        try:
            return await self._sent(held)
        except CONNECTION:
            raise
        except Withheld as withheld:
            record = await predicted(self._context, item, withheld)
            return replace(item, stage=ItemStage.PREDICTED, record=record, error=str(withheld))
        except OutcomeUnknown as error:
            return await self._unknown(item, error)
        except PSAError as error:
            passing = error.retryable or isinstance(error, PASSING)
            return self._again(item, error) if passing else replace(item, stage=ItemStage.DEAD, error=str(error))

    async def _sent(self, held: Held) -> Item:
        item = held.item
        try:
            with granting(await approved(self._context, item)):
                record = await carried_out(self._context, item)
        except ApprovalPending as pending:
            if item.plan is not None:
                raise
            return await parked(self._context, held, await joined(self._context, item), pending)
        return replace(item, stage=ItemStage.DONE, record=record or item.record, error=None)

    def _again(self, item: Item, error: PSAError) -> Item:
        patience, attempts = self._outbox.patience, item.attempts + 1
        if attempts >= patience.attempts:
            return replace(item, stage=ItemStage.DEAD, attempts=attempts, error=str(error))
        span = min(math.ldexp(patience.first, attempts - 1), patience.longest) * (0.5 + self._wire.random() / 2)
        due = self._wire.moment() + timedelta(seconds=span)
        return replace(item, attempts=attempts, due=due, error=str(error))

    async def _unknown(self, item: Item, error: OutcomeUnknown) -> Item:
        """Waits for certainty, or for a human: for what may never be repeated, and for what may be two records."""
        entry = await noted(self._context, lambda journal: journal.keyed(item.tenant, item.id))
        if entry is None or not entry.open:
            return self._again(item, error)  # it is written and could not be read back
        table = self._context.adapter.tables.get(item.entity)
        if table is None or error.candidates or not repeatable(table, item):
            return replace(item, stage=ItemStage.DEAD, error=str(error))
        return replace(item, due=self._next_look(entry), error=str(error))

    def _next_look(self, entry: Entry) -> datetime:
        """Soon at first, and then ever later; at the latest when it is certain."""
        now, patience = self._wire.moment(), self._outbox.patience
        elapsed = max(0.0, (now - entry.touched).total_seconds())
        looking = now + timedelta(seconds=min(max(patience.first, elapsed / 2), patience.longest))
        certain = settled_at(self._context, entry)
        return min(looking, certain) if certain > now else looking


def repeatable(table: Table, item: Item) -> bool:
    """Whether an item may be sent again by itself once it certainly did not happen."""
    return item.action != Action.CREATE or (table.reconcile is not None and table.reconcile.repeatable)


async def carried_out(context: Context, item: Item) -> str | None:
    """The record of an item's write, which is looked for first if it was ever begun."""
    if item.action == RAW:
        return await sent_raw(context, item)
    table = context.adapter.tables.get(item.entity)
    if table is None:
        raise Invalid(f"{item.action} {item.entity}", problems=[Problem(None, "this PSA has no such entity")])
    item = await joined(context, item)
    values = {name: value for name, value in item.values.items() if name not in ("expect", "verify")}
    fields = unpacked(values, table.kind)
    entry = await noted(context, lambda journal: journal.keyed(item.tenant, item.id))
    if entry is not None and entry.open:
        found = await resolve(context, entry.id)
        if not found.happened and not item.insisted and not repeatable(table, item):
            raise Unreachable(
                f"{item.action} {item.entity}",
                said=["its answer got lost, and as far as can be told it did not happen"],
                hint="What bills somebody is not sent again by itself: look, then retry or discard the item.",
                retryable=False,
            )
        entry = await noted(context, lambda journal: journal.keyed(item.tenant, item.id)) if found.happened else None
    if entry is not None and entry.stage is Stage.DONE:
        await shown_rightly(context, table, entry, fields)
        return entry.record
    return await sent(context, table, item, fields)


async def joined(context: Context, item: Item) -> Item:
    """The item with the records that the items it refers to have made."""
    records: dict[str, str] = {}
    for name, id in item.links.items():
        other = await context.session.wire.offload(partial(context.outbox.item, id))
        if other is None or other.record is None or not other.stage.made:
            problem = Problem(name, f"item {id}, which should have made it, was discarded")
            raise Invalid(f"{item.action} {item.entity}", problems=[problem])
        records[name] = other.record
    target = records.pop(TARGET, item.record)
    return replace(item, record=target, values={**item.values, **records})


async def sent(context: Context, table: Table, item: Item, fields: Mapping[str, Any]) -> str:
    """Sends an item through the ordinary operations."""
    options = Options(key=item.id, brief=True)
    if item.action == Action.CREATE:
        made: Record = await created(context, table.kind, fields, options)
        return made.id
    target = Id(item.record or "")
    if item.action == Action.DELETE:
        await delete(context, table.kind, target, options)
        return target
    expect = unpacked(item.values.get("expect", {}), table.kind)
    verify = bool(item.values.get("verify"))
    await updated(context, table.kind, target, fields, options, expect=expect, verify=verify)
    return target


async def predicted(context: Context, item: Item, withheld: Withheld) -> str | None:
    """The record that an item would have made or changed."""
    if item.action == RAW:
        asked = item.values
        await predicting.request(context, asked["method"], asked["path"], asked["params"], asked["json"], withheld)
        return item.record
    item = await joined(context, item)
    kind = context.adapter.tables[item.entity].kind
    values = {name: value for name, value in item.values.items() if name not in ("expect", "verify")}
    fields = unpacked(values, kind)
    if item.action == Action.CREATE:
        made: Record = await predicting.create(context, kind, fields, withheld)
        return made.id
    target = Id(item.record or "")
    if item.action == Action.DELETE:
        await predicting.delete(context, kind, target, withheld)
    else:
        await predicting.update(context, kind, target, fields, withheld)
    return target


async def sent_raw(context: Context, item: Item) -> str | None:
    """Sends a raw request, which is sent once: what became of it cannot be looked for."""
    entry = await noted(context, lambda journal: journal.keyed(item.tenant, item.id))
    if entry is None or entry.stage is not Stage.DONE:
        asked = item.values
        await request(context, asked["method"], asked["path"], asked["params"], asked["json"], key=item.id)
    return item.record


async def shown_rightly(context: Context, table: Table, entry: Entry, fields: Mapping[str, Any]) -> None:
    """Reads back a note that was written without being read back; see `stored`."""
    if table.kind.model is not Note or entry.record is None or entry.action == Action.DELETE:
        return
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        try:
            await stored(context, table, entry.record, fields, f"{entry.action} {table.name}")
        except OutcomeUnknown as error:
            if not isinstance(error.__cause__, NotFound):  # somebody has deleted it since
                raise
