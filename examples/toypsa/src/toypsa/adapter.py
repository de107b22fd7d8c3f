"""The adapter: ToyPSA's facts. It cannot filter and cannot be written to, and says so by what it declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from anypsa.errors import AuthenticationFailed, NotFound, PSAError, RateLimited, VendorFailure
from anypsa.ledger import digest
from anypsa.models import Record
from anypsa.query import EVERYTHING, Expression
from anypsa.spi import (
    Action,
    Adapter,
    Answer,
    Authorization,
    Context,
    Effect,
    Identity,
    Page,
    Plan,
    Request,
    Services,
    Table,
    reading,
)

from .settings import Toy
from .tables import STATUSES, TICKETS


class ToyAdapter(Adapter):
    """ToyPSA's API."""

    name: ClassVar[str] = "toypsa"
    settings_type: ClassVar[type[Toy]] = Toy
    tables: ClassVar[Mapping[str, Table]] = {"ticket": TICKETS}

    def __init__(self, settings: Toy, services: Services) -> None:
        super().__init__(settings, services)
        self.context = Context(services.tenant, {"status": STATUSES})

    async def authorize(self) -> Authorization:
        """A key in a header; limits are per key."""
        key = self.settings.key.get_secret_value()
        return Authorization(self.settings.url.rstrip("/"), digest(key), {"x-api-key": key})

    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        """ToyPSA is honest: the status says it."""
        tried = f"{request.effect} ({request.route})"
        match answer.status:
            case 401:
                return AuthenticationFailed(tried, status=401, hint="Check the key.")
            case 404:
                return NotFound(tried, status=404)
            case 429:
                return RateLimited(tried, status=429)
            case status if status >= 400:
                return VendorFailure(tried, status=status)
        return None

    def limit_keys(self, request: Request) -> Sequence[str]:
        """One limit for everything."""
        return ("all",)

    def classify(self, method: str, path: str, body: Any) -> Effect:
        """What a raw request does: nothing is known of what is not read."""
        return reading(path.partition("/")[0]) if method == "GET" else Effect(Action.UNKNOWN, "unknown")

    async def plan(self, table: Table, where: Expression) -> Plan:
        """ToyPSA filters nothing, so everything is read and filtered by anypsa."""
        local = () if where == EVERYTHING else ("everything",)
        return Plan((None,), strict=EVERYTHING, expected=EVERYTHING, exact=not local, local_filters=local)

    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        """Pages by the id to start after; ids ascend."""
        after = {} if cursor is None else {"after": str(cursor)}
        body = (await self.services.send(Request.read("GET", "tickets", reading("ticket"), query=after))).json()
        records = [table.decode(row, self.context) for row in body["tickets"]]
        return Page(records, cursor=records[-1].id if body["more"] else None)

    async def get(self, table: Table, id: str) -> Record:
        """One ticket; a missing one is a 404."""
        request = Request.read("GET", "tickets/{id}", reading("ticket", id), parts={"id": id})
        record: Record = table.decode((await self.services.send(request)).json(), self.context)
        return record

    async def get_many(self, table: Table, ids: Sequence[str]) -> Sequence[Record]:
        """One by one: ToyPSA knows no other way."""
        found = []
        for id in ids:
            try:
                found.append(await self.get(table, id))
            except NotFound:
                continue
        return found

    async def count(self, table: Table, query: Any) -> int:
        """ToyPSA's own count of all tickets."""
        answer = await self.services.send(Request.read("GET", "tickets/count", reading("ticket")))
        return int(answer.json()["count"])

    async def whoami(self) -> Identity:
        """The cheapest request that needs a good key."""
        answer = await self.services.send(Request.read("GET", "me", reading("me")))
        return Identity(self.services.tenant, "ToyPSA", answer.json()["user"])
