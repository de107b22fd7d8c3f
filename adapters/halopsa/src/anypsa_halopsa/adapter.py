"""The adapter: HaloPSA's facts in the order in which a call meets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from hmac import compare_digest
from html import escape
from typing import Any, ClassVar, Final

from anypsa.errors import ConfigurationError, Invalid, NotFound, Problem, PSAError
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

from . import paging, queries, refusals, routes, servers
from .codecs import TEAM_IDS
from .settings import HaloPSA
from .tables import ENVELOPES, NOTES, STATES, TABLES, TICKETS

DAY: Final = 86_400.0
LISTS_KEPT: Final = 300.0
FAILED: Final = 5.0
SINGLY: Final = 5
"""Up to so many records are got one by one; more are picked out of the whole list."""

# Where a tenant's values are listed: path, query, the keys of id and label (2.5).
LISTS: Final[Mapping[tuple[str, str], tuple[str, Mapping[str, str], str, str]]] = {
    ("ticket", "status"): ("Status", {}, "id", "name"),
    ("ticket", "priority"): ("Priority", {}, "priorityid", "name"),
    ("ticket", "queue"): ("Team", {"showall": "true"}, "id", "name"),
    ("ticket", "type"): ("TicketType", {"showall": "true"}, "id", "name"),
    ("ticket", "category"): ("Category", {"type_id": "1"}, "id", "value"),
    ("ticket", "source"): ("Lookup", {"lookupid": "22"}, "id", "name"),
    ("asset", "kind"): ("AssetType", {}, "id", "name"),
    ("note", "kind"): ("Outcome", {}, "id", "outcome"),
}
# The outcomes that write a plain note, by the names they are known under (2.2).
NOTE_OUTCOMES: Final[Mapping[Visibility, Sequence[str]]] = {
    Visibility.INTERNAL: ("internal note", "private note", "note"),
    Visibility.PUBLIC: ("public note", "note"),
}


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
        return Authorization(base, scope, {"Authorization": f"Bearer {token['access_token']}"})

    async def _token(self) -> dict[str, Any]:
        return await self.services.once("token", self._sign_in, ttl=servers.lifetime, failure_ttl=FAILED)

    async def _sign_in(self) -> dict[str, Any]:
        server, tenant = await self._authority()
        answer = await self.services.send(servers.sign_in(self.settings, server, tenant))
        return servers.token(answer)

    async def _authority(self) -> tuple[str, str | None]:
        if self.settings.auth_url is not None:
            return self.settings.auth_url.rstrip("/"), self.settings.tenant
        return await self.services.once("authority", self._discover, ttl=DAY)

    async def _discover(self) -> tuple[str, str | None]:
        try:
            answer = await self.services.send(servers.discovery(self.settings))
        except NotFound:
            return servers.fallback(self.settings), self.settings.tenant
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
        return path.strip("/").removeprefix("api/")

    def classify(self, method: str, path: str, body: Any) -> Effect:
        """See `routes`."""
        return routes.classify(method, path, body)

    # Reading

    async def plan(self, table: Table, where: Expression) -> Plan:
        """Pushed down by `queries`."""
        return queries.Compiler(table).plan(where)

    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        """The first page, then from the last page to the first; see `paging`."""
        context = await self._context(table)
        asked = min(size or paging.ASKED, paging.ASKED)
        place: paging.Place | None = cursor
        number, wanted = (1, asked) if place is None else (place.number, place.size)
        parameters = paging.parameters(number, wanted) if table.name in ENVELOPES and table is not NOTES else {}
        answer = await self._read(table.path, table, {**query, **parameters, **extras(table)})
        found = paging.rows(answer, ENVELOPES.get(table.name))
        records = [table.decode(row, context) for row in found.rows]
        if not parameters:
            return Page(records)
        following = paging.after_first(found) if place is None else paging.after(place, found)
        return Page(records, following, overlaps=place is not None)

    async def _read(self, path: str, table: Table, query: Mapping[str, str], **parts: str) -> Answer:
        effect = reading(table.name, parts.get("id"))
        return await self.services.send(Request.read("GET", path, effect, query=query, parts=parts))

    async def get(self, table: Table, id: str) -> Record:
        """One record; a missing one is 404, or 200 with something else than asked for (5.2)."""
        context = await self._context(table)
        number, query = id, {"includedetails": "true"}
        if table is NOTES:
            ticket, _, number = id.partition(":")
            query = {"ticket_id": ticket, "includehtmlnote": "true"}
        if not number.isdecimal() or not all(value.isalnum() for value in query.values()):
            raise NotFound(f"get {table.name} {id}", said=["ids here are numbers; a note's is ticket:number"])
        answer = await self._read(f"{table.path}/{{id}}", table, query, id=number)
        row = answer.json()
        if not isinstance(row, dict) or str(row.get("id")).removesuffix(".0") != number:
            raise NotFound(f"get {table.name} {id}", said=["the vendor answers with no such record"])
        return table.decode(row, context)  # type: ignore[no-any-return]  # Table is untyped

    async def get_many(self, table: Table, ids: Sequence[str]) -> Sequence[Record]:
        """Tickets by lists of ids; other records singly when they are few, else out of the whole list."""
        if table is TICKETS:
            numbers = [id for id in ids if id.isdecimal()]
            batches = [numbers[start : start + queries.BATCH] for start in range(0, len(numbers), queries.BATCH)]
            base = queries.EVERYTHING[table.name]
            found = await self.services.gather(
                [partial(self._whole, table, {**base, "ticketids": ",".join(batch)}) for batch in batches]
            )
            return [record for some in found for record in some]
        if len(ids) <= SINGLY:
            return [one for one in await self.services.gather([partial(self._maybe, table, id) for id in ids]) if one]
        wanted = set(ids)
        return [one for one in await self._whole(table, queries.EVERYTHING.get(table.name, {})) if one.id in wanted]

    async def _maybe(self, table: Table, id: str) -> Record | None:
        try:
            return await self.get(table, id)
        except NotFound:
            return None

    async def _whole(self, table: Table, query: Mapping[str, str]) -> list[Record]:
        found: dict[str, Record] = {}
        cursor: Any = None
        while True:
            page = await self.page(table, query, cursor, None)
            found.update({record.id: record for record in page.records})
            cursor = page.cursor
            if cursor is None:
                return list(found.values())

    async def count(self, table: Table, query: Any) -> int:
        """The total that a page tells; lists that have none are counted."""
        if table is NOTES or table.name not in ENVELOPES:
            return len((await self.page(table, query, None, None)).records)
        answer = await self._read(table.path, table, {**query, **paging.parameters(1, 1)})
        found = paging.rows(answer, ENVELOPES[table.name])
        return len(found.rows) if found.total is None else found.total

    # Metadata

    async def options(self, table: Table, field: str) -> Sequence[Option]:
        """The tenant's values of a field, from whichever list holds them."""
        if (table.name, field) not in LISTS:
            return ()
        return await self.services.once(f"list {table.name}.{field}", partial(self._list, table, field), ttl=LISTS_KEPT)

    async def _list(self, table: Table, field: str) -> Sequence[Option]:
        path, query, key, label = LISTS[table.name, field]
        answer = await self._read(path, table, query)
        listed: dict[str, Option] = {}
        for row in paging.rows(answer, None).rows:
            id, name = str(row.get(key)).removesuffix(".0"), row.get(label) or row.get("name")
            # A priority comes once per SLA with the same id (2.5); the first name is as good as the others.
            if name is not None:
                listed.setdefault(id, Option(id, str(name), active=row.get("inactive") is not True))
        return list(listed.values())

    async def _context(self, table: Table) -> Context:
        """The labels that decoding needs, and what statuses mean in this tenant."""
        names = [one.name for one in table.picked]
        known = await self.services.gather([partial(self.options, table, name) for name in names])
        labels: dict[str, dict[str, str]] = {STATES: self.states}
        for field, options in zip(table.picked, known, strict=True):
            labels[field.wire] = {option.id: option.label for option in options}
        if table is TICKETS:
            teams = known[names.index("queue")]
            labels[TEAM_IDS] = {option.label.casefold(): option.id for option in teams}
        return Context(self.services.tenant, labels)

    # Writing

    async def create(self, table: Table, values: Mapping[str, Any]) -> str:
        """A POST of an array without ids (4)."""
        return await self._post(Action.CREATE, table, None, await self._body(table, values), values)

    async def update(self, table: Table, id: str, values: Mapping[str, Any]) -> None:
        """A POST of an array with ids: exactly the fields that are sent change (4)."""
        ticket, _, number = id.rpartition(":")
        if not number.isdecimal() or not (ticket.isdecimal() if table is NOTES else not ticket):
            raise NotFound(f"update {table.name} {id}", said=["ids here are numbers; a note's is ticket:number"])
        wire = await self._body(table, values)
        wire["id"] = int(number)
        if table is NOTES:
            wire["ticket_id"] = int(ticket)
        await self._post(Action.UPDATE, table, id, wire, values)

    async def _post(
        self, action: Action, table: Table, id: str | None, wire: Mapping[str, Any], values: Mapping[str, Any]
    ) -> str:
        effect = Effect(action, table.name, id, frozenset(values), values.get("visibility"))
        answer = await self.services.send(Request(method="POST", path=table.path, effect=effect, json=[wire]))
        return written(answer, table)

    async def _body(self, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
        """The wire's fields; what clears is sent as the vendor clears it."""
        plain = {
            name: value for name, value in values.items() if name not in ("queue", "visibility", "body", "assignee")
        }
        wire = table.encode(plain)
        if "assignee" in values:
            wire["agent_id"] = int(values["assignee"] or 1)
        if "queue" in values:
            wire["team"] = await self._team(values["queue"])
        if table is NOTES:
            wire |= await self._note(values)
        return wire

    async def _team(self, id: str | None) -> str:
        """Tickets name their team (2.5)."""
        names = [option.label for option in await self.options(TICKETS, "queue") if option.id == id]
        if not names:
            raise Invalid("set the queue of a ticket", problems=[Problem("queue", "HaloPSA does not take none")])
        return names[0]

    async def _note(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Visibility and e-mail are always said, since an outcome's own default may mail the customer (7.15)."""
        wire: dict[str, Any] = {"sendemail": False}
        if "body" in values:
            wire["note_html"] = escape(values["body"]).replace("\n", "<br>")
        if "visibility" in values:
            wire["hiddenfromuser"] = await self.visibility(values["visibility"])
        if "kind" not in values and "ticket" in values:
            wire["outcome_id"] = int(await self._outcome(values["visibility"]))
        return wire

    async def _outcome(self, wanted: Visibility) -> str:
        known = await self.options(NOTES, "kind")
        for name in NOTE_OUTCOMES[wanted]:
            for option in known:
                if option.label.strip().casefold() == name:
                    return option.id
        listed = tuple(option.label for option in known)
        raise ConfigurationError(
            "write a note",
            problems=[
                Problem("kind", f"none of this tenant's outcomes is known to write a {wanted} note", allowed=listed)
            ],
            hint="Name one: kind=... Nothing was sent.",
        )

    async def visibility(self, wanted: Visibility) -> bool:
        """A flag, the same in every tenant."""
        return wanted is Visibility.INTERNAL

    # Identity

    async def whoami(self) -> Identity:
        """A short list proves the credentials; who the agent behind them is, no attested call tells."""
        await self._read("Status", TABLES["ticket"], {})
        token = await self._token()
        server, _ = await self._authority()
        details = {
            "api": servers.api(self.settings),
            "auth": server,
            "scope": str(token.get("scope", self.settings.scope)),
        }
        return Identity(self.services.tenant, "HaloPSA", "application", details=details)


def extras(table: Table) -> dict[str, str]:
    """What a list leaves out unless asked."""
    return {"includehtmlnote": "true"} if table is NOTES else {}


def written(answer: Answer, table: Table) -> str:
    """The id of the record that a POST answers with: the last of the array, alone or in a list (4)."""
    body = answer.json()
    row = body[-1] if isinstance(body, list) and body else body
    if not isinstance(row, dict) or row.get("id") is None:
        raise answer.unintelligible("it names no record")
    number = str(row["id"]).removesuffix(".0")
    return f"{str(row.get('ticket_id')).removesuffix('.0')}:{number}" if table is NOTES else number
