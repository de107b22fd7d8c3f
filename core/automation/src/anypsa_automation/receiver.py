"""The receiver: an ASGI application that takes vendors' webhooks in. All it does is prove one, keep it, and answer.

What is not proved is 401, what is too large 413, what dawdles 408, and none of it is parsed; 2xx is only said of what is
durable; while the store cannot be used it is 503, and the sender tries again. The address of a request may hold a secret: it is logged
nowhere, not even in part.
"""

from __future__ import annotations

import copy
import logging
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeAlias

import anyio
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from anypsa import (
    AsyncPsa,
    ConfigurationError,
    Delivery,
    Heard,
    Problem,
    Psa,
    PSAError,
    StateUnavailable,
    Trust,
    Unintelligible,
    Wakeup,
)

from .rows import utc_now
from .state import State

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

LOG: Final = logging.getLogger("anypsa.events")
LARGEST: Final = 1024 * 1024
PATIENCE: Final = 10.0
"""Seconds that a body may take to arrive; vendors want an answer within a second or a few."""
SELDOM: Final = timedelta(seconds=5)
"""What anybody may cause is written down so often and no more."""
CONNECTED: Final = "connected"
RENEWED: Final = timedelta(seconds=1)
"""What proves deliveries is asked for again so often and no more, since anybody may cause that too."""
ALARM: Final = "alarm"
REFUSED: Final = "refused"
Now: TypeAlias = Callable[[], datetime]


@dataclass(frozen=True)
class Hook:
    """Where one tenant's webhooks come in, `/<name>`, and what proves them.

    Of the connection only the tenant and the vendor's ways are used: nothing is sent. `renew` tells what proves them by
    now; it is asked when one is not proved, seldom, so that a secret can be rotated while we receive.
    """

    name: str
    psa: Psa | AsyncPsa = field(repr=False)
    trust: Trust
    renew: Callable[[], Trust] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", self.name):
            problem = Problem("name", "wants 1 to 64 letters, digits, dashes or underscores")
            raise ConfigurationError("receive webhooks", problems=[problem])
        self.psa.deliveries.genuine(
            Delivery(b""), self.trust
        )  # an unknown way is told now, not with the first delivery


class Counter:
    """Counts what anybody may cause, and writes the counts down seldom."""

    def __init__(self, state: State, now: Now) -> None:
        self._state = state
        self._now = now
        self._counts: dict[tuple[str, str], int] = {}
        self._written: dict[tuple[str, str], datetime] = {}

    async def count(self, tenant: str, what: str) -> None:
        """Counts one."""
        key, now = (tenant, what), self._now()
        self._counts[key] = self._counts.get(key, 0) + 1
        last = self._written.get(key)
        if last is not None and abs(now - last) < SELDOM:  # a clock may be put back
            return
        self._written[key] = now
        try:
            await run_in_threadpool(self._state.inbox.note, tenant, what, now, self._counts.pop(key))
        except StateUnavailable:
            LOG.warning("a count of %s could not be written down", what)


@dataclass
class Arrived:
    """A delivery that is to be kept, and what became of it."""

    tenant: str
    wakeups: Sequence[Wakeup]
    moment: datetime
    kept: bool = False
    failure: StateUnavailable | None = None


