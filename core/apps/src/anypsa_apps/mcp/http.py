"""The server over HTTP: on loopback only, for whoever knows the token."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

import anyio
import uvicorn
from starlette.responses import PlainTextResponse

from .server import connection, server

HOST: Final = "127.0.0.1"
PATH: Final = "/mcp"
TOKEN_BYTES: Final = 24
Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


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
    port: int,
    token: str | None,
    tell: Callable[[str, str], None],
    **settings: Any,
) -> None:
    """Serves until it is interrupted; tells the address and the token once it listens."""
    token = token or secrets.token_urlsafe(TOKEN_BYTES)
    async with connection(profile, adapter, policy, **settings) as psa:
        application = server(psa).streamable_http_app(streamable_http_path=PATH, host=HOST)
        config = uvicorn.Config(bearers(application, token), host=HOST, port=port, log_level="warning", ws="none")
        listening = Listening(config, lambda url: tell(url, token))
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
            _, port = self.servers[0].sockets[0].getsockname()
            self._tell(f"http://{HOST}:{port}{PATH}")
