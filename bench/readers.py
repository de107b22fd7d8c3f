"""The readers of a long list on a clock of their own: what their order costs, however busy the machine is.

    uv run python -m bench.readers

`Ranges` runs as it is, over ids as the tasks have them. An answer takes its latency, and CPU moves the clock for everybody.
"""

from __future__ import annotations

import asyncio
import math
import selectors
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, overload

from anypsa.models import Queue
from anypsa.operations.ranges import Ranges
from anypsa.spi import Stretch
from anypsa.wire import AwaitingWire, Channel

from .rows import numbers
from .tasks import PAGE, SLOTS


@dataclass(frozen=True)
class Costs:
    """Seconds: of an answer's way, and of CPU for a page off the socket, for decoding a row, for what the caller does."""

    latency: float = 0.05
    page: float = 0.0035
    row: float = 14e-6
    use: float = 2e-6


TRIED: Final = {"50 ms": Costs(), "a faster machine": Costs(page=0.0025, row=9e-6)}


class Skipping(selectors.SelectSelector):
    """Waits for nothing: time passes at once."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> Any:
        self.passed += max(0.0, timeout or 0.0)
        return super().select(0)


class Clock(asyncio.SelectorEventLoop):
    """A loop whose time is what was waited and worked."""

    def __init__(self) -> None:
        self.selector = Skipping()
        super().__init__(self.selector)

    def time(self) -> float:
        return self.selector.passed

    def work(self, seconds: float) -> None:
        """Computes, while nobody else can."""
        self.selector.passed += seconds


class Undecoded(Sequence[Queue]):
    """The rows of a page, whose decoding takes its time."""

    def __init__(self, ids: Sequence[int], clock: Clock, costs: Costs) -> None:
        self._ids = ids
        self._clock = clock
        self._costs = costs

    def __len__(self) -> int:
        return len(self._ids)

    @overload
    def __getitem__(self, place: int) -> Queue: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Queue]: ...
    def __getitem__(self, place: int | slice) -> Queue | Sequence[Queue]:
        if isinstance(place, int):
            return row(self._ids[place])
        self._clock.work(self._costs.row * len(self._ids[place]))
        return [row(id) for id in self._ids[place]]


def row(id: int) -> Queue:
    return Queue.model_construct(tenant="t", id=str(id), name="")


def simulated(costs: Costs, count: int = 100_000) -> str:
    """One list; what it took, in words."""
    ids, clock = numbers(count), Clock()

    async def fetch(low: int | None, high: int | None) -> Stretch:
        await asyncio.sleep(costs.latency)
        clock.work(costs.page)
        start, end = bisect_left(ids, low or 0), len(ids) if high is None else bisect_left(ids, high)
        found = ids[start : min(end, start + PAGE)]
        return Stretch(Undecoded(found, clock, costs), found[-1] + 1 if end > start + PAGE else None)

    async def listed() -> Ranges:
        ranges, got = Ranges(AwaitingWire(Channel()), fetch, readers=SLOTS, what="queues"), 0
        while (page := await ranges.next_page()) is not None:
            got += len(page)
            clock.work(costs.use * len(page))
        if got != count:
            raise RuntimeError(f"{got} rows of {count}")
        return ranges

    try:
        requests = clock.run_until_complete(listed()).requests
    finally:
        clock.close()
    least = math.ceil(count / PAGE / SLOTS) * costs.latency
    return f"{clock.time():.2f} s, {clock.time() / least:.2f} x the limit, {requests} requests"


if __name__ == "__main__":
    for name, costs in TRIED.items():
        print(f"{name:18}{simulated(costs)}", flush=True)
