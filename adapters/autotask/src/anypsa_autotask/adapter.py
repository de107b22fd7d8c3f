"""The adapter: Autotask's facts in the order in which a call meets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final
from urllib.parse import urljoin

from anypsa.errors import (
    Incomplete,
    Invalid,
    NotFound,
    PermissionDenied,
    Problem,
    PSAError,
    Unintelligible,
)
from anypsa.ledger import digest
from anypsa.models import Record, Visibility
from anypsa.query import Expression, leaves_bound
from anypsa.spi import (
    Action,
    Adapter,
    Answer,
    Authorization,
    Context,
    CustomField,
    Effect,
    Identity,
    Option,
    Page,
    Plan,
    Request,
    Services,
    Stretch,
    Table,
    reading,
)

from . import metadata, notes, queries, refusals, routes, rows, zones
from .queries import Compiler, Statuses
from .settings import Autotask
from .tables import (
    DESK_ROLE,
    DESK_ROLES,
    NEW,
    NOTES,
    QUEUES,
    ROLE,
    STATES,
    TABLES,
    TECHNICIANS,
    TICKETS,
    UDF,
    VISIBILITIES,
)

PAGE: Final = 500
DAY: Final = 86_400.0
METADATA_KEPT: Final = 600.0
RECHECKED: Final = 5.0


class AutotaskAdapter(Adapter):
    """Autotask PSA's REST API, version 1.0."""

    name: ClassVar[str] = "autotask"
    settings_type: ClassVar[type[Autotask]] = Autotask
    tables: ClassVar[Mapping[str, Table]] = TABLES

    def __init__(self, settings: Autotask, services: Services) -> None:
        super().__init__(settings, services)
        self.settings: Autotask = settings
        self.statuses = Statuses.of(settings.states)

    # Delivery

    async def authorize(self) -> Authorization:
        """The zone's address and the three headers (wire/autotask.md 2). Threads are limited per integration code."""
        base = await self._zone()
        code = self.settings.integration_code.get_secret_value()
        headers = {
            "ApiIntegrationCode": code,
            "UserName": self.settings.username,
            "Secret": self.settings.secret.get_secret_value(),
        }
        return Authorization(base, digest(base.lower(), code), headers)

    async def _zone(self) -> str:
        if self.settings.zone_url is not None:
            return zones.versioned(self.settings.zone_url)
        return await self.services.once("zone", self._ask_zone, ttl=DAY)

    async def _ask_zone(self) -> str:
        return zones.base(await self.services.send(zones.question(self.settings)), self.settings)

    async def reauthorize(self, stale: Authorization) -> bool:
        """A database that moved answers 401 as if the password were wrong, so the zone is asked for again once."""
        if self.settings.zone_url is not None:
            return False
        if await self._zone() != stale.base:
            return True
        try:
            found = await self.services.once("zone again", self._ask_zone, ttl=RECHECKED)
        except PSAError:
            # Nobody knows now whether the zone or the password is wrong: before the password goes out again, the
            # zone must be told. Else every call tried it once, until the account is locked.
            self.services.forget("zone", stale.base)
            raise
        if found == stale.base:
            return False
        self.services.forget("zone", stale.base)  # of many who find it moved, one alone asks again
        return True

    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        """See `refusals`."""
        return refusals.refusal(request, answer)

    def raw_path(self, path: str) -> str:
        """Without `ATServicesRest/V1.0`, which the zone's address already has."""
        return "/".join(routes.segments(path))

    def limit_keys(self, request: Request) -> Sequence[str]:
        """See `routes`."""
        return routes.limit_keys(request)

    def classify(self, method: str, path: str, body: Any) -> Effect:
        """See `routes`."""
        return routes.classify(method, path, body)

    # Reading

    async def plan(self, table: Table, where: Expression) -> Plan:
        """Pushed down by `queries`; user-defined fields are looked up first, so that unknown ones are refused."""
        named = [test.trait.name for test in leaves_bound(where) if test.trait.custom]
        customs = {one.name: one for one in await self.custom_fields(table)} if named else {}
        if unknown := [name for name in named if name not in customs]:
            problems = [Problem(name, "there is no such custom field", allowed=tuple(customs)) for name in unknown]
            raise Invalid(f"filter {table.kind.plural}", problems=problems)
        return Compiler(table, self.statuses, customs).plan(where)

    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        """A page by keyset: the link is opened with the same verb and the same body (4.3), ids ascend."""
        if table is QUEUES:
            return Page(await self._queues())
        body = {"filter": query, "maxRecords": min(size or PAGE, PAGE)}
        request = Request.read("POST", f"{table.path}/query", reading(table.name), json=body)
        context = await self._context(table)
        answer = await self.services.send(request if cursor is None else request.following(cursor))
        found, link = rows.listed(answer)
        records = [table.decode(rows.spelled(table, row), context) for row in found]
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
        context = await self._context(table)
        return table.decode(await self._row(table, id), context)  # type: ignore[no-any-return]  # Table is untyped

    async def _row(self, table: Table, id: str) -> Mapping[str, Any]:
        answer = await self.services.send(
            Request.read("GET", f"{table.path}/{{id}}", reading(table.name, id), parts={"id": id})
        )
        return rows.item(answer, table, id)

    async def get_many(self, table: Table, ids: Sequence[str]) -> Sequence[Record]:
        """By batches of ids, side by side."""
        if table is QUEUES:
            return [queue for queue in await self._queues() if queue.id in ids]
        known = table.by_name["id"]
        filters = [
            [{"op": "in", "field": known.wire, "value": [known.codec.encode(id) for id in batch]}]
            for batch in queries.batches(ids)
        ]
        found = await self.services.gather([partial(self._whole, table, one) for one in filters])
        return [record for records in found for record in records]

    async def _whole(self, table: Table, query: list[dict[str, Any]]) -> list[Record]:
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
        """The vendor's count."""
        if table is QUEUES:
            return len(await self._queues())
        answer = await self.services.send(
            Request.read("POST", f"{table.path}/query/count", reading(table.name), json={"filter": query})
        )
        return rows.counted(answer)

    async def _queues(self) -> list[Record]:
        context, wire = Context(self.services.tenant), TICKETS.by_name["queue"].wire
        known = await self._fields(TICKETS)
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
        for queue in await self._queues():
            if queue.id == id:
                return queue
        raise NotFound(f"get queue {id}")

    # Metadata

    async def options(self, table: Table, field: str) -> Sequence[Option]:
        """The values of a picklist."""
        return (await self._fields(table)).of(table.by_name[field].wire)

    async def _fields(self, table: Table) -> metadata.Fields:
        return await self.services.once(f"fields {table.path}", partial(self._ask_fields, table), ttl=METADATA_KEPT)

    async def _readable_fields(self, table: Table) -> metadata.Fields:
        """The picklists, or none where the user may not see metadata: records are still worth having without labels."""
        try:
            return await self._fields(table)
        except (NotFound, PermissionDenied):
            return metadata.Fields({})

    async def _ask_fields(self, table: Table) -> metadata.Fields:
        path = f"{table.path}/entityInformation/fields"
        return metadata.fields(await self.services.send(Request.read("GET", path, reading(table.name))))

    async def custom_fields(self, table: Table) -> Sequence[CustomField]:
        """The user-defined fields; an entity that cannot have any does not have the route (7)."""
        if table.custom_fields is None:
            return ()
        return await self.services.once(f"udf {table.path}", partial(self._ask_customs, table), ttl=METADATA_KEPT)

    async def _ask_customs(self, table: Table) -> Sequence[CustomField]:
        path = f"{table.path}/entityInformation/userDefinedFields"
        try:
            answer = await self.services.send(Request.read("GET", path, reading(table.name)))
        except NotFound:
            return ()
        return metadata.custom_fields(answer)

    async def _context(self, table: Table) -> Context:
        """The labels that decoding needs, and what statuses and `publish` values mean in this tenant."""
        labels: dict[str, dict[str, str]] = {
            STATES: {id: str(state) for id, state in self.statuses.by_id.items()},
            VISIBILITIES: {},
        }
        known = await self._readable_fields(table) if table.picked else metadata.Fields({})
        labels |= {one.wire: known.labels(one.wire) for one in table.picked}
        if table is NOTES:
            publish = known.of(table.by_name["visibility"].wire)
            labels[VISIBILITIES] = notes.meanings(publish, self.settings.visibility)
        return Context(self.services.tenant, labels)

    # Writing

    async def create(self, table: Table, values: Mapping[str, Any]) -> str:
        """Creates through the parent where there is one (3.2); the answer is 200 with the new id, and no 201 (5)."""
        values = await self._completed(table, values)
        visibility = values.get("visibility")
        wire = await self._body(table, values)
        effect = Effect(Action.CREATE, table.name, fields=frozenset(values), visibility=visibility)
        answer = await self._write("POST", table, effect, {"id": 0, **wire}, values.get(table.parent or ""))
        return rows.new_id(answer)

    async def update(self, table: Table, id: str, values: Mapping[str, Any]) -> None:
        """PATCH at the collection with the id in the body (3.1): PUT would clear every field that is not named."""
        wire = await self._body(table, values)
        parent = (await self._row(table, id))[table.by_name[table.parent].wire] if table.parent else None
        effect = Effect(Action.UPDATE, table.name, id, frozenset(values), values.get("visibility"))
        key = table.by_name["id"]
        await self._write("PATCH", table, effect, {key.wire: key.codec.encode(id), **wire}, parent)

    async def _write(self, method: str, table: Table, effect: Effect, body: Any, parent: Any) -> Answer:
        headers = (
            {} if self.settings.impersonate is None else {"ImpersonationResourceId": str(self.settings.impersonate)}
        )
        return await self.services.send(
            Request(
                method=method,
                path=table.write_path or table.path,
                parts={table.parent: str(parent)} if table.parent else {},
                effect=effect,
                json=body,
                headers=headers,
            )
        )

    async def _completed(self, table: Table, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The values with what the vendor demands and the caller may leave out."""
        if table is TICKETS:
            priority = None if "priority" in values else await self._default("priority")
            return {"status": NEW, **({"priority": priority} if priority else {}), **values}
        if table is NOTES:
            kind = notes.kind((await self._readable_fields(NOTES)).of(NOTES.by_name["kind"].wire))
            return {**({"kind": kind} if kind else {}), "title": notes.title(values["body"]), **values}
        return values

    async def _default(self, field: str) -> str | None:
        marked = [option.id for option in await self.options(TICKETS, field) if option.default and option.active]
        return marked[0] if len(marked) == 1 else None

    async def _body(self, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
        plain = {name: value for name, value in values.items() if name not in ("custom_fields", "visibility")}
        wire = table.encode(plain)
        if "visibility" in values:
            wire |= table.encode({"visibility": await self.visibility(values["visibility"])})
        if "assignee" in values:
            wire[ROLE] = await self._role(values["assignee"])
        if values.get("custom_fields"):
            wire[UDF] = [{"name": name, "value": value} for name, value in values["custom_fields"].items()]
        return wire

    async def visibility(self, wanted: Visibility) -> str:
        """The tenant's `publish` value."""
        known = (await self._readable_fields(NOTES)).of(NOTES.by_name["visibility"].wire)
        return notes.publish(wanted, known, self.settings.visibility)

    async def _role(self, technician: str | None) -> int | None:
        """Resource and role travel together (3.3): the role is the technician's default one, or the only one."""
        if technician is None:
            return None
        role = rows.number((await self._row(TECHNICIANS, technician)).get(DESK_ROLE))
        role = role if role is not None else await self._only_role(technician)
        if role is None:
            problem = Problem("assignee", "this technician has no default service desk role")
            raise Invalid("assign a technician", problems=[problem], hint=refusals.PAIR)
        return int(role)

    async def _only_role(self, technician: str) -> str | None:
        """The service desk role of a technician without a default: the one so marked there, or the only one (9)."""
        key = TECHNICIANS.by_name["id"]
        query = [{"op": "eq", "field": DESK_ROLES.technician, "value": key.codec.encode(technician)}]
        body = {"filter": query, "maxRecords": PAGE}
        try:
            answer = await self.services.send(
                Request.read("POST", f"{DESK_ROLES.path}/query", reading(TECHNICIANS.name), json=body)
            )
        except (NotFound, PermissionDenied):
            return None
        usable = [row for row in rows.listed(answer)[0] if row.get(DESK_ROLES.active) is not False]
        marked = [row for row in usable if row.get(DESK_ROLES.default) is True] or usable
        return rows.number(marked[0].get(DESK_ROLES.role)) if len(marked) == 1 else None

    # Identity

    async def whoami(self) -> Identity:
        """`Version` is the cheapest request that needs good credentials (1); the API user has a resource row (2)."""
        await self._probe()
        username = self.settings.username
        either = [
            {"op": "eq", "field": TECHNICIANS.by_name[name].wire, "value": username} for name in ("username", "email")
        ]
        try:
            found = (await self.page(TECHNICIANS, [queries.grouped("or", either)], None, None)).records
        except (NotFound, PermissionDenied):
            found = []  # good credentials that may not see technicians, their own row included
        row = found[0] if len(found) == 1 else None
        own = None if row is None else row.id
        return Identity(
            tenant=self.services.tenant,
            vendor="Autotask",
            username=username,
            technician_id=own,
            acts_as=own if self.settings.impersonate is None else str(self.settings.impersonate),
            name=getattr(row, "name", None),
            details={"zone": await self._zone()},
        )

    async def _probe(self) -> None:
        try:
            await self.services.send(Request.read("GET", "Version", reading("version")))
        except NotFound:
            await self.page(TABLES["company"], [queries.EVERY_ROW], None, 1)
