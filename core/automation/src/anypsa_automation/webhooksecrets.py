"""Secrets that webhooks are signed with: made here, kept in the state store, rotated with two valid."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Final

from pydantic import SecretStr
from sqlalchemy import delete, insert, select

from .database import Database
from .schema import WEBHOOK_SECRETS

BYTES: Final = 32
VALID: Final = 2


class WebhookSecrets:
    """The secrets of each tenant's webhooks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def valid(self, tenant: str) -> Sequence[SecretStr]:
        """The secret in use, and the one before it, if there is one."""
        newest = select(WEBHOOK_SECRETS.c.secret).where(WEBHOOK_SECRETS.c.tenant == tenant)
        with self._database.transaction() as connection:
            found = connection.execute(newest.order_by(WEBHOOK_SECRETS.c.place.desc()).limit(VALID)).scalars()
            return [SecretStr(secret) for secret in found]

    def rotate(self, tenant: str) -> SecretStr:
        """Makes a new one. The one before stays valid, until it is retired or the next one is made."""
        made = secrets.token_urlsafe(BYTES)
        with self._database.transaction() as connection:
            connection.execute(insert(WEBHOOK_SECRETS).values(tenant=tenant, secret=made))
        self._keep(tenant, VALID)
        return SecretStr(made)

    def retire(self, tenant: str) -> None:
        """Ends the one before: the vendor signs with the new one."""
        self._keep(tenant, 1)

    def _keep(self, tenant: str, number: int) -> None:
        own = WEBHOOK_SECRETS.c.tenant == tenant
        newest = select(WEBHOOK_SECRETS.c.place).where(own).order_by(WEBHOOK_SECRETS.c.place.desc()).limit(number)
        with self._database.transaction() as connection:
            kept = list(connection.execute(newest).scalars())
            connection.execute(delete(WEBHOOK_SECRETS).where(own, WEBHOOK_SECRETS.c.place.not_in(kept)))
