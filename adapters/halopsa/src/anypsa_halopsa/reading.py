"""Reading: lists page by page, records one by one, and the tenant's own values (wire/halopsa.md 2, 3)."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from anypsa.errors import NotFound, PermissionDenied
from anypsa.models import Record, State
from anypsa.spi import NUMBER, Answer, Context, Option, Page, Request, Services, Table, reading

from . import lists, paging, queries, routes, servers
from .codecs import CONTRACT_KINDS, RECURRING, SLA_NAMES, STATES, TEAM_IDS, TEAMS, TRUTH, whole
from .derived import ended
from .settings import HaloPSA
from .tables import (
    ACTIONS,
    ENVELOPES,
    GUIDS,
    HISTORY,
    INVOICES,
    OF_TICKET,
    OTHER_USES,
    PAGED,
    PICKED,
    PROJECTS,
    TICKETS,
    WITHIN,
    belongs,
)

LISTS_KEPT: Final = 300.0
LABELS_KEPT: Final = 30.0
SINGLY: Final = 5
"""Up to so many records are got one by one; more are picked out of the whole list."""
LAST_PASS: Final = 2
NO_CONTEXT: Final = Context("")
WANTED: Final = "ids here are numbers; what is of a ticket has the id ticket:number"
EXTRAS: Final[Mapping[str, Mapping[str, str]]] = {ACTIONS: {"includehtmlnote": "true"}}
"""What a list leaves out unless asked."""
WITH_DETAILS: Final[Mapping[str, str]] = {"includedetails": "true"}
DETAILED: Final[Mapping[str, Mapping[str, str]]] = {
    "Tickets": {**WITH_DETAILS, "nocache": "true"},
    "Invoice": {},
    queries.RECURRING_PATH: {},
}
"""What brings all of a record that is got by its id; invoices come whole."""
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a list of several passes goes on. `closed`: a closed ticket was seen in this one."""

    number: int = 0
    place: paging.Place | None = None
    closed: bool = False


def age(row: Row) -> int:
    """Older rows first: lists without pages have no order that is promised (3.4)."""
    id = paging.identity(row)
    return int(id) if id.isdecimal() else 0


