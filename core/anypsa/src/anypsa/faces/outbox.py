"""The outbox as a connection shows it: the same collections, whose writes are stored and sent later."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Generic, TypeAlias, overload

from .. import models, operations
from ..effects import Action
from ..models import Kind, Pending, Ref
from ..models.kind import Change, New, T
from ..operations import Context, Drained
from ..outbox import Item
from ..wire import run

Keep: TypeAlias = Callable[[Kind[Any, ..., ...], Action, object, Mapping[str, Any]], Coroutine[Any, Any, Item]]
"""Keeps one write: of which kind, what happens to what, and with which arguments."""


class Postbox(Generic[T, New, Change]):
    """Writes of one kind, to be sent later. Arguments are those of the collection's own verbs; where a record is
    wanted, the item that will make it does as well (`ticket=item`)."""

    def __init__(self, keep: Keep, kind: Kind[T, New, Change]) -> None:
        self._keep = keep
        self._kind = kind

    def create(self, *args: New.args, **values: New.kwargs) -> Item:
        """Stores a create; raises `Invalid` at once for what cannot be right."""
        operations.no_positional(args)
        return run(self._keep(self._kind, Action.CREATE, None, values))

    def update(self, target: T | Ref[T] | Pending | str | int, /, *args: Change.args, **values: Change.kwargs) -> Item:
        """Stores an update of only the fields named."""
        operations.no_positional(args)
        return run(self._keep(self._kind, Action.UPDATE, target, values))

    def delete(self, target: T | Ref[T] | Pending | str | int) -> Item:
        """Stores a delete."""
        return run(self._keep(self._kind, Action.DELETE, target, {}))


class AsyncPostbox(Generic[T, New, Change]):
    """Writes of one kind, to be sent later; see `Postbox`."""

    def __init__(self, keep: Keep, kind: Kind[T, New, Change]) -> None:
        self._keep = keep
        self._kind = kind

    async def create(self, *args: New.args, **values: New.kwargs) -> Item:
        """Stores a create; raises `Invalid` at once for what cannot be right."""
        operations.no_positional(args)
        return await self._keep(self._kind, Action.CREATE, None, values)

    async def update(
        self, target: T | Ref[T] | Pending | str | int, /, *args: Change.args, **values: Change.kwargs
    ) -> Item:
        """Stores an update of only the fields named."""
        operations.no_positional(args)
        return await self._keep(self._kind, Action.UPDATE, target, values)

    async def delete(self, target: T | Ref[T] | Pending | str | int) -> Item:
        """Stores a delete."""
        return await self._keep(self._kind, Action.DELETE, target, {})


class Slot(Generic[T, New, Change]):
    """The postbox of a kind in a blocking outbox; see `Door`."""

    def __init__(self, kind: Kind[T, New, Change]) -> None:
        self._kind = kind

    @overload
    def __get__(self, outbox: None, owner: type) -> Slot[T, New, Change]: ...
    @overload
    def __get__(self, outbox: Any, owner: type) -> Postbox[T, New, Change]: ...
    def __get__(self, outbox: Any, owner: type) -> Slot[T, New, Change] | Postbox[T, New, Change]:
        return self if outbox is None else Postbox(outbox.keep, self._kind)


class AsyncSlot(Generic[T, New, Change]):
    """The postbox of a kind in an async outbox."""

    def __init__(self, kind: Kind[T, New, Change]) -> None:
        self._kind = kind

    @overload
    def __get__(self, outbox: None, owner: type) -> AsyncSlot[T, New, Change]: ...
    @overload
    def __get__(self, outbox: Any, owner: type) -> AsyncPostbox[T, New, Change]: ...
    def __get__(self, outbox: Any, owner: type) -> AsyncSlot[T, New, Change] | AsyncPostbox[T, New, Change]:
        return self if outbox is None else AsyncPostbox(outbox.keep, self._kind)


class Slots:
    """A postbox for each kind, of whatever keeps their items: `keep`."""

    tickets = Slot(models.TICKETS)
    notes = Slot(models.NOTES)
    companies = Slot(models.COMPANIES)
    contacts = Slot(models.CONTACTS)
    assets = Slot(models.ASSETS)
    contracts = Slot(models.CONTRACTS)
    time_entries = Slot(models.TIME_ENTRIES)
    articles = Slot(models.ARTICLES)
    attachments = Slot(models.ATTACHMENTS)
    locations = Slot(models.LOCATIONS)
    checklist = Slot(models.CHECKLIST)
    appointments = Slot(models.APPOINTMENTS)
    projects = Slot(models.PROJECTS)


class Outbox(Slots):
    """Writes that survive the process: stored before `create` returns, sent by `drain`, never twice."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.keep: Keep = partial(operations.add, context)

    def drain(self, limit: int | None = None) -> Drained:
        """Sends what is due (at most `limit` items) and tells how far it came. May run in several places at once."""
        return run(operations.drain(self.context, limit))

    def items(self, stage: str | None = None, limit: int | None = None) -> Sequence[Item]:
        """The items of this tenant in the order they were added: all, or "held", "waiting", "done", "dead", "discarded"."""
        return run(operations.items(self.context, stage, limit))

    def get(self, id: str) -> Item:
        """One item; raises `Invalid`."""
        return run(operations.item(self.context, id))

    def retry(self, id: str) -> Item:
        """Makes a dead letter, or one that waits, due now. Its write is looked for before it is sent again."""
        return run(operations.retry(self.context, id))

    def discard(self, id: str) -> Item:
        """Puts a dead letter, or one that waits, away for good; what refers to it dies with the next `drain`."""
        return run(operations.discard(self.context, id))


class AsyncSlots:
    """A postbox for each kind, of whatever keeps their items; see `Slots`."""

    tickets = AsyncSlot(models.TICKETS)
    notes = AsyncSlot(models.NOTES)
    companies = AsyncSlot(models.COMPANIES)
    contacts = AsyncSlot(models.CONTACTS)
    assets = AsyncSlot(models.ASSETS)
    contracts = AsyncSlot(models.CONTRACTS)
    time_entries = AsyncSlot(models.TIME_ENTRIES)
    articles = AsyncSlot(models.ARTICLES)
    attachments = AsyncSlot(models.ATTACHMENTS)
    locations = AsyncSlot(models.LOCATIONS)
    checklist = AsyncSlot(models.CHECKLIST)
    appointments = AsyncSlot(models.APPOINTMENTS)
    projects = AsyncSlot(models.PROJECTS)


class AsyncOutbox(AsyncSlots):
    """Writes that survive the process; see `Outbox`."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.keep: Keep = partial(operations.add, context)

    async def drain(self, limit: int | None = None) -> Drained:
        """Sends what is due (at most `limit` items) and tells how far it came. May run in several places at once."""
        return await operations.drain(self.context, limit)

    async def items(self, stage: str | None = None, limit: int | None = None) -> Sequence[Item]:
        """The items of this tenant in the order they were added: all, or "held", "waiting", "done", "dead", "discarded"."""
        return await operations.items(self.context, stage, limit)

    async def get(self, id: str) -> Item:
        """One item; raises `Invalid`."""
        return await operations.item(self.context, id)

    async def retry(self, id: str) -> Item:
        """Makes a dead letter, or one that waits, due now. Its write is looked for before it is sent again."""
        return await operations.retry(self.context, id)

    async def discard(self, id: str) -> Item:
        """Puts a dead letter, or one that waits, away for good; what refers to it dies with the next `drain`."""
        return await operations.discard(self.context, id)
