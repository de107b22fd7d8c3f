"""Identity: who the application is, what it was granted, and the agent behind it where the server tells
(wire/halopsa.md 1.2, 1.3)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from typing import Any, Final

from anypsa.errors import NotFound, PermissionDenied
from anypsa.spi import Identity

from . import paging, queries, scopes, servers
from .reading import Reader, Row
from .settings import HaloPSA
from .signing import Signing
from .tables import ENVELOPES, TECHNICIANS, TICKETS

APPLICATION: Final = "application"
PROGRAMS: Final = {"includeapiagents": "true"}
EMAIL: Final = TECHNICIANS.by_name["email"].wire


async def whoami(settings: HaloPSA, reader: Reader, signing: Signing) -> Identity:
    """A short list proves the credentials. Many tenants send an id_token along, which names the agent; others do not,
    and no call tells."""
    await reader.read("Status", TICKETS.name, {})
    token, found = await signing.token(), await signing.authority()
    granted = str(token.get("scope") or settings.scope)
    details = {"api": servers.api(settings), "auth": found.url, **scopes.told(settings.scope, granted)}
    told = claims(token)
    name, email = (str(told[key]) if told.get(key) else None for key in ("name", "email"))
    agent = await behind(reader, email)
    return Identity(
        reader.services.tenant,
        "HaloPSA",
        email or name or APPLICATION,
        technician_id=None if agent is None else paging.identity(agent),
        name=name,
        details=details,
    )


def claims(token: Mapping[str, Any]) -> Mapping[str, Any]:
    """What an id_token says. It came from the server itself and is only shown, so that its signature is not looked at."""
    _, _, rest = str(token.get("id_token") or "").partition(".")
    payload = rest.partition(".")[0]
    try:
        found = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


async def behind(reader: Reader, email: str | None) -> Row | None:
    """The one agent of an address."""
    if email is None:
        return None
    try:
        every = {**queries.EVERYTHING[TECHNICIANS.path], **PROGRAMS}
        answer = await reader.read(TECHNICIANS.path, TECHNICIANS.name, every)
    except (NotFound, PermissionDenied):
        return None
    rows = paging.rows(answer, ENVELOPES[TECHNICIANS.path]).rows
    fitting = [row for row in rows if str(row.get(EMAIL) or "").casefold() == email.casefold()]
    return fitting[0] if len(fitting) == 1 else None
