"""The dialect: HaloPSA's REST API over a world (wire/halopsa.md). Imports nothing of the adapter, nor it of this."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final
from urllib.parse import parse_qs

from anypsa_sandbox import Call, Clock, Dialect, Limits, Reply, World

from . import actions, lists, rows, webhooks
from .extras import Extras, timed
from .listing import listed, yes
from .numbering import AGENTS, CLIENTS, Numbering
from .rows import SHAPES
from .webhooks import CREATED, UPDATED, Webhooks
from .writing import Refused, Writer

API: Final = "/api"
LIFETIME: Final = 3600
CAP: Final = 100
WIDE: Final = frozenset({"all", "all:standard", "admin"})
# The narrow scopes that let a path be read; those that edit let it be written too (1.3). Lists of values need none.
READING: Final[Mapping[str, frozenset[str]]] = {
    "tickets": frozenset({"read:tickets", "edit:tickets"}),
    "actions": frozenset({"read:tickets", "edit:tickets"}),
    "client": frozenset({"read:customers", "edit:customers"}),
    "users": frozenset({"read:customers", "edit:customers"}),
    "asset": frozenset({"read:assets", "edit:assets"}),
    "attachment": frozenset({"read:tickets", "edit:tickets"}),
    "timesheetevent": frozenset({"read:timesheets", "edit:timesheets"}),
    # Webhooks need an administrator's rights (6).
    "webhook": frozenset(),
    "notification": frozenset(),
}
POSTED: Final = frozenset({"tickets", "actions", "attachment", "timesheetevent", "webhook", "notification"})
FAMILIES: Final = (
    *("tickets", "calendar", "customers", "crm", "timesheets", "contracts", "suppliers", "items", "projects", "sales"),
    *("quotes", "sos", "pos", "invoices", "reporting", "software", "softwarelicensing", "kb", "assets"),
)
OTHER_SCOPES: Final = ("editMine:timesheets", "access:chat", "access:adpasswordreset")
SCOPES: Final = WIDE.union(OTHER_SCOPES, *({f"read:{name}", f"edit:{name}"} for name in FAMILIES))
# What some tenants and versions do otherwise: agents come as `results`, a new token kills the old one, 429 has a hint,
# tokens come with a refresh token, tickets tell their team's id, closed ones are listed only when asked for, a missing
# record is an empty object with 200, answers to a write have status 200, the API does not tell where to sign in, and
# webhooks deliver in arrays, or twice.
QUIRKS: Final = (
    "agents_in_envelope",
    "one_token",
    "retry_after",
    "refresh_token",
    "team_id",
    "open_only",
    "missing_is_empty",
    "written_is_200",
    "no_authinfo",
    "batches",
    "duplicates",
)
LIMITED: Final = "Rate Limit Reached - {limit} Requests per rolling {minutes} minute window"
OFFSETS: Final = {"client": CLIENTS, "agent": AGENTS}


@dataclass
class Tenant:
    """One tenant: its application, its lists, the tokens it gave out and until when they are good."""

    name: str
    world: World
    lists: Numbering
    tokens: dict[str, float] = field(default_factory=dict)
    scopes: dict[str, frozenset[str]] = field(default_factory=dict)
    issued: int = 0
    extras: Extras = field(default_factory=Extras)
    webhooks: Webhooks = field(default_factory=Webhooks)
    cached: dict[str, tuple[int, list[dict[str, Any]]]] = field(default_factory=dict)

    def rows(self, table: str) -> list[dict[str, Any]]:
        """The world's rows, made anew only when something was written."""
        version = self.world.database.total_changes
        if self.cached.get(table, (-1, []))[0] != version:
            self.cached[table] = (version, self.world.rows(table))
        return self.cached[table][1]

    @property
    def client_id(self) -> str:
        return f"{self.name}-application"

    @property
    def client_secret(self) -> str:
        return f"{self.name}-secret"


