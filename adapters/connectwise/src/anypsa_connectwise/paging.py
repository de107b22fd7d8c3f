"""Paging: forward-only, by the link that each page has to the next; by id where an endpoint has no links (Forward-only)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from anypsa.spi import NUMBER, Answer, Context, Undecodable

Row = Mapping[str, Any]
ASKED: Final = 500
"""Rows of a page. Up to 1000 are given (Paging); rows are long, and slow servers time out over many of them."""
FORWARD: Final[Mapping[str, str]] = {"pagination-type": "forward-only"}
NEXT: Final = re.compile(r'<([^<>]+)>\s*;[^,<]*\brel="?next"?', re.IGNORECASE)
NOTHING: Final = Context("")


@dataclass(frozen=True, slots=True)
class Link:
    """The next page is asked for with these parameters. Only they are taken from the vendor's link: its address may name
    another host or codebase than the request went to, and nothing of ours goes there."""

    parameters: tuple[tuple[str, str], ...]

    def beside(self, asked: Mapping[str, str]) -> dict[str, str]:
        """The parameters of the link, and of what was asked for what the link does not name."""
        named = {name.casefold() for name, _ in self.parameters}
        return {name: value for name, value in asked.items() if name.casefold() not in named} | dict(self.parameters)


@dataclass(frozen=True, slots=True)
class After:
    """The next page begins after this id."""

    id: int

    def condition(self) -> str:
        """That a row has not been read yet."""
        return f"id>{self.id}"


Cursor = Link | After


def rows(answer: Answer) -> Sequence[Row]:
    """The rows of a page: a bare array (Paging)."""
    found = answer.json()
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise answer.unintelligible("it is no list of records")
    return found


def linked(answer: Answer) -> Link | None:
    """The link to the next page; an empty header ends the list."""
    found = NEXT.search(answer.headers.get("link", ""))
    if found is None:
        return None
    parameters = tuple(parse_qsl(found[1].partition("#")[0].partition("?")[2]))
    if not parameters:
        raise answer.unintelligible("its link to the next page does not say where that begins")
    return Link(parameters)


def links(answer: Answer) -> bool:
    """Whether an endpoint pages by links: a few do not send any (Forward-only)."""
    return "link" in answer.headers


def last(answer: Answer) -> After | None:
    """Where a list by ids goes on. A page may be shorter than asked for, so that only an empty one ends it."""
    found = rows(answer)
    try:
        return After(max(int(NUMBER.decode(row.get("id"), "id", NOTHING)) for row in found)) if found else None
    except Undecodable:
        raise answer.unintelligible("it has a record without an id") from None
