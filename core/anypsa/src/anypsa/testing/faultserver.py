"""The fault server: a server of raw sockets, on loopback, that does to each request what a script says.

It stands alone, or before another server whose answers it passes on where the script has nothing to say.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections import deque
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from .faults import Act, Answer, Forward, Received

HOST: Final = "127.0.0.1"
Script = Callable[[Received], Act | None]
END_OF_HEAD: Final = b"\r\n\r\n"
# Longest silence that is waited for in a connection; a test that forgets one does not last for ever.
IDLE: Final = 60.0
# Waiting for the server ends well before its connections end by themselves.
PATIENCE: Final = 20.0


class Gone(Exception):
    """The other side closed the connection."""


class FaultServer:
    """`with FaultServer(script) as server:` serves at `server.url`, and `server.requests` holds all that came in.

    `script` gets each request and returns an act of `anypsa.testing.faults`, or None for the ordinary answer: that of
    the server at `before`, if there is one, else 404. `next` puts acts in front, for the requests to come. `tls` is
    the context of a server that speaks TLS.
    """

    def __init__(
        self, script: Script | None = None, *, before: str | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        self.requests: list[Received] = []
        self.ending = threading.Event()
        self.connections = 0
        self._script = script
        self._before = before
        self._tls = tls
        self._queue: deque[Act] = deque()
        self._changed = threading.Condition()
        self._lines: set[SocketLine] = set()
        self._threads: list[threading.Thread] = []
        self._listening: socket.socket | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http{'s' if self._tls else ''}://{HOST}:{self._port}"

    @property
    def open_connections(self) -> int:
        """How many connections are open now, as far as the server knows."""
        return len(self._lines)

    def next(self, *acts: Act) -> None:
        """What to do to the next requests, one act each, before the script is asked again."""
        self._queue.extend(acts)

    def sent(self, method: str = "", target: str = "") -> list[Received]:
        """The requests of a method to a target that contains these words, without case."""
        return [
            one for one in self.requests if method in ("", one.method) and target.casefold() in one.target.casefold()
        ]

    def arrived(self, count: int) -> None:
        """Waits until so many requests came in; raises TimeoutError."""
        self._until(lambda: len(self.requests) >= count)

    def settled(self) -> None:
        """Waits until every request is dealt with, and every connection closed that was to be; raises TimeoutError."""
        self._until(lambda: not any(line.busy or line.closed for line in tuple(self._lines)))

    def deserted(self) -> None:
        """Waits until no connection is open that was opened; raises TimeoutError."""
        self._until(lambda: self.connections > 0 and not self._lines)

    def _until(self, done: Callable[[], bool]) -> None:
        with self._changed:
            if not self._changed.wait_for(done, timeout=PATIENCE):
                raise TimeoutError("the fault server waited in vain")

    @contextlib.contextmanager
    def refusing(self) -> Iterator[None]:
        """Meanwhile nobody listens: connections are refused, and those there were are closed."""
        self._stop()
        try:
            yield
        finally:
            self._start()

    def hang_up(self) -> None:
        """Closes all connections as a server does that finds them idle for too long."""
        for line in list(self._lines):
            line.close()

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.ending.set()
        self._stop()
        for thread in self._threads:
            thread.join(timeout=10)

    def _start(self) -> None:
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, self._port))
        listening.listen(256)
        self._port = listening.getsockname()[1]
        self._listening = listening
        self._run(self._accept, listening)

    def _stop(self) -> None:
        if self._listening is not None:
            # A thread that waits in accept() is woken by a shutdown, and by nothing else on every system.
            with contextlib.suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        self.hang_up()

    def _run(self, work: Callable[..., None], *given: object) -> None:
        thread = threading.Thread(target=work, args=given, name="fault server", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            self.connections += 1
            self._run(self._serve, connection, self.connections)

    def _serve(self, connection: socket.socket, number: int) -> None:
        connection.settimeout(IDLE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError, Gone):
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
            line = SocketLine(self, connection, self._before)
            self._lines.add(line)
            try:
                while not line.closed:
                    self._act(self._received(line, number), line)
            finally:
                line.close()
                connection.close()
                with self._changed:
                    self._lines.discard(line)
                    self._changed.notify_all()
        connection.close()

    def _received(self, line: SocketLine, connection: int) -> Received:
        raw, method, target, headers = line.read_head()
        body = line.read(int(headers.get("content-length", 0)))
        with self._changed:
            line.busy = True
            received = Received(len(self.requests) + 1, connection, method, target, headers, body, raw + body)
            self.requests.append(received)
            self._changed.notify_all()
        return received

    def _act(self, request: Received, line: SocketLine) -> None:
        act = self._queue.popleft() if self._queue else self._script(request) if self._script else None
        if act is None:
            act = Answer({"error": "the script has no answer"}, 404) if self._before is None else Forward()
        try:
            act.play(request, line)
        finally:
            with self._changed:
                line.busy = False
                self._changed.notify_all()


class SocketLine:
    """One connection; see `Line`."""

    def __init__(self, server: FaultServer, connection: socket.socket, before: str | None) -> None:
        self._server = server
        self._socket = connection
        self._before = before
        self._waiting = b""
        self.busy = False
        self.closed = False

    def read_head(self) -> tuple[bytes, str, str, dict[str, str]]:
        """The head of the next request, as bytes and taken apart."""
        while END_OF_HEAD not in self._waiting:
            self._more()
        head, _, self._waiting = self._waiting.partition(END_OF_HEAD)
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ", 2)
        named = (line.partition(":") for line in lines)
        return head + END_OF_HEAD, method, target, {name.strip().lower(): value.strip() for name, _, value in named}

    def read(self, size: int) -> bytes:
        """So many bytes of a body."""
        while len(self._waiting) < size:
            self._more()
        content, self._waiting = self._waiting[:size], self._waiting[size:]
        return content

    def _more(self) -> None:
        received = self._socket.recv(65536)
        if not received:
            raise Gone
        self._waiting += received

    def send(self, content: bytes) -> None:
        self._socket.sendall(content)

    def trickle(self, content: bytes, every: float) -> None:
        for place in range(len(content)):
            if self.closed or self._server.ending.wait(every):
                raise Gone
            self.send(content[place : place + 1])

    def wait(self, seconds: float) -> None:
        self._server.ending.wait(seconds)

    def close(self) -> None:
        self.closed = True
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def reset(self) -> None:
        self.closed = True
        # With no time to linger the kernel sends RST, where a plain close would send FIN.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()

    def forward(self, request: Received) -> bytes:
        if self._before is None:
            raise Gone
        there = urlsplit(self._before)
        head, _, body = request.raw.partition(END_OF_HEAD)
        with socket.create_connection((there.hostname or HOST, there.port or 80), timeout=IDLE) as onward:
            # Closed by the other server after its answer, which then ends where its bytes end.
            onward.sendall(head + b"\r\nconnection: close" + END_OF_HEAD + body)
            answer = b"".join(iter(lambda: onward.recv(65536), b""))
        return own(answer, self._before.encode(), self._server.url.encode())


def own(answer: bytes, theirs: bytes, ours: bytes) -> bytes:
    """The answer with the other server's address as ours, as a reverse proxy has it, and fit for keeping alive."""
    head, _, body = answer.partition(END_OF_HEAD)
    body = body.replace(theirs, ours)
    dropped = (b"connection:", b"content-length:")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(dropped)]
    return b"\r\n".join([*lines, b"content-length: %d" % len(body)]) + END_OF_HEAD + body