class Keeper:
    """Keeps deliveries that come at the same time in one transaction, since each waits for the disk. Whoever comes first
    writes for all who wait, on one thread; nobody waits longer than for the one before and his own."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._waiting: list[Arrived] = []
        self._writing = anyio.Lock()

    async def keep(self, arrived: Arrived) -> None:
        """Returns when it is durable; raises `StateUnavailable`."""
        self._waiting.append(arrived)
        async with self._writing:
            if not arrived.kept and arrived.failure is None:
                batch, self._waiting = self._waiting, []
                await run_in_threadpool(self._write, batch)
        if arrived.failure is not None:
            raise copy.copy(arrived.failure) from arrived.failure
        if not arrived.kept:  # whoever wrote for us was ended by something else
            raise StateUnavailable("keep a delivery")

    def _write(self, batch: Sequence[Arrived]) -> None:
        try:
            self._state.inbox.add_all([(one.tenant, one.wakeups, one.moment) for one in batch])
        except StateUnavailable as failure:
            for one in batch:
                one.failure = failure
        else:
            for one in batch:
                one.kept = True


class Receiver:
    """The ASGI application: mount it (`app.mount("/hooks", Receiver(state, hooks))`), or run `anypsa events serve`.

    GET on an address says that we are there; `/<name>/alarm` is where a vendor says that it gives up, which is shown to
    people and believed by nobody.
    """

    def __init__(
        self,
        state: State,
        hooks: Iterable[Hook],
        *,
        largest: int = LARGEST,
        patience: float = PATIENCE,
        now: Now = utc_now,
    ) -> None:
        self._state = state
        self._hooks = {hook.name: hook for hook in hooks}
        self._largest = largest
        self._patience = patience
        self._now = now
        self._counter = Counter(state, now)
        self._keeper = Keeper(state)
        self._renewed: dict[str, tuple[datetime, Trust]] = {}
        routes = [
            Route("/{name}", self._ready, methods=["GET"]),
            Route("/{name}", self._deliver, methods=["POST"]),
            Route("/{name}/alarm", self._alarm, methods=["POST"]),
        ]
        self._app = Starlette(routes=routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    async def _ready(self, request: Request) -> Response:
        """A ping; or a callout that brings all it has to say in its address."""
        hook = self._hook(request)
        if hook is None:
            return said(404)
        delivery = self._delivery(request, b"")
        if hook.trust.way == "secret" and delivery.parameter("secret") is not None:
            return await self._taken(hook, delivery)
        await self._counter.count(hook.psa.tenant, CONNECTED)
        return PlainTextResponse(CONNECTED)

    async def _deliver(self, request: Request) -> Response:
        hook = self._hook(request)
        if hook is None:
            return said(401)
        try:
            with anyio.fail_after(self._patience):
                body = await self._body(request)
        except ClientDisconnect:
            return said(400)  # to nobody
        except TimeoutError:
            return said(408)
        return said(413) if body is None else await self._taken(hook, self._delivery(request, body))

    async def _alarm(self, request: Request) -> Response:
        hook = self._hook(request)
        if hook is None:
            return said(401)
        LOG.warning("somebody says that the webhook %s was deactivated: look at it in the PSA", hook.name)
        await self._counter.count(hook.psa.tenant, ALARM)
        return said(204)

    def _hook(self, request: Request) -> Hook | None:
        return self._hooks.get(request.path_params["name"])

    async def _body(self, request: Request) -> bytes | None:
        """The body as it comes; None once it is larger than any that is meant for us."""
        told = request.headers.get("content-length", "0")
        if told.isascii() and told.isdecimal() and len(told) > len(str(self._largest)):
            return None
        parts, size = [], 0
        async for part in request.stream():
            size += len(part)
            if size > self._largest:
                return None
            parts.append(part)
        return b"".join(parts)

    @staticmethod
    def _delivery(request: Request, body: bytes) -> Delivery:
        return Delivery(body, request.headers.raw, request.scope["query_string"], request.method)

    async def _taken(self, hook: Hook, delivery: Delivery) -> Response:
        """Proves a delivery, keeps what it says, and then says so."""
        if not await self._genuine(hook, delivery):
            LOG.info("refused a delivery to %s: it is not proved", hook.name)
            await self._counter.count(hook.psa.tenant, REFUSED)
            return said(401)
        try:
            heard = hook.psa.deliveries.read(delivery)
        except Unintelligible as reason:
            LOG.warning("refused a delivery to %s, although it is genuine: %s", hook.name, reason)
            await self._counter.count(hook.psa.tenant, REFUSED)
            return said(401)
        try:
            await self._keep(hook.psa.tenant, heard)
        except StateUnavailable as reason:
            LOG.warning("a delivery to %s could not be kept, and has to come again: %s", hook.name, reason)
            return said(503)
        return said(204)

    async def _genuine(self, hook: Hook, delivery: Delivery) -> bool:
        """Whether it is proved, by what proves deliveries by now."""
        when, trust = self._renewed.get(hook.name, (None, hook.trust))
        if hook.psa.deliveries.genuine(delivery, trust):
            return True
        now = self._now()
        if hook.renew is None or (when is not None and abs(now - when) < RENEWED):
            return False
        try:
            trust = await run_in_threadpool(hook.renew)
        except PSAError as reason:
            LOG.warning("what proves deliveries to %s could not be looked up: %s", hook.name, reason)
            return False
        self._renewed[hook.name] = now, trust
        return hook.psa.deliveries.genuine(delivery, trust)

    async def _keep(self, tenant: str, heard: Heard) -> None:
        now = self._now()
        if heard.wakeups:
            await self._keeper.keep(Arrived(tenant, heard.wakeups, now))
        for notice in heard.notices:
            await run_in_threadpool(self._state.inbox.note, tenant, notice, now)


def said(status: int) -> Response:
    """An answer without words: who sends knows what it sent, and nobody else needs to."""
    return Response(status_code=status, headers={"retry-after": "5"} if status == 503 else None)
