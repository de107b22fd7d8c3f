"""Listings: one pass over a list, page by page, that ends complete or says why not."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from ..errors import (
    FilterIgnored,
    Incomplete,
    Invalid,
    NotFound,
    OverBudget,
    Problem,
    PSAError,
    Unintelligible,
    Unsupported,
)
from ..models import Kind, Record, Sort
from ..models.kind import Change, New, T
from ..query import (
    EVERYTHING,
    And,
    Compare,
    Expression,
    Not,
    Operator,
    Or,
    Test,
    bind,
    from_json,
    leaves_bound,
    matcher,
    normal,
)
from ..query.binding import unknown_field
from ..session import call, has_written, room
from ..spi.adapter import Page, Stretch
from ..spi.pushdown import Plan
from ..spi.table import Field, Table, Verb
from ..wire import Lane
from .chain import Chain
from .context import Context
from .costs import Explanation, explained
from .expanding import Expander
from .lookups import own_id
from .ranges import Ranges, Unordered, ascending, within
from .resolving import resolved

T_co = TypeVar("T_co", bound=Record, covariant=True)
COUNTED = 2
"""With fewer requests left, counting would use up what it should save."""
LONG = 1_001
"""A list of fewer rows is two pages of the largest vendor: not worth reading side by side."""
DISORDER = "rows no longer come in order of id, so that it cannot be told whether any are missing"
# A first page of so many rows, none of which passes what was pushed down, is no coincidence.
SUSPICIOUS = 20


@dataclass
class Report:
    """The certificate of a listing. `complete` is None while it runs, then True, or False with a `reason`."""

    complete: bool | None = None
    reason: str | None = None
    yielded: int = 0
    dropped: int = 0
    duplicates: int = 0
    requests: int = 0


class Pass(Protocol[T_co]):
    """One pass over a list."""

    report: Report

    async def next_page(self) -> Sequence[T_co] | None:
        """The next page of matching records (perhaps empty), or None at the end."""


class Searched(Protocol[T_co]):
    """What a pager goes over, once or again."""

    def listing(self) -> Pass[T_co]:
        """One pass over it."""

    async def explain(self, *, count: bool = False) -> Explanation:
        """What the vendor will filter and what we will, and what it costs."""


class Source(Protocol):
    """Where the pages of one query come from."""

    requests: int
    duplicates: int

    async def next_page(self) -> Sequence[Record] | None:
        """The next rows, none of them twice, or None at the end."""


class Search(Generic[T, New, Change]):
    """What is to be listed: checked as far as it can be without asking the vendor."""

    def __init__(
        self,
        context: Context,
        kind: Kind[T, New, Change],
        where: object,
        expand: Iterable[str],
        limit: int | None,
        after: int | None = None,
    ) -> None:
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
            raise Invalid(f"list {kind.plural}", problems=[Problem("limit", "wants a whole number of 0 or more")])
        self.context = context
        self.kind = kind
        self.table: Table = context.table(kind, Verb.LIST)
        self.where = bind(from_json([] if where is None else where), kind, context.tenant)
        self.expander = Expander(context, kind, expand)
        self.limit = limit
        self.after = after
        offered(self.table, self.where)
        if after is not None and not self.table.ascending:
            raise disordered(self)

    async def plan(self) -> Plan:
        """The plan, with labels resolved."""
        return await self.context.adapter.plan(self.table, await self.resolved())

    async def resolved(self) -> Expression:
        """The filter with labels resolved."""
        return await resolved(self.context, self.table, self.where)

    def listing(self) -> Listing[T]:
        """One pass over it."""
        return Listing(self)

    async def explain(self, *, count: bool = False) -> Explanation:
        """What the vendor will filter and what we will, and what it costs."""
        return await explained(self, await self.plan(), count=count)


def search(
    context: Context,
    kind: Kind[T, New, Change],
    where: object,
    expand: Iterable[str],
    limit: int | None,
    parents: Mapping[str, Any],
    after: object = None,
) -> Search[T, New, Change]:
    """A search whose relations may also be named directly, as in `notes.list(ticket=ticket)`."""
    problems = [no_relation(kind, name) for name in parents if not is_relation(kind, name)]
    if problems:
        raise Invalid(f"list {kind.plural}", problems=problems)
    named = [Compare(name, Operator.EQ, value) for name, value in parents.items()]
    given = from_json([] if where is None else where)
    return Search(context, kind, And((given, *named)) if named else given, expand, limit, number(context, kind, after))


def number(context: Context, kind: Kind[Any, ..., ...], after: object) -> int | None:
    """The id behind which a list begins; ids that ascend are numbers."""
    if after is None:
        return None
    known = own_id(context, kind, after, f"list {kind.plural}")
    if not known.isdecimal():
        raise Invalid(f"list {kind.plural}", problems=[Problem("after", f"{known!r} is no id that others follow")])
    return int(known)


def disordered(search: Search[Any, ..., ...]) -> Unsupported:
    """Nothing follows an id where records do not come in order of theirs."""
    plural = search.kind.plural
    said = [f"{search.context.adapter.name} does not list these in order of id"]
    return Unsupported(f"list {plural} after {search.after}", said=said, hint="List them from the beginning.")


def is_relation(kind: Kind[Any, ..., ...], name: str) -> bool:
    return name in kind.traits and kind.traits[name].sort is Sort.REFERENCE


def no_relation(kind: Kind[Any, ..., ...], name: str) -> Problem:
    """Only relations are named directly; what else there is belongs in the filter."""
    return Problem(name, f"is asked for by q.{name} == ...") if name in kind.traits else unknown_field(name, kind)


def offered(table: Table, where: Expression) -> None:
    """Raises `Invalid` for fields of the model that this vendor does not have."""
    match where:
        case And(items) | Or(items):
            for item in items:
                offered(table, item)
        case Not(item):
            offered(table, item)
        case Test(trait):
            field = table.by_name.get(trait.name)
            if not trait.custom and (field is None or not field.listed):
                reason = "this PSA has no such field" if field is None else "this PSA's lists leave it out"
                filtered = tuple(one.name for one in table.fields if one.listed)
                raise Invalid(f"filter {table.kind.plural}", problems=[Problem(trait.name, reason, allowed=filtered)])


class Listing(Generic[T]):
    """One pass. Not to be shared; its state changes only when a page is whole, so an interrupted one can go on."""

    def __init__(self, search: Search[T, ..., ...]) -> None:
        self.report = Report()
        self._search = search
        self._context = search.context
        self._plan: Plan | None = None
        self._sources: list[tuple[Any, Source]] = []
        self._page: Sequence[Record] | None = None
        self._ahead: list[Sequence[Record] | None] = []
        self._judgements = 0
        self._cut = False
        self._seen: set[str] = set()

    async def next_page(self) -> Sequence[T] | None:
        """The next page of matching records (perhaps empty), or None at the end."""
        if self.report.complete is not None:
            return None
        with call(self._context.session.wire, self._context.settings, self._lane):
            try:
                return await self._advance()
            except FilterIgnored as error:
                self.report.reason = str(error)
                raise
            except PSAError as error:
                self.report.reason = str(error)
                if self.report.requests == 0:
                    raise
                raise self._incomplete(error) from error

    @property
    def _lane(self) -> Lane:
        small = self._search.limit is not None and self._search.limit <= 500
        return Lane.INTERACTIVE if small else Lane.BULK

    async def _advance(self) -> Sequence[T] | None:
        if self._plan is None:
            await self._begin()
        if self._cut or self._room() == 0:
            return self._end(f"stopped at limit={self._search.limit}")
        # Kept until it is judged whole: what is interrupted in between begins here again.
        if self._page is None:
            self._page = self._ahead.pop() if self._ahead else await self._read()
        if self._page is None:
            return self._end()
        kept = await self._judged(self._page)
        records = await self._expanded(kept)
        self.report.dropped += len(self._page) - len(kept)
        self.report.yielded += len(records)
        self._judgements += 1
        self._page = None
        # A last page may hold more than the limit lets through: then that was not all, though the vendor has no more.
        self._cut = len(records) < len(kept)
        return records

    async def _expanded(self, kept: Sequence[Any]) -> Sequence[Any]:
        """The records with their relations. Who said how many they want, and gets fewer by this page, wants the next one
        too: it is read meanwhile."""
        expand = partial(self._search.expander.filled, kept[: self._room()])
        limit, settings = self._search.limit, self._context.settings
        more = limit is not None and self.report.yielded + len(kept) < limit and bool(self._sources)
        if not more or not self._search.expander.names or not settings.side_by_side or self._ahead:
            return await expand()

        async def read_ahead() -> Sequence[Any]:
            self._ahead.append(await self._read())  # kept here, so that it is not lost if the other one fails
            return ()

        tasks: list[Callable[[], Coroutine[Any, Any, Sequence[Any]]]] = [expand, read_ahead]
        return (await self._context.session.gather(tasks))[0]

    async def _begin(self) -> None:
        where = await self._search.resolved()
        self._matches, self._everything = matcher(where), where == EVERYTHING
        asked = {test.trait.name for test in leaves_bound(where) if not test.trait.custom}
        self._lenient = [one for one in self._search.table.fields if one.readable and one.name in asked]
        plan = await self._context.adapter.plan(self._search.table, where)
        if impossible(normal(where)):
            plan = replace(plan, queries=())
        if self._search.after is not None and len(plan.queries) > 1:
            raise disordered(self._search)
        self._strict, self._expected = matcher(plan.strict), matcher(plan.expected)
        await self._affordable(plan)
        self._plan = plan
        self._sources = [(query, self._source(query)) for query in plan.queries]

    async def _affordable(self, plan: Plan) -> None:
        """Raises `OverBudget` before the list begins, if the block that it is in does not leave it enough requests."""
        left = room(self._context.tenant)
        if left is None or has_written():  # what looks for a write that got lost is never refused
            return
        needed = await self._requests(plan, left)
        if needed > left:
            raise OverBudget(
                f"list {self._search.kind.plural}",
                said=[f"it takes at least {needed} requests, and this block has {left} left"],
                hint="Nothing of the list was read. Raise max_requests=, or narrow the filter.",
            )

    async def _requests(self, plan: Plan, left: int) -> int:
        """How many requests a list takes at least; one is spent on counting where that may tell more."""
        table, rows, limit = self._search.table, self._context.adapter.rows_of_a_page, self._search.limit
        known = len(plan.queries)
        short = limit is not None and rows is not None and limit <= rows
        if known != 1 or rows is None or short or not table.verbs & Verb.COUNT or left < COUNTED:
            return known
        count = await self._context.adapter.count(table, plan.queries[0])
        # What the vendor counts need not all pass the exact filter, so that a limit may be reached later.
        return 1 + self._context.adapter.least_requests(table, count if limit is None else min(count, limit))

    def _source(self, query: Any) -> Source:
        """How a query is read: by ranges where ids ascend and the list may be long, else page by page."""
        table, settings, after = self._search.table, self._context.settings, self._search.after
        alone = not table.ascending or not settings.side_by_side or (self._search.limit or LONG) < LONG
        if alone and after is None:
            return self._chain(query)
        fetch, wire, plural = partial(self._stretch, query), self._context.session.wire, self._search.kind.plural
        begin = None if after is None else after + 1
        return Ranges(
            wire, fetch, readers=1 if alone else settings.slots, what=plural, check=self._in_order, begin=begin
        )

    def _chain(self, query: Any) -> Source:
        wish = self._room() if self._plan is not None and self._plan.exact else None

        async def ask(cursor: Any) -> Page:
            return await self._context.adapter.page(self._search.table, query, cursor, wish)

        return Chain(ask, seen=self._seen, what=self._search.kind.plural)

    async def _stretch(self, query: Any, low: int | None, high: int | None) -> Stretch:
        stretch = await self._context.adapter.stretch(self._search.table, query, low, high)
        if stretch.records:  # the ends tell at once whether the vendor kept to what was asked; the rest is seen in turn
            self._within([int(stretch.records[place].id) for place in (0, -1)], low, high)
        return stretch

    def _within(self, ids: Sequence[int], low: int | None, high: int | None) -> None:
        if not within(ids, low, high):
            raise ignored(self._search.kind.plural, "rows came whose ids are not among those that were asked for")

    def _in_order(self, records: Sequence[Record], low: int | None, high: int | None) -> None:
        """Raises what is wrong with the rows of a stretch."""
        ids = [int(record.id) for record in records]
        self._within(ids, low, high)
        if not ascending(ids):
            raise Unordered

    async def _read(self) -> Sequence[Record] | None:
        """The next rows of whichever source is not at its end."""
        while self._sources:
            query, source = self._sources[0]
            requests, duplicates = source.requests, source.duplicates
            try:
                page = await source.next_page()
            except Unordered:
                if self.report.requests > 0 or self._search.after is not None:
                    raise Incomplete(f"list all {self._search.kind.plural}", said=[DISORDER]) from None
                self._sources[0] = (query, self._chain(query))
                continue
            finally:
                self.report.requests += source.requests - requests
                self.report.duplicates += source.duplicates - duplicates
            if page is not None:
                return page
            del self._sources[0]
        return None

    def _room(self) -> int | None:
        limit = self._search.limit
        return None if limit is None else max(0, limit - self.report.yielded)

    async def _judged(self, records: Sequence[Record]) -> list[Any]:
        first = self._judgements == 0
        if first and len(records) >= SUSPICIOUS and not any(self._expected(record) for record in records):
            raise ignored(self._search.kind.plural, f"none of the first {len(records)} rows passes the filter")
        if self._everything:
            return list(records)
        kept: list[Record] = []
        for record in records:
            for field in self._lenient:
                refuse_unread(record, field)
            if self._matches(record):
                kept.append(record)
            elif not self._strict(record):
                again = await self._read_again(record)
                if again is not None and self._matches(again):
                    kept.append(again)
        return kept

    async def _read_again(self, record: Record) -> Record | None:
        """A row that fails what the vendor filtered for may have changed just now; if not, the filter was ignored."""
        try:
            again = await self._context.adapter.get(self._search.table, record.id)
        except NotFound:
            return None
        if not self._strict(again):
            raise ignored(self._search.kind.plural, f"{self._search.kind.name} {record.id} does not pass the filter")
        return again

    def _end(self, reason: str | None = None) -> Sequence[T] | None:
        self.report.complete = reason is None
        self.report.reason = reason
        return None

    def _incomplete(self, error: PSAError) -> Incomplete:
        said = error.said if isinstance(error, Incomplete) else [str(error)]
        return Incomplete(
            f"list all {self._search.kind.plural}",
            said=said,
            hint=f"{self.report.yielded} were read before; pager.report tells more.",
            retryable=error.retryable,
        )


def impossible(where: Expression) -> bool:
    """Whether nothing can match: an empty list of values, or an or-group without items."""
    match where:
        case Or(items):
            return all(impossible(item) for item in items)
        case And(items):
            return any(impossible(item) for item in items)
        case Test(_, Operator.IN, ()):
            return True
    return False


def refuse_unread(record: Record, field: Field) -> None:
    """Raises `Unintelligible` for a record that a filter asks about, and whose value could not be read: it would be passed
    over in silence."""
    value = record.raw.get(field.wire)
    if field.readable is not None and not field.readable(value):
        said = [f"{field.wire} is a {type(value).__name__} where another type is known"]
        hint = f"List without a filter by {field.name}, and look into record.raw."
        raise Unintelligible(f"filter {record.id} by {field.name}", said=said, hint=hint)


def ignored(plural: str, what: str) -> FilterIgnored:
    return FilterIgnored(
        f"list {plural}",
        said=[what],
        hint="The vendor ignored its own filter, so nothing it lists can be trusted. Please report this.",
    )
