"""Long lists read by ranges: every record that existed throughout once, in order, with no more readers than allowed."""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine, Sequence
from random import Random
from typing import Any

import anyio.lowlevel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wires import awaiting, blocking, on

from anypsa.errors import Incomplete
from anypsa.models import Queue, Record
from anypsa.operations.ranges import Ranges
from anypsa.spi import Stretch
from anypsa.wire import Wire, run

READERS = 3


def on_wire(face: str, check: Callable[[Wire], Coroutine[Any, Any, Any]]) -> Any:
    """Runs a check over a wire of a face."""
    if face == "blocking":
        return run(check(blocking()))

    async def main() -> Any:
        return await check(awaiting())

    return on(face, main)


class Vendor:
    """A vendor of a list: so many rows a page, in order of id. `edit` changes the list before each answer."""

    def __init__(self, ids: set[int], page: int, edit: Callable[[set[int]], None] = lambda ids: None) -> None:
        self.ids = ids
        self.page = page
        self.edit = edit
        self.asked = 0
        self.in_flight = 0
        self.peak = 0

    async def fetch(self, low: int | None, high: int | None) -> Stretch:
        self.asked += 1
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        await self.pause()
        self.edit(self.ids)
        found = sorted(id for id in self.ids if (low is None or id >= low) and (high is None or id < high))
        self.in_flight -= 1
        rows = [record(id) for id in found[: self.page]]
        return Stretch(rows, found[self.page - 1] + 1 if len(found) > self.page else None)

    async def pause(self) -> None:
        return


class Awaited(Vendor):
    async def pause(self) -> None:
        await anyio.lowlevel.checkpoint()


class Distant(Awaited):
    """One whose answers take longer than decoding what came before. `idle`: how many requests there had been whenever
    something was decoded with none under way."""

    def __init__(self, ids: set[int], page: int) -> None:
        super().__init__(ids, page)
        self.idle: list[int] = []

    async def fetch(self, low: int | None, high: int | None) -> Stretch:
        stretch = await super().fetch(low, high)
        return Stretch(Undecoded(stretch.records, self), stretch.through)

    async def pause(self) -> None:
        for _ in range(30):
            await super().pause()


class Undecoded(Sequence[Record]):
    """The rows of a page that are decoded when somebody looks at them."""

    def __init__(self, rows: Sequence[Record], vendor: Distant) -> None:
        self._rows = rows
        self._vendor = vendor

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: Any) -> Any:
        if isinstance(place, slice) and self._vendor.in_flight == 0:
            self._vendor.idle.append(self._vendor.asked)
        return self._rows[place]


def record(id: int) -> Record:
    return Queue(tenant="t", id=str(id), name=str(id))


async def read(wire: Wire, vendor: Vendor) -> list[int]:
    ranges = Ranges(wire, vendor.fetch, readers=READERS, what="queues")
    found: list[int] = []
    while (page := await ranges.next_page()) is not None:
        found.extend(int(one.id) for one in page)
    assert ranges.requests == vendor.asked
    return found


SPACES = st.one_of(
    st.sets(st.integers(0, 400)),
    st.builds(
        lambda start, count, step: set(range(start, start + count * step, step)),
        st.integers(0, 10**6),
        st.integers(0, 900),
        st.integers(1, 50),
    ),
    st.builds(
        lambda a, b, hole: set(range(a)) | set(range(hole, hole + b)),
        st.integers(0, 300),
        st.integers(0, 300),
        st.integers(300, 10**7),
    ),
)


@settings(max_examples=50, deadline=None)
@given(ids=SPACES, page=st.integers(1, 40))
def test_every_record_comes_once_and_in_order(ids: set[int], page: int) -> None:
    vendor = Vendor(set(ids), page)

    assert on_wire("blocking", lambda wire: read(wire, vendor)) == sorted(ids)


@settings(max_examples=25, deadline=None)
@given(ids=SPACES, page=st.integers(1, 40), seed=st.integers(0, 10**6))
def test_what_stays_comes_once_while_others_come_and_go(ids: set[int], page: int, seed: int) -> None:
    chance, staying = Random(seed), {id for id in ids if id % 3}

    def edit(now: set[int]) -> None:
        for _ in range(chance.randrange(3)):
            now.discard(3 * chance.randrange(200))
            now.add(3 * chance.randrange(10**6))

    vendor = Awaited(set(ids), page, edit)
    found = on_wire("asyncio", lambda wire: read(wire, vendor))

    assert found == sorted(set(found))
    assert staying <= set(found)
    assert vendor.peak <= READERS


@pytest.mark.parametrize("face", ["blocking", "asyncio", "trio"])
def test_a_long_list_costs_few_requests_more_than_it_has_pages(face: str) -> None:
    ids = set(range(0, 60_000, 3)) | set(range(500_000, 520_000))
    vendor = (Vendor if face == "blocking" else Awaited)(ids, 500)

    assert on_wire(face, lambda wire: read(wire, vendor)) == sorted(ids)
    assert vendor.asked <= math.ceil(len(ids) / 500) * 1.2


def test_what_came_is_decoded_while_others_are_under_way() -> None:
    vendor = Distant(set(range(2_000)), 20)

    assert on_wire("asyncio", lambda wire: read(wire, vendor)) == sorted(vendor.ids)
    assert sum(asked < vendor.asked for asked in vendor.idle) <= READERS


@pytest.mark.parametrize("pages", [0, 1, 2, 3, 5])
def test_a_short_list_costs_hardly_more(pages: int) -> None:
    vendor = Awaited(set(range(pages * 100)), 100)

    on_wire("asyncio", lambda wire: read(wire, vendor))

    assert vendor.asked <= max(1, pages) + 2


def test_a_vendor_that_goes_round_is_told_incomplete() -> None:
    async def stuck(low: int | None, high: int | None) -> Stretch:
        return Stretch([record(5)], 6)

    async def check(wire: Wire) -> None:
        ranges = Ranges(wire, stuck, readers=READERS, what="queues")
        while await ranges.next_page() is not None:
            pass

    with pytest.raises(Incomplete):
        on_wire("asyncio", check)
