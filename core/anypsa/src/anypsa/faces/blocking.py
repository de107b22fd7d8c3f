"""The blocking face of collections and lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic

from .. import operations
from ..models import Contact, Kind, Ref, Technician, Ticket, TicketLike, Workload
from ..models.kind import Change, New, T
from ..operations import Context, Explanation, Pass, Report, Searched
from ..query import Expression
from ..wire import run


class Pager(Generic[T]):
    """A lazy list: nothing is sent before it is iterated, and each iteration starts anew.

    It yields every record that matched throughout exactly once, or raises `Incomplete`. `report` is the certificate
    of the iteration begun last.
    """

    def __init__(self, search: Searched[T]) -> None:
        self._search = search
        self.report = Report()

    def pages(self) -> Iterator[Sequence[T]]:
        """The records page by page, as the vendor gives them."""
        return Pages(self._begin())

    def __iter__(self) -> Iterator[T]:
        return Records(self._begin())

    def all(self) -> list[T]:
        """All records."""
        return list(self)

    def explain(self, *, count: bool = False) -> Explanation:
        """What the vendor will filter, what we will, and how many requests the list takes at least.

        With `count=True` the vendor is asked how many rows there are, which costs a request; without, nothing is sent but
        look-ups of labels.
        """
        return run(self._search.explain(count=count))

    def _begin(self) -> Pass[T]:
        listing = self._search.listing()
        self.report = listing.report
        return listing


class Pages(Generic[T]):
    """An iterator over pages; objects instead of generators, since an interrupted generator ends silently."""

    def __init__(self, listing: Pass[T]) -> None:
        self._listing = listing

    def __iter__(self) -> Pages[T]:
        return self

    def __next__(self) -> Sequence[T]:
        page: Sequence[T] | None = run(self._listing.next_page())
        if page is None:
            raise StopIteration
        return page


class Records(Generic[T]):
    """An iterator over records."""

    def __init__(self, listing: Pass[T]) -> None:
        self._pages = Pages(listing)
        self._page: Iterator[T] = iter(())

    def __iter__(self) -> Records[T]:
        return self

    def __next__(self) -> T:
        while True:
            for record in self._page:
                return record
            self._page = iter(next(self._pages))


class Collection(Generic[T, New, Change]):
    """All records of one kind in one tenant."""

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
    ) -> Pager[T]:
        """The records that match a filter (an expression or its JSON form), as a lazy pager.

        `expand` names relations to read along (`expand=["company"]`); `limit` ends the list early;
        a relation may be named directly (`notes.list(ticket=ticket)`). Raises `Invalid` at once for a filter that
        cannot be right; labels are resolved when the first page is read. `after` goes on behind a record that was listed
        before; raises `Unsupported` where records do not come in order of id.
        """
        return Pager(operations.search(self._context, self._kind, where, expand, limit, parents, after))

    def first(self, where: Expression | Mapping[str, Any] | Sequence[Any] | None = None, **parents: Any) -> T | None:
        """The first record that matches, or None."""
        search = operations.search(self._context, self._kind, where, (), 1, parents)
        return run(operations.first(search))

    def get(self, target: T | Ref[T] | str | int, *, gather: bool = True) -> T:
        """One record, whole; raises `NotFound`.

        Gets that are asked for at about the same time become one look-up; with `gather=False` this one goes alone.
        """
        return run(operations.get(self._context, self._kind, target, gather=gather))

    def get_many(self, targets: Iterable[T | Ref[T] | str | int]) -> Sequence[T]:
        """The records in the order asked for, in as few requests as possible; raises `NotFound` naming all missing."""
        return run(operations.get_many(self._context, self._kind, targets))

    def count(self, where: Expression | Mapping[str, Any] | Sequence[Any] | None = None, **parents: Any) -> int:
        """How many records match; the vendor's count where it can be proved, else counted from rows."""
        search = operations.search(self._context, self._kind, where, (), None, parents)
        return run(operations.count(search))

    def search(self, text: str, *, limit: int = 20) -> Sequence[T]:
        """What the vendor's own search finds for a text, the best first; which rows those are is its own affair."""
        return run(operations.search_text(self._context, self._kind, text, limit))

    def suggest(
        self: Collection[Contact, ..., ...], text: str, *, limit: int = 5, max_age: timedelta | None = operations.FRESH
    ) -> Sequence[Contact]:
        """Contacts by what was said of their names so far ("jo sm"), the best first; for callers, as they speak.

        The first call reads all contacts. Then they are found in memory, and what was changed is looked for when the
        index is older than `max_age`; with None never, so that nothing is sent. Names that are only alike are found
        with `pip install "anypsa[fuzzy]"`, without it those that begin so.
        """
        return run(operations.suggest(self._context, self._kind, text, limit, max_age))

    def related(
        self: Collection[Ticket, ..., ...], target: TicketLike, *, limit: int = 5, back: timedelta = operations.BACK
    ) -> Sequence[Ticket]:
        """The company's other tickets that are likest to this one, the likest first; recent ones weigh more.

        By the words of their titles, asset and contact, among those that were created up to `back` before it. Costs one
        list of these.
        """
        return run(operations.related(self._context, self._kind, target, limit, back))

    def workloads(
        self: Collection[Technician, ..., ...], *, at: datetime | None = None, back: timedelta = operations.LATELY
    ) -> Sequence[Workload]:
        """What each active technician has to do and what they have lately solved; not the user of these credentials.

        Costs one list of the tickets that are open or were closed up to `back` before `at` (now).
        """
        return run(operations.workloads(self._context, self._kind, at, back))

    def create(self, *args: New.args, **values: New.kwargs) -> T:
        """Creates a record and returns it as the vendor stored it."""
        operations.no_positional(args)
        return run(operations.create(self._context, self._kind, values))

    def update(self, target: T | Ref[T] | str | int, /, *args: Change.args, **values: Change.kwargs) -> T:
        """Changes only the fields named (None clears) and returns the record as it is afterwards."""
        operations.no_positional(args)
        return run(operations.update(self._context, self._kind, target, values))

    def delete(self, target: T | Ref[T] | str | int) -> None:
        """Deletes a record; raises `Unsupported` before anything is sent where the vendor cannot."""
        run(operations.delete(self._context, self._kind, target))
