"""The network below the HTTP client: a pool whose every wait ends at the deadline, and how far a request came.

The client's time-outs start anew with each byte that trickles in, in the header as in the body. The awaiting wire
cuts an exchange by cancelling it; sockets that block are cut here.
"""

from __future__ import annotations

import select
import socket
import ssl
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final

import anyio
import httpcore2

from .base import Sent
from .deadline import FOREVER, until

# A slice fits into what the kernel takes at once, so that each wait for a peer that reads slowly is a new one here.
SLICE: Final = 16 * 1024
PIECE: Final = 256 * 1024
"""The pool asks for 64 kB at a time, each of which passes through all its layers; a page of a list may have 1.3 MB."""


class Progress:
    """How far one request came: what the pool tells through its `trace` extension.

    The pool replaces an idle connection that the vendor closed, before anything is sent on it. When it notices too
    late, only the connection's refusal of the very head of the request proves that the vendor did not get it.
    """

    def __init__(self) -> None:
        self.sent = Sent.NO

    def __call__(self, event: str, details: Mapping[str, Any]) -> None:
        """Takes note of an event."""
        match event:
            case "http11.send_request_headers.started":
                self.sent = Sent.MAYBE
            case "http11.send_request_headers.failed" if isinstance(details["exception"], httpcore2.WriteError):
                self.sent = Sent.NO
            case "proxy.start_tls.started":
                self.sent = Sent.NO  # what was sent before went to the proxy

    async def awaited(self, event: str, details: Mapping[str, Any]) -> None:
        """The same, for the awaiting pool."""
        self(event, details)


class DeadlineStream(httpcore2.NetworkStream):
    """A socket whose every wait ends at the deadline."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max(max_bytes, PIECE), left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), SLICE):
            self._stream.write(buffer[start : start + SLICE], left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        limit = left(timeout, httpcore2.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, limit))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class DeadlineBackend(httpcore2.NetworkBackend):
    """The blocking backend of the pool, with deadlines. Name resolution alone cannot be cut short."""

    def __init__(self) -> None:
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        failed: Exception = httpcore2.ConnectError("the name has no address")
        # One by one, since a connection to a name would grant the whole time-out to each of its addresses.
        for address in addresses(host, port):
            try:
                limit = left(timeout, httpcore2.ConnectTimeout)
                return DeadlineStream(self._backend.connect_tcp(address, port, limit, local_address, socket_options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
        raise failed


class CancellableStream(httpcore2.AsyncNetworkStream):
    """An awaited socket that is closed when its handshake is cancelled; the pool's own is left to the garbage collector."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self._stream = stream
        self._socket = stream.get_extra_info("socket")

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._stream.read(max(max_bytes, PIECE), timeout)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        try:
            return CancellableStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))
        except BaseException:
            with anyio.CancelScope(shield=True):
                await self._stream.aclose()
            raise

    def get_extra_info(self, info: str) -> Any:
        # Asked twice before each request; the stream would look up the peer's address for it each time.
        return readable(self._socket) if info == "is_readable" else self._stream.get_extra_info(info)


class CancellableBackend(httpcore2.AsyncNetworkBackend):
    """The awaiting backend of the pool, whose sockets are closed wherever they are cancelled."""

    def __init__(self) -> None:
        self._backend = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        return CancellableStream(await self._backend.connect_tcp(host, port, timeout, local_address, socket_options))


def readable(connection: socket.socket) -> bool:
    """Whether there is something to read, the end included; so it is with a socket that is closed."""
    number = connection.fileno()
    if number < 0:
        return True
    if sys.platform == "win32":
        return bool(select.select([number], [], [], 0)[0])
    waiting = select.poll()
    waiting.register(number, select.POLLIN)
    return bool(waiting.poll(0))


def addresses(host: str, port: int) -> list[str]:
    """The addresses of a name, in the order in which to try them."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore2.ConnectError(error) from error
    return [str(address[0]) for *_, address in found]


def left(timeout: float | None, error: type[Exception]) -> float | None:
    """The time-out of one wait, cut down to what the deadline leaves."""
    moment = until()
    if moment == FOREVER:
        return timeout
    seconds = moment - time.monotonic()
    if seconds <= 0:
        raise error("the deadline passed")
    return seconds if timeout is None else min(timeout, seconds)
