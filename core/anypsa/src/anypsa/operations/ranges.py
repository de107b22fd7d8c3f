"""Ranges: a long list read by stretches of the id line side by side, and handed over in order of id.

A chain of pages is sequential, however many slots there are: each page tells where the next one begins. But where ids
ascend, a list can be entered anywhere. So several readers are at work at once: one at the front, the others a few pages
ahead of it, where the density of ids so far lets us expect rows; when the front reaches a stretch that was read
ahead, its reader goes on ahead of all others. Beside them one decodes what came, a part of a page at a time: the next
page is asked for before the last one is decoded, and who waits for something else waits for a part of a page. Nothing
runs between two calls: leaving a list early leaves nothing behind, and a slow consumer holds everything back.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from operator import le
from typing import Final

from ..errors import Incomplete
from ..models import Record
from ..spi.adapter import Stretch
from ..wire import Gate, Lane, Wire, until

AHEAD: Final = 12
"""So many pages may wait, read, in a range ahead of the front; about so many lie between two readers."""
ROUND: Final = 4
"""So many pages each reader reads before the list is handed on."""
WORTH: Final = 3
"""A range with fewer pages left than this is not split: the split would cost as much as it saves."""
REMEMBERED: Final = 8

SOON: Final = 12
"""So many of the pages that wait are decoded, the foremost; the others take half the room as they came."""
PART: Final = 100
"""So many rows are decoded before others have their turn."""

Fetch = Callable[[int | None, int | None], Awaitable[Stretch]]
Check = Callable[[Sequence[Record], int | None, int | None], None]


@dataclass(eq=False)
class Waiting:
    """A page that was read and waits for its turn: the rows that came for what was asked for, those of them that are
    decoded, and from where on the rows are another's."""

    rows: Sequence[Record]
    low: int | None
    high: int | None
    below: int | None
    decoded: list[Record] = field(default_factory=list)

    @property
    def is_decoded(self) -> bool:
        """Whether all of it is."""
        return len(self.decoded) == len(self.rows)

    def decode(self) -> None:
        """The next part."""
        done = len(self.decoded)
        self.decoded += self.rows[done : done + PART]
        if self.is_decoded:
            self.rows = self.decoded  # the bytes that they came in are not needed any more


@dataclass(eq=False)
class Range:
    """Part of the id line: what is still to read begins at `low` (None: before all ids) and ends before `high`.

    `more` says that its last page was not its last one for certain, so that there is something to split.
    """

    low: int | None
    high: int | None = None
    pages: deque[Waiting] = field(default_factory=deque)
    busy: bool = False
    more: bool = False
    done: bool = False


class Unordered(Exception):  # never leaves the operations
    """The vendor's lists do not come in order of id after all."""


