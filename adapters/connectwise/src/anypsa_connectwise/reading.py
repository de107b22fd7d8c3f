"""Reading: lists page by page, records one by one, and the tenant's own values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from anypsa.errors import NotFound
from anypsa.models import Record, State
from anypsa.spi import NUMBER, Answer, Context, Identity, Option, Page, Request, Table, Undecodable, reading

from . import boards, paging
from .conditions import Among, Query, chunks
from .derived import STATES
from .paging import After, Cursor, Link, Row
from .servers import Server
from .settings import ConnectWise
from .tables import NOTES, QUEUES

LISTS_KEPT: Final = 300.0
VERSION: Final = "api-current-version"
WANTED: Final = "ids here are numbers; a note has the id ticket:number"


class Reader:
    """Reads the records of one tenant."""

    def __init__(self, settings: ConnectWise, server: Server) -> None:
        self.server = server
        self._services = server.services
        self._states = {id: word for word, ids in settings.states.items() for id in ids}

    @property
    def mapped(self) -> frozenset[State]:
        """The states that the profile gives to statuses."""
        return frozenset(map(State, self._states.values()))

    async def read(self, path: str, entity: str, *, id: str | None = None, **details: Any) -> Answer:
        """One answer to a reading request."""
        return await self.server.send(Request.read("GET", path, reading(entity, id), **details))

    # Lists

    async def page(self, table: Table, query: Query, cursor: Cursor | None, size: int | None) -> Page:
        """One page of records."""
        answer, following = await self._page(table.path, table.name, query, cursor, size)
        return Page(self._decoded(table, query, answer), following)

    async def whole(self, table: Table, query: Query) -> list[Any]:
        """All records of a list."""
        answers = await self._every_page(table.path, table.name, query)
        return [record for answer in answers for record in self._decoded(table, query, answer)]

    async def _page(
        self, path: str, entity: str, query: Query, cursor: Cursor | None = None, size: int | None = None
    ) -> tuple[Answer, Cursor | None]:
        """One page, and where the next one is. An endpoint that sends no links has kept no order either, so that it is
        asked again, by ids (Forward-only)."""
        asked = {"pageSize": str(max(1, min(size or paging.ASKED, paging.ASKED)))}
        if not isinstance(cursor, After):
            answer = await self._forward(path, entity, query, cursor, asked)
            if paging.links(answer):
                return answer, paging.linked(answer)
            if cursor is not None:
                raise answer.unintelligible("it does not say where the list goes on")
        else:
            query = query.narrowed(cursor.condition())
        asked = {**query.parameters(), "orderBy": "id asc", **asked}
        answer = await self.read(path, entity, parts=query.parts, query=asked)
        return answer, paging.last(answer)

    async def _forward(
        self, path: str, entity: str, query: Query, link: Link | None, asked: Mapping[str, str]
    ) -> Answer:
        parameters = {**query.parameters(), **asked}
        parameters = parameters if link is None else link.beside(parameters)
        return await self.read(path, entity, parts=query.parts, query=parameters, headers=paging.FORWARD)

    async def _every_page(self, path: str, entity: str, query: Query) -> list[Answer]:
        answers: list[Answer] = []
        seen: set[Cursor | None] = set()
        cursor: Cursor | None = None
        while cursor not in seen:
            seen.add(cursor)
            answer, cursor = await self._page(path, entity, query, cursor)
            answers.append(answer)
            if cursor is None:
                return answers
        raise answers[-1].unintelligible("the list goes round in circles")

    def _decoded(self, table: Table, query: Query, answer: Answer) -> list[Any]:
        """The models of a page's rows."""
        context = self.context()
        return [table.decode({**query.told(), **row}, context) for row in paging.rows(answer)]

    def context(self) -> Context:
        """What decoding needs: rows bring the names of what they refer to."""
        return Context(self._services.tenant, {STATES: self._states})

    async def count(self, table: Table, query: Query) -> int:
        """The vendor's own count."""
        answer = await self.read(f"{table.path}/count", table.name, parts=query.parts, query=query.parameters())
        told = answer.json()
        counted = told.get("count") if isinstance(told, dict) else None
        if isinstance(counted, bool) or not isinstance(counted, int) or counted < 0:
            raise answer.unintelligible("it holds no count")
        return counted

    # Single records

    async def get(self, table: Table, id: str) -> Record:
        """One record."""
        record: Record = table.decode(await self.row(table, id), self.context())
        return record

    async def row(self, table: Table, id: str) -> Row:
        """The row of one record; a note is found within its ticket."""
        if not addressed(id, table):
            raise NotFound(f"get {table.name} {id}", said=[WANTED])
        parts = placed(id)
        answer = await self.read(f"{table.path}/{{id}}", table.name, id=id, parts=parts)
        found = answer.json()
        if not isinstance(found, dict) or str(found.get("id")) != parts["id"]:
            raise answer.unintelligible("it is another record")
        return {**Query(parts=parts).told(), **found}

    async def get_many(self, table: Table, ids: Sequence[str]) -> Sequence[Record]:
        """By lists of ids, split by the length of an address (URL length); notes by their tickets."""
        grouped: dict[str, list[str]] = {}
        for id in ids:
            if addressed(id, table):
                ticket, _, number = id.rpartition(":")
                grouped.setdefault(ticket, []).append(number)
        queries = [
            Query(str(part), {"ticket": ticket} if ticket else {})
            for ticket, numbers in grouped.items()
            for part in chunks(Among("id", tuple(numbers)))
        ]
        found = await self._services.gather([partial(self._there, table, query) for query in queries])
        return [record for records in found for record in records]

    async def _there(self, table: Table, query: Query) -> list[Any]:
        try:
            return await self.whole(table, query)
        except NotFound:
            return []  # the ticket that the notes were of

    # The tenant's values

    async def options(self, table: Table, field: str) -> Sequence[Option]:
        """The tenant's values of a field; see `boards`."""
        path = boards.LISTS.get((table.name, field))
        if path is None:
            return ()
        return await self._services.once(f"list {path}", partial(self._list, path), ttl=LISTS_KEPT)

    async def _list(self, path: str) -> tuple[Option, ...]:
        if not boards.under_board(path):
            return tuple(await self._values(path, None))
        every = await self.whole(QUEUES, Query())
        found = await self._services.gather([partial(self._values, path, board.id) for board in every])
        return tuple(option for some in found for option in some)

    async def _values(self, path: str, board: str | None) -> list[Option]:
        query = Query(parts={} if board is None else {"board": board})
        found: list[Option] = []
        for answer in await self._every_page(path, "list", query):
            try:
                found += [boards.option(row, board) for row in paging.rows(answer)]
            except Undecodable as reason:
                raise answer.unintelligible(f"it is {reason}") from None
        return found

    # Who

    async def whoami(self, username: str) -> Identity:
        """A short list proves the keys; which member they belong to, no attested call tells."""
        answer = await self.read(QUEUES.path, QUEUES.name, query={"pageSize": "1"})
        details = {"api": self.server.origin, "codebase": await self.server.codebase()}
        if (version := answer.headers.get(VERSION)) is not None:
            details["version"] = version
        return Identity(self._services.tenant, "ConnectWise PSA", username, details=details)


def placed(id: str) -> dict[str, str]:
    """What an id fills a path with: a note's tells its ticket, too."""
    ticket, _, number = id.rpartition(":")
    return {"id": number, **({"ticket": ticket} if ticket else {})}


def addressed(id: str, table: Table) -> bool:
    """Whether an id can be one: a number above 0; of a note, "ticket:number"."""
    parts = id.split(":")
    wanted = 2 if table is NOTES else 1
    return len(parts) == wanted and all(str(NUMBER.encode(one)) == one and int(one) > 0 for one in parts)
