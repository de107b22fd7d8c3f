"""Acts of a fault server: everything that a server, a proxy or the network does to one request. Facts about bytes;
nothing here opens a socket."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

MAINTENANCE: Final = "<html><head><title>Maintenance</title></head><body>We are back soon.</body></html>"
JSON: Final = "application/json"
EVERY: Final = 0.3
GZIP: Final = 16 + zlib.MAX_WBITS


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in: its bytes, and what they say. `connection` counts the connections of the server."""

    number: int
    connection: int
    method: str
    target: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    raw: bytes = field(repr=False)

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Line(Protocol):
    """The connection to whoever sent the request, as an act uses it."""

    def send(self, content: bytes) -> None:
        """Sends bytes at once."""

    def trickle(self, content: bytes, every: float) -> None:
        """Sends a byte each `every` seconds, until all is sent, the peer is gone or the server ends."""

    def wait(self, seconds: float) -> None:
        """Keeps silent, but not beyond the end of the server."""

    def close(self) -> None:
        """Closes in good order."""

    def reset(self) -> None:
        """Breaks the connection (RST)."""

    def forward(self, request: Received) -> bytes:
        """The whole answer of the server behind this one, as bytes."""


class Act(Protocol):
    """What is done to a request."""

    def play(self, request: Received, line: Line) -> None:
        """Does it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer in good order: `body` is bytes, a text or JSON. Names in `headers` may be given twice by a list.

    `then_close` closes the connection after it, without having said so, as servers do with idle ones.
    """

    body: Any = None
    status: int = 200
    headers: Mapping[str, str] | list[tuple[str, str]] = field(default_factory=dict)
    content_type: str = JSON
    then_close: bool = False

    @property
    def content(self) -> bytes:
        """The body's bytes."""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode()
        return b"" if self.body is None else json.dumps(self.body).encode()

    def head(self, *more: tuple[str, str]) -> bytes:
        """Status line and headers."""
        given = self.headers.items() if isinstance(self.headers, Mapping) else self.headers
        return head(self.status, ("content-type", self.content_type), *given, *more)

    def play(self, request: Received, line: Line) -> None:
        content = self.content
        line.send(self.head(("content-length", str(len(content)))) + content)
        if self.then_close:
            line.close()


def head(status: int, *headers: tuple[str, str]) -> bytes:
    """Status line and headers as bytes."""
    lines = [f"HTTP/1.1 {status} As Told", *(f"{name}: {value}" for name, value in headers)]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def html(status: int = 200) -> Answer:
    """A maintenance page, or a login page: 200 and not what was asked for."""
    return Answer(MAINTENANCE, status, content_type="text/html")


def redirect(location: str, status: int = 302) -> Answer:
    """Another address to ask."""
    return Answer(None, status, {"location": location})


def many_headers(count: int, body: Any = None) -> Answer:
    """An answer with so many headers."""
    return Answer(body, headers={f"x-{number}": "x" for number in range(count)})


def big_header(size: int = 200_000, body: Any = None) -> Answer:
    """An answer with one header of so many bytes."""
    return Answer(body, headers={"x-big": "x" * size})


def bomb(megabytes: int = 50) -> Answer:
    """So many megabytes of nothing, compressed to a thousandth."""
    packing, piece = zlib.compressobj(wbits=GZIP), bytes(2**20)
    content = b"".join([*(packing.compress(piece) for _ in range(megabytes)), packing.flush()])
    return Answer(content, headers={"content-encoding": "gzip"})


def garbled(coding: str = "deflate") -> Answer:
    """A body that says it is compressed, and is not."""
    return Answer(b"\x00garbage" * 8, headers={"content-encoding": coding})


def truncated_json(body: Any) -> Answer:
    """The first half of a JSON text, as a whole answer of the right length."""
    content = Answer(body).content
    return Answer(content[: len(content) // 2])


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection breaks before any byte of an answer."""

    def play(self, request: Received, line: Line) -> None:
        line.reset()


@dataclass(frozen=True, slots=True)
class Close:
    """The connection is closed in good order, without an answer."""

    def play(self, request: Received, line: Line) -> None:
        line.close()


@dataclass(frozen=True, slots=True)
class Hang:
    """Silence for so many seconds, then the connection is closed."""

    seconds: float = 60.0

    def play(self, request: Received, line: Line) -> None:
        line.wait(self.seconds)
        line.close()


@dataclass(frozen=True, slots=True)
class Slow:
    """A byte each `every` seconds: of the header, or (the header came at once) of the body."""

    of: Answer
    every: float = EVERY
    header: bool = False

    def play(self, request: Received, line: Line) -> None:
        content = self.of.content
        start = self.of.head(("content-length", str(len(content))))
        if self.header:
            line.trickle(start + content, self.every)
            return
        line.send(start)
        line.trickle(content, self.every)


@dataclass(frozen=True, slots=True)
class Cut:
    """Half of an answer, then the end: `how` is "reset" or "close", `chunked` sends it in chunks without a length."""

    of: Answer
    how: str = "close"
    chunked: bool = False

    def play(self, request: Received, line: Line) -> None:
        content = self.of.content
        half = content[: len(content) // 2]
        if self.chunked:
            line.send(self.of.head(("transfer-encoding", "chunked")) + b"%x\r\n%b\r\n" % (len(half), half))
        else:
            line.send(self.of.head(("content-length", str(len(content)))) + half)
        line.reset() if self.how == "reset" else line.close()


@dataclass(frozen=True, slots=True)
class Raw:
    """These very bytes, then the connection is closed."""

    content: bytes

    def play(self, request: Received, line: Line) -> None:
        line.send(self.content)
        line.close()


@dataclass(frozen=True, slots=True)
class Forward:
    """The answer of the server behind, as it is; `lose` lets it act and then breaks the connection instead of answering,
    `share` of it is passed on before that."""

    lose: bool = False
    share: float = 0.0

    def play(self, request: Received, line: Line) -> None:
        answer = line.forward(request)
        if not self.lose:
            line.send(answer)
            return
        line.send(answer[: int(len(answer) * self.share)])
        line.reset()
