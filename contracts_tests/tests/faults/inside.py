"""A vendor without sockets: the sandbox's dialect as the handler of a scripted wire; and cancelling at a chosen await."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import anyio

from anypsa.wire import Incoming, Outgoing
from anypsa_sandbox import Call, Sandbox

V = TypeVar("V")


def inside(sandbox: Sandbox) -> Callable[[Outgoing], Incoming]:
    """Answers as the sandbox would, in the caller's own thread."""
    doors = {urlsplit(url).port: door for door, url in sandbox.urls.items()}

    def handler(outgoing: Outgoing) -> Incoming:
        there = urlsplit(outgoing.url)
        query = dict(parse_qsl(there.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in outgoing.headers.items()}
        body = bytes(memoryview(outgoing.content))  # as it is off a socket: bytes, and not what the wire wraps them in
        call = Call(outgoing.method, unquote(there.path), query, headers, body, doors[there.port])
        reply = sandbox.dialect.answer(call)
        return Incoming(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.content)

    return handler


class CancelledAt(Generic[V]):
    """Runs a coroutine and cancels a scope when it waits for the n-th time. `waits` counts how often it waited."""

    def __init__(self, coroutine: Coroutine[Any, Any, V], n: int, scope: anyio.CancelScope) -> None:
        self._coroutine = coroutine
        self._n = n
        self._scope = scope
        self.waits = 0

    def __await__(self) -> Generator[Any, Any, V]:
        step: Callable[[], Any] = lambda: self._coroutine.send(None)  # noqa: E731  # the first of many
        while True:
            try:
                wanted = step()
            except StopIteration as end:
                value: V = end.value
                return value
            self.waits += 1
            if self.waits == self._n:
                self._scope.cancel()
            step = self._waited(wanted, (yield from self._handed(wanted)))

    def _handed(self, wanted: Any) -> Generator[Any, Any, tuple[bool, Any]]:
        try:
            return True, (yield wanted)
        except BaseException as error:  # noqa: BLE001  # handed on to the coroutine
            return False, error

    def _waited(self, wanted: Any, outcome: tuple[bool, Any]) -> Callable[[], Any]:
        good, value = outcome
        return (lambda: self._coroutine.send(value)) if good else (lambda: self._coroutine.throw(value))
