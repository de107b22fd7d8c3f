"""Chains: a list read page by page, each page telling where the next one is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from ..errors import Incomplete
from ..models import Record
from ..spi.adapter import Page

MOST_EMPTY: Final = 100
"""So many empty pages in a row, each of which names a next one, lead nowhere."""

Ask = Callable[[Any], Awaitable[Page]]


class Chain:
    """One list. Its state changes only when a page is whole, so that an interrupted one can go on."""

    def __init__(self, ask: Ask, *, seen: set[str], what: str) -> None:
        self.requests = 0
        self.duplicates = 0
        self._ask = ask
        self._what = what
        self._cursor: Any = None
        self._ended = False
        self._empty = 0
        self._cursors: set[str] = set()
        self._seen = seen

    async def next_page(self) -> Sequence[Record] | None:
        """The next rows that were not there before, or None at the end."""
        if self._ended:
            return None
        page = await self._ask(self._cursor)
        records = list(page.records)
        if page.cursor is not None:
            self._guard(page, records)  # before anything is counted: what was not yielded must not pass for seen
            self._cursors.add(repr(page.cursor))
        fresh: dict[str, Record] = {}
        for record in records:
            if record.id not in self._seen:
                fresh.setdefault(record.id, record)
        self._seen.update(fresh)
        self.requests += 1
        self.duplicates += len(records) - len(fresh)
        self._cursor, self._ended = page.cursor, page.cursor is None
        return list(fresh.values())

    def _guard(self, page: Page, records: Sequence[Record]) -> None:
        """Refuses to go round in circles: the same cursor twice, or a whole page of records that were there already."""
        repeated = bool(records) and all(record.id in self._seen for record in records)
        self._empty = 0 if records else self._empty + 1
        circling = repr(page.cursor) in self._cursors or (repeated and not page.overlaps)
        if circling or self._empty > MOST_EMPTY:
            raise Incomplete(f"list all {self._what}", said=["the vendor gives the same page again and again"])
