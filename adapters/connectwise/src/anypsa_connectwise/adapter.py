"""The adapter: what the library asks of ConnectWise PSA, and which module of ours knows the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from anypsa.errors import PSAError
from anypsa.models import Record, Visibility
from anypsa.query import Expression
from anypsa.spi import (
    Adapter,
    Answer,
    Authorization,
    Deliveries,
    Effect,
    Identity,
    Option,
    Page,
    Plan,
    Request,
    Services,
    Table,
)

from . import refusals, routes
from .conditions import Compiler
from .derived import FLAGS
from .events import ConnectWiseDeliveries
from .paging import ASKED
from .reading import Reader
from .servers import Server
from .settings import ConnectWise
from .tables import TABLES
from .writing import Writer


class ConnectWiseAdapter(Adapter):
    """ConnectWise PSA's REST API: a preview."""

    name: ClassVar[str] = "connectwise"
    settings_type: ClassVar[type[ConnectWise]] = ConnectWise
    tables: ClassVar[Mapping[str, Table]] = TABLES
    rows_of_a_page: ClassVar[int | None] = ASKED
    deliveries: ClassVar[Deliveries | None] = ConnectWiseDeliveries()

    def __init__(self, settings: ConnectWise, services: Services) -> None:
        super().__init__(settings, services)
        self._server = Server(settings, services)
        self._reader = Reader(settings, self._server)
        self._writer = Writer(self._reader)

    # Delivery

    async def authorize(self) -> Authorization:
        """See `servers`."""
        return await self._server.authorize()

    def refusal(self, request: Request, answer: Answer) -> PSAError | None:
        """See `refusals`."""
        return refusals.refusal(request, answer)

    def limit_keys(self, request: Request) -> Sequence[str]:
        """No limit is published (429); a few requests at a time are taken. Asking for the codebase is apart."""
        return () if request.anonymous else ("api",)

    def raw_path(self, path: str) -> str:
        """Without the codebase and `apis/3.0/`, which the address already has."""
        return routes.below(path)

    def classify(self, method: str, path: str, body: Any) -> Effect:
        """See `routes`."""
        return routes.classify(method, path, body)

    # Reading

    async def plan(self, table: Table, where: Expression) -> Plan:
        """Pushed down by `conditions`."""
        return Compiler(table, self._reader.mapped).plan(where)

    async def page(self, table: Table, query: Any, cursor: Any, size: int | None) -> Page:
        """See `reading`."""
        return await self._reader.page(table, query, cursor, size)

    async def get(self, table: Table, id: str) -> Record:
        """See `reading`."""
        return await self._reader.get(table, id)

    async def get_many(self, table: Table, ids: Sequence[str]) -> Sequence[Record]:
        """See `reading`."""
        return await self._reader.get_many(table, ids)

    async def count(self, table: Table, query: Any) -> int:
        """See `reading`."""
        return await self._reader.count(table, query)

    # Metadata

    async def options(self, table: Table, field: str) -> Sequence[Option]:
        """See `boards`."""
        return await self._reader.options(table, field)

    async def visibility(self, wanted: Visibility) -> Mapping[str, bool]:
        """Flags, the same in every tenant."""
        return FLAGS[wanted]

    async def whoami(self) -> Identity:
        """See `reading`. The keys belong to an API member whose name no attested call tells."""
        return await self._reader.whoami(self._server.settings.company)

    # Writing

    async def create(self, table: Table, values: Mapping[str, Any]) -> str:
        """See `writing`."""
        return await self._writer.create(table, values)

    async def update(self, table: Table, id: str, values: Mapping[str, Any]) -> None:
        """See `writing`."""
        await self._writer.update(table, id, values)

    async def delete(self, table: Table, id: str) -> None:
        """See `writing`."""
        await self._writer.delete(table, id)
