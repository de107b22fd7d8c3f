"""The blocking wire: the primitives without ever suspending. May be shared by threads."""

from __future__ import annotations

import contextvars
import os
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from ..errors import ConfigurationError
from .base import ExchangeFailed, Incoming, Outgoing, Sent, run, seeded
from .channel import Channel
from .deadline import FOREVER, missed, until

V = TypeVar("V")
TICK: Final = 0.001


class ThreadSignal:
    """A signal between threads."""

    def __init__(self) -> None:
        self._event = threading.Event()

    async def wait(self, until: float) -> bool:
        return self._event.wait(None if until == FOREVER else max(0.0, until - time.monotonic()))

    def set(self) -> None:
        self._event.set()


class BlockingWire:
    """Primitives that block the calling thread; see `Wire`."""

    def __init__(self, channel: Channel, *, seed: int | None = None) -> None:
        # The HTTP client, with all that it brings, is a large part of what there is to import.
        from .http import BlockingHTTP

        self._http = BlockingHTTP(channel)
        self._random = seeded(seed)
        self._process = os.getpid()

    def now(self) -> float:
        return time.monotonic()

    async def exchange(self, outgoing: Outgoing) -> Incoming:
        if until() <= self.now():
            raise ExchangeFailed("the deadline passed", Sent.NO, late=True)
        try:
            return self._http.exchange(outgoing)
        except ExchangeFailed as failure:
            failure.late = until() <= self.now()
            raise

    async def sleep(self, seconds: float) -> None:
        if self.now() + seconds > until():
            raise missed("waiting")
        time.sleep(max(0.0, seconds))  # noqa: ASYNC251  # this wire never suspends: to block is its trade

    async def give_way(self) -> None:
        pass

    async def tick(self) -> None:
        if threading.active_count() > 1:
            time.sleep(TICK)  # noqa: ASYNC251  # see sleep

    def signal(self) -> ThreadSignal:
        return ThreadSignal()

    async def offload(self, function: Callable[[], V], *, shielded: bool = False) -> V:
        return function()

    async def gather(self, tasks: Sequence[Callable[[], Coroutine[Any, Any, V]]]) -> list[V]:
        if len(tasks) <= 1:
            return [await task() for task in tasks]
        with ThreadPoolExecutor(max_workers=min(len(tasks), 16), thread_name_prefix="anypsa") as pool:
            # The coroutine is made in the thread that runs it, so that a cancelled one was never made.
            futures = [pool.submit(contextvars.copy_context().run, lambda one: run(one()), task) for task in tasks]
            done, waiting = wait(futures, return_when=FIRST_EXCEPTION)
            for future in waiting:
                future.cancel()
            for future in futures:
                if future in done and (error := future.exception()) is not None:
                    raise error
        return [future.result() for future in futures]

    def moment(self) -> datetime:
        return datetime.now(UTC)

    def new_id(self) -> str:
        return self._random.randbytes(16).hex()

    def random(self) -> float:
        return self._random.random()

    def belongs(self) -> None:
        if os.getpid() != self._process:
            raise ConfigurationError(
                "use a connection after a fork",
                hint="Connections cannot be shared by processes: call anypsa.connect in the child.",
            )

    async def close(self) -> None:
        self._http.close()
