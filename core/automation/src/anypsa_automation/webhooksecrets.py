"""Secrets that webhooks are signed with: made here, kept in the state store or the keyring, rotated with two valid.

Of one that is kept in the operating system's keyring the store holds only where. One that is not there any more is lost: it
proves nothing, and the next `rotate` makes one in its place.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from uuid import uuid4

from pydantic import SecretStr
from sqlalchemy import delete, insert, select

from anypsa import ConfigurationError
from anypsa.profiles import KEYRING, from_keyring, into_keyring, out_of_keyring

from .database import Database
from .schema import WEBHOOK_SECRETS

LOG: Final = logging.getLogger("anypsa.events")
BYTES: Final = 32
VALID: Final = 2
SERVICE: Final = "anypsa-webhooks"


class WebhookSecrets:
    """The secrets of each tenant's webhooks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def valid(self, tenant: str) -> Sequence[SecretStr]:
        """The secret in use, and the one before it, if there is one; what is lost is left out."""
        found = [there(kept) for kept in self._kept(tenant, VALID)]
        return [secret for secret in found if secret is not None]

    def current(self, tenant: str) -> SecretStr | None:
        """The secret in use; None if there is none, or if it is lost."""
        kept = self._kept(tenant, 1)
        return there(kept[0]) if kept else None

    def rotate(self, tenant: str, *, keyring: bool = False) -> SecretStr:
        """Makes a new one. The one before stays valid, until it is retired or the next one is made.

        `keyring`: it is kept in the operating system's keyring, which every process that receives has to reach; raises
        `ConfigurationError` where there is none, and then nothing was changed.
        """
        made = secrets.token_urlsafe(BYTES)
        kept = into_keyring(SERVICE, f"{tenant}/{uuid4().hex}", made) if keyring else made
        with self._database.transaction() as connection:
            connection.execute(insert(WEBHOOK_SECRETS).values(tenant=tenant, secret=kept))
        self._keep(tenant, VALID)
        return SecretStr(made)

    def retire(self, tenant: str) -> None:
        """Ends the one before: the vendor signs with the new one."""
        self._keep(tenant, 1)

    def _kept(self, tenant: str, number: int) -> Sequence[str]:
        newest = select(WEBHOOK_SECRETS.c.secret).where(WEBHOOK_SECRETS.c.tenant == tenant)
        with self._database.transaction() as connection:
            found = connection.execute(newest.order_by(WEBHOOK_SECRETS.c.place.desc()).limit(number)).scalars()
            return list(found)

    def _keep(self, tenant: str, number: int) -> None:
        own = WEBHOOK_SECRETS.c.tenant == tenant
        newest = select(WEBHOOK_SECRETS.c.place).where(own).order_by(WEBHOOK_SECRETS.c.place.desc()).limit(number)
        with self._database.transaction() as connection:
            kept = list(connection.execute(newest).scalars())
            over = own & WEBHOOK_SECRETS.c.place.not_in(kept)
            ended = list(connection.execute(select(WEBHOOK_SECRETS.c.secret).where(over)).scalars())
            connection.execute(delete(WEBHOOK_SECRETS).where(over))
        for pointer in ended:
            if pointer.startswith(KEYRING):
                with suppress(ConfigurationError):  # it proves nothing any more, wherever it is
                    out_of_keyring(pointer)


def there(kept: str) -> SecretStr | None:
    """A secret as it is kept, or from the keyring; None if it is lost."""
    try:
        return SecretStr(from_keyring(kept))
    except ConfigurationError as reason:
        LOG.warning("a secret of webhooks is lost, `anypsa events setup --rotate` makes another: %s", reason)
        return None
