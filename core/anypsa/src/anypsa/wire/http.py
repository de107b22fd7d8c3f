"""HTTP: the one module that imports the HTTP client and opens sockets; imported by the first wire that is made.

Transports are used without a client on top: no cookies, no redirects, no environment, nothing remembered between
tenants. The client is httpx2, httpx in its maintained line (docs/decisions/0001).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager
from functools import cache, partial
from typing import Any, Final, cast

import httpcore2
import httpx2

from ..secrecy import Sealed
from .base import ExchangeFailed, Incoming, Outgoing, PeerDistrusted, Sent
from .channel import Channel
from .collecting import CODINGS, Collector
from .network import CancellableBackend, DeadlineBackend, Progress, left
from .pools import EACH, KEPT_ALIVE, AwaitingPools, BlockingPools

WAITS: Final = ("connect", "read", "write", "pool")
"""What the client's time-outs are for."""


def trusted(ca_bundle: str | None) -> ssl.SSLContext:
    """TLS settings with the operating system's certificates, or those of a bundle."""
    return system() if ca_bundle is None else ssl.create_default_context(cafile=ca_bundle)


@cache
def system() -> ssl.SSLContext:
    """TLS settings with the operating system's certificates, shared by all connections of the process: to read them
    takes 35 ms and 0.8 MB, which a hundred tenants would pay a hundred times."""
    return httpx2.create_ssl_context(trust_env=False)


def proxied(channel: Channel) -> httpcore2.Proxy | None:
    """The proxy as the pool wants it."""
    if channel.proxy is None:
        return None
    proxy = httpx2.Proxy(channel.proxy)
    return httpcore2.Proxy(str(proxy.url), proxy.raw_auth)


def request_of(channel: Channel, outgoing: Outgoing, trace: Callable[..., Any]) -> httpx2.Request:
    """The request as the transport wants it."""
    headers = Sealed({"accept-encoding": ", ".join(CODINGS), "user-agent": "anypsa", **outgoing.headers})
    return httpx2.Request(
        outgoing.method,
        outgoing.url,
        headers=headers,
        content=outgoing.content,
        extensions={"timeout": dict.fromkeys(WAITS, channel.timeout), "trace": trace},
    )


@contextmanager
def failures(progress: Progress) -> Iterator[None]:
    """The transport's errors as `ExchangeFailed`, without addresses or secrets."""
    try:
        yield
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
        if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes(error)):
            raise PeerDistrusted("the certificate of the vendor's server is not trusted", Sent.NO) from None
        raise ExchangeFailed(reason(error), progress.sent) from None


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came from: the pool hides the socket's own, but does not lose it."""
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def reason(error: Exception) -> str:
    """What went wrong, in words that show no URL: the client's own texts may quote one with its query."""
    words = REASONS.get(type(error), "the connection failed")
    told = next((cause.strerror for cause in causes(error) if isinstance(cause, OSError) and cause.strerror), None)
    return f"{words} ({told})" if told else words


REASONS: Final[dict[type[Exception], str]] = {
    httpx2.ConnectError: "no connection could be made",
    httpx2.ConnectTimeout: "no connection could be made in time",
    httpx2.ReadTimeout: "the vendor did not answer in time",
    httpx2.WriteTimeout: "the vendor did not take the request in time",
    httpx2.ReadError: "the connection broke while the answer was awaited",
    httpx2.WriteError: "the connection broke while the request was sent",
    httpx2.RemoteProtocolError: "the vendor closed the connection or did not speak HTTP",
    httpx2.ProxyError: "the proxy refused",
}


def collector(response: httpx2.Response) -> Collector:
    """What gathers an answer; raises `AnswerRefused` for one that is beyond the caps by its headers alone."""
    codings = response.headers.get_list("content-encoding", split_commas=True)
    return Collector(len(response.headers.raw), codings)


def incoming(response: httpx2.Response, collected: Collector) -> Incoming:
    """The answer, whole."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Incoming(response.status_code, headers, collected.content())


def pooled(channel: Channel, context: ssl.SSLContext) -> dict[str, Any]:
    """What both wires tell their pools."""
    return {
        "ssl_context": context,
        "proxy": proxied(channel),
        "max_connections": EACH,
        "keepalive_expiry": KEPT_ALIVE,
    }


class BlockingTransport(httpx2.HTTPTransport):
    """httpx2's transport over pools whose sockets know the deadline."""

    def __init__(self, channel: Channel) -> None:
        context = channel.context()
        super().__init__(verify=context, trust_env=False)
        # The transport takes no network backend, its pool does; a subclass keeps vcrpy's hook on handle_request.
        made = {**pooled(channel, context), "network_backend": DeadlineBackend()}
        self._pool = cast("httpcore2.ConnectionPool", BlockingPools(partial(httpcore2.ConnectionPool, **made)))


class BlockingHTTP:
    """Exchanges on sockets that block."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._transport = BlockingTransport(channel)

    def exchange(self, outgoing: Outgoing) -> Incoming:
        progress = Progress()
        with failures(progress):
            request = request_of(self._channel, outgoing, progress)
            request.extensions["timeout"]["pool"] = left(self._channel.timeout, httpx2.PoolTimeout)
            response = self._transport.handle_request(request)
            try:
                collected = collector(response)
                for chunk in response.iter_raw():
                    collected.add(chunk)
                return incoming(response, collected)
            finally:
                response.close()

    def close(self) -> None:
        self._transport.close()


class AwaitingTransport(httpx2.AsyncHTTPTransport):
    """httpx2's transport over pools whose answers may be left before their end."""

    def __init__(self, channel: Channel) -> None:
        context = channel.context()
        super().__init__(verify=context, trust_env=False)
        made = {**pooled(channel, context), "network_backend": CancellableBackend()}
        pools = AwaitingPools(partial(httpcore2.AsyncConnectionPool, **made))
        self._pool = cast("httpcore2.AsyncConnectionPool", pools)


class AwaitingHTTP:
    """Exchanges on sockets that are awaited; the awaiting wire cuts them at the deadline by cancelling."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._transport = AwaitingTransport(channel)

    def progress(self) -> Progress:
        """What tells how far one request came, if it comes to no answer."""
        return Progress()

    async def exchange(self, outgoing: Outgoing, progress: Progress) -> Incoming:
        with failures(progress):
            response = await self._transport.handle_async_request(request_of(self._channel, outgoing, progress.awaited))
            try:
                collected = collector(response)
                async with aclosing(response.aiter_raw()) as chunks:
                    async for chunk in chunks:
                        collected.add(chunk)
                return incoming(response, collected)
            finally:
                await response.aclose()

    async def close(self) -> None:
        await self._transport.aclose()
