"""A scripted ConnectWise PSA: what it answers stands in a table, what it was asked is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from anypsa import Psa
from anypsa.testing import Incoming, Outgoing, scripted

URL = "https://psa.example"
SETTINGS: Mapping[str, Any] = {
    "url": URL,
    "company": "acme",
    "public_key": "public-key",
    "private_key": "private-key",
    "client_id": "partner-id",
}
BASE = "/v2026_1/apis/3.0"
COMPANYINFO = "GET /login/companyinfo/acme"
INFO = {"Codebase": "v2026_1/"}
TICKET = {
    "id": 69,
    "summary": "VPN down",
    "board": {"id": 1, "name": "Service A"},
    "status": {"id": 11, "name": "New"},
    "company": {"id": 2, "identifier": "YourCompany", "name": "TestCompany"},
    "closedFlag": False,
    "_info": {"lastUpdated": "2026-03-08T21:59:20Z", "dateEntered": "2026-03-08T21:00:00Z"},
}
Answer = Any | Callable[[Outgoing], Any]


def page(rows: list[Any], link: str | None = "") -> Incoming:
    """A page of a list; an empty link ends it, and without one nothing is said."""
    headers = {"content-type": "application/json"} | ({} if link is None else {"link": link})
    return Incoming(200, headers, json.dumps(rows).encode())


def told(request: Outgoing) -> tuple[str, dict[str, str]]:
    """Method and path of a request, and its query."""
    url = urlsplit(request.url)
    return f"{request.method} {url.path.removeprefix(BASE)}", {
        name: values[0] for name, values in parse_qs(url.query).items()
    }


def connected(answers: Mapping[str, Answer], **settings: Any) -> Psa:
    """A connection to a vendor that answers by method and path, and knows nothing else."""

    def vendor(request: Outgoing) -> Any:
        answer = {COMPANYINFO: INFO, **answers}.get(told(request)[0], (404, {"code": "NotFound"}))
        return answer(request) if callable(answer) else answer

    return scripted("connectwise", vendor, **{**SETTINGS, **settings})


def asked(psa: Psa) -> list[Outgoing]:
    """What was sent."""
    sent: list[Outgoing] = psa.context.session.wire.script.requests
    return sent
