"""ToyPSA on your laptop: its API over the sandbox's world. It imports nothing of the adapter, and the adapter nothing of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from anypsa_sandbox import Call, Dialect, Limits, Reply, World
from anypsa_sandbox.world.choices import CHOICES

Row = Mapping[str, Any]
# Each list of ToyPSA's: the world's table, and its columns by the vendor's names.
ENTITIES: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "tickets": (
        "tickets",
        {
            "id": "id",
            "subject": "title",
            "text": "description",
            "status": "status",
            "priority": "priority",
            "queue": "queue",
            "client": "company",
            "owner": "assignee",
            "opened": "created",
            "changed": "updated",
        },
    ),
    "notes": (
        "notes",
        {"id": "id", "ticket": "ticket", "text": "body", "secret": "visibility", "written": "created"},
    ),
    "clients": ("companies", {"id": "id", "name": "name"}),
    "people": (
        "contacts",
        {"id": "id", "client": "company", "given": "first_name", "family": "last_name", "email": "email"},
    ),
    "staff": (
        "technicians",
        {"id": "id", "given": "first_name", "family": "last_name", "works_here": "active"},
    ),
}
LISTS: Final = ("status", "priority", "queue")
FILTERS: Final = ("status", "queue", "client", "ticket")
MOST: Final = 50
SECONDS: Final = 600
DONE: Final = "Complete"


def numbered(name: str) -> list[dict[str, Any]]:
    """One of the tenant's lists; each status tells its phase."""
    rows: list[dict[str, Any]] = []
    for number, value in enumerate(CHOICES[name], start=1):
        phase = {"phase": "done" if value.name == DONE else "open"} if name == "status" else {}
        rows.append({"id": number, "label": value.name, "active": value.active, **phase})
    return rows


LISTED: Final = {name: numbered(name) for name in LISTS}
IDS: Final = {name: {row["label"]: row["id"] for row in rows} for name, rows in LISTED.items()}
LABELS: Final = {name: {row["id"]: row["label"] for row in rows} for name, rows in LISTED.items()}


def wire_value(name: str, value: Any) -> Any:
    """A value of the world as ToyPSA writes it."""
    if name in LISTS:
        return IDS[name].get(value)
    if name == "secret":
        return value == "internal"
    return value.isoformat() if hasattr(value, "isoformat") else value


def world_value(name: str, value: Any) -> Any:
    """A value of ToyPSA's as the world keeps it."""
    if name in LISTS:
        return LABELS[name].get(value)
    return ("internal" if value else "public") if name == "secret" else value


class ToyDialect(Dialect):
    """`POST /login` opens a session; lists come in pages by the id to start after, fifty rows at most."""

    name: ClassVar[str] = "toypsa"
    default_limits: ClassVar[Limits] = Limits(slots=3, lag=0.02, window=60.0, window_limit=100_000)

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.sessions: dict[str, str] = {}
        self.most = MOST

    @classmethod
    def api_user(cls, tenant: str) -> str:
        return f"robot@{tenant}.example"

    def settings(self, tenant: str) -> dict[str, str]:
        return {"url": self.urls["api"], "key": f"{tenant}-key"}

    def limit_keys(self, call: Call) -> Sequence[str]:
        tenant = self.tenant(call)
        return () if tenant is None else (tenant,)

    def window_key(self, call: Call) -> str | None:
        return self.tenant(call)

    def too_many(self, call: Call, kind: str) -> Reply:
        return Reply.of({"error": f"too many calls: {kind}"}, 429)

    def reset(self) -> None:
        self.most = MOST

    def control(self, action: str, values: Mapping[str, Any]) -> Any:
        """`pages` makes pages small."""
        if action != "pages":
            raise ValueError(f"there is no {action!r}; there is pages")
        self.most = int(values["rows"])
        return {"rows": self.most}

    def tenant(self, call: Call) -> str | None:
        """Whose session a call has."""
        return self.sessions.get(call.headers.get("x-session", ""))

    def answer(self, call: Call) -> Reply:
        parts = call.path.strip("/").split("/")
        if parts == ["login"]:
            return self.login(call)
        tenant = self.tenant(call)
        if tenant is None:
            return Reply.of({"error": "no such session"}, 401)
        if parts == ["me"]:
            return Reply.of({"user": self.api_user(tenant)})
        if parts[0] == "lists" and parts[-1] in LISTS:
            return Reply.of({"rows": LISTED[parts[-1]]})
        return Store(self.worlds[tenant], self).answer(call, parts)

    def login(self, call: Call) -> Reply:
        """A key opens a session."""
        key = call.json().get("key")
        tenant = next((one for one in self.worlds if key == f"{one}-key"), None)
        if tenant is None:
            return Reply.of({"error": "no such key"}, 401)
        session = f"session-{len(self.sessions) + 1}-of-{tenant}"
        self.sessions[session] = tenant
        return Reply.of({"session": session, "seconds": SECONDS})