class Ranges:
    """One list. `fetch` reads a stretch from one id up to another; `check` raises what is wrong with its rows.

    It begins at the id `begin`, or before all of them.
    """

    def __init__(
        self,
        wire: Wire,
        fetch: Fetch,
        *,
        readers: int,
        what: str,
        check: Check = lambda rows, low, high: None,
        begin: int | None = None,
    ) -> None:
        self.requests = 0
        self.duplicates = 0
        self._wire = wire
        self._fetch = fetch
        self._readers = readers
        self._what = what
        self._check = check
        # Readers are threads on the blocking wire, so they decide one at a time what to read.
        self._deciding = Gate(wire, 1)
        self._ranges = [Range(begin)]
        self._widths: deque[float] = deque(maxlen=REMEMBERED)
        self._left = 0
        self._at_work: list[None] = []
        self._news = wire.signal()

    async def next_page(self) -> Sequence[Record] | None:
        """The next rows in order of id, or None at the end."""
        if (front := self._front()) is not None and front.pages and self._worth_reading(front.pages[0]):
            await self._round()
        while (front := self._front()) is not None:
            if front.pages:
                # Pages that were read ahead are had without waiting: others would wait until all are used up.
                await self._wire.give_way()
                await self._decoded(front.pages[0])
                return self._taken(front.pages.popleft())
            await self._round()
        return None

    def _worth_reading(self, page: Waiting) -> bool:
        """Whether the next page is better decoded while readers wait for others than while all slots idle."""
        waiting = sum(len(one.pages) for one in self._ranges)
        return (
            not page.is_decoded and self._readers > 1 and waiting < SOON and not all(one.done for one in self._ranges)
        )

    async def _decoded(self, page: Waiting) -> None:
        while not page.is_decoded:
            page.decode()
            await self._wire.give_way()

    def _taken(self, page: Waiting) -> Sequence[Record]:
        """The rows of a page, each once, and none that is another range's."""
        self._check(page.decoded, page.low, page.high)
        rows = {record.id: record for record in page.decoded}
        self.duplicates += len(page.decoded) - len(rows)
        records = list(rows.values())
        if page.below is not None and records and int(records[-1].id) >= page.below:
            records = [record for record in records if int(record.id) < page.below]
        return records

    def _front(self) -> Range | None:
        while self._ranges and self._ranges[0].done and not self._ranges[0].pages:
            del self._ranges[0]
        return self._ranges[0] if self._ranges else None

    async def _round(self) -> None:
        for one in self._ranges:
            one.busy = False  # a round that was cut off left its marks
        readers = self._wanted_readers()
        self._left = readers * ROUND if self._widths else 1
        self._at_work = [None] * readers
        await self._wire.gather([*[self._read_on] * readers, *([self._decode_on] if readers > 1 else [])])

    def _wanted_readers(self) -> int:
        """Few at first: most lists are short, and requests are a budget."""
        return max(1, min(self._readers, 1 + self.requests))

    async def _read_on(self) -> None:
        try:
            while (chosen := await self._chosen()) is not None:
                low, high = chosen.low, chosen.high
                stretch = await self._fetch(low, high)
                await self._deciding.enter(Lane.INTERACTIVE)
                try:
                    self._keep(chosen, stretch, high)
                finally:
                    self._deciding.leave()
                self._news.set()
        except BaseException:
            self._at_work.clear()  # those who were still to begin may never do so
            raise
        finally:
            del self._at_work[:1]
            self._news.set()

    async def _decode_on(self) -> None:
        """Decodes what waits, the foremost first, while the readers wait for their answers."""
        while self._at_work:
            self._news = news = self._wire.signal()
            waiting = [page for one in list(self._ranges) for page in list(one.pages)]
            page = next((page for page in waiting[:SOON] if not page.is_decoded), None)
            if page is not None:
                await self._wire.give_way()  # whoever got it asks for the next one before it is decoded
                page.decode()
            elif self._at_work and not await news.wait(until()):
                return

    async def _chosen(self) -> Range | None:
        await self._deciding.enter(Lane.INTERACTIVE)
        try:
            if self._left <= 0:
                return None
            chosen = self._waiting() or self._split()
            if chosen is not None:
                chosen.busy = True
                self._left -= 1
            return chosen
        finally:
            self._deciding.leave()

    def _waiting(self) -> Range | None:
        for place, one in enumerate(self._ranges):
            if not one.busy and not one.done and (place == 0 or len(one.pages) < AHEAD):
                return one
        return None

    def _split(self) -> Range | None:
        """A new range behind the front-most reader who has more before him than is worth reading alone."""
        if not self._widths or sum(len(one.pages) for one in self._ranges[1:]) >= AHEAD * self._readers:
            return None
        for place, one in enumerate(self._ranges):
            cut = self._cut(one)
            if cut is not None:
                behind = Range(cut, one.high)
                one.high = cut
                self._ranges.insert(place + 1, behind)
                return behind
        return None

    def _cut(self, one: Range) -> int | None:
        """Where to split a range that is being read: a few pages ahead, by how densely ids have stood so far."""
        if one.done or not one.busy or not one.more or one.low is None:
            return None
        width = sorted(self._widths)[len(self._widths) // 2]
        ahead = min(AHEAD, max(2, self.requests))
        if one.high is None:
            return one.low + max(2, int(width * ahead))
        pages = (one.high - one.low) / width
        return one.low + int(width * min(ahead, pages / 2)) if pages >= WORTH else None

    def _keep(self, one: Range, stretch: Stretch, asked: int | None) -> None:
        """Takes in what was read. The range may have been split meanwhile: what lies behind the cut is another's."""
        one.busy = False
        self.requests += 1
        end, rows = stretch.through, stretch.records
        if rows and (one.high is None or int(rows[0].id) < one.high):
            one.pages.append(Waiting(rows, one.low, asked, one.high))
        if end is None or (one.high is not None and end >= one.high):
            one.done = True
            return
        if one.low is not None and end <= one.low:
            raise Incomplete(f"list all {self._what}", said=["the vendor gives the same page again and again"])
        begin = int(rows[0].id) if rows else one.low or 0
        self._widths.append(max(1.0, end - (begin if one.low is None else one.low)))
        one.low, one.more = end, True


def within(ids: Sequence[int], low: int | None, high: int | None) -> bool:
    """Whether a stretch holds only what was asked for."""
    return not ids or ((low is None or min(ids) >= low) and (high is None or max(ids) < high))


def ascending(ids: Sequence[int]) -> bool:
    """Whether a stretch is in order of id; the same record twice is."""
    return all(map(le, ids, ids[1:]))
