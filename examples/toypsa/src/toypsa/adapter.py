"""The adapter: ToyPSA's facts, in the order in which a call meets them. No sockets, clocks, retries, locks or sleeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final

from anypsa.errors import AuthenticationFailed, Invalid, NotFound, PSAError, RateLimited, VendorFailure
from anypsa.ledger import digest
from anypsa.models import Record, Visibility
from anypsa.query import Expression, Operator, Test
from anypsa.spi import (
    Action,
    Adapter,
    Answer,
    Authorization,
    Clause,
    Context,
    Effect,
    Filter,
    Identity,
    Option,
    Page,
    Plan,
    Proof,
    Request,
    Sealed,
    Services,
    Table,
    expected,
    lifetime,
    pushed,
    reading,
    told,
    writing,
)

from .settings import Toy
from .tables import NOTES, PHASES, SECRET_NOTES, TABLES

MOST: Final = 50
MINUTES: Final = 600.0
ACTIONS: Final = {"GET": Action.READ, "POST": Action.CREATE, "PATCH": Action.UPDATE}


class ToyAdapter(Adapter):
    """ToyPSA's API."""

    name: ClassVar[str] = "toypsa"
    settings_type: ClassVar[type[Toy]] = Toy
    tables: ClassVar[Mapping[str, Table]] = TABLES

    def __init__(self, settings: Toy, services: Services) -> None:
        super().__init__(settings, services)
        self.key = settings.key.get_secret_value()
        self.root = settings.url.rstrip("/")

    # Delivery

    async def authorize(self) -> Authorization:
        """A session in a header, which a key opens; limits are per key."""
        session = await self.session()
        return Authorization(self.root, digest(self.key), {"x-session": session["session"]})

    async def session(self) -> Mapping[str, Any]:
        """The session, as long as ToyPSA says that it is good."""
        return await self.services.once("session", self.sign_in, ttl=lambda told: lifetime(told.get("seconds")))

    async def sign_in(self) -> Mapping[str, Any]:
        """Opens a session. The answer holds a secret, so that nothing of it is shown."""
        request = Request.read(
            "POST", "login", reading("session"), link=f"{self.root}/login", json={"key": self.key}, anonymous=True
        )
        answer = await self.services.send(request)
        if not isinstance(answer.json().get("session"), str):
            raise answer.unintelligible("it holds no session")
        return Sealed(answer.json())

    async def reauthorize(self, stale: Authorization) -> bool:
        """A session may be closed early: whoever sees it first opens another."""
        session = await self.session()
        if session["session"] == stale.headers["x-session"]:
            self.services.forget("session", session)
        return True

    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        """ToyPSA is honest: the status says it, and the text why."""
        body = answer.readable()
        if answer.status < 300:
            return None if isinstance(body, dict) else answer.unintelligible("it is not an object")
        said = [str(body["error"])] if isinstance(body, dict) and "error" in body else []
        tried = f"{request.effect} ({request.route})"
        match answer.status:
            case 401:
                return AuthenticationFailed(tried, status=401, said=said, hint="Check the key.")
            case 404:
                return NotFound(tried, status=404, said=said)
            case 429:
                return RateLimited(tried, status=429, said=said, wait=answer.retry_after())
            case status if status < 400 or status >= 500:
                return VendorFailure(tried, status=status, said=said)
        return Invalid(tried, status=answer.status, said=said)

    def limit_keys(self, request: Request) -> Sequence[str]:
        """One limit for everything but signing in."""
        return () if request.anonymous else ("all",)

    def classify(self, method: str, path: str, body: Any) -> Effect:
        """What a raw request does, by its method."""
        parts = path.split("/")
        entities = {table.path: table for table in TABLES.values()}
        table = entities.get(parts[0])
        if table is None and method != "GET":
            return Effect(Action.UNKNOWN, parts[0])
        named = (table.neutral_names.get(name.casefold(), name) for name in body or ()) if table is not None else ()
        record = parts[1] if len(parts) > 1 else None
        return Effect(ACTIONS.get(method, Action.UNKNOWN), table.name if table else parts[0], record, frozenset(named))

    # Reading

    async def plan(self, table: Table, where: Expression) -> Plan:
        """ToyPSA filters by a few fields, each once and by one value; the rest anypsa filters itself."""
        query: dict[str, str] = {}
        clauses: list[Clause] = []
        local: list[Expression] = []
        for part in pushed(where, partial(self.push, table), groups=lambda op, items: None):
            if part.clause is None or not part.clause.vendor or part.clause.vendor.keys() & query.keys():
                local.append(part.condition)
                continue
            clauses.append(part.clause)
            query |= part.clause.vendor
        return Plan(
            (query,),
            strict=expected(clauses, Proof.ROW),
            expected=expected(clauses, Proof.PAGE),
            exact=not local,
            vendor_filters=tuple(f"{name}={value}" for name, value in query.items()),
            local_filters=tuple(told(one) for one in local),
        )

    def push(self, table: Table, leaf: Expression) -> Clause | None:
        """One comparison as a parameter of the same name as the field, if ToyPSA has it."""
        if not isinstance(leaf, Test) or leaf.op is not Operator.EQ or leaf.trait.custom:
            return None
        field = table.by_name[leaf.trait.name]
        if field.filter is not Filter.STRICT or not str(leaf.value).isdecimal():
            return None
        return Clause({"ids" if field.name == "id" else field.wire: str(leaf.value)}, leaf)

    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        """Pages by the id to start after; ids ascend, and `more` says whether there are any."""
        asked = {**query, "most": str(min(size or MOST, MOST)), **({} if cursor is None else {"after": cursor})}
        answer = await self.services.send(Request.read("GET", table.path, reading(table.name), query=asked))
        body, context = answer.json(), await self.labels(table)
        if not isinstance(body.get("rows"), list) or not isinstance(body.get("more"), bool):
            raise answer.unintelligible("it is no page")
        records = [table.decode(row, context) for row in body["rows"]]
        return Page(records, cursor=records[-1].id if body["more"] and records else None)

    async def get(self, table: Table, id: str) -> Record:
        """One record; a missing one is a 404."""
        request = Request.read("GET", f"{table.path}/{{id}}", reading(table.name, id), parts={"id": id})
        answer = await self.services.send(request)
        record: Record = table.decode(answer.json(), await self.labels(table))
        if record.id != id:
            raise answer.unintelligible("it is another record")
        return record

    async def get_many(self, table: Table, ids: Sequence[str]) -> Sequence[Record]:
        """By lists of ids."""
        known = [id for id in ids if id.isdecimal()]
        batches = [",".join(known[start : start + MOST]) for start in range(0, len(known), MOST)]
        pages = await self.services.gather([partial(self.page, table, {"ids": one}, None, None) for one in batches])
        return [record for page in pages for record in page.records]

    async def count(self, table: Table, query: Any) -> int:
        """ToyPSA's own count."""
        answer = await self.services.send(Request.read("GET", f"{table.path}/count", reading(table.name), query=query))
        return int(answer.json()["count"])

    # Metadata

    async def options(self, table: Table, field: str) -> Sequence[Option]:
        """The tenant's lists, remembered for a while."""
        rows = await self.list(field)
        return [Option(str(row["id"]), str(row["label"]), active=bool(row["active"])) for row in rows]

    async def list(self, name: str) -> Sequence[Mapping[str, Any]]:
        """One of the tenant's lists as ToyPSA keeps it."""
        return await self.services.once(f"list {name}", partial(self.ask_list, name), ttl=MINUTES)

    async def ask_list(self, name: str) -> Sequence[Mapping[str, Any]]:
        """Asks for a list."""
        request = Request.read("GET", "lists/{name}", reading("list"), parts={"name": name})
        rows: Sequence[Mapping[str, Any]] = (await self.services.send(request)).json()["rows"]
        return rows

    async def labels(self, table: Table) -> Context:
        """The labels that decoding needs, and what each status means."""
        lists = [await self.list(one.name) for one in table.picked]
        labels = {
            one.wire: {str(row["id"]): str(row["label"]) for row in rows}
            for one, rows in zip(table.picked, lists, strict=True)
        }
        phases = {str(row["id"]): str(row["phase"]) for rows in lists for row in rows if "phase" in row}
        return Context(self.services.tenant, {**labels, PHASES: phases})

    async def visibility(self, wanted: Visibility) -> bool:
        """A flag, the same in every tenant."""
        return SECRET_NOTES[wanted]

    async def whoami(self) -> Identity:
        """The cheapest request that needs a session."""
        answer = await self.services.send(Request.read("GET", "me", reading("me")))
        return Identity(self.services.tenant, "ToyPSA", str(answer.json()["user"]))

    # Writing

    async def create(self, table: Table, values: Mapping[str, Any]) -> str:
        """A POST, which answers with the id."""
        effect = writing(Action.CREATE, table.name, None, values)
        body = await self.body(table, values)
        answer = await self.services.send(Request(method="POST", path=table.path, effect=effect, json=body))
        if not isinstance(answer.json().get("id"), int):
            raise answer.unintelligible("it holds no id")
        return str(answer.json()["id"])

    async def update(self, table: Table, id: str, values: Mapping[str, Any]) -> None:
        """A PATCH: exactly the fields that are sent change."""
        effect = writing(Action.UPDATE, table.name, id, values)
        body, path = await self.body(table, values), f"{table.path}/{{id}}"
        await self.services.send(Request(method="PATCH", path=path, parts={"id": id}, effect=effect, json=body))

    async def body(self, table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
        """The wire's fields; who may read a note is always said."""
        plain = {name: value for name, value in values.items() if name != "visibility"}
        wire = table.encode(plain)
        if table is NOTES:
            wire["secret"] = await self.visibility(values["visibility"])
        return wire
