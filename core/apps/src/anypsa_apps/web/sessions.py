"""Sessions: kept here and named by a cookie that tells nothing. They end with the process, and after an hour."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LIFETIME: Final = 3600.0
MOST: Final = 10_000
"""So many at once: whoever opens more than that ends the oldest."""
BITS: Final = 256
ROTATE: Final = "rotate"
"""Under this name a session asks for another cookie: before and after somebody signed in it is not the same."""


class Sessions:
    """Gives each request its session."""

    def __init__(self, app: ASGIApp, *, secure: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._name = "__Host-anypsa" if secure else "anypsa"
        self._secure = secure
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, dict[str, Any]]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        name = Request(scope).cookies.get(self._name)
        session = self._of(name)
        scope["session"] = session

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start" and session:
                kept = self._keep(name, session)
                if kept != name:
                    MutableHeaders(scope=message).append("set-cookie", self._cookie(kept))
            await send(message)

        await self._app(scope, receive, sent)

    def _of(self, name: str | None) -> dict[str, Any]:
        """A copy of what is kept: a request that fails leaves it as it was."""
        until, held = self._kept.get(name or "", (0.0, {}))
        return dict(held) if self._clock() < until else {}

    def _keep(self, name: str | None, session: dict[str, Any]) -> str:
        rotate = session.pop(ROTATE, False)
        if name is None or name not in self._kept or rotate:
            self._kept.pop(name or "", None)
            name = secrets.token_urlsafe(BITS // 8)
        until = self._kept.pop(name, (self._clock() + LIFETIME, {}))[0]
        self._kept[name] = (until, dict(session))
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)
        return name

    def _cookie(self, name: str) -> str:
        secure = "; Secure" if self._secure else ""
        return f"{self._name}={name}; Path=/; HttpOnly; SameSite=Lax{secure}"
