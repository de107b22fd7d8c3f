"""Servers: where a company's API is, what signs requests, and what a server is called after an upgrade."""

from __future__ import annotations

from base64 import b64encode
from typing import Final
from urllib.parse import urlsplit

from anypsa.errors import AuthenticationFailed, NotFound, PSAError
from anypsa.ledger import digest
from anypsa.spi import Answer, Authorization, Request, Services, reading

from .settings import CODEBASE, ConnectWise

# People open one host, and the API is on another (Hosts).
CLOUD: Final = {
    f"{region}.myconnectwise.net": f"api-{region}.myconnectwise.net" for region in ("na", "eu", "au", "aus", "za")
} | {"staging.connectwisedev.com": "api-staging.connectwisedev.com"}
UNTOLD: Final = "v4_6_release"
"""The codebase of servers that do not tell one (Codebase)."""
KNOWN: Final = "codebase"
AGAIN: Final = "codebase again"
DAY: Final = 86_400.0
MINUTE: Final = 60.0
COMPANYINFO: Final = "companyinfo"


class Server:
    """The server of one company."""

    def __init__(self, settings: ConnectWise, services: Services) -> None:
        self.settings = settings
        self.services = services
        self.origin = origin(settings.url)

    async def authorize(self) -> Authorization:
        """The API's address below the codebase, and the keys of the API member (Auth)."""
        base = f"{self.origin}/{await self.codebase()}/apis/3.0"
        return Authorization(base, digest(self.origin, self.settings.company.lower()), self._headers())

    def _headers(self) -> dict[str, str]:
        settings = self.settings
        user = f"{settings.company}+{settings.public_key.get_secret_value()}"
        pair = f"{user}:{settings.private_key.get_secret_value()}".encode()
        wanted = "" if settings.version is None else f"; version={settings.version}"
        return {
            "Authorization": f"Basic {b64encode(pair).decode()}",
            "clientId": settings.client_id.get_secret_value(),
            "Accept": f"application/vnd.connectwise.com+json{wanted}",
        }

    async def codebase(self) -> str:
        """The first part of every path; remembered for a day."""
        if self.settings.codebase is not None:
            return self.settings.codebase
        return await self.services.once(KNOWN, self._ask, ttl=DAY)

    async def send(self, request: Request) -> Answer:
        """Sends. What is not found may only be called otherwise, since an upgrade moves the codebase: that is asked about
        again, at most once a minute, and a request that went to the old one is sent to the new one."""
        before = await self.codebase()
        try:
            return await self.services.send(request)
        except NotFound:
            if not await self._moved(before):
                raise
        return await self.services.send(request)

    async def _moved(self, before: str) -> bool:
        if self.settings.codebase is not None:
            return False
        try:
            now = await self.services.once(AGAIN, self._ask, ttl=MINUTE)
        except PSAError:
            return False  # that nothing was found is still what has to be told
        if now != before:
            self.services.forget(KNOWN, before)
        return now != before

    async def _ask(self) -> str:
        """Asks the server; it needs no credentials, and does not know every company (Codebase)."""
        company = self.settings.company
        link = f"{self.origin}/login/companyinfo/{company}"
        try:
            request = Request.read("GET", COMPANYINFO, reading(COMPANYINFO), link=link, anonymous=True)
            answer = await self.services.send(request)
        except NotFound:
            return UNTOLD
        told = answer.json()
        if told is None:
            raise AuthenticationFailed(
                "find the company", said=[f"the server knows no company {company!r}"], hint="Check company and url."
            )
        named = told.get("Codebase") if isinstance(told, dict) else None
        if not isinstance(named, str) or not CODEBASE.fullmatch(named.strip("/")):
            raise answer.unintelligible("it names no codebase")
        return named.strip("/")


def origin(url: str) -> str:
    """Where the API is, for the address that people open."""
    parts = urlsplit(url)
    host = CLOUD.get(parts.netloc.lower(), parts.netloc)
    return f"{parts.scheme}://{host}"
