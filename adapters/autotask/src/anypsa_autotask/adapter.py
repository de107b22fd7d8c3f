"""The adapter: what the library asks of Autotask, and which module of ours knows the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from anypsa.errors import PSAError
from anypsa.models import Balance, Record, State, Visibility
from anypsa.query import Expression
from anypsa.spi import (
    OFFERS,
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
    Stretch,
    Table,
    Usage,
    WantedWebhook,
    Webhook,
)

from . import articles, attachments, contracts, entities, identity, refusals, routes, webhooks
from .attachments import Uploads
from .events import AutotaskDeliveries
from .metadata import Metadata
from .reading import Reader
from .rows import PAGE
from .settings import Autotask
from .tables import ARTICLES, ATTACHMENTS, NOTES, TABLES
from .writing import WRITES, Writer, impersonating


class AutotaskAdapter(Adapter):
    """Autotask PSA's REST API, version 1.0."""

    name: ClassVar[str] = "autotask"
    settings_type: ClassVar[type[Autotask]] = Autotask
    tables: ClassVar[Mapping[str, Table]] = TABLES
    rows_of_a_page: ClassVar[int | None] = PAGE
    offers: ClassVar[frozenset[str]] = OFFERS
    deliveries: ClassVar[Deliveries | None] = AutotaskDeliveries()

    def __init__(self, settings: Autotask, services: Services) -> None:
        super().__init__(settings, services)
        self.settings: Autotask = settings
        self._signing = identity.Signing(settings, services)
        self._metadata = Metadata(services)
        self._reader = Reader(settings, services, self._metadata, self._signing.zone)
        self._writer = Writer(settings, self._reader)
        self._uploads = Uploads()

    # Delivery

    async def authorize(self) -> Authorization:
        """See `identity`."""
        return await self._signing.authorize()

    async def reauthorize(self, stale: Authorization) -> bool:
        """See `identity`."""
        return await self._signing.reauthorize(stale)

    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        """See `refusals`."""
        return refusals.refusal(request, answer)

    def raw_path(self, path: str) -> str:
        """Without `ATServicesRest/V1.0`, which the zone's address already has."""
        return "/".join(routes.segments(path))

    def raw_headers(self, effect: Effect) -> Mapping[str, str]:
        """In whose name a write is, as for our own; what cannot be classified may be a read, and goes without."""
        return impersonating(self.settings) if effect.action in WRITES else {}

    def limit_keys(self, request: Request) -> Sequence[str]:
        """See `routes`."""
        return routes.limit_keys(request)

    def classify(self, method: str, path: str, body: Any) -> Effect:
        """See `routes`."""
        return routes.classify(method, path, body)

    # Reading

    async def plan(self, table: Table, where: Expression) -> Plan:
        """See `reading`."""
        return await self._reader.plan(table, where)

    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        """See `reading`."""
        return await self._reader.page(table, query, cursor, size)

    async def stretch(self, table: Table, query: Any, low: int | None, high: int | None) -> Stretch:
        """See `reading`."""
        return await self._reader.stretch(table, query, low, high)

    async def get(self, table: Table, id: str) -> Record:
        """Files with their content and articles with their text, which lists leave out."""
        if table is ATTACHMENTS:
            return await attachments.get(self._reader, id)
        if table is ARTICLES:
            return await articles.get(self._reader, id)
        return await self._reader.get(table, id)

    async def get_many(self, table: Table, ids: Sequence[str]) -> Sequence[Record]:
        """By batches of ids, side by side."""
        if table is ARTICLES:
            return await articles.whole(self._reader, ids)
        return await self._reader.get_many(table, ids)

    async def count(self, table: Table, query: Any) -> int:
        """The vendor's count."""
        return await self._reader.count(table, query)

    async def search(self, table: Table, text: str, limit: int) -> Sequence[Record]:
        """Articles by what they are called and by what they say."""
        return await articles.search(self._reader, text, limit)

    # Metadata

    async def options(self, table: Table, field: str) -> Sequence[Option]:
        """See `reading`."""
        return await self._reader.options(table, field)

    async def custom_fields(self, table: Table) -> Sequence[CustomField]:
        """See `reading`."""
        return await self._reader.custom_fields(table)

    async def state(self, status: str) -> State:
        """By the profile, else by the vendor's fixed id for Complete."""
        return self._reader.state(status)

    async def visibility(self, wanted: Visibility) -> str:
        """The tenant's `publish` value of notes."""
        return await self._writer.visibility(NOTES, "visibility", wanted)

    # Writing

    async def create(self, table: Table, values: Mapping[str, Any]) -> str:
        """See `writing`."""
        if table is ATTACHMENTS:
            return await attachments.create(self._writer, self._reader, self._uploads, values)
        if table is ARTICLES:
            return await articles.create(self._writer, self._reader, self.settings, values)
        return await self._writer.create(table, values)

    async def update(self, table: Table, id: str, values: Mapping[str, Any]) -> None:
        """See `writing`."""
        if table is ARTICLES:
            await articles.update(self._writer, self._reader, self.settings, id, values)
        else:
            await self._writer.update(table, id, values)

    async def delete(self, table: Table, id: str) -> None:
        """See `writing`."""
        await self._writer.delete(table, id)

    # Beside the verbs

    async def whoami(self) -> Identity:
        """See `identity`."""
        return await identity.whoami(self.settings, self._reader, await self._signing.zone())

    async def usage(self) -> Usage:
        """See `identity`."""
        return await identity.usage(self.services)

    async def balance(self, contract: str) -> Balance:
        """See `contracts`."""
        return await contracts.balance(self._reader, contract)

    async def entity(self, name: str) -> Table:
        """See `entities`."""
        return await entities.table(self._metadata, name)

    async def webhooks(self) -> Sequence[Webhook]:
        """See `webhooks`."""
        return await webhooks.registered(self._reader)

    async def ensure_webhooks(self, wanted: WantedWebhook) -> Sequence[Webhook]:
        """See `webhooks`."""
        own = (await self.services.once("whoami", self.whoami, ttl=3600.0)).technician_id
        return await webhooks.ensure(self._reader, wanted, own)

    async def remove_webhook(self, id: str) -> None:
        """See `webhooks`."""
        await webhooks.remove(self._reader, id)
