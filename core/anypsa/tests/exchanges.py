"""One exchange over real sockets, on the wire and loop under test."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import trustme

from anypsa.wire import AwaitingWire, BlockingWire, Channel, ExchangeFailed, Incoming, Outgoing, Wire, deadline, run

WIRES = ("blocking", "asyncio", "trio")


def on_wire(name: str, use: Callable[[Wire], Any], **channel: Any) -> Any:
    """Uses a wire, and closes it."""

    async def used(wire: Wire) -> Any:
        try:
            return await use(wire)
        finally:
            await wire.close()

    async def entered() -> Any:
        wire = AwaitingWire(Channel(**channel))
        wire.enter()
        return await used(wire)

    if name == "blocking":
        return run(used(BlockingWire(Channel(**channel))))
    return anyio.run(entered, backend=name)


async def exchanged(wire: Wire, request: Outgoing, seconds: float | None = None) -> Incoming | ExchangeFailed:
    """The answer, or why there is none, within so many seconds."""
    try:
        if seconds is None:
            return await wire.exchange(request)
        with deadline(wire.now() + seconds):
            return await wire.exchange(request)
    except ExchangeFailed as failed:
        return failed


def get(url: str) -> Outgoing:
    return Outgoing("GET", f"{url}/Tickets/1", {})


def post(url: str, content: bytes = b'{"title": "VPN down"}') -> Outgoing:
    return Outgoing("POST", f"{url}/Tickets", {"content-type": "application/json"}, content)


class Authority:
    """A certificate authority of our own, and servers that it vouches for, or should not."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.bundle = str(folder / "authority.pem")
        self._authority.cert_pem.write_to_path(self.bundle)

    def server(self, name: str = "127.0.0.1", *, expired: bool = False) -> ssl.SSLContext:
        """The context of a server with a certificate for a name."""
        end = datetime.now(UTC) - timedelta(days=1) if expired else None
        begin = datetime.now(UTC) - timedelta(days=9) if expired else None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(name, not_before=begin, not_after=end).configure_cert(context)
        return context