class HaloDialect(Dialect):
    """HaloPSA. `api` is the resource server, `auth` the authorisation server: two hosts, as in the field. Modern hosting
    has both on one, so `api` gives out tokens too."""

    name: ClassVar[str] = "halopsa"
    doors: ClassVar[Sequence[str]] = ("api", "auth")
    default_limits: ClassVar[Limits] = Limits(slots=100, lag=0.0, window=180.0, window_limit=500)

    def __init__(self, worlds: Mapping[str, World], clock: Clock, limits: Limits) -> None:
        super().__init__(worlds, clock, limits)
        self._tenants = [Tenant(name, world, Numbering(place)) for place, (name, world) in enumerate(worlds.items())]
        self._cap = CAP
        self._lifetime = LIFETIME
        self._quirks: set[str] = set()

    @classmethod
    def api_user(cls, tenant: str) -> str:
        """The tenant's API agent."""
        return f"api@{tenant}.example"

    def settings(self, tenant: str) -> dict[str, str]:
        """What the adapter needs to connect; the tenant is named, since the authorisation server serves several."""
        found = next(one for one in self._tenants if one.name == tenant)
        secrets = {"client_id": found.client_id, "client_secret": found.client_secret}
        return {"resource_url": self.urls["api"], "tenant": tenant, **secrets}

    def control(self, action: str, values: Mapping[str, Any]) -> Any:
        """`revoke`: all tokens die; `cap` (rows): the largest page; `lifetime` (seconds) of new tokens; `quirk` (name)."""
        if action == "revoke":
            for tenant in self._tenants:
                tenant.tokens.clear()
        elif action == "cap" and isinstance(values.get("rows"), int) and values["rows"] > 0:
            self._cap = values["rows"]
        elif action == "lifetime" and isinstance(values.get("seconds"), int):
            self._lifetime = values["seconds"]
        elif action == "quirk" and values.get("name") in QUIRKS:
            self._quirks.add(values["name"])
            for tenant in self._tenants:
                tenant.lists.team_ids = "team_id" in self._quirks
                tenant.webhooks.repeat = 2 if "duplicates" in self._quirks else 1
                tenant.webhooks.batches = "batches" in self._quirks
        else:
            raise ValueError(f"there are revoke, cap (rows), lifetime (seconds) and quirk (name: {', '.join(QUIRKS)})")
        return {"cap": self._cap, "lifetime": self._lifetime}

    def reset(self) -> None:
        """Tokens and switches as they began."""
        self._cap, self._lifetime = CAP, LIFETIME
        self._quirks.clear()
        for tenant in self._tenants:
            tenant.tokens.clear()
            tenant.lists.team_ids = False
            tenant.extras, tenant.webhooks = Extras(), Webhooks()

    # Limits

    def limit_keys(self, call: Call) -> Sequence[str]:
        """No cap on requests in flight is known; they are counted all the same, for the log."""
        tenant = self._authenticated(call)
        return () if tenant is None else (f"{tenant.name}/api",)

    def window_key(self, call: Call) -> str | None:
        """Requests are counted per tenant."""
        tenant = self._authenticated(call)
        return None if tenant is None else tenant.name

    def too_many(self, call: Call, kind: str) -> Reply:
        """429 with a bare string and no header (5.3)."""
        text = LIMITED.format(limit=self.limits.window_limit, minutes=round(self.limits.window / 60))
        reply = Reply.of(text, 429)
        hint = {"retry-after": "1"} if "retry_after" in self._quirks else {}
        return Reply(reply.status, reply.content, {**reply.headers, **hint})

    # Answers

    def answer(self, call: Call) -> Reply:
        """The answer to a call."""
        path = call.path.lower().rstrip("/")
        if path == f"{API}/authinfo":
            found = {"auth_url": f"{self.urls['auth']}/auth", "tenant_id": ""}
            return Reply(404) if "no_authinfo" in self._quirks else Reply.of(found)
        if path == "/auth/token":
            return self._token(call)
        if not path.startswith(f"{API}/") or call.door != "api":
            return Reply(404)
        tenant = self._authenticated(call)
        if tenant is None:
            return Reply(401)
        try:
            reply = self._signed(call, tenant, path.removeprefix(f"{API}/").split("/"))
        except Refused as refused:
            return Reply.of(str(refused), 400)
        empty = reply.status == 404 and call.method == "GET" and "missing_is_empty" in self._quirks
        return Reply.of({}) if empty else reply

    def _token(self, call: Call) -> Reply:
        """A form, and nothing else, buys a token (1.2)."""
        if call.method != "POST" or "x-www-form-urlencoded" not in call.headers.get("content-type", ""):
            return Reply.of({"error": "invalid_request"}, 400)
        form = {name: values[0] for name, values in parse_qs(call.body.decode()).items()}
        named = call.query.get("tenant") or form.get("tenant") or self._tenants[0].name
        tenant = next((one for one in self._tenants if one.name == named), None)
        if tenant is None:
            return Reply(500, b"<html>Unknown tenant</html>", {"content-type": "text/html"})
        if (form.get("client_id"), form.get("client_secret")) != (tenant.client_id, tenant.client_secret):
            return Reply.of({"error": "invalid_client", "error_description": "The credentials are not valid."}, 401)
        scopes = form.get("scope", "").split()
        if not scopes or not SCOPES.issuperset(scopes):
            return Reply.of({"error": "invalid_scope"}, 400)
        tenant.issued += 1
        token = hashlib.sha256(f"{tenant.name}/{tenant.issued}".encode()).hexdigest()
        if "one_token" in self._quirks:
            tenant.tokens.clear()
        tenant.tokens[token] = self.clock.now() + self._lifetime
        tenant.scopes[token] = frozenset(scopes)
        more = {"refresh_token": f"r{token}", "id_token": "e30.e30."} if "refresh_token" in self._quirks else {}
        told = {"token_type": "Bearer", "access_token": token, "expires_in": self._lifetime}
        return Reply.of({"scope": " ".join(scopes), **told, **more})

    def _authenticated(self, call: Call) -> Tenant | None:
        token = bearer(call)
        return next((one for one in self._tenants if one.tokens.get(token, 0.0) > self.clock.now()), None)

    def _signed(self, call: Call, tenant: Tenant, parts: list[str]) -> Reply:
        path, id = parts[0], parts[1] if len(parts) > 1 else None
        if call.method not in ("GET", "POST", "DELETE"):
            return Reply.of({"Message": "The requested resource does not support this http method."}, 405)
        if not self._permitted(call, tenant, path):
            return Reply(403)
        if call.method == "POST":
            return self._post(call, tenant, path) if id is None and path in POSTED else Reply(404)
        if call.method == "DELETE":
            return self._delete(tenant, path, id or "")
        kept = self._kept(call, tenant, path, id)
        if kept is not None:
            return kept
        bare = lists.bare(path, call.query, tenant.world, tenant.lists)
        if bare is not None:
            if id is None:
                return Reply.of({"results": bare} if path == "agent" and "agents_in_envelope" in self._quirks else bare)
            found = [row for row in bare if str(row["id"]) == id]
            return Reply.of(found[0]) if found else Reply(404)
        if path not in SHAPES:
            return Reply(404)
        if id is not None:
            return self._one(tenant, path, id)
        query = {name: value for name, value in call.query.items() if name not in call.ignored_operators}
        if path == "tickets" and "open_only" in self._quirks and not {"includeclosed", "closed_only"} & query.keys():
            query["open_only"] = "true"
        return Reply.of(listed(path, query, tenant.rows(SHAPES[path][0]), tenant.lists, self._cap))

    def _kept(self, call: Call, tenant: Tenant, path: str, id: str | None) -> Reply | None:
        """What is not of the world: actions, attachments, webhooks; None for other paths."""
        match path:
            case "actions":
                return self._actions(call, tenant, id)
            case "attachment" if id is not None:
                return tenant.extras.download(id)
            case "attachment":
                return Reply.of(tenant.extras.listed(call.query.get("ticket_id", "")))
            case "webhook" if id is None:
                return Reply.of([webhooks.shown(hook) for hook in tenant.webhooks.hooks.values()])
            case "notification":
                return Reply.of(tenant.webhooks.notifications)
            case "webhookevent":
                wanted = call.query.get("webhook_id")
                return Reply.of([one for one in tenant.webhooks.events if wanted in (None, one["webhook_id"])])
        return None

    def _delete(self, tenant: Tenant, path: str, id: str) -> Reply:
        if path == "tickets" and id.isdigit():
            return tenant.extras.delete(self._writer(tenant), int(id))
        if path == "webhook":
            return Reply.of({"id": id}) if tenant.webhooks.remove(id) else Reply(404)
        return Reply(404)

    def _writer(self, tenant: Tenant) -> Writer:
        return Writer(tenant.world, tenant.lists, self.clock.moment())

    def _permitted(self, call: Call, tenant: Tenant, path: str) -> bool:
        """Whether the application's scopes let the path be read, or written (1.3)."""
        scopes = tenant.scopes.get(bearer(call), frozenset())
        narrow = READING.get(path)
        if narrow is None or scopes & WIDE:
            return True
        return bool(scopes & {scope for scope in narrow if call.method == "GET" or scope.startswith("edit:")})

    def _one(self, tenant: Tenant, path: str, id: str) -> Reply:
        table, _, shape = SHAPES[path]
        number = int(id) - OFFSETS.get(path, 0) if id.isascii() and id.isdigit() else -1
        row = tenant.world.row(table, number)
        if row is None:
            return Reply(404)
        return Reply.of(shape(row, tenant.lists))

    def _actions(self, call: Call, tenant: Tenant, id: str | None) -> Reply:
        """By ticket, or within some days; without either there is nothing, and that with 200 (3.2)."""
        numbered = actions.numbered(tenant.world.rows("notes"))
        ticket, who = call.query.get("ticket_id", ""), rows.names(tenant.world)
        if id is not None:
            found = [one for one in numbered if (str(one.row["ticket"]), str(one.number)) == (ticket, id)]
            if not found:
                return Reply(404)
            html = call.query.get("includehtmlnote", "true").lower() != "false"
            return Reply.of(rows.action(found[0].row, tenant.lists, found[0].number, who, html=html))
        return Reply.of(actions.listed(call.query, numbered, tenant.lists, who))

    def _post(self, call: Call, tenant: Tenant, path: str) -> Reply:
        """An array, always; 201, and the last of the items as the answer (4)."""
        try:
            body = call.json()
        except ValueError:
            return Reply.of({"[0]": ["The input was not valid JSON."]}, 400)
        if not isinstance(body, list) or not body or not all(isinstance(item, dict) for item in body):
            return Reply.of({"[0].id": ["An array was expected."]}, 400)
        writer = self._writer(tenant)
        writers: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "tickets": lambda item: self._ticket(tenant, writer, item),
            "actions": writer.action,
            "attachment": tenant.extras.attach,
            "timesheetevent": lambda item: timed(item, writer, min(tenant.lists.outcomes)),
            "webhook": tenant.webhooks.register,
            "notification": tenant.webhooks.notify,
        }
        try:
            written = [writers[path](item) for item in body]
        except (TypeError, ValueError, OverflowError):
            return Reply.of({f"[{len(body) - 1}].id": "A value could not be converted to the type of its field."}, 400)
        status = 200 if "written_is_200" in self._quirks else 201
        return Reply.of(written if yes(call.query, "returnall") else written[-1], status)

    def _ticket(self, tenant: Tenant, writer: Writer, item: Mapping[str, Any]) -> dict[str, Any]:
        """One ticket, created, changed or brought back; whoever asked for the event is told."""
        if item.get("_recover"):
            tenant.extras.recover(writer, int(item["id"]))
        shown = writer.ticket({name: value for name, value in item.items() if not name.startswith("_")})
        tenant.webhooks.fire(UPDATED if item.get("id") is not None else CREATED, shown)
        return shown


def bearer(call: Call) -> str:
    """The token that a call shows."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
