"""A stranger's client of the sandbox: HTTP and the vendor's page, and nothing of our adapter (wire/halopsa.md 9.1)."""

from __future__ import annotations

import queue
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, Self

import httpx2

from anypsa_sandbox import Sandbox

PAGED = {"pageinate": "true", "page_no": 1, "page_size": 100}


class Wire:
    """One tenant's, signed in."""

    def __init__(self, sandbox: Sandbox, tenant: str = "northwind", scope: str = "all") -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": f"{tenant}-application",
            "client_secret": f"{tenant}-secret",
            "scope": scope,
        }
        self.world = sandbox.world(tenant)
        # Loopback has no certificates, and reading those of the machine takes longer than a test.
        self.client = httpx2.Client(base_url=f"{sandbox.urls['api']}/api")
        url = f"{sandbox.urls['auth']}/auth/token"
        token = self.client.post(url, params={"tenant": tenant}, data=form).json()["access_token"]
        self.client.headers["authorization"] = f"Bearer {token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def get(self, path: str, **query: Any) -> Any:
        """What a read answers; None for what is not there."""
        answer = self.client.get(path, params=query)
        return None if answer.status_code == 404 else answer.json()

    def post(self, path: str, *items: dict[str, Any]) -> Any:
        """What a write answers."""
        answer = self.client.post(path, json=list(items))
        assert answer.status_code == 201, answer.text
        return answer.json()

    def refused(self, path: str, item: dict[str, Any]) -> Any:
        """The words of a refusal."""
        answer = self.client.post(path, json=[item])
        assert answer.status_code == 400, answer.text
        return answer.json()


class Receiver:
    """A web server on loopback that keeps what it is sent."""

    def __init__(self) -> None:
        kept: queue.Queue[tuple[dict[str, str], bytes]] = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                self.send_response(204)
                self.end_headers()
                kept.put((dict(self.headers.items()), body))

            def log_message(self, *args: Any) -> None:
                """Silence."""

        self.kept = kept
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
