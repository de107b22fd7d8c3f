"""The dialect: Autotask's REST API over a world (wire/autotask.md). Imports nothing of the adapter, nor it of this."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from anypsa_sandbox import Call, Clock, Dialect, Limits, Reply, World
from anypsa_sandbox.deliveries import Courier

from . import controls, metadata, texts
from .numbering import Numbering
from .routing import API, ROOT, Route, find, patterns
from .schema import EntityFact, entities
from .serving import Serving, impersonating, reads
from .shown.webhooks import SUBJECTS
from .tenants import Tenant
from .webhooks import Hooks
from .webhooks.engine import APART, ATTEMPTS

LONGEST_QUERY: Final = 2_048
ZONE: Final = "America East 2"
VERSIONS: Final = f"{ROOT}/versioninformation"
ZONES: Final = f"{API}/zoneinformation"
VERSION: Final = f"{API}/version"
THRESHOLD: Final = f"{API}/thresholdinformation"
MODULES: Final = f"{API}/modules"
ENTITIES: Final = f"{API}/entityinformation"
TOKEN: Final = f"{API}/authenticate"
PUBLIC: Final = frozenset({VERSIONS, ZONES})
"""What anybody may ask (1)."""
ALONE: Final = frozenset({VERSION, THRESHOLD, MODULES, ENTITIES, TOKEN})
"""What belongs to no entity; all of these are asked by GET alone."""
MODULES_KNOWN: Final = {"modules": [{"key": 24, "value": True}]}
VERSION_KNOWN: Final = {"majorVersion": 2026, "minorVersion": 3, "build": 1, "customerType": "Production"}
HOUR: Final = timedelta(hours=1)
TIERS: Final = ((0.75, 1.0), (0.5, 0.5))


class AutotaskDialect(Dialect):
    """Autotask PSA, API version 1.0. `zone` is where tenants live; zone look-ups are answered at every door."""

    name: ClassVar[str] = "autotask"
    doors: ClassVar[Sequence[str]] = ("zone", "discovery", "other")
    default_limits: ClassVar[Limits] = Limits(slots=3, lag=0.02, window=3600.0, window_limit=10_000)

    def __init__(self, worlds: Mapping[str, World], clock: Clock, limits: Limits) -> None:
        super().__init__(worlds, clock, limits)
        known = entities()
        self._entities = known
        self._patterns = patterns(known)
        self._courier = Courier(clock, attempts=ATTEMPTS, apart=APART, weather=self.storm)
        listed = webhook_fields(known)
        self._tenants = [
            Tenant(name, world, Numbering(place, listed), Hooks(name, world, clock, self._courier), place)
            for place, (name, world) in enumerate(worlds.items())
        ]
        for tenant in self._tenants:
            tenant.world.database.create_function("number", 2, tenant.numbering.id, deterministic=True)

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

    def stir(self, chance: Random) -> str:
        """A technician renames a ticket, or works on it."""
        return controls.stir(self._tenants[0], self._patterns, self.clock.moment(), chance)

    def reset(self) -> None:
        """Every tenant in its own zone, every account unlocked, every switch and delivery forgotten."""
        self._courier.stop()
        for tenant in self._tenants:
            tenant.reset()

    def close(self) -> None:
        """Delivers nothing any more."""
        self._courier.stop()

    def control(self, action: str, values: Mapping[str, Any]) -> Any:
        """What docs/how-to/sandbox.md lists: `move`, `unlock`, `switch`, `act`, `post_time`, `delete_ticket`, `pending`."""
        given = dict(values)
        name = given.pop("tenant", self._tenants[0].name)
        tenant = next((one for one in self._tenants if one.name == name), None)
        if tenant is None:
            raise ValueError(f"there is no tenant {name!r}; there are {', '.join(one.name for one in self._tenants)}")
        if action == "pending":
            return {"pending": self._courier.pending() + self.storm.pending()}
        if action == "act":
            return controls.act(tenant, self._patterns, self.clock.moment(), given)
        if action not in controls.ACTIONS:
            raise ValueError(f"there are {', '.join((*controls.ACTIONS, 'act', 'pending'))}")
        return {"tenant": tenant.name, "door": tenant.door, **controls.ACTIONS[action](tenant, given)}

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

    def reads(self, call: Call) -> bool:
        """Queries are asked by POST as well (4.2)."""
        return super().reads(call) or call.path.lower().endswith(("/query", "/query/count"))

    def delay(self, call: Call) -> float:
        """Half a second from half of the hourly threshold on, a second from three quarters (6.2)."""
        key = self.window_key(call)
        share = self.used(key) / max(1, self.limits.window_limit) if key is not None else 0.0
        return next((seconds for least, seconds in TIERS if share >= least), 0.0)

    def too_many(self, call: Call, kind: str) -> Reply:
        """429 with a list of texts; no header is attested. The text of the threads has come with other statuses."""
        if kind == "window":
            return Reply.of({"errors": [texts.HOURLY]}, 429)
        code = call.headers.get("apiintegrationcode")
        status = next((one.switches.threshold_status for one in self._tenants if one.code == code), 429)
        return Reply.of({"errors": [texts.THREADS]}, status)

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
        url = f"{self.urls[tenant.told]}/ATServicesRest/"
        return Reply.of({"zoneName": ZONE, "url": url, "webUrl": self.urls[tenant.told] + "/", "ci": 42})

    def _authenticated(self, call: Call, *, count: bool) -> Tenant | None:
        """The tenant whose three headers these are, at the door of its zone; wrong secrets lock the account."""
        user = call.headers.get("username", "").lower()
        tenant = next((one for one in self._tenants if one.username == user), None)
        if tenant is None or call.door != tenant.door:
            return None
        if call.headers.get("secret") != tenant.secret or not tenant.knows(call.headers.get("apiintegrationcode")):
            tenant.refused += count
            return None
        return tenant if tenant.refused < tenant.switches.locked_after else None

    def _signed(self, call: Call, tenant: Tenant, path: str) -> Reply:
        if path in ALONE and call.method != "GET":
            return texts.wrong_method(call.method)
        if path in ALONE:
            return Reply.of(self._alone(path, tenant))
        if call.method == "GET" and len(urlencode(call.query)) > LONGEST_QUERY:
            return texts.too_long_a_url()
        route = find(self._patterns, call.method, call.path)
        if route is True:
            return texts.wrong_method(call.method)
        if not isinstance(route, Route):
            return texts.no_route(call.path)
        try:
            if impersonating(call) is not None and reads(call, route):
                raise texts.Refused(texts.QUERY_RIGHTS)
            return Serving(call, tenant, route, self.urls[tenant.door], self.clock.moment()).answer()
        except texts.Refused as refused:
            return refused.reply()

    def _alone(self, path: str, tenant: Tenant) -> Mapping[str, Any]:
        """What is asked of the database as a whole."""
        if path == THRESHOLD:
            return {
                "externalRequestThreshold": self.limits.window_limit,
                "requestThresholdTimeframe": int(self.limits.window // 60),
                "currentTimeframeRequestCount": self.used(tenant.name),
            }
        if path == ENTITIES:
            return {"entityDescriptions": [metadata.information(one) for one in self._entities.values()]}
        if path == TOKEN:
            return {"authToken": f"token of {tenant.name}", "expiration": f"{self.clock.moment() + HOUR:%FT%TZ}"}
        return VERSION_KNOWN if path == VERSION else MODULES_KNOWN


def webhook_fields(known: Mapping[str, EntityFact]) -> dict[str, list[str]]:
    """The fields that webhooks of each entity can be about, under their names in deliveries."""
    return {one.name: [name for name in one.fields if name != "id"] for one in known.values() if one.name in SUBJECTS}
