"""The adapter: HaloPSA's facts in the order in which a call meets them."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from hmac import compare_digest
from typing import Any, ClassVar, Final

from anypsa.errors import (
    AuthenticationFailed,
    Invalid,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    PSAError,
)
from anypsa.ledger import digest
from anypsa.models import Record, Visibility
from anypsa.query import Expression
from anypsa.spi import (
    Action,
    Adapter,
    Answer,
    Authorization,
    Context,
    Effect,
    Identity,
    Option,
    Page,
    Plan,
    Request,
    Services,
    Table,
    reading,
)

from . import lists, paging, queries, refusals, routes, servers, writing
from .codecs import SLA_NAMES, STATES, TEAM_IDS, TEAMS, ended, whole
from .settings import HaloPSA
from .tables import ENVELOPES, NOTES, OTHER_USES, PAGED, TABLES, TICKETS, belongs

LISTS_KEPT: Final = 300.0
FAILED: Final = 5.0
SINGLY: Final = 5
"""Up to so many records are got one by one; more are picked out of the whole list."""


LAST_PASS: Final = 2
NO_CONTEXT: Final = Context("")


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a list of several passes goes on. `closed`: a closed ticket was seen in this one."""

    number: int = 0
    place: paging.Place | None = None
    closed: bool = False


