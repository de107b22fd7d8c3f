"""What the library does for adapters: sending, remembering, doing side by side. Adapters await nothing else."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeVar

from .exchange import Answer, Request

V = TypeVar("V")


class Services(Protocol):
    """The session, as an adapter sees it."""

    @property
    def tenant(self) -> str:
        """The tenant's key, carried by every model."""

    def moment(self) -> datetime:
        """What time it is, in UTC: for what a vendor wants dated. Adapters have no clock of their own."""

    async def send(self, request: Request) -> Answer:
        """Sends with policy, limits, signing, retries and errors; returns only successes."""

    async def once(
        self,
        key: str,
        fetch: Callable[[], Awaitable[V]],
        *,
        ttl: float | Callable[[V], float],
        failure_ttl: float = 1.0,
    ) -> V:
        """The value of `fetch`, asked once however many ask, and kept for `ttl` seconds; failures are shared too.

        `ttl` may be a function of the value, for values that say how long they are good.
        """

    def forget(self, key: str, value: object = None) -> None:
        """Drops a remembered value, so that the next `once` asks again; with `value`, only if it is still that one,
        so that of many who find it stale one alone renews it."""

    async def gather(self, tasks: Sequence[Callable[[], Coroutine[Any, Any, V]]]) -> list[V]:
        """Does the tasks side by side and returns their values in order; the first error cancels the rest."""
