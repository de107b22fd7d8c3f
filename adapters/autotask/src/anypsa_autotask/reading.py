"""Reading: plans, pages, single records and counts, with the labels that decoding needs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import urljoin

from anypsa.errors import Incomplete, Invalid, NotFound, Problem, Refused, Unintelligible
from anypsa.models import Record, State
from anypsa.query import Expression, Operator, Test, conjuncts, leaves_bound, normal
from anypsa.spi import (
    Answer,
    Context,
    CustomField,
    Option,
    Page,
    Plan,
    Request,
    Services,
    Stretch,
    Table,
    reading,
    told,
)
from anypsa.spi import records as decoded

from . import notes, queries, rows
from .metadata import NOTHING_KNOWN, Metadata, labelled
from .queries import Compiler, Statuses
from .rows import PAGE, Row
from .settings import Autotask
from .tables import HISTORY, QUEUES, TICKETS
from .tables.names import LISTS, STATES, VISIBILITIES


class Reader:
    """Reads the records of one tenant."""

    def __init__(
        self, settings: Autotask, services: Services, metadata: Metadata, zone: Callable[[], Awaitable[str]]
    ) -> None:
        self.services = services
        self.metadata = metadata
        self._settings = settings
        self._zone = zone
        self._statuses = Statuses.of(settings.states)
        self._contexts: dict[str, Context] = {}

    async def plan(self, table: Table, where: Expression) -> Plan:
        """Pushed down by `queries`; user-defined fields are looked up first, so that unknown ones are refused."""
        if table is HISTORY:
            return of_one_ticket(where)
        named = [test for test in leaves_bound(where) if test.trait.custom]
        customs = {one.name: one for one in await self.custom_fields(table)} if named else {}
        if problems := queries.wrong_customs(named, customs):
            raise Invalid(f"filter {table.kind.plural}", problems=problems)
        return Compiler(table, self._statuses, customs).plan(where)

    async def custom_fields(self, table: Table) -> Sequence[CustomField]:
        """The user-defined fields of an entity."""
        return () if table.custom_fields is None else await self.metadata.customs(table.path, table.name)

    async def options(self, table: Table, field: str) -> Sequence[Option]:
        """The values of a picklist, or of an entity that is a list to us."""
        if (named := LISTS.get((table.name, field))) is not None:
            return await self.metadata.named(named, table.name)
        return (await self.metadata.fields(table.path, table.name)).of(table.by_name[field].wire)

    def state(self, status: str) -> State:
        """What a ticket's status means in this tenant."""
        return self._statuses.by_id.get(status, State.OPEN)

    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        """A page by keyset: the link is opened with the same verb and the same body (4.3), ids ascend."""
        if table is QUEUES:
            return Page(await self.queues())
        body = {"filter": query, "maxRecords": min(size or PAGE, PAGE), **rows.numbered(cursor)}
        request = Request.read("POST", f"{table.path}/query", reading(table.name), json=body)
        context = await self.context(table)
        answer = await self.services.send(request if cursor is None else request.following(cursor))
        found, link = rows.cut(answer)
        records = decoded(table, answer, found, context, partial(rows.spelled, table))
        return Page(records, await self._link(answer, link))

    async def stretch(self, table: Table, query: Any, low: int | None, high: int | None) -> Stretch:
        """A page by ids instead of by link: both suit every server (4.3), and this one can begin anywhere."""
        bounded = [*query, *queries.between(table, low, high)]
        page = await self.page(table, bounded, None, None)
        followed: set[str] = set()
        while (
            not page.records
            and page.cursor is not None
            and page.cursor not in followed
            and len(followed) < queries.BATCH
        ):
            followed.add(page.cursor)  # an empty page with a link tells nothing of where to go on
            page = await self.page(table, bounded, page.cursor, None)
        if page.cursor is None:
            return Stretch(page.records)
        if not page.records:
            raise Incomplete(f"list all {table.kind.plural}", said=["the vendor gives empty pages again and again"])
        return Stretch(page.records, int(page.records[-1].id) + 1)

    async def _link(self, answer: Answer, link: str | None) -> str | None:
        try:
            return None if link is None else urljoin(f"{await self._zone()}/", link)
        except ValueError:
            raise answer.unintelligible("its link to the next page is no address") from None

    async def get(self, table: Table, id: str) -> Record:
        """One record; a missing one is 200 with an empty item (5)."""
        if table is QUEUES:
            return await self._queue(id)
        return await self.decoded(table, await self.row(table, id))

    async def decoded(self, table: Table, row: Row) -> Record:
        """The record of a row."""
        return table.decode(row, await self.context(table))  # type: ignore[no-any-return]  # Table is untyped

    async def row(self, table: Table, id: str) -> Row:
        """One row, as the vendor has it."""
        answer = await self.services.send(
            Request.read("GET", f"{table.path}/{{id}}", reading(table.name, id), parts={"id": id})
        )
        return rows.item(answer, table, id)

    async def get_many(self, table: Table, ids: Sequence[str]) -> Sequence[Record]:
        """By batches of ids, side by side."""
        if table is QUEUES:
            return [queue for queue in await self.queues() if queue.id in ids]
        known = table.by_name["id"]
        filters = [
            [{"op": "in", "field": known.wire, "value": [known.codec.encode(id) for id in batch]}]
            for batch in queries.batches(ids, queries.LOOKED_UP)
        ]
        found = await self.services.gather([partial(self.whole, table, one) for one in filters])
        return [record for records in found for record in records]

    async def whole(self, table: Table, query: list[dict[str, Any]]) -> list[Record]:
        """All pages of a query for so many ids that one page is enough, unless the vendor makes them smaller."""
        records: list[Record] = []
        cursors: list[Any] = [None]
        while len(cursors) <= queries.BATCH:
            page = await self.page(table, query, cursors[-1], None)
            records.extend(page.records)
            if page.cursor is None:
                return records
            if page.cursor in cursors:
                break
            cursors.append(page.cursor)
        raise Incomplete(f"get {table.kind.plural}", said=["the vendor's pages come to no end"])

    async def count(self, table: Table, query: Any) -> int:
        """The vendor's count; where an entity has none, its ids are counted (10, line 8)."""
        if table is QUEUES:
            return len(await self.queues())
        effect = reading(table.name)
        try:
            answer = await self.services.send(
                Request.read("POST", f"{table.path}/query/count", effect, json={"filter": query})
            )
        except Refused as error:
            if error.status not in NO_SUCH_CALL:
                raise
            key = table.by_name["id"].wire
            return len(await rows.all_of(self.services, table.path, effect, *query, fields=[key]))
        return rows.counted(answer)

    async def queues(self) -> list[Record]:
        """The queues, which are the values of a picklist."""
        context, wire = Context(self.services.tenant), TICKETS.by_name["queue"].wire
        known = await self.metadata.fields(TICKETS.path, TICKETS.name)
        if wire not in known:
            raise Unintelligible(
                "list queues",
                said=[f"this tenant's metadata has no list of values for {wire}"],
                hint="Tickets can still be filtered and written by a queue's id.",
            )
        return [
            QUEUES.decode({"value": one.id, "label": one.label, "isActive": one.active}, context)
            for one in known.of(wire)
        ]

    async def _queue(self, id: str) -> Record:
        for queue in await self.queues():
            if queue.id == id:
                return queue
        raise NotFound(f"get queue {id}")

    async def context(self, table: Table) -> Context:
        """The labels that decoding needs, and what statuses and `publish` values mean in this tenant."""
        labels: dict[str, Mapping[str, str]] = {STATES: {id: str(one) for id, one in self._statuses.by_id.items()}}
        listed = [one for one in table.picked if (table.name, one.name) in LISTS]
        picked = [one for one in table.picked if one not in listed]
        known = await self.metadata.readable(table.path, table.name) if picked or shown(table) else NOTHING_KNOWN
        labels |= {one.wire: known.labels(one.wire) for one in picked}
        for one in listed:
            options = await self.metadata.readable_named(LISTS[table.name, one.name], table.name)
            labels[one.wire] = labelled(options)
        labels[VISIBILITIES] = (
            notes.meanings(known.of(table.by_name["visibility"].wire), self._settings.visibility)
            if shown(table)
            else {}
        )
        # While labels are the same, so is the context: what it remembers of choices and relations serves all pages.
        if (kept := self._contexts.get(table.name)) is None or kept.labels != labels:
            kept = self._contexts[table.name] = Context(self.services.tenant, labels)
        return kept


