"""Vendors that answer anything plausible, on scripted wires: what goes out is looked at, not what comes in."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from anypsa import Psa
from anypsa.testing import scripted
from anypsa.wire import Outgoing

ZONE = "https://webservices5.autotask.net/ATServicesRest/"
HALO = "https://acme.halopsa.com"
TOKEN = "canary-token-2b7e151628aed2a6"
Answer = Callable[[Outgoing], Any]

SETTINGS: dict[str, dict[str, str]] = {
    "autotask": {"username": "api@acme.example", "secret": "canary-secret-a1", "integration_code": "canary-code-b2"},
    "halopsa": {"resource_url": HALO, "client_id": "canary-client-c3", "client_secret": "canary-secret-d4"},
}
ROOTS = {"autotask": f"{ZONE}v1.0/", "halopsa": f"{HALO}/api/"}
LOOK_UPS = (
    "zoneinformation",
    "/authinfo",
    "/auth/token",
    "/fields",
    "/userdefinedfields",
    "/status",
    "/team",
    "/version",
)
LOOK_UPS += ("/priority", "/tickettype", "/category", "/lookup", "/outcome", "/assettype")


def autotask(outgoing: Outgoing) -> Any:
    path = urlsplit(outgoing.url).path.lower()
    if path.endswith("zoneinformation"):
        return {"url": ZONE}
    if "entityinformation" in path:
        return {"fields": []}
    if path.endswith("/query"):
        return {"items": [], "pageDetails": {"count": 0, "nextPageUrl": None}}
    return {"item": None}


def halopsa(outgoing: Outgoing) -> Any:
    path = urlsplit(outgoing.url).path.lower()
    if path.endswith("/authinfo"):
        return {"auth_url": f"{HALO}/auth", "tenant_id": ""}
    if path.endswith("/token"):
        return {"access_token": TOKEN, "expires_in": 3600}
    if path.endswith("/tickets"):
        return {"record_count": 0, "tickets": []}
    return []


ANSWERS: dict[str, Answer] = {"autotask": autotask, "halopsa": halopsa}


def connected(vendor: str, instead: Answer = lambda outgoing: None, **settings: Any) -> Psa:
    """A connection whose vendor answers what `instead` says, or as it usually does."""

    def answer(outgoing: Outgoing) -> Any:
        said = instead(outgoing)
        return ANSWERS[vendor](outgoing) if said is None else said

    return scripted(vendor, answer, **{**SETTINGS[vendor], **settings})


def sent(psa: Psa) -> list[Outgoing]:
    """The requests that went out, look-ups left out."""
    wire: Any = psa.context.session.wire
    return [one for one in wire.script.requests if not urlsplit(one.url).path.lower().endswith(LOOK_UPS)]


def everything_sent(psa: Psa) -> list[Outgoing]:
    wire: Any = psa.context.session.wire
    return list(wire.script.requests)


def body(outgoing: Outgoing) -> Any:
    return json.loads(outgoing.content)