class Reader:
    """Reads the records of one tenant."""

    def __init__(self, settings: HaloPSA, services: Services) -> None:
        self.services = services
        self._states = {id: word for word, ids in settings.states.items() for id in ids}
        self._kinds = {id: word for word, ids in settings.contracts.items() for id in ids}

    @property
    def settled(self) -> bool:
        """Whether no status means "closed" by the profile's word."""
        return "closed" not in self._states.values()

    async def read(self, path: str, entity: str, query: Mapping[str, str], **parts: str) -> Answer:
        """One answer to a reading request."""
        effect = reading(routes.word(entity), parts.get("id"))
        return await self.services.send(Request.read("GET", path, effect, query=query, parts=parts))

    # Lists

    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        """The first page, then from the last page to the first; see `paging`."""
        if table.path not in PAGED:
            return await self._unpaged(table, query)
        await self._context(table)  # what decoding looks up comes first: without it, nothing need be read
        turn: Turn = cursor or Turn()
        asked = min(size or paging.ASKED, paging.ASKED)
        number, wanted = (1, asked) if turn.place is None else (turn.place.number, turn.place.size)
        asking = queries.passes(query)[turn.number] if queries.CLOSED_TOO in query else query
        found = await self._rows(table, {**asking, **paging.parameters(number, wanted)})
        records = await self.decoded(table, [row for row in found.rows if belongs(table, row)])
        place = paging.after_first(asked, found) if turn.place is None else paging.after(turn.place, found)
        closed = turn.closed or any(ended(row, NO_CONTEXT) for row in found.rows)
        # `paging` sees to it that it does not go round in circles.
        return Page(records, await self._following(query, Turn(turn.number, place, closed)), overlaps=True)

    async def _rows(self, table: Table, query: Mapping[str, str]) -> paging.Rows:
        """The rows of a page. Recurring invoices are a list of their own, in the same envelope."""
        recurring = RECURRING in query
        path = queries.RECURRING_PATH if recurring else table.path
        sent = {name: value for name, value in query.items() if name != RECURRING}
        found = paging.rows(await self.read(path, table.name, sent), ENVELOPES.get(path))
        if recurring:
            return paging.Rows([{**row, RECURRING: True} for row in found.rows], found.total, found.size)
        return found

    async def _following(self, query: Mapping[str, str], turn: Turn) -> Turn | None:
        """Where a list goes on: one that should hold closed tickets and holds none may hold them back."""
        if turn.place is not None:
            return turn
        if queries.CLOSED_TOO not in query or turn.number == LAST_PASS:
            return None
        return Turn(turn.number + 1) if turn.number or (not turn.closed and await self._apart()) else None

    async def _apart(self) -> bool:
        """Whether this version lists closed tickets only when asked for them alone; found out once (3.4)."""
        return await self.services.once("closed tickets apart", self._try_closed, ttl=servers.DAY)

    async def _try_closed(self) -> bool:
        one = paging.parameters(1, 1)
        closed = (await self._rows(TICKETS, {"closed_only": "true", **one})).rows
        if not closed:
            return False
        id = {"ticketids": paging.identity(closed[0])}
        return not (await self._rows(TICKETS, {**queries.EVERYTHING[TICKETS.path], **id, **one})).rows

    async def _unpaged(self, table: Table, query: Mapping[str, str]) -> Page:
        """A list without pages is whole, unless it says otherwise."""
        await self._context(table)
        asked = {**query, **EXTRAS.get(table.path, {})}
        found = await self._whole_list(table, asked)
        if table is HISTORY:  # what the vendor leaves out when it is asked to
            said = {paging.identity(row) for row in (await self._whole_list(table, {**asked, "excludesys": "true"}))}
            found = [row for row in found if paging.identity(row) not in said]
        told = {name: query[name] for name in query if name == WITHIN.get(table.path)}
        rows = [{**told, **row} for row in sorted(found, key=age) if belongs(table, row)]
        return Page(await self.decoded(table, rows))

    async def _whole_list(self, table: Table, query: Mapping[str, str]) -> Sequence[Row]:
        found = await self._rows(table, query)
        if len(found.rows) < (found.total or 0) or len(found.rows) >= int(query.get("count", sys.maxsize)):
            raise paging.incomplete(f"the vendor gives only {len(found.rows)} {table.kind.plural} at once")
        return found.rows

    async def decoded(self, table: Table, rows: Sequence[Row]) -> list[Any]:
        """The models of rows."""
        context = await self._context(table)
        if table is TICKETS and any(unlisted(row, context) for row in rows):
            # A team may have got another name since the list was read; that is looked up at most once in a while.
            await self.services.once("teams again", self._teams_again, ttl=LISTS_KEPT)
            context = await self._context(table)
        return table.decode_all(rows, context)

    async def _teams_again(self) -> bool:
        self.services.forget(listed(TICKETS, "queue"))
        self.services.forget(f"labels {TICKETS.name}")
        return True

    # Single records

    async def get(self, table: Table, id: str) -> Record:
        """One record; a missing one is 404, or 200 with something else than asked for (5.2)."""
        return (await self.decoded(table, [await self.row(table, id)]))[0]  # type: ignore[no-any-return]  # Table is untyped

    async def row(self, table: Table, id: str) -> Row:
        """The row of one record, with its details where it has an address of its own."""
        if not addressed(id, table):
            raise NotFound(f"get {table.name} {id}", said=[WANTED])
        if table.path in PICKED:
            return await self._picked(table, id)
        await self._context(table)
        ticket, _, number = id.rpartition(":")
        path, more = table.write_path or table.path, dict[str, Any]()
        if table.path == ACTIONS:
            more = {"ticket_id": ticket}
        elif table is INVOICES and ticket:
            path, more = queries.RECURRING_PATH, {RECURRING: "true"}
        query = {**DETAILED.get(path, WITH_DETAILS), **{name: more[name] for name in more if name != RECURRING}}
        found = (await self.read(f"{path}/{{id}}", table.name, query, id=number)).json()
        found = found[0] if isinstance(found, list) and len(found) == 1 else found
        there = isinstance(found, dict) and whole(found.get("id")) == number
        if not there or gone(table, found) or (table.name not in ONE_BY_ONE and not belongs(table, found)):
            raise NotFound(f"get {table.name} {id}", said=["the vendor answers with no such record"])
        return {**found, RECURRING: True} if RECURRING in more else {**more, **found}

    async def _picked(self, table: Table, id: str) -> Row:
        every_one = await self._whole(table, queries.EVERYTHING.get(table.path, {}))
        found = next((one for one in every_one if one.id == id), None)
        if found is None:
            raise NotFound(f"get {table.name} {id}", said=["its list holds no such record"])
        return found.raw

    async def get_many(self, table: Table, ids: Sequence[str]) -> Sequence[Record]:
        """Tickets by lists of ids; other records singly when they are few, else out of the whole list."""
        wanted = set(ids)
        if table.path == TICKETS.path:
            numbers = [id for id in ids if addressed(id, table)]
            batches = [numbers[start : start + queries.BATCH] for start in range(0, len(numbers), queries.BATCH)]
            every = queries.EVERYTHING[table.path]
            found = await self.services.gather(
                [partial(self._whole, table, {**every, "ticketids": ",".join(batch)}, set(batch)) for batch in batches]
            )
            return list({record.id: record for some in found for record in some}.values())
        if (len(ids) <= SINGLY and table.path not in PICKED) or table.path in OF_TICKET or table is INVOICES:
            return await self._singly(table, ids)
        every_one = await self._whole(table, queries.EVERYTHING.get(table.path, {}))
        kept = [one for one in every_one if one.id in wanted]
        missing = sorted(wanted - {one.id for one in kept})
        if len(missing) <= SINGLY:  # lists hold some back, such as agents that are programs
            kept += await self._singly(table, missing)
        return kept

    async def _singly(self, table: Table, ids: Sequence[str]) -> list[Record]:
        return [one for one in await self.services.gather([partial(self._maybe, table, id) for id in ids]) if one]

    async def _maybe(self, table: Table, id: str) -> Record | None:
        try:
            return await self.get(table, id)
        except NotFound:
            return None

    async def _whole(self, table: Table, query: Mapping[str, str], only: Collection[str] = ()) -> list[Record]:
        """All records of a list; if these are to be the only ones, others end it at once."""
        found: dict[str, Record] = {}
        cursor: Any = None
        while True:
            page = await self.page(table, query, cursor, None)
            found.update({record.id: record for record in page.records})
            cursor = page.cursor
            if cursor is None or (only and not found.keys() <= set(only)):
                return list(found.values())

    # Counts

    async def count(self, table: Table, query: Any) -> int:
        """The total that a page tells; where there is none, or the list holds other things too, rows are counted."""
        if table.path not in PAGED:
            return len((await self.page(table, query, None, None)).records)
        apart = queries.CLOSED_TOO in query and await self._apart()
        total = None if apart else await self._total(table, query)
        if total is None or table is PROJECTS or (table is TICKETS and await self._mixed()):
            return len(await self._whole(table, query))
        return total

    async def _total(self, table: Table, query: Mapping[str, str]) -> int | None:
        """The total, if there can be no doubt: a list that ignores paging tells how many rows it gave."""
        found = await self._rows(table, {**query, **paging.parameters(1, 1)})
        return found.total if found.total is not None and found.total > len(found.rows) <= 1 else None

    async def _mixed(self) -> bool:
        """Whether the list of tickets holds projects or opportunities too (7.13): the types that these have tell."""
        return await self.services.once("projects among tickets", self._try_projects, ttl=LISTS_KEPT)

    async def _try_projects(self) -> bool:
        path, query, key, _ = lists.LISTS[TICKETS.name, "type"]
        rows = paging.rows(await self.read(path, TICKETS.name, query), None).rows
        types = ",".join(whole(row.get(key)) for row in rows if str(row.get("use") or "").lower() in OTHER_USES)
        if not types:
            return False
        other = {**queries.EVERYTHING[TICKETS.path], "requesttype": types, **paging.parameters(1, 1)}
        return bool((await self._rows(TICKETS, other)).rows)

    # The tenant's values

    async def options(self, table: Table, field: str) -> Sequence[Option]:
        """The tenant's values of a field, from whichever list holds them."""
        if (table.name, field) not in lists.LISTS:
            return ()
        return await self.services.once(listed(table, field), partial(self._list, table, field), ttl=LISTS_KEPT)

    async def state(self, status: str) -> State | None:
        """What a ticket's status means: by the profile, else closed if the vendor leaves it out when it is asked for the
        others (2.5). Where it leaves out none, it may not know that switch, and nothing is told."""
        if status in self._states:
            return State(self._states[status])
        every = {one.id for one in await self.options(TICKETS, "status")}
        unclosed = await self.services.once("unclosed statuses", self._unclosed, ttl=LISTS_KEPT)
        if status not in every or every <= unclosed:
            return None
        return State.OPEN if status in unclosed else State.CLOSED

    async def _unclosed(self) -> frozenset[str]:
        path, query, key, _ = lists.LISTS[TICKETS.name, "status"]
        answer = await self.read(path, TICKETS.name, {**query, "excludeclosed": "true"})
        return frozenset(whole(row.get(key)) for row in paging.rows(answer, None).rows)

    async def _list(self, table: Table, field: str) -> Sequence[Option]:
        path, query, _, _ = lists.LISTS[table.name, field]
        answer = await self.read(path, table.name, query)
        return lists.values(table.name, field, paging.rows(answer, None).rows)

    async def shown(self, table: Table, field: str) -> Sequence[Option]:
        """The same, where less will do: a list that is closed to the agent, since some need an administrator (1.3), costs
        labels and not the records."""
        try:
            return await self.options(table, field)
        except (NotFound, PermissionDenied):
            return ()

    async def _context(self, table: Table) -> Context:
        """The labels that decoding needs, and what statuses mean in this tenant; put together now and then."""
        return await self.services.once(f"labels {table.name}", partial(self._labels, table), ttl=LABELS_KEPT)

    async def _labels(self, table: Table) -> Context:
        names = [one.name for one in table.picked]
        known = dict(
            zip(names, await self.services.gather([partial(self.shown, table, name) for name in names]), strict=True)
        )
        labels: dict[str, Mapping[str, str]] = {STATES: self._states, CONTRACT_KINDS: self._kinds}
        labels |= {field.wire: lists.labels(known[field.name]) for field in table.picked}
        if table is TICKETS:
            labels[TEAMS], labels[TEAM_IDS] = lists.labels(known["queue"]), lists.ids(known["queue"])
            labels[SLA_NAMES] = lists.by_parent(known["priority"])
        return Context(self.services.tenant, labels)


ONE_BY_ONE: Final = frozenset({"ticket", "note"})
"""What is got by its id whatever list it stands in: an action with time can be read as a note."""


def gone(table: Table, row: Row) -> bool:
    """Whether a ticket was deleted: it stays, and says so (2.1)."""
    return table in (TICKETS, PROJECTS) and any(
        TRUTH.decode(row.get(flag), flag, NO_CONTEXT) for flag in ("deleted", "inactive")
    )


def addressed(id: str, table: Table) -> bool:
    """Whether an id can be one: a number; of what is of a ticket, "ticket:number"."""
    if table is INVOICES:
        id = id.removeprefix(f"{queries.RECURRING_WORD}:")
    if table.path in GUIDS:
        return bool(id)
    parts = id.split(":")
    return len(parts) == (2 if table.path in OF_TICKET else 1) and all(str(NUMBER.encode(one)) == one for one in parts)


def listed(table: Table, field: str) -> str:
    """The key under which a list of values is remembered."""
    return f"list {table.name}.{field}"


def unlisted(row: Row, context: Context) -> bool:
    """Whether a ticket is in a team of a name that was not listed."""
    return "team_id" not in row and str(row.get("team") or "").strip().casefold() not in {*context.labels[TEAM_IDS], ""}
