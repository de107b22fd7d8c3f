"""Paging: offset pages over live data, read so that nothing is lost (wire/halopsa.md 3.1).

Pages are read from the last to the first, in order of id. A record that leaves the list while it is read moves others
towards the front, where they are read again, and none is skipped; new records have higher ids and stand behind. If the
count grows, something may have come in the middle and pushed a record back over the boundary: then the page behind is
read again. The size of a page is learned from the first answer, never from what was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from anypsa.errors import Unintelligible
from anypsa.spi import Answer

ASKED: Final = 100
# A list is given up when it took so many times the pages that it has.
MOST_TURNS: Final = 10


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list goes on: the page to read, the learned size, the count when it was last told."""

    number: int
    size: int
    count: int
    again: bool = False
    """Whether this page was read before."""
    turn: int = 1
    """How many pages were read: a busy list may lead to the same page twice, at the same count, without going round."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of an answer, and the total, where the vendor tells one."""

    rows: Sequence[Mapping[str, Any]]
    total: int | None


def parameters(number: int, size: int) -> dict[str, str]:
    """What asks for a page: `page_size` alone does nothing."""
    order = {"order": "id", "orderdesc": "false"}
    return {"pageinate": "true", "page_no": str(number), "page_size": str(size), **order}


def rows(answer: Answer, key: str | None) -> Rows:
    """The rows, from an envelope or a bare array: the same list has come as both (3.3)."""
    body = answer.json()
    if isinstance(body, list):
        return Rows(checked(answer, body), None)
    if not isinstance(body, dict):
        raise answer.unintelligible("it holds no list")
    listed = body.get(key or "", body.get("results"))
    if listed is None:
        lists = [value for value in body.values() if isinstance(value, list)]
        listed = lists[0] if len(lists) == 1 else [body] if "id" in body else None
    if not isinstance(listed, list):
        raise answer.unintelligible("it holds no list")
    total = body.get("record_count")
    return Rows(checked(answer, listed), total if isinstance(total, int) and not isinstance(total, bool) else None)


def checked(answer: Answer, listed: list[Any]) -> Sequence[Mapping[str, Any]]:
    if not all(isinstance(row, dict) for row in listed):
        raise answer.unintelligible("its list holds something else than records")
    return listed


def after_first(found: Rows) -> Place | None:
    """Where to go on after the first page: nowhere, if it was all; else to the last page."""
    if found.total is None or not found.rows or len(found.rows) >= found.total:
        return None
    size = len(found.rows)
    return Place(number=-(-found.total // size), size=size, count=found.total)


def after(place: Place, found: Rows) -> Place | None:
    """Where to go on after a later page."""
    total = place.count if found.total is None else found.total
    if len(found.rows) > place.size or (len(found.rows) < place.size and place.number * place.size <= total):
        raise Unintelligible("read a list page by page", said=["the size of a page changed while the list was read"])
    turn = place.turn + 1
    if turn > MOST_TURNS * (total // place.size + 2):
        raise Unintelligible("read a list page by page", said=["the list grows faster than it can be read"])
    if total > place.count:
        return replace(place, number=place.number + 1, count=total, again=True, turn=turn)
    if place.number == 1:
        return None
    return replace(place, number=place.number - 1, count=total, again=place.number == 2, turn=turn)
