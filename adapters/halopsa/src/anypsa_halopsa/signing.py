"""Signing: where the API is, and the bearer token that opens it, one per set of credentials (wire/halopsa.md 1)."""

from __future__ import annotations

from hmac import compare_digest
from typing import Any, Final

from anypsa.errors import AuthenticationFailed, Invalid, NotFound, PermissionDenied
from anypsa.ledger import digest
from anypsa.spi import Authorization, Services

from . import servers
from .settings import HaloPSA

FAILED: Final = 5.0


class Signing:
    """Signs the requests of one tenant."""

    def __init__(self, settings: HaloPSA, services: Services) -> None:
        self._settings = settings
        self._services = services

    async def authorize(self) -> Authorization:
        """The API's address and a bearer token."""
        token = await self.token()
        base = servers.api(self._settings)
        scope = digest(base.lower(), self._settings.client_id.get_secret_value())
        return Authorization(base, scope, {"Authorization": f"Bearer {token['access_token']}"}, temporary=True)

    async def reauthorize(self, stale: Authorization) -> bool:
        """A token may be revoked early: it is dropped, by whoever sees it first, and a new one fetched (1.2)."""
        token = await self.token()
        if compare_digest(f"Bearer {token['access_token']}", stale.headers["Authorization"]):
            self._services.forget("token", token)
            await self.token()
        return True

    async def token(self) -> dict[str, Any]:
        """The token, with what was granted."""
        return await self._services.once("token", self._sign_in, ttl=servers.lifetime, failure_ttl=FAILED)

    async def _sign_in(self) -> dict[str, Any]:
        found = await self.authority()
        try:
            return await self._token_from(found.url, found)
        except NotFound:
            if not found.others:
                raise
        return await self._token_from(found.others[0], found)

    async def _token_from(self, server: str, found: servers.Authority) -> dict[str, Any]:
        answer = await self._services.send(servers.sign_in(self._settings, server, found.tenant))
        return servers.token(answer)

    async def authority(self) -> servers.Authority:
        """Where tokens are had."""
        if self._settings.auth_url is not None:
            return servers.given(self._settings, self._settings.auth_url)
        return await self._services.once("authority", self._discover, ttl=servers.remembered)

    async def _discover(self) -> servers.Authority:
        """Servers without this question say that it is not there, or not for strangers."""
        try:
            answer = await self._services.send(servers.discovery(self._settings))
        except (NotFound, AuthenticationFailed, PermissionDenied, Invalid):
            return servers.fallback(self._settings)
        return servers.authority(answer, self._settings)