class HaloAdapter(Adapter):
    """HaloPSA's REST API."""

    name: ClassVar[str] = "halopsa"
    settings_type: ClassVar[type[HaloPSA]] = HaloPSA
    tables: ClassVar[Mapping[str, Table]] = TABLES

    def __init__(self, settings: HaloPSA, services: Services) -> None:
        super().__init__(settings, services)
        self.settings: HaloPSA = settings
        self.states = {id: word for word, ids in settings.states.items() for id in ids}

    # Delivery

    async def authorize(self) -> Authorization:
        """The API's address and a bearer token (wire/halopsa.md 1.2)."""
        token = await self._token()
        base = servers.api(self.settings)
        scope = digest(base.lower(), self.settings.client_id.get_secret_value())
        return Authorization(base, scope, {"Authorization": f"Bearer {token['access_token']}"}, temporary=True)

    async def _token(self) -> dict[str, Any]:
        return await self.services.once("token", self._sign_in, ttl=servers.lifetime, failure_ttl=FAILED)

    async def _sign_in(self) -> dict[str, Any]:
        found = await self._authority()
        try:
            return await self._token_from(found.url, found)
        except NotFound:
            if not found.others:
                raise
        return await self._token_from(found.others[0], found)

    async def _token_from(self, server: str, found: servers.Authority) -> dict[str, Any]:
        answer = await self.services.send(servers.sign_in(self.settings, server, found.tenant))
        return servers.token(answer)

    async def _authority(self) -> servers.Authority:
        if self.settings.auth_url is not None:
            return servers.given(self.settings, self.settings.auth_url)
        return await self.services.once("authority", self._discover, ttl=servers.remembered)

    async def _discover(self) -> servers.Authority:
        """Servers without this question say that it is not there, or not for strangers."""
        try:
            answer = await self.services.send(servers.discovery(self.settings))
        except (NotFound, AuthenticationFailed, PermissionDenied, Invalid):
            return servers.fallback(self.settings)
        return servers.authority(answer, self.settings)

    async def reauthorize(self, stale: Authorization) -> bool:
        """A token may be revoked early: it is dropped, by whoever sees it first, and a new one fetched (1.2)."""
        token = await self._token()
        if compare_digest(f"Bearer {token['access_token']}", stale.headers["Authorization"]):
            self.services.forget("token", token)
            await self._token()
        return True

    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        """See `refusals`."""
        return refusals.refusal(request, answer)

    def limit_keys(self, request: Request) -> Sequence[str]:
        """No cap on requests in flight is published; a few per tenant are taken (5.3). Signing in is apart."""
        return () if request.anonymous else ("api",)

    def raw_path(self, path: str) -> str:
        """Without `api/`, which the address already has."""
        rest = path.strip("/")
        return rest[len("api/") :] if rest[: len("api/")].lower() == "api/" else rest

    def classify(self, method: str, path: str, body: Any) -> Effect:
        """See `routes`."""
        return routes.classify(method, path, body)

    # Reading

    async def plan(self, table: Table, where: Expression) -> Plan:
        """Pushed down by `queries`."""
        settled = "closed" not in self.states.values()
        return queries.Compiler(table, settled=settled).plan(where)

    async def _apart(self) -> bool:
        """Whether this version lists closed tickets only when asked for them alone; found out once (3.4)."""
        return await self.services.once("closed tickets apart", self._try_closed, ttl=servers.DAY)

    async def _try_closed(self) -> bool:
        one = paging.parameters(1, 1)
        closed = paging.rows(await self._read(TICKETS.path, TICKETS, {"closed_only": "true", **one}), "tickets").rows
        if not closed:
            return False
        id = {"ticketids": paging.identity(closed[0])}
        everything = queries.EVERYTHING[TICKETS.name]
        return not paging.rows(await self._read(TICKETS.path, TICKETS, {**everything, **id, **one}), "tickets").rows

    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        """The first page, then from the last page to the first; see `paging`."""
        if table.name not in PAGED:
            return await self._unpaged(table, query)
        turn: Turn = cursor or Turn()
        asked = min(size or paging.ASKED, paging.ASKED)
        number, wanted = (1, asked) if turn.place is None else (turn.place.number, turn.place.size)
        asking = queries.passes(query)[turn.number] if queries.CLOSED_TOO in query else query
        answer = await self._read(table.path, table, {**asking, **paging.parameters(number, wanted)})
        found = paging.rows(answer, ENVELOPES[table.name])
        records = await self._decoded(table, [row for row in found.rows if belongs(table, row)])
        place = paging.after_first(asked, found) if turn.place is None else paging.after(turn.place, found)
        closed = turn.closed or any(ended(row, NO_CONTEXT) for row in found.rows)
        # `paging` sees to it that it does not go round in circles.
        return Page(records, await self._following(query, Turn(turn.number, place, closed)), overlaps=True)

    async def _following(self, query: Mapping[str, str], turn: Turn) -> Turn | None:
        """Where a list goes on: one that should hold closed tickets and holds none may hold them back."""
        if turn.place is not None:
            return turn
        if queries.CLOSED_TOO not in query or turn.number == LAST_PASS:
            return None
        return Turn(turn.number + 1) if turn.number or (not turn.closed and await self._apart()) else None

    async def _unpaged(self, table: Table, query: Mapping[str, str]) -> Page:
        """A list without pages is whole, unless it says otherwise."""
        found = paging.rows(await self._read(table.path, table, {**query, **extras(table)}), ENVELOPES.get(table.name))
        if len(found.rows) < (found.total or 0) or len(found.rows) >= int(query.get("count", sys.maxsize)):
            raise paging.incomplete(f"the vendor gives only {len(found.rows)} {table.kind.plural} at once")
        return Page(await self._decoded(table, found.rows))

    async def _decoded(self, table: Table, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
        context = await self._context(table)
        if table is TICKETS and any(unlisted(row, context) for row in rows):
            # A team may have got another name since the list was read; that is looked up at most once in a while.
            await self.services.once("teams again", self._teams_again, ttl=LISTS_KEPT)
            context = await self._context(table)
        return [table.decode(row, context) for row in rows]

    async def _teams_again(self) -> bool:
        self.services.forget(listed(TICKETS, "queue"))
        return True

    async def _read(self, path: str, table: Table, query: Mapping[str, str], **parts: str) -> Answer:
        effect = reading(table.name, parts.get("id"))
        return await self.services.send(Request.read("GET", path, effect, query=query, parts=parts))

    async def get(self, table: Table, id: str) -> Record:
        """One record; a missing one is 404, or 200 with something else than asked for (5.2)."""
        number, query = id, {"includedetails": "true", **({"nocache": "true"} if table is TICKETS else {})}
        if table is NOTES:
            ticket, _, number = id.partition(":")
            query = {"ticket_id": ticket, "includehtmlnote": "true"}
        if not writing.addressed(id, table):
            raise NotFound(f"get {table.name} {id}", said=[writing.WANTED])
        answer = await self._read(f"{table.path}/{{id}}", table, query, id=number)
        row = answer.json()
        row = row[0] if isinstance(row, list) and len(row) == 1 else row
        if not isinstance(row, dict) or whole(row.get("id")) != number:
            raise NotFound(f"get {table.name} {id}", said=["the vendor answers with no such record"])
        if table is NOTES:
            row = {"ticket_id": ticket, **row}
        return (await self._decoded(table, [row]))[0]  # type: ignore[no-any-return]  # Table is untyped

    async def get_many(self, table: Table, ids: Sequence[str]) -> Sequence[Record]:
        """Tickets by lists of ids; other records singly when they are few, else out of the whole list."""
        wanted = set(ids)
        if table is TICKETS:
            numbers = [id for id in ids if writing.addressed(id, table)]
            batches = [numbers[start : start + queries.BATCH] for start in range(0, len(numbers), queries.BATCH)]
            every = queries.EVERYTHING[table.name]
            found = await self.services.gather(
                [partial(self._whole, table, {**every, "ticketids": ",".join(batch)}, set(batch)) for batch in batches]
            )
            return list({record.id: record for some in found for record in some}.values())
        if len(ids) <= SINGLY:
            return [one for one in await self.services.gather([partial(self._maybe, table, id) for id in ids]) if one]
        listed = await self._whole(table, queries.EVERYTHING.get(table.name, {}))
        kept = [one for one in listed if one.id in wanted]
        missing = sorted(wanted - {one.id for one in kept})
        if len(missing) <= SINGLY:  # lists hold some back, such as agents that are programs
            kept += [
                one for one in await self.services.gather([partial(self._maybe, table, id) for id in missing]) if one
            ]
        return kept

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

    async def count(self, table: Table, query: Any) -> int:
        """The total that a page tells; where there is none, or the list holds other things too, rows are counted."""
        if table.name not in PAGED:
            return len((await self.page(table, query, None, None)).records)
        apart = queries.CLOSED_TOO in query and await self._apart()
        total = None if apart else await self._total(table, query)
        if total is None or (table is TICKETS and await self._mixed()):
            return len(await self._whole(table, query))
        return total

    async def _total(self, table: Table, query: Mapping[str, str]) -> int | None:
        """The total, if there can be no doubt: a list that ignores paging tells how many rows it gave."""
        answer = await self._read(table.path, table, {**query, **paging.parameters(1, 1)})
        found = paging.rows(answer, ENVELOPES[table.name])
        return found.total if found.total is not None and found.total > len(found.rows) <= 1 else None

    async def _mixed(self) -> bool:
        """Whether the list of tickets holds projects or opportunities too (7.13): the types that these have tell."""
        return await self.services.once("projects among tickets", self._try_projects, ttl=LISTS_KEPT)

    async def _try_projects(self) -> bool:
        path, query, key, _ = lists.LISTS[TICKETS.name, "type"]
        rows = paging.rows(await self._read(path, TICKETS, query), None).rows
        types = ",".join(whole(row.get(key)) for row in rows if str(row.get("use") or "").lower() in OTHER_USES)
        if not types:
            return False
        other = {**queries.EVERYTHING[TICKETS.name], "requesttype": types, **paging.parameters(1, 1)}
        return bool(paging.rows(await self._read(TICKETS.path, TICKETS, other), ENVELOPES[TICKETS.name]).rows)

    # Metadata

    async def options(self, table: Table, field: str) -> Sequence[Option]:
        """The tenant's values of a field, from whichever list holds them."""
        if (table.name, field) not in lists.LISTS:
            return ()
        return await self.services.once(listed(table, field), partial(self._list, table, field), ttl=LISTS_KEPT)

    async def _list(self, table: Table, field: str) -> Sequence[Option]:
        path, query, _, _ = lists.LISTS[table.name, field]
        answer = await self._read(path, table, query)
        return lists.values(table.name, field, paging.rows(answer, None).rows)

    async def _context(self, table: Table) -> Context:
        """The labels that decoding needs, and what statuses mean in this tenant."""
        names = [one.name for one in table.picked]
        known = dict(
            zip(names, await self.services.gather([partial(self.options, table, name) for name in names]), strict=True)
        )
        labels: dict[str, Mapping[str, str]] = {STATES: self.states}
        labels |= {field.wire: lists.labels(known[field.name]) for field in table.picked}
        if table is TICKETS:
            labels[TEAMS], labels[TEAM_IDS] = lists.labels(known["queue"]), lists.ids(known["queue"])
            labels[SLA_NAMES] = lists.by_parent(known["priority"])
        return Context(self.services.tenant, labels)

    # Writing

    async def create(self, table: Table, values: Mapping[str, Any]) -> str:
        """A POST of an array without ids (4)."""
        wire = await writing.body(table, values, self.options)
        answer = await self._post(Action.CREATE, table, None, wire, values)
        id = writing.written(answer, table, wire)
        if id is None:
            raise OutcomeUnknown(
                f"create a {table.name}",
                said=["the vendor accepted it, but its answer names no record"],
                hint="Look for it before you create it again.",
                status=answer.status,
            )
        return id

    async def update(self, table: Table, id: str, values: Mapping[str, Any]) -> None:
        """A POST of an array with ids: exactly the fields that are sent change (4)."""
        if not writing.addressed(id, table):
            raise NotFound(f"update {table.name} {id}", said=[writing.WANTED])
        wire = await writing.body(table, values, self.options)
        ticket, _, number = id.rpartition(":")
        wire |= {"id": int(number), **({"ticket_id": int(ticket)} if table is NOTES else {})}
        await self._post(Action.UPDATE, table, id, wire, values)

    async def _post(
        self, action: Action, table: Table, id: str | None, wire: Mapping[str, Any], values: Mapping[str, Any]
    ) -> Answer:
        effect = Effect(action, table.name, id, frozenset(values), values.get("visibility"))
        return await self.services.send(Request(method="POST", path=table.path, effect=effect, json=[wire]))

    async def visibility(self, wanted: Visibility) -> bool:
        """A flag, the same in every tenant."""
        return writing.hidden(wanted)

    # Identity

    async def whoami(self) -> Identity:
        """A short list proves the credentials; who the agent behind them is, no attested call tells."""
        await self._read("Status", TABLES["ticket"], {})
        token = await self._token()
        found = await self._authority()
        details = {
            "api": servers.api(self.settings),
            "auth": found.url,
            "scope": str(token.get("scope", self.settings.scope)),
        }
        return Identity(self.services.tenant, "HaloPSA", "application", details=details)


def extras(table: Table) -> dict[str, str]:
    """What a list leaves out unless asked."""
    return {"includehtmlnote": "true"} if table is NOTES else {}


def listed(table: Table, field: str) -> str:
    """The key under which a list of values is remembered."""
    return f"list {table.name}.{field}"


def unlisted(row: Mapping[str, Any], context: Context) -> bool:
    """Whether a ticket is in a team of a name that was not listed."""
    return "team_id" not in row and str(row.get("team") or "").strip().casefold() not in {*context.labels[TEAM_IDS], ""}
