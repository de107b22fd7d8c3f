"""The frame: HTTP around a dialect. Each call is logged, may fail on purpose, takes its slots, and is answered."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from .chaos import Chaos
from .clock import Clock
from .control import Control
from .dialects import Call, Dialect, Reply
from .faults import Faults, Rule
from .limits import Counter

CONTROL: Final = "/_control/"
TRANSPORT: Final = "anypsa_sandbox.transport"


@dataclass
class Entry:
    """One call in the log."""

    number: int
    time: float
    door: str
    method: str
    path: str
    keys: list[str] = field(default_factory=list)
    in_flight: int = 0
    size: int = 0
    status: int | None = None
    fault: str | None = None


class Frame:
    """One server: a dialect, its limits, faults and log."""

    def __init__(self, dialect: Dialect, clock: Clock) -> None:
        self.dialect = dialect
        self.clock = clock
        self.counter = Counter(clock)
        self.faults = Faults()
        self.chaos: Chaos | None = None
        self.log: list[Entry] = []
        self._late: list[tuple[float, Call]] = []
        self._waking: asyncio.TimerHandle | None = None
        self._control = Control(self)
        dialect.used = self.counter.used

    def door(self, name: str) -> Any:
        """The ASGI application of one port."""

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                return
            request = Request(scope, receive)
            try:
                body = await request.body()
            except ClientDisconnect:
                return  # whoever dies while he sends has sent nothing
            if request.url.path.startswith(CONTROL):
                await respond(send, self._dated(self._control.answer(request.method, request.url.path, body)))
                return
            headers = {key.lower(): value for key, value in request.headers.items()}
            call = Call(request.method, request.url.path, dict(request.query_params), headers, body, name)
            transport = scope["extensions"][TRANSPORT]
            try:
                await self._handle(call, transport, receive, send)
            except asyncio.CancelledError:
                # The server is being left: the caller is cut off, as by a server that goes down.
                reset(transport)
                await asyncio.sleep(0)

        return application

    def _dated(self, reply: Reply) -> Reply:
        """The answer with the date of the sandbox's own clock."""
        date = format_datetime(self.clock.moment(), usegmt=True)
        return replace(reply, headers={"date": date, **reply.headers})

    async def _handle(self, call: Call, transport: asyncio.Transport, receive: Receive, send: Send) -> None:
        entry = Entry(len(self.log) + 1, self.clock.now(), call.door, call.method, call.path, size=len(call.body))
        self.log.append(entry)
        rule = self.faults.match(call)
        if rule is None and self.chaos is not None and self.dialect.limit_keys(call):  # signing in is left alone
            rule = self.chaos.rule(call, reads=self.dialect.reads(call))
        if rule is not None:
            entry.fault = rule.action
        reply = await self._answered(call, entry, rule)
        entry.status = None if reply is None else reply.status
        if reply is None:
            reset(transport)
            await gone(receive)
        elif rule is not None and rule.action == "truncate":
            await respond(send, self._dated(reply), cut=True)
            transport.close()
            await gone(receive)
        else:
            await respond(send, self._dated(reply))

    async def _answered(self, call: Call, entry: Entry, rule: Rule | None) -> Reply | None:
        """The answer, or None for a connection that is reset."""
        limits, keys = self.dialect.limits, list(self.dialect.limit_keys(call))
        entry.keys = keys
        if not self.counter.enter(keys, limits.slots):
            return self.dialect.too_many(call, "slots")
        entry.in_flight = max((self.counter.in_flight[key] for key in keys), default=0)
        try:
            window = self.dialect.window_key(call)
            if window is not None and not self.counter.spend(window, limits):
                return self.dialect.too_many(call, "window")
            scale = self.clock.scale or 1.0
            await asyncio.sleep(limits.latency + self.dialect.delay(call) / scale)
            return await self._faulty(call, rule)
        finally:
            # The vendor frees a slot a little after it answered, and so do we.
            asyncio.get_running_loop().call_later(limits.lag, self.counter.leave, keys, self.counter.generation)

    async def _faulty(self, call: Call, rule: Rule | None) -> Reply | None:
        if rule is None or rule.action == "truncate":
            return self.dialect.answer(call)
        match rule.action:
            case "ignore_operator":
                return self.dialect.answer(replace(call, ignored_operators=frozenset({rule.operator})))
            case "delay":
                await asyncio.sleep(rule.seconds)
                return self.dialect.answer(call)
            case "hang":
                await asyncio.sleep(rule.seconds)
                return None
            case "reset":
                return None
            case "commit_late":
                self._late.append((self.clock.now() + rule.seconds, call))
                self.commit_late()
                return None
            case "lose":
                self.dialect.answer(call)
                return None
        return rule.reply()

    def commit_late(self) -> None:
        """Does what is due by now of what was put off, in its order, and comes back for the rest. The clock may have
        jumped since, or stand still."""
        now = self.clock.now()
        due, self._late = (
            [one for one in self._late if one[0] <= now],
            [one for one in self._late if one[0] > now],
        )
        for _, call in sorted(due, key=lambda one: one[0]):
            self.dialect.answer(call)
        if self._waking is not None:
            self._waking.cancel()
            self._waking = None
        if self._late and self.clock.scale:
            left = (min(when for when, _ in self._late) - now) / self.clock.scale
            self._waking = asyncio.get_running_loop().call_later(left, self.commit_late)

    def forget_late(self) -> None:
        """Never does what was put off."""
        self._late.clear()


def reset(transport: asyncio.Transport) -> None:
    """Resets a connection: with no time to linger the kernel sends RST, where a plain close would send FIN."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        with suppress(OSError):  # the caller may be gone already
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def gone(receive: Receive) -> None:
    """Waits until the server has noticed, which otherwise complains that an answer is missing."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def respond(send: Send, reply: Reply, *, cut: bool = False) -> None:
    """Sends an answer; a cut one ends in the middle of what it announced."""
    headers = [(key.encode("latin-1"), value.encode("latin-1")) for key, value in reply.headers.items()]
    headers.append((b"content-length", str(len(reply.content)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if cut:
        await send({"type": "http.response.body", "body": reply.content[: len(reply.content) // 2], "more_body": True})
        return
    await send({"type": "http.response.body", "body": reply.content})
