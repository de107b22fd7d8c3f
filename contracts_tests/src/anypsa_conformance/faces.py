"""Faces: one check, written once as a coroutine, runs on the blocking face, on asyncio and on trio.

On the blocking face the check is carried by `anypsa.wire.run`, with no event loop: whatever would suspend, fails.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final, TypeVar

import anyio

from anypsa import AsyncPsa, Psa, models
from anypsa.connecting import assemble, channel
from anypsa.operations import Context
from anypsa.plugins import load
from anypsa.spi import Adapter
from anypsa.wire import AwaitingWire, BlockingWire, Channel, Wire, run

V = TypeVar("V")
FACES: Final = ("blocking", "asyncio", "trio")
PARTS: Final = frozenset({"outbox", "webhooks"})
"""What a connection has beside its collections."""
COLLECTIONS: Final = frozenset(kind.plural for kind in models.KINDS.values())


class Turned:
    """A blocking object with the manners of an async one: calls are awaited, iteration is `async for`."""

    def __init__(self, target: Any) -> None:
        self._target = target

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if name in ("list", "pages"):
            return lambda *args, **named: Turned(value(*args, **named))
        if name in COLLECTIONS:
            return Turned(value)
        if not callable(value):
            return value

        async def awaited(*args: Any, **named: Any) -> Any:
            return value(*args, **named)

        return awaited

    def __aiter__(self) -> AsyncIterator[Any]:
        return Stepped(iter(self._target))


class Stepped:
    """A blocking iterator as an async one."""

    def __init__(self, iterator: Iterator[Any]) -> None:
        self._iterator = iterator

    def __aiter__(self) -> Stepped:
        return self

    async def __anext__(self) -> Any:
        for value in self._iterator:
            return value
        raise StopAsyncIteration


class Probe:
    """A connection as a check sees it, whatever the face: collections and calls to be awaited."""

    def __init__(self, psa: Psa | AsyncPsa, adapter: type[Adapter], settings: Mapping[str, Any]) -> None:
        self.psa = psa
        self.tenant = psa.tenant
        self._adapter = adapter
        self._settings = settings

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.psa, name)
        if isinstance(self.psa, AsyncPsa):
            return value
        return Turned(value) if name in COLLECTIONS or name in PARTS else getattr(Turned(self.psa), name)

    async def together(self, tasks: Sequence[Callable[[], Coroutine[Any, Any, V]]]) -> list[V]:
        """Does things side by side: tasks, or threads on the blocking face."""
        return await self.psa.context.session.gather(tasks)

    async def with_settings(
        self,
        changed: Mapping[str, Any],
        check: Callable[[Probe], Awaitable[V]],
        *,
        blocking: Callable[..., Wire] = BlockingWire,
    ) -> V:
        """Does something over another connection, of the same face, with some settings changed; `blocking` is another
        wire of the blocking face."""
        settings = {**self._settings, **changed}
        if isinstance(self.psa, AsyncPsa):
            async with AsyncPsa(parts(self._adapter, settings, AwaitingWire)) as awaiting:
                return await check(Probe(awaiting, self._adapter, settings))
        with Psa(parts(self._adapter, settings, blocking)) as psa:
            return await check(Probe(psa, self._adapter, settings))


def on_face(
    face: str,
    check: Callable[[Probe], Awaitable[V]],
    adapter: str | type[Adapter],
    settings: Mapping[str, Any],
    *,
    seed: int | None = None,
    blocking: Callable[..., Wire] = BlockingWire,
    awaiting: Callable[..., Wire] = AwaitingWire,
) -> V:
    """Runs a check on a face, over a connection of its own, and returns what it returns.

    `seed` makes ids and jitter repeatable, as recordings need them. Other wires than the library's may be given.
    """
    kind = load(adapter) if isinstance(adapter, str) else adapter
    if face == "blocking":
        with Psa(parts(kind, settings, partial(blocking, seed=seed))) as psa:
            return run(as_coroutine(check(Probe(psa, kind, settings))))

    async def entered() -> V:
        async with AsyncPsa(parts(kind, settings, partial(awaiting, seed=seed))) as psa:
            return await check(Probe(psa, kind, settings))

    return anyio.run(entered, backend=face)


def parts(kind: type[Adapter], settings: Mapping[str, Any], wire: Callable[[Channel], Wire]) -> Context:
    """A connection of an adapter that need not be installed as a plugin."""
    values = kind.settings_type.gather(settings, {})
    return assemble(kind, values, wire(channel(values)))


async def as_coroutine(awaitable: Awaitable[V]) -> V:
    return await awaitable
