"""Identity: where the database is, what signs requests, and who we are there (wire/autotask.md 1, 2)."""

from __future__ import annotations

from typing import Final

from anypsa.errors import NotFound, PermissionDenied, PSAError
from anypsa.ledger import digest
from anypsa.spi import Authorization, Identity, Request, Services, Usage, reading

from . import queries, rows, zones
from .reading import Reader
from .settings import Autotask
from .tables import COMPANIES, TECHNICIANS
from .tables.names import THRESHOLD

DAY: Final = 86_400.0
RECHECKED: Final = 5.0
# From so much of the hourly threshold on, the vendor lets each call wait so many seconds (6.2).
TIERS: Final = ((0.75, 1.0), (0.5, 0.5))
MINUTE: Final = 60.0


class Signing:
    """The zone's address and the three headers. The zone is found by the user's name, once a day."""

    def __init__(self, settings: Autotask, services: Services) -> None:
        self._settings = settings
        self._services = services

    async def authorize(self) -> Authorization:
        """Threads are limited per integration code, so that is the key of the limits."""
        settings, base = self._settings, await self.zone()
        code = settings.integration_code.get_secret_value()
        headers = {
            "ApiIntegrationCode": code,
            "UserName": settings.username,
            "Secret": settings.secret.get_secret_value(),
        }
        return Authorization(base, digest(base.lower(), code), headers)

    async def zone(self) -> str:
        """The root of the API."""
        if self._settings.zone_url is not None:
            return zones.versioned(self._settings.zone_url)
        return await self._services.once("zone", self._ask, ttl=DAY)

    async def _ask(self) -> str:
        return zones.base(await self._services.send(zones.question(self._settings)), self._settings)

    async def reauthorize(self, stale: Authorization) -> bool:
        """A database that moved answers 401 as if the password were wrong, so the zone is asked for again once."""
        if self._settings.zone_url is not None:
            return False
        if await self.zone() != stale.base:
            return True
        try:
            found = await self._services.once("zone again", self._ask, ttl=RECHECKED)
        except PSAError:
            # Nobody knows now whether the zone or the password is wrong: before the password goes out again, the
            # zone must be told. Else every call tried it once, until the account is locked.
            self._services.forget("zone", stale.base)
            raise
        if found == stale.base:
            return False
        self._services.forget("zone", stale.base)  # of many who find it moved, one alone asks again
        return True


async def whoami(settings: Autotask, reader: Reader, zone: str) -> Identity:
    """`Version` is the cheapest request that needs good credentials (1); the API user has a resource row (2)."""
    await probe(reader)
    either = [rows.where(TECHNICIANS.by_name[name].wire, settings.username) for name in ("username", "email")]
    try:
        found = (await reader.page(TECHNICIANS, [queries.grouped("or", either)], None, None)).records
    except (NotFound, PermissionDenied):
        found = []  # good credentials that may not see technicians, their own row included
    row = found[0] if len(found) == 1 else None
    own = None if row is None else row.id
    return Identity(
        tenant=reader.services.tenant,
        vendor="Autotask",
        username=settings.username,
        technician_id=own,
        acts_as=own if settings.impersonate is None else str(settings.impersonate),
        name=getattr(row, "name", None),
        details={"zone": zone},
    )


async def probe(reader: Reader) -> None:
    try:
        await reader.services.send(Request.read("GET", "Version", reading("version")))
    except NotFound:
        await reader.page(COMPANIES, [rows.EVERY_ROW], None, 1)


async def usage(services: Services) -> Usage:
    """The vendor's count of the requests of all integrations of the database together; asking costs one (6.2)."""
    answer = await services.send(Request.read("GET", THRESHOLD.path, reading("usage")))
    told = rows.folded(answer.json())
    figures = [rows.number(told.get(name.casefold())) for name in (THRESHOLD.used, THRESHOLD.limit, THRESHOLD.minutes)]
    used, limit, minutes = (-1 if value is None else int(value) for value in figures)
    if used < 0 or limit <= 0 or minutes <= 0:
        raise answer.unintelligible("it tells no threshold")
    delay = next((seconds for share, seconds in TIERS if used >= share * limit), 0.0)
    return Usage(used, limit, minutes * MINUTE, delay)
