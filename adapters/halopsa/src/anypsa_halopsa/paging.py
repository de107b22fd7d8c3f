"""Paging: offset pages over live data, read so that nothing is lost (wire/halopsa.md 3.1, docs/decisions/0007).

The first page tells the count and how large a page really is. Then pages are read from the last to the first, each of
a size that makes it overlap the one behind it by a row at least: a page that shares a record with what was read before
proves that nothing slipped through between the two, whatever came or went meanwhile. One that does not is read again
further behind. A list that tells no count is read forwards in the same way.

What a place says of positions only chooses pages; that a list was read whole rests on the records they share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from anypsa.errors import Incomplete
from anypsa.spi import NUMBER, Answer, Context, Undecodable

ASKED: Final = 100
DEFAULT: Final = 50
# So many pages in a row may prove nothing; then the list changes faster than it can be read.
PATIENCE: Final = 12
NOWHERE: Final = Context("")
Window = frozenset[str]


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an answer; the total and the size of a page, where the vendor tells them."""

    rows: Sequence[Mapping[str, Any]]
    total: int | None = None
    size: int | None = None

    @property
    def window(self) -> Window:
        """The ids of the rows."""
        return frozenset(identity(row) for row in self.rows)

    @property
    def first(self) -> str | None:
        """The id of the first row."""
        return identity(self.rows[0]) if self.rows else None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list goes on.

    `number`, `size`: the page to read. `cap`: the largest page the vendor gives. `edge`: the position up to which the
    list was read; forwards if `total` is None, else from the end. `aligned`: the page cannot overlap what was read.
    `fixed`: the vendor has a page size of its own. `last`: the page is the last row alone. `doubtful`: the page before
    began as the first one, as all do where paging is ignored. `idle`: pages in a row that proved nothing. `turn`: pages
    read so far. `first`, `head`: the first id and all ids of the first page. `chain`: the ids of the pages that were
    proved to follow each other.
    """

    number: int
    size: int
    cap: int
    edge: int
    total: int | None
    aligned: bool = False
    fixed: bool = False
    last: bool = False
    doubtful: bool = False
    idle: int = 0
    turn: int = 1
    first: str | None = field(default=None, repr=False)
    head: Window = field(default=frozenset(), repr=False)
    chain: tuple[Window, ...] = field(default=(), repr=False)

    def shares(self, window: Window) -> bool:
        """Whether one of the records was read before, on a page of the chain."""
        return any(not window.isdisjoint(page) for page in self.chain)

    def repeated(self, found: Rows) -> bool:
        """Whether a later page begins as the first one does."""
        return self.number > 1 and found.first is not None and found.first == self.first


def parameters(number: int, size: int) -> dict[str, str]:
    """What asks for a page: `page_size` alone does nothing."""
    order = {"order": "id", "orderdesc": "false"}
    return {"pageinate": "true", "page_no": str(number), "page_size": str(size), **order}


def rows(answer: Answer, key: str | None) -> Rows:
    """The rows, from an envelope or a bare array: the same list has come as both (3.3)."""
    body = answer.json()
    if isinstance(body, list):
        return Rows(checked(answer, body))
    if not isinstance(body, dict):
        raise answer.unintelligible("it holds no list")
    total, size = number(body.get("record_count")), number(body.get("page_size"))
    listed = body.get(key or "", body.get("results"))
    if listed is None and key in body:
        listed = []  # an empty list, told as nothing
    if listed is None:
        lists = [value for value in body.values() if isinstance(value, list)]
        alone = [body] if "id" in body else [] if total == 0 else None
        listed = lists[0] if len(lists) == 1 else alone
    if not isinstance(listed, list):
        raise answer.unintelligible("it holds no list")
    return Rows(checked(answer, listed), total, size or None)


def checked(answer: Answer, listed: list[Any]) -> Sequence[Mapping[str, Any]]:
    if not all(isinstance(row, dict) for row in listed):
        raise answer.unintelligible("its list holds something else than records")
    return listed


def number(value: Any) -> int | None:
    """A count, in any of the ways numbers come (7.4)."""
    try:
        found = int(NUMBER.decode(value, "", NOWHERE))
    except Undecodable:
        return None
    return found if found >= 0 else None


def identity(row: Mapping[str, Any]) -> str:
    try:
        return str(NUMBER.decode(row.get("id"), "id", NOWHERE))
    except Undecodable:
        return repr(row.get("id"))


def after_first(asked: int, found: Rows) -> Place | None:
    """Where to go on after the first page: nowhere, if it was all; else to the end of the list. That rows which fill a
    page are all there are has to be proved."""
    count, total, window = len(found.rows), found.total, found.window
    if not count and not total:
        return None
    cap = count or found.size or asked
    start = Place(number=1, size=asked, cap=cap, edge=count, total=total, fixed=count > asked)
    start = replace(start, first=found.first, head=window)
    if total is None or total < count or (total == count and count in (DEFAULT, asked)):
        return beyond(replace(start, total=None, chain=(window,)))
    if total == count:
        return None
    return before(start, total)


def after(place: Place, found: Rows) -> Place | None:
    """Where to go on after a later page; raises `Incomplete` where nothing more can be proved."""
    window, total = found.window, place.total
    if place.last:
        return before_last(place, window)
    if len(found.rows) > place.size:  # the vendor has a size of its own, whatever is asked
        place = replace(place, cap=len(found.rows), fixed=True)
    following = forwards(place, found, window) if total is None else backwards(place, found, window, total)
    if following is not None and following.idle > PATIENCE:
        raise incomplete("it changes faster than it can be read")
    return following


def backwards(place: Place, found: Rows, window: Window, total: int) -> Place | None:
    """From the end towards the first page."""
    if place.repeated(found):
        if place.doubtful or window == place.head:
            raise incomplete("every page is the first one, though there are more records")
        behind = place.edge + 2 ** (place.idle + 1)
        return before(replace(place, doubtful=True, turn=place.turn + 1, idle=place.idle + 1), behind)
    place = replace(place, doubtful=False)
    size = place.cap if place.fixed else min(place.size, found.size or place.size)
    offset = (place.number - 1) * size
    past = not window and not found.total
    now = total if past or found.total is None else found.total
    ends = past or offset + size >= now
    still = (place.aligned or not window) and now <= total
    cap = max(size, 1) if size < place.size else place.cap
    ahead = replace(place, cap=cap, total=now, turn=place.turn + 1)
    if not (ends or still or place.shares(window)):
        if len(window) < size:  # perhaps pages became smaller
            cap = min(cap, max(len(window), 2))
        return before(replace(ahead, cap=cap, idle=place.idle + 1), place.edge + max(now - total, 0) + 2**place.idle)
    idle = 0 if offset < place.edge or not place.chain else place.idle + 1
    linked = replace(ahead, edge=offset, chain=(window, *place.chain), idle=idle)
    if not place.chain and window and not place.fixed:
        return replace(linked, number=now, size=1, last=True)
    if place.number > 1 and window.isdisjoint(place.head):
        return before(linked)
    return None


def before_last(place: Place, window: Window) -> Place:
    """After a look at the last row alone: if it was not on what was taken for the last page, pages became smaller."""
    ahead = replace(place, last=False, turn=place.turn + 1)
    if not window or place.shares(window) or not place.chain:
        return before(ahead)
    cap = max(len(place.chain[0]), 1)
    return before(replace(ahead, cap=cap, chain=(), idle=place.idle + 1), place.number)


def forwards(place: Place, found: Rows, window: Window) -> Place | None:
    """From the first page to the end, where no count is told."""
    size = place.cap if place.fixed else place.size
    ahead = replace(place, turn=place.turn + 1)
    if place.repeated(found):
        if place.doubtful or window == place.head:
            return None  # a list that ignores paging: it was whole at once
        return beyond(replace(place, doubtful=True, turn=place.turn + 1, idle=place.idle + 1, edge=place.edge + 1))
    place = replace(place, doubtful=False)
    known = place.shares(window)
    if not (known or place.number == 1 or place.aligned):
        return beyond(replace(ahead, edge=max(1, place.edge - 2**place.idle), idle=place.idle + 1))
    new = window.difference(*place.chain)
    if not new and len(found.rows) < size:
        return None
    edge = (place.number - 1) * size + len(found.rows)
    idle = 0 if new else place.idle + 1
    return beyond(replace(ahead, edge=edge, chain=(window, *place.chain) if new else place.chain, idle=idle))


def before(place: Place, edge: int | None = None) -> Place:
    """The page that covers the row at the edge, and as many before it as there can be."""
    at = place.edge if edge is None else edge
    size = max(range(1, place.cap + 1), key=lambda size: (at % size, size))
    if place.fixed or (edge is None and at % size == 0):
        number = -(-at // place.cap)
        return replace(place, number=max(number, 1), size=place.cap, aligned=edge is None)
    return replace(place, number=at // size + 1, size=size, aligned=False)


def beyond(place: Place) -> Place:
    """The page that covers the last row before the edge, and as many behind it as there can be."""
    last = place.edge - 1
    size = max(range(1, place.cap + 1), key=lambda size: (size - last % size, size))
    if place.fixed or size - last % size == 1:
        return replace(place, number=place.edge // place.cap + 1, size=place.cap, aligned=True)
    return replace(place, number=last // size + 1, size=size, aligned=False)


def incomplete(reason: str) -> Incomplete:
    return Incomplete("read a list page by page", said=[reason], retryable=True)
