"""The dialect: HaloPSA's REST API over a world (wire/halopsa.md). Imports nothing of the adapter, nor it of this."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, ClassVar, Final

from anypsa_sandbox import Call, Clock, Dialect, Limits, Reply, World

from . import files, parameters
from .numbering import MANDATORY, Numbering
from .serving import Serving
from .tenants import Tenant, bearer, form_of
from .tickets import LABELS
from .values import Refused
from .view import View
from .webhooks import Webhooks

API: Final = "/api"
LIFETIME: Final = 3600
CAP: Final = 100
DIRECTORY: Final = "/halo"
# What some tenants and versions do otherwise.
QUIRKS: Final[Mapping[str, str]] = {
    "agents_in_envelope": "agents come as `results`",
    "attachment_links": "a file by its id is a record with a link to another host, and no bytes",
    "bare_appointments": "appointments come as a bare array",
    "batches": "webhooks deliver arrays",
    "created_and_updated": "a new ticket fires the event of an update too",
    "custom_fields_replaced": "`customfields` clears what it does not name",
    "duplicates": "webhooks deliver everything twice",
    "empty_dates": "more dates come, and are in 1900",
    "float_ids": "ids that refer to records come as 21.0",
    "general_users": "lists of users hold the General User of each site",
    "missing_is_empty": "a record that is not there is an empty object with 200",
    "no_authinfo": "the API does not tell where to sign in",
    "one_token": "a new token kills the old ones",
    "open_only": "closed tickets are listed only when asked for",
    "out_of_order": "each second event is delivered before the one before",
    "parameters_refused": "a parameter that the published schema does not have is refused",
    "priority_names": "priorities are called otherwise in the second SLA",
    "refresh_token": "tokens come with a refresh token and an id_token",
    "retry_after": "429 has a hint",
    "team_id": "tickets tell their team's id beside its name",
    "text_ids": "ids come as text",
    "virtual_directory": "all is below /halo, as on premise",
    "written_is_200": "answers to a write have status 200",
}
LIMITED: Final = "Rate Limit Reached - {limit} Requests per rolling {minutes} minute window"
ACTIONS: Final = (
    "there are revoke, application (tenant, client_id, client_secret), withdraw (tenant, client_id), cap (rows), "
    "lifetime (seconds), mandatory (tenant, type, fields), categories (tenant, type, categories), mails (tenant), pending, flush and "
    f"quirk (name: {', '.join(QUIRKS)}; on)"
)


class HaloDialect(Dialect):
    """HaloPSA. `api` is the resource server, `auth` the authorisation server: two hosts, as in the field. Modern hosting
    has both on one, so `api` gives out tokens too."""

    name: ClassVar[str] = "halopsa"
    doors: ClassVar[Sequence[str]] = ("api", "auth")
    default_limits: ClassVar[Limits] = Limits(slots=100, lag=0.0, window=180.0, window_limit=500)

    def __init__(self, worlds: Mapping[str, World], clock: Clock, limits: Limits) -> None:
        super().__init__(worlds, clock, limits)
        self._quirks: set[str] = set()
        self._tenants = [
            Tenant(name, View(world, Numbering(place), clock, self._quirks), Webhooks(clock, self._quirks, self.storm))
            for place, (name, world) in enumerate(worlds.items())
        ]
        self._cap = CAP
        self._lifetime = LIFETIME

    @classmethod
    def api_user(cls, tenant: str) -> str:
        """The tenant's API agent."""
        return f"api@{tenant}.example"

    def settings(self, tenant: str) -> dict[str, str]:
        """What the adapter needs to connect; the tenant is named, since the authorisation server serves several."""
        found = self._named(tenant)
        secrets = {"client_id": found.client_id, "client_secret": found.client_secret}
        return {"resource_url": self.urls["api"], "tenant": tenant, **secrets}

    def control(self, action: str, values: Mapping[str, Any]) -> Any:
        """`revoke`: all tokens die; `application` (tenant, client_id, client_secret): one more is registered; `withdraw`
        (tenant, client_id): one is deleted; `cap` (rows): the largest page; `lifetime` (seconds) of new tokens; `mandatory`
        (tenant, type, fields): what tickets of a type must have; `categories` (tenant, type, categories): those that it has;
        `mails` (tenant): what went to customers; `pending`:
        how many deliveries are under way; `flush`: webhooks send what waits; `quirk` (name, and on=false to end it)."""
        match action, dict(values):
            case "revoke", _:
                for tenant in self._tenants:
                    tenant.tokens.clear()
            case "application", {"client_id": str(id), "client_secret": str(secret)}:
                self._named(values.get("tenant")).applications[id] = secret
            case "withdraw", {"client_id": str(id)}:
                self._named(values.get("tenant")).withdraw(id)
            case "cap", {"rows": int(rows)} if rows > 0:
                self._cap = rows
            case "lifetime", {"seconds": int(seconds)}:
                self._lifetime = seconds
            case "mandatory", {"type": str(kind), "fields": list(fields)}:
                self._named(values.get("tenant")).view.lists.mandatory[kind] = tuple(map(str, fields))
            case "categories", {"type": str(kind), "categories": list(names)}:
                self._named(values.get("tenant")).view.lists.categories_of[kind] = tuple(map(str, names))
            case "mails", _:
                return self._named(values.get("tenant")).view.mails
            case "pending", _:
                return {"pending": sum(one.webhooks.pending() for one in self._tenants) + self.storm.pending()}
            case "flush", _:
                self.flush()
            case "quirk", {"name": str(name)} if name in QUIRKS:
                (self._quirks.add if values.get("on", True) else self._quirks.discard)(name)
            case _:
                raise ValueError(f"{ACTIONS}; fields: {', '.join(LABELS)} or the label of a custom field")
        return {"cap": self._cap, "lifetime": self._lifetime}

    def stir(self, chance: Random) -> str:
        """An agent renames a ticket, or works on it."""
        tenant = self._tenants[0]
        return Serving(tenant, self._cap, self.urls["auth"]).stir(chance)

    def flush(self) -> None:
        """Webhooks send what waits."""
        for tenant in self._tenants:
            tenant.webhooks.flush()

    def reset(self) -> None:
        """Tokens and switches as they began."""
        self._cap, self._lifetime = CAP, LIFETIME
        self._quirks.clear()
        for tenant in self._tenants:
            tenant.forget()
            tenant.view.forget()
            tenant.view.lists.mandatory = dict(MANDATORY[tenant.view.lists.place])
            tenant.view.lists.categories_of.clear()
            tenant.webhooks.forget()

    def close(self) -> None:
        """Webhooks on their way stay undelivered."""
        for tenant in self._tenants:
            tenant.webhooks.stop()

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
        for tenant in self._tenants:
            tenant.webhooks.flush(overdue=True)
        path, root = call.path.lower().rstrip("/"), ""
        if "virtual_directory" in self._quirks:
            root = DIRECTORY
            if not path.startswith(f"{root}/"):
                return Reply(404)
            path = path.removeprefix(root)
        if path == f"{API}/authinfo":
            found = {"auth_url": f"{self.urls['auth']}{root}/auth", "tenant_id": ""}
            return Reply(404) if "no_authinfo" in self._quirks else Reply.of(found)
        if path == "/auth/.well-known/openid-configuration":
            issuer = f"{self.urls[call.door]}{root}/auth"
            return Reply.of({"issuer": issuer, "token_endpoint": f"{issuer}/token"})
        if path == "/auth/token" or (path == "/token" and call.door == "auth"):  # older hosting has no `/auth` (1.1)
            return self._token(call)
        if path.startswith(files.STORE) and call.door == "auth":
            return self._file(call, path.removeprefix(files.STORE))
        if not path.startswith(f"{API}/") or call.door != "api":
            return Reply(404)
        return self._signed(call, *path.removeprefix(f"{API}/").split("/")[:2])

    def _signed(self, call: Call, path: str, id: str | None = None) -> Reply:
        tenant = self._authenticated(call)
        if tenant is None:
            return Reply(401)
        if "parameters_refused" in self._quirks and (strange := parameters.strange(call, path, id)):
            return Reply.of({name: ["The parameter is not known."] for name in strange}, 400)
        try:
            reply = Serving(tenant, self._cap, self.urls["auth"]).answer(call, path, id)
        except Refused as refused:
            return Reply.of(str(refused), 400)
        empty = reply.status == 404 and call.method == "GET" and "missing_is_empty" in self._quirks
        return Reply.of({}) if empty else reply

    def _token(self, call: Call) -> Reply:
        form = form_of(call)
        if form is None:
            return Reply.of({"error": "invalid_request"}, 400)
        name = call.query.get("tenant") or form.get("tenant") or self._tenants[0].name
        tenant = next((one for one in self._tenants if one.name == name), None)
        if tenant is None:
            return Reply(500, b"<html>Unknown tenant</html>", {"content-type": "text/html"})
        return tenant.token(form, self.clock.now(), self._lifetime)

    def _file(self, call: Call, key: str) -> Reply:
        """The store of files knows no tokens, and refuses who shows one: links carry their own proof."""
        if call.headers.get("authorization"):
            return Reply(400, b"<Error><Code>InvalidArgument</Code></Error>", {"content-type": "application/xml"})
        rows = (row for tenant in self._tenants for row in tenant.view.rows("attachments"))
        found = next((row for row in rows if files.key(row) == key), None)
        return Reply(404) if found is None else files.content(found)

    def _named(self, name: Any) -> Tenant:
        """The tenant of a name, or the first."""
        return next(one for one in self._tenants if name in (None, one.name))

    def _authenticated(self, call: Call) -> Tenant | None:
        token = bearer(call)
        return next((one for one in self._tenants if one.tokens.get(token, 0.0) > self.clock.now()), None)
