"""HTTP: the one module that imports the HTTP client and opens sockets.

Transports are used without a client on top: no cookies, no redirects, no environment, nothing remembered between
tenants. The client is httpx2, httpx in its maintained line (docs/decisions/0001).
"""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpcore2
import httpx2

from ..secrecy import Sealed
from .base import ExchangeFailed, Incoming, Outgoing, Sent
from .deadline import FOREVER, until

MAX_CONTENT: Final = 32 * 1024 * 1024
MAX_HEADERS: Final = 100
# Of these it is certain that not a byte of the request reached the vendor.
UNSENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
    httpx2.LocalProtocolError,
)


@dataclass(frozen=True, slots=True)
class Channel:
    """How connections are made: the same for both wires."""

    timeout: float = 30.0
    proxy: str | None = field(default=None, repr=False)  # may hold a password
    ca_bundle: str | None = None

    def context(self) -> ssl.SSLContext:
        """The TLS settings; certificates come from the operating system unless a bundle is named."""
        if self.ca_bundle is not None:
            return ssl.create_default_context(cafile=self.ca_bundle)
        return httpx2.create_ssl_context(trust_env=False)

    def request(self, outgoing: Outgoing) -> httpx2.Request:
        """The request as the transport wants it."""
        timeouts = httpx2.Timeout(self.timeout).as_dict()
        headers = Sealed({"accept-encoding": "gzip, deflate", "user-agent": "anypsa", **outgoing.headers})
        return httpx2.Request(
            outgoing.method,
            outgoing.url,
            headers=headers,
            content=outgoing.content,
            extensions={"timeout": timeouts},
        )


@contextmanager
def failures() -> Iterator[None]:
    """The transport's errors as `ExchangeFailed`, without addresses or secrets."""
    try:
        yield
    except UNSENT as error:
        raise ExchangeFailed(reason(error), Sent.NO) from None
    except httpx2.TimeoutException as error:
        raise ExchangeFailed(reason(error), Sent.MAYBE) from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        raise ExchangeFailed(reason(error), Sent.MAYBE) from None


def reason(error: Exception) -> str:
    """What went wrong, in words that show no URL: the client's own texts may quote one with its query."""
    words = REASONS.get(type(error), "the connection failed")
    cause = error.__cause__.__cause__ if error.__cause__ is not None else None
    return f"{words} ({cause})" if isinstance(cause, OSError) and cause.strerror else words


REASONS: Final[dict[type[Exception], str]] = {
    httpx2.ConnectError: "no connection could be made",
    httpx2.ConnectTimeout: "no connection could be made in time",
    httpx2.ReadTimeout: "the vendor did not answer in time",
    httpx2.WriteTimeout: "the vendor did not take the request in time",
    httpx2.ReadError: "the connection broke while the answer was awaited",
    httpx2.WriteError: "the connection broke while the request was sent",
    httpx2.RemoteProtocolError: "the vendor closed the connection or did not speak HTTP",
    httpx2.DecodingError: "the answer could not be decompressed",
    httpx2.ProxyError: "the proxy refused",
}


class Collector:
    """Gathers an answer's content and stops when it grows beyond what any honest answer is."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self._chunks: list[bytes] = []
        self._size = 0
        if len(response.headers) > MAX_HEADERS:
            raise ExchangeFailed(f"the answer has more than {MAX_HEADERS} headers", Sent.MAYBE)

    def add(self, chunk: bytes) -> None:
        self._size += len(chunk)
        if self._size > MAX_CONTENT:
            raise ExchangeFailed(f"the answer is larger than {MAX_CONTENT // 2**20} MB", Sent.MAYBE)
        self._chunks.append(chunk)

    def incoming(self) -> Incoming:
        headers = {name.lower(): value for name, value in self._response.headers.items()}
        return Incoming(self._response.status_code, headers, b"".join(self._chunks))


class DeadlineStream(httpcore2.NetworkStream):
    """A socket whose every wait ends at the deadline: time-outs alone start anew with each byte that trickles in."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, left(timeout, httpcore2.WriteTimeout))

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
        limit = left(timeout, httpcore2.ConnectTimeout)
        return DeadlineStream(self._backend.connect_tcp(host, port, limit, local_address, socket_options))


def left(timeout: float | None, error: type[Exception]) -> float | None:
    """The time-out of one wait, cut down to what the deadline leaves."""
    moment = until()
    if moment == FOREVER:
        return timeout
    seconds = moment - time.monotonic()
    if seconds <= 0:
        raise error("the deadline passed")
    return seconds if timeout is None else min(timeout, seconds)


class BlockingTransport(httpx2.HTTPTransport):
    """httpx2's transport over a pool whose sockets know the deadline."""

    def __init__(self, channel: Channel) -> None:
        context = channel.context()
        super().__init__(
            verify=context, trust_env=False, proxy=channel.proxy, limits=httpx2.Limits(max_connections=100)
        )
        if channel.proxy is None:
            # The transport takes no network backend, its pool does; a subclass keeps vcrpy's hook on handle_request.
            self._pool = httpcore2.ConnectionPool(
                ssl_context=context, max_connections=100, network_backend=DeadlineBackend()
            )


class BlockingHTTP:
    """Exchanges on sockets that block."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._transport = BlockingTransport(channel)

    def exchange(self, outgoing: Outgoing) -> Incoming:
        with failures():
            response = self._transport.handle_request(self._channel.request(outgoing))
            try:
                collector = Collector(response)
                for chunk in response.iter_bytes():
                    collector.add(chunk)
                return collector.incoming()
            finally:
                response.close()

    def close(self) -> None:
        self._transport.close()


class AwaitingHTTP:
    """Exchanges on sockets that are awaited; the awaiting wire cuts them at the deadline by cancelling."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._transport = httpx2.AsyncHTTPTransport(
            verify=channel.context(), trust_env=False, proxy=channel.proxy, limits=httpx2.Limits(max_connections=100)
        )

    async def exchange(self, outgoing: Outgoing) -> Incoming:
        with failures():
            response = await self._transport.handle_async_request(self._channel.request(outgoing))
            try:
                collector = Collector(response)
                chunks: AsyncIterator[bytes] = response.aiter_bytes()
                async for chunk in chunks:
                    collector.add(chunk)
                return collector.incoming()
            finally:
                await response.aclose()

    async def close(self) -> None:
        await self._transport.aclose()
