"""The server over HTTP: for whoever knows the token, on loopback unless somebody says where else it is reached."""

from __future__ import annotations

import hmac
import ipaddress
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final, Self, TypeAlias

import anyio
import uvicorn
from mcp.server.transport_security import TransportSecuritySettings
from starlette.responses import PlainTextResponse

from anypsa import ConfigurationError
from anypsa.origins import believed

from .server import connection, server

HOST: Final = "127.0.0.1"
PATH: Final = "/mcp"
TOKEN_BYTES: Final = 24
SHORTEST: Final = 24
"""A token that somebody chose has at least so many characters: anybody may try as many as he likes."""
LARGEST_REQUEST: Final = 1024 * 1024
MOST_SESSIONS: Final = 100
HERE: Final = ("127.0.0.1", "localhost", "[::1]")
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


@dataclass(frozen=True)
class Place:
    """Where the server listens, where clients reach it if not there, and what they have to bear."""

    host: str
    port: int
    url: str | None
    token: str
    chosen: bool

    @classmethod
    def checked(cls, host: str, port: int, url: str | None, token: str | None) -> Self:
        """The place; raises `ConfigurationError` for one that others reach and that is not guarded as it must be."""
        said = list(unguarded(host, url, token))
        if said:
            hint = "Give --url https://... and ANYPSA_MCP_TOKEN, and put a proxy that speaks TLS before it."
            raise ConfigurationError("serve MCP over HTTP", said=said, hint=hint)
        return cls(host, port, url, token or secrets.token_urlsafe(TOKEN_BYTES), token is not None)

    @property
    def security(self) -> TransportSecuritySettings:
        """The names and the pages that requests may come by: a page of another site must not reach what runs here."""
        hosts = [f"{name}:*" for name in HERE]
        origins = [f"http://{host}" for host in hosts]
        address = None if self.url is None else believed(self.url)
        if address is not None:
            shown = f"[{address.host}]" if ":" in address.host else address.host
            hosts += [shown, f"{shown}:{address.port}"]
            origins += [f"{address.scheme}://{shown}", f"{address.scheme}://{shown}:{address.port}"]
        return TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)


def unguarded(host: str, url: str | None, token: str | None) -> list[str]:
    """What is missing for others than this machine's users to reach the server, or wrong."""
    said = []
    if token is not None and (len(token) < SHORTEST or not token.isascii() or not token.isprintable()):
        said.append(f"ANYPSA_MCP_TOKEN wants at least {SHORTEST} characters, of ASCII alone")
    address = None if url is None else believed(url)
    if url is not None and (address is None or not address.is_guarded):
        said.append(f"the url {url!r} is no https address (http only on loopback)")
    if not is_loopback(host) and url is None:
        said.append(f"whoever reaches {host} comes by a name that has to be known: there is no url")
    if (url is not None or not is_loopback(host)) and token is None:
        said.append("others than this machine's users reach it, and ANYPSA_MCP_TOKEN is not set")
    return said


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches an address to listen on; a name may be anybody's, save one."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def bearers(application: Application, token: str) -> Application:
    """The application for requests that bear the token; anybody on this machine, or any web page, may send others."""
    wanted = f"Bearer {token}".encode()

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        given = dict(scope["headers"]).get(b"authorization", b"") if scope["type"] == "http" else wanted
        if hmac.compare_digest(given, wanted):
            await application(scope, receive, send)
        else:
            refusal = PlainTextResponse("the token is missing or wrong", 401, {"WWW-Authenticate": "Bearer"})
            await refusal(scope, receive, send)

    return guarded


async def serve(
    profile: str | None,
    adapter: str | None,
    policy: str,
    *,
    place: Place,
    tell: Callable[[str, Place], None],
    **settings: Any,
) -> None:
    """Serves until it is interrupted; tells the address once it listens."""
    async with connection(profile, adapter, policy, **settings) as psa:
        application = server(psa).streamable_http_app(
            streamable_http_path=PATH,
            max_request_body_size=LARGEST_REQUEST,
            max_sessions=MOST_SESSIONS,
            transport_security=place.security,
        )
        config = uvicorn.Config(
            bearers(application, place.token),
            host=place.host,
            port=place.port,
            log_level="warning",
            ws="none",
            server_header=False,
        )
        listening = Listening(config, lambda url: tell(url, place))
        try:
            await listening.serve()
        except anyio.get_cancelled_exc_class():
            # uvicorn gives its sockets back when it is interrupted, but not when its task is cancelled.
            with anyio.CancelScope(shield=True):
                await listening.shutdown()
            raise


class Listening(uvicorn.Server):
    """uvicorn's own, which says where it listens as soon as it does."""

    def __init__(self, config: uvicorn.Config, tell: Callable[[str], None]) -> None:
        super().__init__(config)
        self._tell = tell

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port, *_ = self.servers[0].sockets[0].getsockname()
            self._tell(f"http://{f'[{host}]' if ':' in host else host}:{port}{PATH}")
