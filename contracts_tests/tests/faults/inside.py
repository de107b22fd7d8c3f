"""A vendor without sockets: the sandbox's dialect as the handler of a scripted wire."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qsl, unquote, urlsplit

from anypsa.wire import Incoming, Outgoing
from anypsa_sandbox import Call, Sandbox


def inside(sandbox: Sandbox) -> Callable[[Outgoing], Incoming]:
    """Answers as the sandbox would, in the caller's own thread."""
    doors = {urlsplit(url).port: door for door, url in sandbox.urls.items()}

    def handler(outgoing: Outgoing) -> Incoming:
        there = urlsplit(outgoing.url)
        query = dict(parse_qsl(there.query, keep_blank_values=True))
        headers = {"host": there.netloc, **{name.lower(): value for name, value in outgoing.headers.items()}}
        body = bytes(memoryview(outgoing.content))  # as it is off a socket: bytes, and not what the wire wraps them in
        call = Call(outgoing.method, unquote(there.path), query, headers, body, doors[there.port])
        reply = sandbox.dialect.answer(call)
        return Incoming(reply.status, {name.lower(): value for name, value in reply.headers.items()}, reply.content)

    return handler
