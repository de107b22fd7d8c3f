"""Listings: one pass over a list, page by page, that ends complete or says why not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Protocol, TypeVar

from ..errors import FilterIgnored, Incomplete, Invalid, NotFound, Problem, PSAError
from ..models import Kind, Record, Sort
from ..models.kind import Change, New, T
from ..query import And, Compare, Expression, Not, Operator, Or, Test, bind, from_json, matcher, normal
from ..query.binding import unknown_field
from ..session import call
from ..spi.adapter import Page
from ..spi.pushdown import Plan
from ..spi.table import Table, Verb
from ..wire import Lane
from .context import Context
from .expanding import Expander
from .resolving import resolved

T_co = TypeVar("T_co", bound=Record, covariant=True)
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


@dataclass(frozen=True)
class Explanation:
    """What the vendor filters, what we filter, and what else a list will do."""

    vendor: Sequence[str]
    local: Sequence[str]
    queries: int
    notes: Sequence[str] = field(default=())

    def __str__(self) -> str:
        lines = [f"the vendor filters: {'; '.join(self.vendor) or 'nothing'}"]
        lines.append(f"we filter:          {'; '.join(self.local) or 'nothing more'}")
        lines.append(f"lists to read:      {self.queries}, page by page; every row is checked here again")
        return "\n".join([*lines, *self.notes])


class Pass(Protocol[T_co]):
    """One pass over a list."""

    report: Report

    async def next_page(self) -> Sequence[T_co] | None:
        """The next page of matching records (perhaps empty), or None at the end."""


class Searched(Protocol[T_co]):
    """What a pager goes over, once or again."""

    def listing(self) -> Pass[T_co]:
        """One pass over it."""

    async def explain(self) -> Explanation:
        """What the vendor will filter and what we will."""


class Search(Generic[T, New, Change]):
    """What is to be listed: checked as far as it can be without asking the vendor."""

    def __init__(
        self, context: Context, kind: Kind[T, New, Change], where: object, expand: Iterable[str], limit: int | None
    ) -> None:
        if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
            raise Invalid(f"list {kind.plural}", problems=[Problem("limit", "wants a whole number of 0 or more")])
        self.context = context
        self.kind = kind
        self.table: Table = context.table(kind, Verb.LIST)
        self.where = bind(from_json([] if where is None else where), kind, context.tenant)
        self.expander = Expander(context, kind, expand)
        self.limit = limit
        offered(self.table, self.where)

    async def plan(self) -> Plan:
        """The plan, with labels resolved."""
        return await self.context.adapter.plan(self.table, await self.resolved())

    async def resolved(self) -> Expression:
        """The filter with labels resolved."""
        return await resolved(self.context, self.table, self.where)

    def listing(self) -> Listing[T]:
        """One pass over it."""
        return Listing(self)

    async def explain(self) -> Explanation:
        """What the vendor will filter and what we will."""
        plan = await self.plan()
        return Explanation(plan.vendor_filters, plan.local_filters, len(plan.queries), plan.notes)


def search(
    context: Context,
    kind: Kind[T, New, Change],
    where: object,
    expand: Iterable[str],
    limit: int | None,
    parents: Mapping[str, Any],
) -> Search[T, New, Change]:
    """A search whose relations may also be named directly, as in `notes.list(ticket=ticket)`."""
    problems = [unknown_field(name, kind) for name in parents if not is_relation(kind, name)]
    if problems:
        raise Invalid(f"list {kind.plural}", problems=problems)
    named = [Compare(name, Operator.EQ, value) for name, value in parents.items()]
    given = from_json([] if where is None else where)
    return Search(context, kind, And((given, *named)) if named else given, expand, limit)


def is_relation(kind: Kind[Any, ..., ...], name: str) -> bool:
    return name in kind.traits and kind.traits[name].sort is Sort.REFERENCE


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
        self._query = 0
        self._cursor: Any = None
        self._cut = False
        self._cursors: set[str] = set()
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
                if self.report.requests == 0 or isinstance(error, Incomplete):
                    raise
                raise self._incomplete(str(error), retryable=error.retryable) from error

    @property
    def _lane(self) -> Lane:
        small = self._search.limit is not None and self._search.limit <= 500
        return Lane.INTERACTIVE if small else Lane.BULK

    async def _advance(self) -> Sequence[T] | None:
        if self._plan is None:
            await self._begin()
        plan = self._plan
        if self._cut:
            return self._end(f"stopped at limit={self._search.limit}")
        if plan is None or self._query >= len(plan.queries):
            return self._end()
        if self._room() == 0:
            return self._end(f"stopped at limit={self._search.limit}")
        page = await self._context.adapter.page(
            self._search.table, plan.queries[self._query], self._cursor, self._wish(plan)
        )
        first = self.report.requests == 0
        fresh = self._fresh(page.records)
        kept = await self._judged(fresh, first=first)
        records = await self._search.expander.filled(kept[: self._room()])
        self._commit(page, len(fresh) - len(kept), records)
        # A last page may hold more than the limit lets through: then that was not all, though the vendor has no more.
        self._cut = len(records) < len(kept)
        return records

    async def _begin(self) -> None:
        where = await self._search.resolved()
        self._matches = matcher(where)
        plan = await self._context.adapter.plan(self._search.table, where)
        if impossible(normal(where)):
            plan = replace(plan, queries=())
        self._strict, self._expected = matcher(plan.strict), matcher(plan.expected)
        self._plan = plan

    def _room(self) -> int | None:
        limit = self._search.limit
        return None if limit is None else max(0, limit - self.report.yielded)

    def _wish(self, plan: Plan) -> int | None:
        return self._room() if plan.exact else None

    def _fresh(self, records: Sequence[Record]) -> list[Record]:
        fresh: dict[str, Record] = {}
        for record in records:
            if record.id not in self._seen:
                fresh.setdefault(record.id, record)
        return list(fresh.values())

    async def _judged(self, records: Sequence[Record], *, first: bool) -> list[Any]:
        if first and len(records) >= SUSPICIOUS and not any(self._expected(record) for record in records):
            raise ignored(self._search.kind.plural, f"none of the first {len(records)} rows passes the filter")
        kept: list[Record] = []
        for record in records:
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

    def _commit(self, page: Page, dropped: int, kept: Sequence[T]) -> None:
        records, cursor = page.records, page.cursor
        if cursor is not None:
            self._guard(page)  # before anything is counted: what was not yielded must not pass for seen
        before = len(self._seen)
        self._seen.update(record.id for record in records)
        self.report.requests += 1
        self.report.duplicates += len(records) - (len(self._seen) - before)
        self.report.dropped += dropped
        self.report.yielded += len(kept)
        if cursor is not None:
            self._cursors.add(repr(cursor))
        else:
            self._query += 1
            self._cursors.clear()
        self._cursor = cursor

    def _guard(self, page: Page) -> None:
        """Refuses to go round in circles: the same cursor twice, or a whole page of records that were there already."""
        repeated = bool(page.records) and all(record.id in self._seen for record in page.records)
        if repr(page.cursor) in self._cursors or (repeated and not page.overlaps):
            raise self._incomplete("the vendor gives the same page again and again")

    def _end(self, reason: str | None = None) -> Sequence[T] | None:
        self.report.complete = reason is None
        self.report.reason = reason
        return None

    def _incomplete(self, reason: str, *, retryable: bool = False) -> Incomplete:
        self.report.reason = reason
        return Incomplete(
            f"list all {self._search.kind.plural}",
            said=[reason],
            hint=f"{self.report.yielded} were read before; pager.report tells more.",
            retryable=retryable,
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


def ignored(plural: str, what: str) -> FilterIgnored:
    return FilterIgnored(
        f"list {plural}",
        said=[what],
        hint="The vendor ignored its own filter, so nothing it lists can be trusted. Please report this.",
    )