def shown(table: Table) -> bool:
    """Whether the entity has a `publish` value that says who sees it."""
    return "visibility" in table.by_name


NO_SUCH_CALL: Final = frozenset({404, 405})
"""How a path that is not there is refused; a record that is not there is told otherwise (6.1)."""
ONE_TICKET: Final = "Autotask tells the history of one ticket at a time: history.list(ticket=...)."


def of_one_ticket(where: Expression) -> Plan:
    """The plan of a history: its query takes a single condition, which ticket it is about (3.2)."""
    wanted = [item for item in conjuncts(normal(where)) if isinstance(item, Test) and item.trait.name == "ticket"]
    named = next((test for test in wanted if test.op in (Operator.EQ, Operator.IN)), None)
    if named is None:
        raise Invalid("list history", problems=[Problem("ticket", "is required")], hint=ONE_TICKET)
    ids = dict.fromkeys(named.value if isinstance(named.value, tuple) else (named.value,))
    known = HISTORY.by_name["ticket"]
    return Plan(
        queries=tuple([rows.where(known.wire, known.codec.encode(id))] for id in ids),
        strict=named,
        expected=named,
        exact=False,
        vendor_filters=(f"{known.wire} eq one of {len(ids)}",),
        local_filters=tuple(told(item) for item in conjuncts(normal(where)) if item is not named),
    )
