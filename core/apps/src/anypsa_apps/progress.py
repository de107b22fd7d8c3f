"""Progress: what a long list has read so far, for people who wait for it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from anypsa import Pager, Record

T = TypeVar("T", bound="Record")
EVERY: Final = 100
"""So many records come before the line is written anew."""


def watched(records: Iterable[T], pager: Pager[T], word: str) -> Iterator[T]:
    """The records, while standard error, if people look at it, says how many came and what they cost."""
    if not sys.stderr.isatty():
        yield from records
        return
    from rich.console import Console

    with Console(stderr=True).status(f"listing {word} …") as status:
        for count, record in enumerate(records, start=1):
            yield record
            if count % EVERY == 0:
                status.update(f"{count:,} {word}, {pager.report.requests:,} requests")
