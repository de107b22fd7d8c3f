"""A receiver over real HTTP, and deliveries as Autotask signs them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import uvicorn
from pydantic import SecretStr

import anypsa
from anypsa import Psa, Trust

SECRET = "a secret of thirty-two characters"
OLD = "the secret that was valid before"
TRUST = Trust(secrets=[SecretStr(SECRET), SecretStr(OLD)])


def autotask(username: str = "api@acme.example", **more: Any) -> Psa:
    """A connection to a tenant that nobody answers for."""
    given = {"secret": "s3cret-of-acme", "integration_code": "CODE-OF-ACME", "zone_url": "http://127.0.0.1:9/"}
    return anypsa.connect("autotask", username=username, ledger="memory", **{**given, **more})


def body(id: int = 5, sequence: int = 1, **more: Any) -> bytes:
    """A delivery of Autotask's."""
    facts = {"Action": "Update", "Guid": "a1da62a4", "EntityType": "Ticket", "Id": id, "Fields": {"Title": "caf\xe9"}}
    return json.dumps({**facts, "EventTime": "2026-11-24T10:00:00Z", "SequenceNumber": sequence, **more}).encode()


def signed(content: bytes, secret: str = SECRET) -> dict[str, str]:
    digest = hmac.new(secret.encode(), content, hashlib.sha1).digest()
    return {"X-Hook-Signature": f"sha1={base64.b64encode(digest).decode()}"}


@contextmanager
def serving(app: Any, **options: Any) -> Iterator[int]:
    """Serves an application on a port of loopback."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="info", lifespan="off", **options))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.005)
        assert thread.is_alive()
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def send(
    port: int, path: str, content: bytes = b"", headers: Mapping[str, str | bytes] | None = None, method: str = "POST"
) -> int:
    """Sends a request as it is; returns the status."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, content, dict(headers or {}))
        return connection.getresponse().status
    finally:
        connection.close()
