"""The dialect: Autotask's REST API over a world (wire/autotask.md). Imports nothing of the adapter, nor it of this."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from anypsa_sandbox import Call, Clock, Dialect, Limits, Reply, World

from . import metadata, paging, texts
from .mapping import SHOWN
from .numbering import Numbering
from .routing import API, ROOT, Route, find, patterns
from .rows import Renderer
from .schema import EntityFact, entities
from .writing import Writer

LOCKED_AFTER: Final = 10
LONGEST_QUERY: Final = 2_048
ZONE: Final = "America East 2"
VERSIONS: Final = f"{ROOT}/versioninformation"
ZONES: Final = f"{API}/zoneinformation"
VERSION: Final = f"{API}/version"
THRESHOLD: Final = f"{API}/thresholdinformation"
PUBLIC: Final = frozenset({VERSIONS, ZONES})
"""What anybody may ask (1)."""
ALONE: Final = frozenset({VERSION, THRESHOLD})
"""What belongs to no entity; all of these are asked by GET alone."""
TIERS: Final = ((0.75, 1.0), (0.5, 0.5))


@dataclass
class Tenant:
    """One customer database: its credentials, its zone, its lists."""

    name: str
    world: World
    numbering: Numbering
    door: str = "zone"
    refused: int = 0

    @property
    def username(self) -> str:
        return AutotaskDialect.api_user(self.name)

    @property
    def secret(self) -> str:
        return f"{self.name}-secret"

    @property
    def code(self) -> str:
        return f"{self.name.upper()}-INTEGRATION-CODE"


class AutotaskDialect(Dialect):
    """Autotask PSA, API version 1.0. `zone` is where tenants live; zone look-ups are answered at every door."""

    name: ClassVar[str] = "autotask"
    doors: ClassVar[Sequence[str]] = ("zone", "discovery", "other")
    default_limits: ClassVar[Limits] = Limits(slots=3, lag=0.02, window=3600.0, window_limit=10_000)

    def __init__(self, worlds: Mapping[str, World], clock: Clock, limits: Limits) -> None:
        super().__init__(worlds, clock, limits)
        self._entities = entities()
        self._patterns = patterns(self._entities)
        self._tenants = [Tenant(name, world, Numbering(place)) for place, (name, world) in enumerate(worlds.items())]
        for tenant in self._tenants:
            lists = tenant.numbering
            tenant.world.database.create_function("number", 2, lists.id, deterministic=True)
        self._actions: Mapping[str, Callable[[Call, Tenant, Route], Reply]] = {
            "query": self._query,
            "next": self._next,
            "count": self._count,
            "one": self._one,
            "collection": self._collection,
            "information": lambda call, tenant, route: Reply.of(metadata.information(route.entity)),
            "fields": lambda call, tenant, route: Reply.of(metadata.fields(route.entity, tenant.numbering)),
            "udf": lambda call, tenant, route: Reply.of(metadata.user_defined(route.entity, tenant.world)),
        }

    @classmethod
    def api_user(cls, tenant: str) -> str:
        """The tenant's API user."""
        return f"api@{tenant}.example"

    def settings(self, tenant: str) -> dict[str, str]:
        """What the adapter needs to connect."""
        found = next(one for one in self._tenants if one.name == tenant)
        return {
            "username": found.username,
            "secret": found.secret,
            "integration_code": found.code,
            "discovery_url": self.urls["discovery"],
        }

    def reset(self) -> None:
        """Every tenant in its own zone, every account unlocked."""
        for tenant in self._tenants:
            tenant.door, tenant.refused = "zone", 0

    def control(self, action: str, values: Mapping[str, Any]) -> Any:
        """`move` (tenant, door): to another zone; `unlock` (tenant): an account locked by wrong secrets."""
        name = values.get("tenant", self._tenants[0].name)
        tenant = next((one for one in self._tenants if one.name == name), None)
        if tenant is None:
            raise ValueError(f"there is no tenant {name!r}; there are {', '.join(one.name for one in self._tenants)}")
        if action == "move" and values.get("door") in self.doors:
            tenant.door = values["door"]
        elif action == "unlock":
            tenant.refused = 0
        else:
            raise ValueError("there are move (tenant, door: zone or other) and unlock (tenant)")
        return {"tenant": tenant.name, "door": tenant.door}

    # Limits

    def limit_keys(self, call: Call) -> Sequence[str]:
        """Threads are counted per integration code and entity; a child counts for itself and its parent (6.2)."""
        code = call.headers.get("apiintegrationcode")
        path = call.path.rstrip("/")
        if code is None or not path.lower().startswith(API + "/"):
            return ()
        parts = path[len(API) + 1 :].split("/")
        if parts[0].lower() == "zoneinformation":
            return ()
        route = find(self._patterns, call.method, path)
        names = [parts[0].lower()]
        if isinstance(route, Route) and route.entity.path.lower() != names[0]:
            names.append(route.entity.path.lower())
        return [f"{self._holder(code)}/{name}" for name in names]

    def _holder(self, code: str) -> str:
        """Who an integration code belongs to. Limit keys stand in the log, where no credential may stand."""
        known = next((one.name for one in self._tenants if one.code == code), None)
        return known or hashlib.sha256(code.encode()).hexdigest()[:8]

    def window_key(self, call: Call) -> str | None:
        """Requests are counted per database, whoever makes them."""
        tenant = self._authenticated(call, count=False)
        return None if tenant is None or "zoneinformation" in call.path.lower() else tenant.name

    def delay(self, call: Call) -> float:
        """Half a second from half of the hourly threshold on, a second from three quarters (6.2)."""
        key = self.window_key(call)
        share = self.used(key) / max(1, self.limits.window_limit) if key is not None else 0.0
        return next((seconds for least, seconds in TIERS if share >= least), 0.0)

    def too_many(self, call: Call, kind: str) -> Reply:
        """429 with a list of texts; no header is attested."""
        return Reply.of({"errors": [texts.THREADS if kind == "slots" else texts.HOURLY]}, 429)

    # Answers

    def answer(self, call: Call) -> Reply:
        """The answer to a call."""
        path = call.path.rstrip("/").lower()
        # Names in an address are read without case, as the address is (11.1).
        call = replace(call, query={name.lower(): value for name, value in call.query.items()})
        if path in PUBLIC and call.method != "GET":
            return texts.wrong_method(call.method)
        if path == VERSIONS:
            return Reply.of({"apiVersions": ["1.0"]})
        if path == ZONES:
            return self._zone(call)
        if not path.startswith(API + "/"):
            return texts.no_route(call.path)
        tenant = self._authenticated(call, count=True)
        if tenant is None:
            return texts.unauthorized(call.door)
        return self._signed(call, tenant, path)

    def _zone(self, call: Call) -> Reply:
        user = call.query.get("user", "").lower()
        tenant = next((one for one in self._tenants if one.username == user), None)
        if tenant is None:
            return Reply.of({"errors": [texts.ZONE]}, 500)
        url = f"{self.urls[tenant.door]}/ATServicesRest/"
        return Reply.of({"zoneName": ZONE, "url": url, "webUrl": self.urls[tenant.door] + "/", "ci": 42})

    def _authenticated(self, call: Call, *, count: bool) -> Tenant | None:
        """The tenant whose three headers these are, at the door of its zone; wrong secrets lock the account."""
        user = call.headers.get("username", "").lower()
        tenant = next((one for one in self._tenants if one.username == user), None)
        if tenant is None or call.door != tenant.door:
            return None
        if call.headers.get("secret") != tenant.secret or call.headers.get("apiintegrationcode") != tenant.code:
            tenant.refused += count
            return None
        return tenant if tenant.refused < LOCKED_AFTER else None

    def _signed(self, call: Call, tenant: Tenant, path: str) -> Reply:
        if path in ALONE and call.method != "GET":
            return texts.wrong_method(call.method)
        if path == VERSION:
            return Reply.of({"majorVersion": 2026, "minorVersion": 3, "build": 1, "customerType": "Production"})
        if path == THRESHOLD:
            return Reply.of(self._threshold(tenant))
        if call.method == "GET" and len(urlencode(call.query)) > LONGEST_QUERY:
            return texts.too_long_a_url()
        route = find(self._patterns, call.method, call.path)
        if route is True:
            return texts.wrong_method(call.method)
        if not isinstance(route, Route):
            return texts.no_route(call.path)
        try:
            if "impersonationresourceid" in call.headers and reads(call, route):
                raise texts.Refused(texts.QUERY_RIGHTS)
            return self._actions[route.action](call, tenant, route)
        except texts.Refused as refused:
            return refused.reply()

    def _threshold(self, tenant: Tenant) -> dict[str, int]:
        return {
            "externalRequestThreshold": self.limits.window_limit,
            "requestThresholdTimeframe": int(self.limits.window // 60),
            "currentTimeframeRequestCount": self.used(tenant.name),
        }

    def _renderer(self, tenant: Tenant, entity: EntityFact) -> Renderer:
        return Renderer(entity, tenant.numbering)

    def _query(self, call: Call, tenant: Tenant, route: Route) -> Reply:
        query = paging.Query.of(call, route.entity)
        return self._page(query, tenant, route, -(2**62), query.size)

    def _next(self, call: Call, tenant: Tenant, route: Route) -> Reply:
        """The verb rule (4.3): a GET needs the search in its link, so a POST query's link cannot be opened by GET."""
        if call.method == "GET" and "search" not in call.query:
            return texts.wrong_method("GET")
        query = paging.Query.of(call, route.entity)
        where = paging.token(call.query)
        return self._page(query, tenant, route, where["after"], where["pageSize"])

    def _page(self, query: paging.Query, tenant: Tenant, route: Route, after: int, size: int) -> Reply:
        renderer = self._renderer(tenant, route.entity)
        return Reply.of(paging.page(query, tenant.world, renderer, self.urls[tenant.door], after, size))

    def _count(self, call: Call, tenant: Tenant, route: Route) -> Reply:
        return Reply.of({"queryCount": paging.count(paging.Query.of(call, route.entity), tenant.world, route.entity)})

    def _one(self, call: Call, tenant: Tenant, route: Route) -> Reply:
        table = SHOWN[route.entity.path].table
        id = number(route.id)
        if id < 0:
            return texts.no_route(call.path)
        where, values = "id = ?", [id]
        if route.parent is not None:
            where, values = f"{where} AND {self._below(route)} = ?", [id, number(route.parent)]
        item = self._rendered(tenant, route, where, values)
        if call.method == "DELETE":
            if not item:
                raise texts.Refused(texts.NOT_DELETED)
            tenant.world.remove(table, id)
            return Reply.of({"itemId": id})
        # A record by its child route comes as a list of one (3.3).
        return Reply.of({"item": item[0] if item else None} if route.parent is None else {"items": item})

    def _rendered(self, tenant: Tenant, route: Route, where: str, values: Sequence[int]) -> list[dict[str, Any]]:
        renderer = self._renderer(tenant, route.entity)
        table = SHOWN[route.entity.path].table
        cursor = tenant.world.database.execute(
            f"SELECT {renderer.select()} FROM {table} WHERE {where} ORDER BY id", values
        )
        return [renderer.render(row, cursor) for row in cursor.fetchall()]

    def _collection(self, call: Call, tenant: Tenant, route: Route) -> Reply:
        parent = None if route.parent is None else number(route.parent)
        if call.method == "GET":
            return self._children(tenant, route, parent)
        impersonated = call.headers.get("impersonationresourceid")
        writer = Writer(route.entity, tenant.world, tenant.numbering, self.clock.moment(), parent, impersonated)
        body = paging.parsed(call.body)
        if call.method == "POST":
            return Reply.of({"itemId": writer.create(body)})
        return Reply.of({"itemId": writer.update(body, replace=call.method == "PUT")})

    def _below(self, route: Route) -> str:
        """The column that holds a child's parent."""
        shown = SHOWN[route.entity.path]
        return f'"{shown.columns[shown.parent or "id"].name}"'

    def _children(self, tenant: Tenant, route: Route, parent: int | None) -> Reply:
        items = self._rendered(tenant, route, f"{self._below(route)} = ?", [-1 if parent is None else parent])
        details = {"count": len(items), "requestCount": 500, "prevPageUrl": None, "nextPageUrl": None}
        return Reply.of({"items": items, "pageDetails": details})


def reads(call: Call, route: Route) -> bool:
    """Whether a call reads records; metadata may be read in anybody's name."""
    if route.action in ("query", "next", "count"):
        return True
    return call.method == "GET" and route.action in ("one", "collection")


def number(text: str | None) -> int:
    """An id in a path, or -1 for what is none."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 19 else -1
