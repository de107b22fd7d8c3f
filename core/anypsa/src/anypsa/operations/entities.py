"""Entities: what a vendor has beyond our words, opened by the vendor's own name when it is first used."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from ..models import Kind
from ..session import call
from ..spi.table import Table
from ..wire import Lane
from .context import Context
from .costs import Explanation
from .listing import Listing, Report, Search
from .offers import offered

ENTITY_KEPT: Final = 600.0


async def opened(context: Context, name: str) -> Kind[Any, ..., ...]:
    """The kind of an entity by the vendor's name; raises `Unsupported` for a name that the vendor does not know."""
    offered(context, "entity")
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        table: Table = await context.session.once(
            f"entity {name}", partial(context.adapter.entity, name), ttl=ENTITY_KEPT
        )
    context.entities[table.kind.name] = table
    return table.kind


class EntitySearch:
    """A search in an entity whose fields are read before it begins."""

    def __init__(
        self,
        context: Context,
        name: str,
        where: object,
        limit: int | None,
    ) -> None:
        offered(context, "entity")
        self.context = context
        self._name = name
        self._where = where
        self._limit = limit

    async def bound(self) -> Search[Any, ..., ...]:
        """The search itself; raises `Invalid` for a filter that cannot be right."""
        kind = await opened(self.context, self._name)
        return Search(self.context, kind, self._where, (), self._limit)

    def listing(self) -> EntityListing:
        """One pass over it."""
        return EntityListing(self)

    async def explain(self, *, count: bool = False) -> Explanation:
        """What the vendor will filter and what we will, and what it costs."""
        return await (await self.bound()).explain(count=count)


class EntityListing:
    """One pass over an entity; see `Listing`."""

    def __init__(self, wanted: EntitySearch) -> None:
        self.report = Report()
        self._wanted = wanted
        self._listing: Listing[Any] | None = None

    async def next_page(self) -> Sequence[Any] | None:
        """The next page of matching records, or None at the end."""
        if self._listing is None:
            listing = Listing(await self._wanted.bound())
            listing.report = self.report
            self._listing = listing
        return await self._listing.next_page()