class Store:
    """One tenant's records."""

    def __init__(self, world: World, dialect: ToyDialect) -> None:
        self.world = world
        self.dialect = dialect

    def answer(self, call: Call, parts: Sequence[str]) -> Reply:
        """Lists, counts, gets, adds and changes."""
        if parts[0] != "queues" and parts[0] not in ENTITIES:
            return Reply.of({"error": "no such thing"}, 404)
        match call.method, *parts[1:]:
            case ("GET",):
                return self.page(self.found(call, parts[0]), call)
            case ("GET", "count"):
                return Reply.of({"count": len(self.found(call, parts[0]))})
            case ("GET", id):
                row = next(iter(self.rows(parts[0], only=id)), None)
                return Reply.of({"error": f"no {parts[0]} {id}"}, 404) if row is None else Reply.of(row)
            case ("POST",) | ("PATCH", _) if parts[0] in ("tickets", "notes"):
                return self.write(call, parts)
        return Reply.of({"error": "not possible"}, 405)

    def rows(self, entity: str, only: str | None = None) -> list[dict[str, Any]]:
        """The rows of an entity, or only the one with an id."""
        if entity == "queues":
            return [row for row in LISTED["queue"] if only in (None, str(row["id"]))]
        table, columns = ENTITIES[entity]
        if only is None:
            found = self.world.rows(table)
        else:
            one = self.world.row(table, int(only)) if only.isdecimal() else None
            found = [] if one is None else [one]
        return [{name: wire_value(name, row[column]) for name, column in columns.items()} for row in found]

    def found(self, call: Call, entity: str) -> list[dict[str, Any]]:
        """The rows that the parameters want; a parameter that ToyPSA does not know is ignored."""
        rows = self.rows(entity)
        ids = call.query.get("ids")
        if ids is not None:
            rows = [row for row in rows if str(row["id"]) in ids.split(",")]
        for name in FILTERS:
            if name in call.query and name not in call.ignored_operators and name in (rows[0] if rows else ()):
                rows = [row for row in rows if str(row[name]) == call.query[name]]
        return rows

    def page(self, rows: list[dict[str, Any]], call: Call) -> Reply:
        rest = [row for row in rows if row["id"] > int(call.query.get("after", "-1"))]
        most = min(int(call.query.get("most", MOST)), self.dialect.most)
        following = urlencode({**call.query, "after": rest[most - 1]["id"]}) if len(rest) > most else None
        next = None if following is None else f"{self.dialect.urls['api']}{call.path}?{following}"
        return Reply.of({"rows": rest[:most], "more": len(rest) > most, "next": next})

    def write(self, call: Call, parts: Sequence[str]) -> Reply:
        """Adds a record, or changes what is named of one."""
        table, columns = ENTITIES[parts[0]]
        given, now = call.json(), self.dialect.clock.moment()
        values = {columns[name]: world_value(name, value) for name, value in given.items() if name in columns}
        if call.method == "PATCH":
            known = self.world.change(table, int(parts[1]), {**values, "updated": now})
            return Reply.of({"id": int(parts[1])} if known else {"error": "no such record"}, 200 if known else 404)
        if parts[0] == "tickets":
            values = {"status": "New", "priority": "Medium", **values}
        if values.get("company", 0) is None or not (values.get("title") or values.get("body")):
            return Reply.of({"error": "a ticket has a subject and a client"}, 400)
        return Reply.of({"id": self.world.add(table, {**values, "created": now, "updated": now})})
