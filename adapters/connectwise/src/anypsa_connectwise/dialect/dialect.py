"""The dialect: ConnectWise PSA's REST API over worlds (wire/connectwise.md). Imports nothing of the adapter, nor it of this."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from anypsa_sandbox import Call, Clock, Dialect, Limits, Reply, World

from .numbering import Numbering
from .serving import MOST, Serving
from .shapes import View

CODEBASES: Final = ("v2026_1", "v2026_2")
CLIENT: Final = "3f9d5c1e-0000-4000-8000-00000000c0de"
QUIRKS: Final[Mapping[str, str]] = {"no_links": "pages do not say where the next one is"}
ACTIONS: Final = (
    f"there are pages (rows), upgrade, deny (path), board (name, without) and quirk (name: {', '.join(QUIRKS)}; on)"
)


class ConnectWiseDialect(Dialect):
    """ConnectWise PSA. Each tenant is a company of the server, with one API member and its keys."""

    name: ClassVar[str] = "connectwise"
    # No limit is published (429); these are the sandbox's own.
    default_limits: ClassVar[Limits] = Limits(slots=100, lag=0.0, window=60.0, window_limit=10_000)
    most: ClassVar[int] = MOST
    """The largest page (Paging)."""

    def __init__(self, worlds: Mapping[str, World], clock: Clock, limits: Limits) -> None:
        super().__init__(worlds, clock, limits)
        self._views = {name: View(world, Numbering(place)) for place, (name, world) in enumerate(worlds.items())}
        self.reset()

    @classmethod
    def api_user(cls, tenant: str) -> str:
        """The tenant's API member, which is listed among the others."""
        return f"api@{tenant}.example"

    def settings(self, tenant: str) -> dict[str, str]:
        """What the adapter needs to connect."""
        keys = {"public_key": f"{tenant}-public", "private_key": f"{tenant}-private"}
        return {"url": self.urls["api"], "company": tenant, **keys, "client_id": CLIENT}

    def reset(self) -> None:
        """Switches as they began."""
        self._codebase = CODEBASES[0]
        self._most = self.most
        self._quirks = set[str]()
        self._denied = set[str]()
        for view in self._views.values():
            view.lists.without.clear()
            view.forget()

    def control(self, action: str, values: Mapping[str, Any]) -> Any:
        """`pages` (rows): the largest page; `upgrade`: the codebase moves; `deny` (path): the security role forbids it;
        `board` (name, without): statuses that a board does not have; `quirk` (name, and on=false to end it)."""
        match action, dict(values):
            case "pages", {"rows": int(rows)} if rows > 0:
                self._most = rows
            case "upgrade", _:
                self._codebase = CODEBASES[1]
            case "deny", {"path": str(path)}:
                self._denied.add(path)
            case "board", {"name": str(name), "without": list(statuses)}:
                for view in self._views.values():
                    view.lists.without[name] = frozenset(map(str, statuses))
            case "quirk", {"name": str(name)} if name in QUIRKS:
                (self._quirks.add if values.get("on", True) else self._quirks.discard)(name)
            case _:
                raise ValueError(ACTIONS)
        return {"codebase": self._codebase, "most": self._most}

    # Limits

    def limit_keys(self, call: Call) -> Sequence[str]:
        tenant = self._tenant(call)
        return () if tenant is None else (tenant,)

    def window_key(self, call: Call) -> str | None:
        return self._tenant(call)

    def too_many(self, call: Call, kind: str) -> Reply:
        """How it is refused is attested nowhere; with a hint, as other services do."""
        reply = Reply.of({"code": "TooManyRequests", "message": "Too many requests."}, 429)
        return Reply(reply.status, reply.content, {**reply.headers, "retry-after": "1"})

    # Answers

    def answer(self, call: Call) -> Reply:
        """The answer to a call: what is known of a company to anybody, and everything else to those with its keys."""
        parts = call.path.strip("/").split("/")
        if parts[:2] == ["login", "companyinfo"]:
            return Reply.of(self._company(parts[2] if len(parts) > 2 else ""))
        if parts[:3] != [self._codebase, "apis", "3.0"]:
            return Reply(404)
        tenant = self._tenant(call)
        if tenant is None or not call.headers.get("clientid"):
            known = call.headers.get("authorization") and call.headers.get("clientid")
            stranger = {"code": "ConnectWiseApi", "message": "UserNotAuthenticated"}
            return Reply.of(
                stranger if known else {"code": "Unauthorized", "message": "Authorization is missing."}, 401
            )
        path = "/".join(parts[3:])
        if any(path.startswith(one) for one in self._denied):
            return Reply.of({"code": "SecurityRole", "message": "The security role does not permit this."}, 403)
        reply = Serving(
            self._views[tenant], self.clock.moment, self._most, links="no_links" not in self._quirks
        ).answer(call, path)
        version = self._codebase.removeprefix("v").replace("_", ".")
        return Reply(reply.status, reply.content, {**reply.headers, "api-current-version": version})

    def _company(self, name: str) -> dict[str, Any] | None:
        """Nothing, for a company that is not known."""
        if name not in self.worlds:
            return None
        return {"CompanyName": name, "Codebase": f"{self._codebase}/", "CompanyID": name, "IsCloud": True}

    def _tenant(self, call: Call) -> str | None:
        """Whose keys a call shows."""
        shown = call.headers.get("authorization", "")
        return next((name for name in self.worlds if shown == f"Basic {keys(name)}"), None)


def keys(tenant: str) -> str:
    return b64encode(f"{tenant}+{tenant}-public:{tenant}-private".encode()).decode()
