"""Recordings of a whole program: a proxy that notes what a PSA answers, and a server that answers so again.

Kept are methods, paths, bodies and statuses; no header, and of a sign-in neither what was sent nor the token.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

SIGN_IN = "/token"
REDACTED = "REDACTED"


@dataclass(frozen=True)
class Exchange:
    """A request and its answer."""

    method: str
    target: str
    sent: str
    status: int
    answer: str


Answering = Callable[[str, str, bytes, dict[str, str]], tuple[int, bytes]]


@contextmanager
def answering(answer: Answering) -> Iterator[str]:
    """Serves on loopback; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            status, content = answer(self.command, self.path, body, dict(self.headers.items()))
            self.send_response(status)
            self.send_header("content-type", "application/json; charset=utf-8")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_PATCH = do_PUT = do_DELETE = do_GET

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def recording(target: str, exchanges: list[Exchange]) -> Iterator[str]:
    """A proxy before a PSA, which notes what goes through."""
    guard = threading.Lock()

    def answer(method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        kept = {name: value for name, value in headers.items() if name.lower() not in ("host", "accept-encoding")}
        connection = http.client.HTTPConnection(urlsplit(target).netloc, timeout=30)
        connection.request(method, path, body, kept)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        with guard:
            exchanges.append(exchange(method, path, body, response.status, content))
        return response.status, content

    with answering(answer) as url:
        yield url


def exchange(method: str, path: str, body: bytes, status: int, content: bytes) -> Exchange:
    if not path.partition("?")[0].endswith(SIGN_IN):
        return Exchange(method, path, body.decode(), status, content.decode())
    token = {**json.loads(content), "access_token": REDACTED, "refresh_token": REDACTED}
    return Exchange(method, path, REDACTED, status, json.dumps(token))


@contextmanager
def replaying(exchanges: list[Exchange]) -> Iterator[str]:
    """A server that answers as was recorded: the same request by the next of its answers, or the last; else 501."""
    left, guard = list(exchanges), threading.Lock()

    def answer(method: str, path: str, body: bytes, _: dict[str, str]) -> tuple[int, bytes]:
        sent = REDACTED if path.partition("?")[0].endswith(SIGN_IN) else body.decode()
        with guard:
            same = [one for one in left if (one.method, one.target, one.sent) == (method, path, sent)]
            if not same:
                return 501, json.dumps({"errors": [f"{method} {path} was not recorded: {sent}"]}).encode()
            if len(same) > 1:
                left.remove(same[0])
        return same[0].status, same[0].answer.encode()

    with answering(answer) as url:
        yield url


def written(exchanges: list[Exchange]) -> list[dict[str, object]]:
    """As it is kept."""
    return [asdict(one) for one in exchanges]
