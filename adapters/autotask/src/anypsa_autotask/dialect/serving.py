"""Serving: one operation on one tenant's records, from the call to the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from anypsa_sandbox import Call, Reply
from anypsa_sandbox.world.seeding import API_USER

from . import metadata, paging, texts
from .customs import Customs
from .routing import Route
from .rows import Renderer
from .shown import shown
from .shown.webhooks import SUBJECTS
from .tenants import Tenant
from .writing import Writer

LONE: Final[Mapping[str, str]] = {"TicketHistory": "ticketid"}
"""What can be asked for by one field alone, with `eq` (3.2)."""
CASCADES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "webhooks": (("webhook_fields", "webhook"), ("webhook_exclusions", "webhook")),
    "visits": (("visit_tickets", "visit"),),
}
"""What goes with a record that is deleted."""


@dataclass(frozen=True)
class Serving:
    """Answers one call, whose links lead to `base`; `now` is the server's time."""

    call: Call
    tenant: Tenant
    route: Route
    base: str
    now: datetime

    def answer(self) -> Reply:
        """The answer; raises the vendor's refusal."""
        return ACTIONS[self.route.action](self)

    @property
    def _renderer(self) -> Renderer:
        entity = self.route.entity
        own = Customs.of(self.tenant.world, shown(entity.path).table) if entity.user_defined_fields else None
        return Renderer(entity, self.tenant.numbering, own)

    def query(self) -> Reply:
        """The first page."""
        query = paging.Query.of(self.call, self.route.entity)
        self._lone(query)
        return self._page(query, -(2**62), query.size)

    def next(self) -> Reply:
        """The verb rule (4.3): a GET needs the search in its link, so a POST query's link cannot be opened by GET."""
        if self.call.method == "GET" and "search" not in self.call.query:
            return texts.wrong_method("GET")
        query = paging.Query.of(self.call, self.route.entity)
        where = paging.token(self.call.query)
        return self._page(query, where["after"], where["pageSize"])

    def _page(self, query: paging.Query, after: int, size: int) -> Reply:
        return Reply.of(paging.page(query, self.tenant.world, self._renderer, self.base, after, size))

    def count(self) -> Reply:
        """How many match."""
        query = paging.Query.of(self.call, self.route.entity)
        self._lone(query)
        return Reply.of({"queryCount": paging.count(query, self.tenant.world, self.route.entity)})

    def _lone(self, query: paging.Query) -> None:
        field = LONE.get(self.route.entity.path)
        if field is not None and query.asked != [("eq", field)]:
            raise texts.Refused(texts.HISTORY)

    def one(self) -> Reply:
        """A record by its id, which may be asked for or deleted."""
        id = number(self.route.id)
        if id < 0:
            return texts.no_route(self.call.path)
        items = self._found(id)
        if self.call.method == "DELETE":
            return self._deleted(id, items)
        if self.route.parent is None:
            return Reply.of({"item": items[0] if items else None})
        # A record by its child route comes as a list of one (3.3).
        return Reply.of({"items": items})

    def _found(self, id: int) -> list[dict[str, Any]]:
        if self.route.parent is None:
            items = self._rendered("id = ?", [id], whole=True)
        else:
            items = self._rendered(f"id = ? AND {self._below()} = ?", [id, number(self.route.parent)], whole=True)
        wanted = self.tenant.switches.attachment_data
        if wanted not in ("both", "root" if self.route.parent is None else "child"):
            items = [{**item, "data": None} if "data" in item else item for item in items]
        return items

    def _deleted(self, id: int, items: Sequence[dict[str, Any]]) -> Reply:
        if not items:
            raise texts.Refused(texts.NOT_DELETED)
        table = shown(self.route.entity.path).table
        actor = acting(self.call, self.tenant)
        self.tenant.world.remove(table, id)
        for other, column in CASCADES.get(table, ()):
            self.tenant.world.database.execute(f"DELETE FROM {other} WHERE {column} = ?", (id,))
        self._told("Delete", items[0], None, actor)
        return Reply.of({"itemId": id})

    def _rendered(self, where: str, values: Sequence[int], *, whole: bool) -> list[dict[str, Any]]:
        renderer, own = self._renderer, shown(self.route.entity.path)
        cursor = self.tenant.world.database.execute(
            f"SELECT {renderer.select()} FROM {own.table} WHERE {own.condition} AND {where} ORDER BY id", values
        )
        return [renderer.render(row, cursor, whole=whole) for row in cursor.fetchall()]

    def collection(self) -> Reply:
        """A child's list, a new record, or a change."""
        parent = None if self.route.parent is None else number(self.route.parent)
        if self.call.method == "GET":
            return self._children(-1 if parent is None else parent)
        actor = acting(self.call, self.tenant)
        writer = Writer(self.route.entity, self.tenant, self.now, parent, actor, impersonating(self.call) is not None)
        return Reply.of({"itemId": self.written(writer, paging.parsed(self.call.body))})

    def written(self, writer: Writer, body: Any) -> int:
        """Stores a body, and tells whoever listens; returns the record's id."""
        hears = self.route.entity.name in SUBJECTS and self.tenant.hooks.concern(self.route.entity.name)
        if self.call.method == "POST":
            id = writer.create(body)
            if hears:
                self._told("Create", None, self._rendered("id = ?", [id], whole=True)[0], writer.actor)
            return id
        known = [value for name, value in body.items() if name.casefold() == "id" and isinstance(value, int)]
        before = self._rendered("id = ?", known[:1], whole=True) if hears and known else []
        id = writer.update(body, replace=self.call.method == "PUT")
        if before:
            self._told("Update", before[0], self._rendered("id = ?", [id], whole=True)[0], writer.actor)
        return id

    def _told(self, action: str, before: Any, after: Any, actor: int) -> None:
        if self.route.entity.name in SUBJECTS:
            self.tenant.hooks.fire(action, self.route.entity.name, before, after, actor)

    def _below(self) -> str:
        """The column that holds a child's parent; nothing that the sandbox knows is below a parent it does not know."""
        own = shown(self.route.entity.path)
        return "-1" if own.parent is None else f'"{own.columns[own.parent].name}"'

    def _children(self, parent: int) -> Reply:
        items = self._rendered(f"{self._below()} = ?", [parent if parent >= 0 else -2], whole=False)
        details = {"count": len(items), "requestCount": 500, "prevPageUrl": None, "nextPageUrl": None}
        return Reply.of({"items": items, "pageDetails": details})

    def information(self) -> Reply:
        """What can be done with the entity."""
        return Reply.of(metadata.information(self.route.entity))

    def fields(self) -> Reply:
        """Its fields."""
        return Reply.of(metadata.fields(self.route.entity, self.tenant.numbering, self.tenant.world))

    def user_defined(self) -> Reply:
        """The tenant's own."""
        return Reply.of(metadata.user_defined(self.route.entity, self.tenant.world))


ACTIONS: Final[Mapping[str, Callable[[Serving], Reply]]] = {
    "query": Serving.query,
    "next": Serving.next,
    "count": Serving.count,
    "one": Serving.one,
    "collection": Serving.collection,
    "information": Serving.information,
    "fields": Serving.fields,
    "udf": Serving.user_defined,
}


def impersonating(call: Call) -> str | None:
    """For whom the API user speaks."""
    return call.headers.get("impersonationresourceid")


def acting(call: Call, tenant: Tenant) -> int:
    """Who writes: the API user, or the resource it speaks for, which must be there and active (2)."""
    named = impersonating(call)
    if named is None:
        return API_USER
    row = tenant.world.row("technicians", number(named))
    if row is None or not row["active"]:
        raise texts.Refused(texts.CREATE_RIGHTS)
    return int(row["id"])


def reads(call: Call, route: Route) -> bool:
    """Whether a call reads records; metadata may be read in anybody's name."""
    if route.action in ("query", "next", "count"):
        return True
    return call.method == "GET" and route.action in ("one", "collection")


def number(text: str | None) -> int:
    """An id in a path, or -1 for what is none."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 19 else -1
