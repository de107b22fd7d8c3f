"""The adapter: what the library asks of HaloPSA, and which module of ours knows the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from anypsa.errors import PSAError
from anypsa.models import Balance, Record, State, Visibility
from anypsa.query import Expression
from anypsa.spi import (
    Adapter,
    Answer,
    Authorization,
    CustomField,
    Deliveries,
    Effect,
    Identity,
    Option,
    Page,
    Plan,
    Request,
    Services,
    Table,
    WantedWebhook,
    Webhook,
)

from . import (
    articles,
    attachments,
    contracts,
    customs,
    entities,
    identity,
    paging,
    queries,
    refusals,
    routes,
    webhooks,
    writing,
)
from .codecs import whole
from .events import HaloDeliveries
from .reading import Reader
from .settings import HaloPSA
from .signing import Signing
from .tables import ATTACHMENTS, PAGED, TABLES, TICKETS
from .writing import Writer


class HaloAdapter(Adapter):
    """HaloPSA's REST API."""

    name: ClassVar[str] = "halopsa"
    settings_type: ClassVar[type[HaloPSA]] = HaloPSA
    tables: ClassVar[Mapping[str, Table]] = TABLES
    offers: ClassVar[frozenset[str]] = frozenset({"balance", "entity", "webhooks"})
    deliveries: ClassVar[Deliveries | None] = HaloDeliveries()

    def __init__(self, settings: HaloPSA, services: Services) -> None:
        super().__init__(settings, services)
        self.settings: HaloPSA = settings
        self._signing = Signing(settings, services)
        self._reader = Reader(settings, services)
        self._writer = Writer(settings, self._reader)

    def least_requests(self, table: Table, rows: int) -> int:
        """By pages of what we ask for, which overlap by a row; what is not paged comes at once."""
        return max(1, -(-rows // paging.ASKED)) if table.path in PAGED else 1

    # Delivery

    async def authorize(self) -> Authorization:
        """See `signing`."""
        return await self._signing.authorize()

    async def reauthorize(self, stale: Authorization) -> bool:
        """See `signing`."""
        return await self._signing.reauthorize(stale)

    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        """See `refusals`."""
        return refusals.refusal(request, answer)

    def limit_keys(self, request: Request) -> Sequence[str]:
        """No cap on requests in flight is published; a few per tenant are taken (5.3). Signing in is apart."""
        return () if request.anonymous else ("api",)

    def raw_path(self, path: str) -> str:
        """Without `api/`, which the address already has."""
        rest = path.strip("/")
        return rest[len("api/") :] if rest[: len("api/")].lower() == "api/" else rest

    def classify(self, method: str, path: str, body: Any) -> Effect:
        """See `routes`."""
        return routes.classify(method, path, body)

    # Reading

    async def plan(self, table: Table, where: Expression) -> Plan:
        """Pushed down by `queries`."""
        ids: tuple[str, ...] = ()
        if table is TICKETS and queries.names_customs(where):
            ids = tuple(whole(row.get("id")) for row in await customs.definitions(self._reader))
        return queries.Compiler(table, settled=self._reader.settled, customs=ids).plan(where)

    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        """See `reading`."""
        return await self._reader.page(table, query, cursor, size)

    async def get(self, table: Table, id: str) -> Record:
        """Files with their content, which lists leave out."""
        if table is ATTACHMENTS:
            return await attachments.get(self._reader, self.settings, id)
        return await self._reader.get(table, id)

    async def get_many(self, table: Table, ids: Sequence[str]) -> Sequence[Record]:
        """See `reading`."""
        return await self._reader.get_many(table, ids)

    async def count(self, table: Table, query: Any) -> int:
        """See `reading`."""
        return await self._reader.count(table, query)

    async def search(self, table: Table, text: str, limit: int) -> Sequence[Record]:
        """See `articles`."""
        return await articles.search(self._reader, text, limit)

    # Metadata

    async def options(self, table: Table, field: str) -> Sequence[Option]:
        """See `reading`."""
        return await self._reader.options(table, field)

    async def custom_fields(self, table: Table) -> Sequence[CustomField]:
        """Of tickets: which of the others a definition is of, nobody says, and each is told once (2.6)."""
        if table.path != TICKETS.path:
            return ()
        found = [customs.shown(row) for row in await customs.definitions(self._reader)]
        return list({one.name: one for one in found}.values())

    async def state(self, status: str) -> State | None:
        """See `reading`."""
        return await self._reader.state(status)

    async def visibility(self, wanted: Visibility) -> bool:
        """A flag, the same in every tenant."""
        return writing.hidden(wanted)

    # Writing

    async def create(self, table: Table, values: Mapping[str, Any]) -> str:
        """See `writing`."""
        if table is ATTACHMENTS:
            return await attachments.create(self._reader, values)
        if table.name not in TABLES:
            return await entities.create(self._reader, table, values)
        return await self._writer.create(table, values)

    async def update(self, table: Table, id: str, values: Mapping[str, Any]) -> None:
        """See `writing`."""
        if table.name not in TABLES:
            await entities.update(self._reader, table, id, values)
        else:
            await self._writer.update(table, id, values)

    async def delete(self, table: Table, id: str) -> None:
        """See `writing`."""
        await self._writer.delete(table, id)

    # Beside the verbs

    async def whoami(self) -> Identity:
        """See `identity`."""
        return await identity.whoami(self.settings, self._reader, self._signing)

    async def balance(self, contract: str) -> Balance:
        """See `contracts`."""
        return await contracts.balance(self._reader, contract)

    async def entity(self, name: str) -> Table:
        """See `entities`."""
        return entities.table(name)

    async def webhooks(self) -> Sequence[Webhook]:
        """See `webhooks`."""
        return await webhooks.registered(self._reader)

    async def ensure_webhooks(self, wanted: WantedWebhook) -> Sequence[Webhook]:
        """See `webhooks`."""
        return await webhooks.ensure(self._reader, wanted)

    async def remove_webhook(self, id: str) -> None:
        """See `webhooks`."""
        await webhooks.remove(self._reader, id)
