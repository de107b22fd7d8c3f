"""The server: a sandbox that runs beside your program, in a thread of its own, on loopback only."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .clock import Clock
from .dialects import Dialect, dialect
from .frame import TRANSPORT, Frame
from .handle import Handle
from .world import World

HOST: Final = "127.0.0.1"
TENANTS: Final = ("northwind", "contoso")
SMALL: Final = 200


class Protocol(H11Protocol):
    """uvicorn's own, which also hands the application its transport, so that a fault can reset the connection."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "scope" and isinstance(value, dict):
            value.setdefault("extensions", {})[TRANSPORT] = self.transport
        super().__setattr__(name, value)


class Server(uvicorn.Server):
    """uvicorn's own, which sleeps until it is told to end; its own loop looks around ten times a second, and a test run
    keeps hundreds of sandboxes."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ended = asyncio.Event()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.ended.wait()


def listening(port: int) -> socket.socket:
    """A socket that listens on loopback."""
    # asyncio turns off Nagle's delay (40 ms an answer) only on sockets that say their protocol.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((HOST, port))
    bound.listen(256)
    return bound


class Sandbox:
    """A PSA on your laptop: `with Sandbox("autotask") as sandbox: anypsa.connect("autotask", **sandbox.settings)`.

    A dialect that is not installed is given itself. The first tenant has `tickets` tickets, the second as many, but no more
    than `others`; each numbers its lists in its own way. Every answer takes `latency` seconds: with none at all, a client
    that calls one after another would be faster than slots are given back.
    """

    def __init__(
        self,
        vendor: str | type[Dialect],
        *,
        seed: int = 1,
        tickets: int = 2_000,
        others: int = SMALL,
        tenants: Sequence[str] = TENANTS,
        port: int = 0,
        latency: float = 0.01,
    ) -> None:
        kind = dialect(vendor) if isinstance(vendor, str) else vendor
        clock = Clock()
        self.tenants = tuple(tenants)
        self._worlds = {
            tenant: World(
                seed=seed + n, tickets=tickets if n == 0 else min(tickets, others), api_user=kind.api_user(tenant)
            )
            for n, tenant in enumerate(self.tenants)
        }
        limits = type(kind.default_limits)(**{**vars(kind.default_limits), "latency": latency})
        self._frame = Frame(kind(self._worlds, clock, limits), clock)
        self._port = port
        self._servers: list[Server] = []
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def dialect(self) -> Dialect:
        """The dialect it speaks."""
        return self._frame.dialect

    @property
    def url(self) -> str:
        """The address of its first door."""
        return next(iter(self.dialect.urls.values()))

    @property
    def urls(self) -> Mapping[str, str]:
        """The addresses of all its doors."""
        return self.dialect.urls

    @property
    def settings(self) -> dict[str, str]:
        """What to give to `anypsa.connect` for the first tenant."""
        return self.settings_for(self.tenants[0])

    def settings_for(self, tenant: str) -> dict[str, str]:
        """What to give to `anypsa.connect` for a tenant."""
        return self.dialect.settings(tenant)

    def world(self, tenant: str | None = None) -> World:
        """The world of a tenant, as it is now."""
        return self._worlds[tenant or self.tenants[0]]

    @property
    def control(self) -> Handle:
        """The control API."""
        return Handle(self.url)

    def __enter__(self) -> Self:
        if self._thread is not None:
            raise RuntimeError("a sandbox runs once: its worlds end with it, so make another")
        sockets = self._bound()
        self._servers = [self._server(door) for door in self.dialect.doors]
        ready = threading.Barrier(2)
        self._thread = threading.Thread(target=self._serve, args=(sockets, ready), name="sandbox", daemon=True)
        self._thread.start()
        ready.wait(timeout=30)
        return self

    def _bound(self) -> list[socket.socket]:
        sockets: list[socket.socket] = []
        for number, _ in enumerate(self.dialect.doors):
            sockets.append(listening(self._port + number if self._port else 0))
        pairs = zip(self.dialect.doors, sockets, strict=True)
        self.dialect.urls = {door: f"http://{HOST}:{bound.getsockname()[1]}" for door, bound in pairs}
        return sockets

    def _server(self, door: str) -> Server:
        config = uvicorn.Config(
            self._frame.door(door),
            http=Protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
        )
        return Server(config)

    def _serve(self, sockets: list[socket.socket], ready: threading.Barrier) -> None:
        asyncio.run(self._serve_all(sockets, ready))

    async def _serve_all(self, sockets: list[socket.socket], ready: threading.Barrier) -> None:
        pairs = zip(self._servers, sockets, strict=True)
        serving = [asyncio.create_task(server.serve(sockets=[bound])) for server, bound in pairs]
        while not all(server.started for server in self._servers):  # noqa: ASYNC110  # uvicorn has no event for it
            await asyncio.sleep(0.001)
        self._loop = asyncio.get_running_loop()
        ready.wait()
        await asyncio.gather(*serving)

    def _end(self) -> None:
        """Ends the servers and drops every connection: from Python 3.12 on, a server waits for them when it is closed."""
        for server in self._servers:
            server.ended.set()
            for connection in list(server.server_state.connections):
                connection.transport.abort()

    def end(self) -> None:
        """Tells it to end, and does not wait for it: so that many can end side by side."""
        if self._loop is None:
            return
        for server in self._servers:
            server.should_exit = True
            server.force_exit = True
        self._loop.call_soon_threadsafe(self._end)
        self._loop = None  # it may be closed any moment

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        if self._thread is not None:
            self._thread.join(timeout=30)
        self.dialect.storm.end()
        self.dialect.close()
        for world in self._worlds.values():
            world.close()

    def wait(self) -> None:
        """Serves until interrupted."""
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(timeout=1)
