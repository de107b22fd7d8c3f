"""The awaiting wire: the primitives on asyncio or trio, whichever runs. Belongs to the loop that entered it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread

from ..errors import ConfigurationError
from .base import ExchangeFailed, Incoming, Outgoing, Sent, seeded
from .channel import Channel
from .deadline import FOREVER, missed, until

V = TypeVar("V")


class TaskSignal:
    """A signal between tasks of one loop."""

    def __init__(self) -> None:
        self._event = anyio.Event()

    async def wait(self, until: float) -> bool:
        with anyio.move_on_after(seconds_left(until)):
            await self._event.wait()
        return self._event.is_set()

    def set(self) -> None:
        self._event.set()


def seconds_left(moment: float) -> float | None:
    """How long from now until a moment on the loop's clock; None for ever."""
    return None if moment == FOREVER else max(0.0, moment - anyio.current_time())


class AwaitingWire:
    """Primitives that await; see `Wire`."""

    def __init__(self, channel: Channel, *, seed: int | None = None) -> None:
        # The HTTP client, with all that it brings, is a large part of what there is to import.
        from .http import AwaitingHTTP

        self._http = AwaitingHTTP(channel)
        self._random = seeded(seed)
        self._loop: Any = None

    def now(self) -> float:
        return anyio.current_time()

    async def exchange(self, outgoing: Outgoing) -> Incoming:
        if until() <= self.now():
            raise ExchangeFailed("the deadline passed", Sent.NO, late=True)
        progress = self._http.progress()
        with anyio.move_on_after(seconds_left(until())):
            return await self._http.exchange(outgoing, progress)
        raise ExchangeFailed("the deadline passed", progress.sent, late=True)

    async def sleep(self, seconds: float) -> None:
        if self.now() + seconds > until():
            raise missed("waiting")
        await anyio.sleep(max(0.0, seconds))

    async def give_way(self) -> None:
        await anyio.lowlevel.checkpoint()

    async def tick(self) -> None:
        await anyio.lowlevel.checkpoint()

    def signal(self) -> TaskSignal:
        return TaskSignal()

    async def offload(self, function: Callable[[], V], *, shielded: bool = False) -> V:
        with anyio.CancelScope(shield=shielded):
            value = await anyio.to_thread.run_sync(function)
        return value  # noqa: RET504  # for all that the type checker knows, the scope swallows errors

    async def gather(self, tasks: Sequence[Callable[[], Coroutine[Any, Any, V]]]) -> list[V]:
        values: dict[int, V] = {}
        first: list[Exception] = []

        async def keep(place: int, task: Callable[[], Awaitable[V]]) -> None:
            try:
                values[place] = await task()
            except Exception as error:  # noqa: BLE001  # re-raised below, bare instead of in a group
                first.append(error)
                group.cancel_scope.cancel()

        async with anyio.create_task_group() as group:
            for place, task in enumerate(tasks):
                group.start_soon(keep, place, task)
        if first:
            raise first[0]
        return [values[place] for place in range(len(tasks))]

    def moment(self) -> datetime:
        return datetime.now(UTC)

    def new_id(self) -> str:
        return self._random.randbytes(16).hex()

    def random(self) -> float:
        return self._random.random()

    def enter(self) -> None:
        """Ties the wire to the running loop."""
        self._loop = anyio.lowlevel.current_token()

    def belongs(self) -> None:
        if self._loop is None:
            raise ConfigurationError("use a connection", hint="Enter it first: async with anypsa.connect_async(...)")
        if self._loop != anyio.lowlevel.current_token():
            raise ConfigurationError(
                "use a connection from another event loop",
                hint="An async connection belongs to the loop that entered it: open one per loop.",
            )

    async def close(self) -> None:
        await self._http.close()
