"""Entities as a connection shows them: any family of records of the vendor's, by the vendor's names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .. import operations
from ..models import Entity, Kind
from ..operations import Context, EntitySearch
from ..query import Expression
from ..wire import run
from .awaiting import AsyncPager
from .blocking import Pager

Where = Expression | Mapping[str, Any] | Sequence[Any] | None


class Entities:
    """All records of one entity. Its fields are read from the tenant's metadata when they are first needed, and filters
    and values name them as the vendor does: `psa.entity("Projects").list(q.projectName.contains("move"))`."""

    def __init__(self, context: Context, name: str) -> None:
        self._context = context
        self._name = name

    def list(self, where: Where = None, *, limit: int | None = None) -> Pager[Entity]:
        """The records that match a filter, as a lazy pager; see `Collection.list`."""
        return Pager(EntitySearch(self._context, self._name, where, limit))

    def first(self, where: Where = None) -> Entity | None:
        """The first record that matches, or None."""
        return run(first(self._context, self._name, where))

    def get(self, target: Entity | str | int) -> Entity:
        """One record, whole; raises `NotFound`."""
        return run(get(self._context, self._name, target))

    def get_many(self, targets: Iterable[Entity | str | int]) -> Sequence[Entity]:
        """The records in the order asked for; raises `NotFound` naming all missing."""
        return run(get_many(self._context, self._name, targets))

    def count(self, where: Where = None) -> int:
        """How many records match."""
        return run(count(self._context, self._name, where))

    def create(self, **values: Any) -> Entity:
        """Creates a record and returns it as the vendor stored it."""
        return run(create(self._context, self._name, values))

    def update(self, target: Entity | str | int, /, **values: Any) -> Entity:
        """Changes only the fields named (None clears) and returns the record as it is afterwards."""
        return run(update(self._context, self._name, target, values))

    def delete(self, target: Entity | str | int) -> None:
        """Deletes a record; raises `Unsupported` where the vendor cannot."""
        run(delete(self._context, self._name, target))


class AsyncEntities:
    """All records of one entity; see `Entities`."""

    def __init__(self, context: Context, name: str) -> None:
        self._context = context
        self._name = name

    def list(self, where: Where = None, *, limit: int | None = None) -> AsyncPager[Entity]:
        """The records that match a filter, as a lazy pager; see `Collection.list`."""
        return AsyncPager(EntitySearch(self._context, self._name, where, limit))

    async def first(self, where: Where = None) -> Entity | None:
        """The first record that matches, or None."""
        return await first(self._context, self._name, where)

    async def get(self, target: Entity | str | int) -> Entity:
        """One record, whole; raises `NotFound`."""
        return await get(self._context, self._name, target)

    async def get_many(self, targets: Iterable[Entity | str | int]) -> Sequence[Entity]:
        """The records in the order asked for; raises `NotFound` naming all missing."""
        return await get_many(self._context, self._name, targets)

    async def count(self, where: Where = None) -> int:
        """How many records match."""
        return await count(self._context, self._name, where)

    async def create(self, **values: Any) -> Entity:
        """Creates a record and returns it as the vendor stored it."""
        return await create(self._context, self._name, values)

    async def update(self, target: Entity | str | int, /, **values: Any) -> Entity:
        """Changes only the fields named (None clears) and returns the record as it is afterwards."""
        return await update(self._context, self._name, target, values)

    async def delete(self, target: Entity | str | int) -> None:
        """Deletes a record; raises `Unsupported` where the vendor cannot."""
        await delete(self._context, self._name, target)


# What both faces do, once the entity is known


async def first(context: Context, name: str, where: Where) -> Entity | None:
    return await operations.first(await EntitySearch(context, name, where, 1).bound())


async def get(context: Context, name: str, target: object) -> Entity:
    return await operations.get(context, await kind(context, name), target)


async def get_many(context: Context, name: str, targets: Iterable[object]) -> Sequence[Entity]:
    return await operations.get_many(context, await kind(context, name), targets)


async def count(context: Context, name: str, where: Where) -> int:
    return await operations.count(await EntitySearch(context, name, where, None).bound())


async def create(context: Context, name: str, values: Mapping[str, Any]) -> Entity:
    return await operations.create(context, await kind(context, name), values)


async def update(context: Context, name: str, target: object, values: Mapping[str, Any]) -> Entity:
    return await operations.update(context, await kind(context, name), target, values)


async def delete(context: Context, name: str, target: object) -> None:
    await operations.delete(context, await kind(context, name), target)


async def kind(context: Context, name: str) -> Kind[Entity, ..., ...]:
    return await operations.opened(context, name)
