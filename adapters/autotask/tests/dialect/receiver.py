"""A receiver of webhooks on loopback: it keeps what comes, and answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE = 20.0


@dataclass
class Receiver:
    """What came, as path, headers and raw body."""

    url: str = ""
    status: int = 200
    came: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    _arrival: threading.Condition = field(default_factory=threading.Condition)

    def take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        """Keeps a delivery."""
        with self._arrival:
            self.came.append((path, headers, body))
            self._arrival.notify_all()

    def wait(self, count: int, path: str = "") -> None:
        """Waits until so many have come, to a path; fails when they do not."""
        with self._arrival:
            there = self._arrival.wait_for(lambda: sum(path in one for one, _, _ in self.came) >= count, PATIENCE)
        assert there, f"{len(self.came)} came"

    def bodies(self) -> list[dict[str, Any]]:
        """The bodies so far."""
        return [json.loads(body) for _, _, body in self.came]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.take(self.path, {name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(receiver.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
