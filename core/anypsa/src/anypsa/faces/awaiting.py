"""The async face of collections and lists, on asyncio and trio."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic

from .. import operations
from ..models import Contact, Kind, Ref, Technician, Ticket, TicketLike, Workload
from ..models.kind import Change, New, T
from ..operations import Context, Explanation, Pass, Report, Searched
from ..query import Expression


class AsyncPager(Generic[T]):
    """A lazy list: nothing is sent before it is iterated, and each iteration starts anew; see `Pager`."""

    def __init__(self, search: Searched[T]) -> None:
        self._search = search
        self.report = Report()

    def pages(self) -> AsyncIterator[Sequence[T]]:
        """The records page by page, as the vendor gives them."""
        return AsyncPages(self._begin())

    def __aiter__(self) -> AsyncIterator[T]:
        return AsyncRecords(self._begin())

    async def all(self) -> list[T]:
        """All records."""
        return [record async for record in self]

    async def explain(self, *, count: bool = False) -> Explanation:
        """What the vendor will filter, what we will, and what the list costs; see `Pager.explain`."""
        return await self._search.explain(count=count)

    def _begin(self) -> Pass[T]:
        listing = self._search.listing()
        self.report = listing.report
        return listing


class AsyncPages(Generic[T]):
    """An iterator over pages; objects instead of generators, since an interrupted generator ends silently."""

    def __init__(self, listing: Pass[T]) -> None:
        self._listing = listing

    def __aiter__(self) -> AsyncPages[T]:
        return self

    async def __anext__(self) -> Sequence[T]:
        page = await self._listing.next_page()
        if page is None:
            raise StopAsyncIteration
        return page


class AsyncRecords(Generic[T]):
    """An iterator over records."""

    def __init__(self, listing: Pass[T]) -> None:
        self._pages = AsyncPages(listing)
        self._page: Iterator[T] = iter(())

    def __aiter__(self) -> AsyncRecords[T]:
        return self

    async def __anext__(self) -> T:
        while True:
            for record in self._page:
                return record
            self._page = iter(await anext(self._pages))


class AsyncCollection(Generic[T, New, Change]):
    """All records of one kind in one tenant; see `Collection` for each verb."""

    def __init__(self, context: Context, kind: Kind[T, New, Change]) -> None:
        self._context = context
        self._kind = kind

    def list(
        self,
        where: Expression | Mapping[str, Any] | Sequence[Any] | None = None,
        *,
        expand: Iterable[str] = (),
        limit: int | None = None,
        after: T | Ref[T] | str | int | None = None,
        **parents: Any,
    ) -> AsyncPager[T]:
        """The records that match a filter, as a lazy pager; see `Collection.list`."""
        return AsyncPager(operations.search(self._context, self._kind, where, expand, limit, parents, after))

    async def first(
        self, where: Expression | Mapping[str, Any] | Sequence[Any] | None = None, **parents: Any
    ) -> T | None:
        """The first record that matches, or None."""
        return await operations.first(operations.search(self._context, self._kind, where, (), 1, parents))

    async def get(self, target: T | Ref[T] | str | int, *, gather: bool = True) -> T:
        """One record, whole; raises `NotFound`.

        Gets that are asked for at about the same time become one look-up; with `gather=False` this one goes alone.
        """
        return await operations.get(self._context, self._kind, target, gather=gather)

    async def get_many(self, targets: Iterable[T | Ref[T] | str | int]) -> Sequence[T]:
        """The records in the order asked for; raises `NotFound` naming all missing."""
        return await operations.get_many(self._context, self._kind, targets)

    async def count(self, where: Expression | Mapping[str, Any] | Sequence[Any] | None = None, **parents: Any) -> int:
        """How many records match; the vendor's count where it can be proved, else counted from rows."""
        return await operations.count(operations.search(self._context, self._kind, where, (), None, parents))

    async def search(self, text: str, *, limit: int = 20) -> Sequence[T]:
        """What the vendor's own search finds for a text, the best first; which rows those are is its own affair."""
        return await operations.search_text(self._context, self._kind, text, limit)

    async def suggest(
        self: AsyncCollection[Contact, ..., ...],
        text: str,
        *,
        limit: int = 5,
        max_age: timedelta | None = operations.FRESH,
    ) -> Sequence[Contact]:
        """Contacts by what was said of their names so far; see `Collection.suggest`."""
        return await operations.suggest(self._context, self._kind, text, limit, max_age)

    async def related(
        self: AsyncCollection[Ticket, ..., ...],
        target: TicketLike,
        *,
        limit: int = 5,
        back: timedelta = operations.BACK,
    ) -> Sequence[Ticket]:
        """The company's other tickets that are likest to this one; see `Collection.related`."""
        return await operations.related(self._context, self._kind, target, limit, back)

    async def workloads(
        self: AsyncCollection[Technician, ..., ...], *, at: datetime | None = None, back: timedelta = operations.LATELY
    ) -> Sequence[Workload]:
        """What each active technician has to do and what they have lately solved; see `Collection.workloads`."""
        return await operations.workloads(self._context, self._kind, at, back)

    async def create(self, *args: New.args, **values: New.kwargs) -> T:
        """Creates a record and returns it as the vendor stored it."""
        operations.no_positional(args)
        return await operations.create(self._context, self._kind, values)

    async def update(self, target: T | Ref[T] | str | int, /, *args: Change.args, **values: Change.kwargs) -> T:
        """Changes only the fields named (None clears) and returns the record as it is afterwards."""
        operations.no_positional(args)
        return await operations.update(self._context, self._kind, target, values)

    async def delete(self, target: T | Ref[T] | str | int) -> None:
        """Deletes a record; raises `Unsupported` before anything is sent where the vendor cannot."""
        await operations.delete(self._context, self._kind, target)
