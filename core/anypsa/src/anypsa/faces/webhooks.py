"""Webhooks as a connection shows them: registered once, however often they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Required, TypedDict, Unpack

from pydantic import SecretStr

from .. import operations
from ..operations import Context
from ..spi.webhooks import Webhook
from ..wire import run


class Wanted(TypedDict, total=False):
    """What `webhooks.ensure` takes.

    `events`: `"ticket.created"`, `"note.updated"` ...; `secret`: at least 16 characters, what deliveries are signed
    with; `name`: what tells ours from others; `alarm_url`, `alarm_email`: where the vendor says that it gives up.
    """

    url: Required[str]
    secret: Required[str | SecretStr]
    events: Required[Sequence[str]]
    name: str
    alarm_url: str | None
    alarm_email: str | None


class Webhooks:
    """The registered webhooks of a tenant."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def ensure(self, **wanted: Unpack[Wanted]) -> Sequence[Webhook]:
        """Registers what is wanted, or changes what is there; asking twice makes none twice."""
        return run(operations.ensure_webhooks(self._context, wanted))

    def list(self) -> Sequence[Webhook]:
        """All that are registered, other people's included."""
        return run(operations.webhooks(self._context))

    def remove(self, id: str) -> None:
        """Removes one; raises `NotFound`."""
        run(operations.remove_webhook(self._context, id))


class AsyncWebhooks:
    """The registered webhooks of a tenant; see `Webhooks`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def ensure(self, **wanted: Unpack[Wanted]) -> Sequence[Webhook]:
        """Registers what is wanted, or changes what is there; asking twice makes none twice."""
        return await operations.ensure_webhooks(self._context, wanted)

    async def list(self) -> Sequence[Webhook]:
        """All that are registered, other people's included."""
        return await operations.webhooks(self._context)

    async def remove(self, id: str) -> None:
        """Removes one; raises `NotFound`."""
        await operations.remove_webhook(self._context, id)
