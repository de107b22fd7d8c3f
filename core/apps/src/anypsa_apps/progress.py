"""Progress: what a long list has read so far, for people who wait for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from anypsa import Budget, Pager, Record

    Told = Callable[[int, int, Callable[[], Budget]], None]

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


@contextmanager
def watching(word: str) -> Iterator[Told]:
    """A function that says, if people look at it, how many records are there, what they cost and what may still go."""
    if not sys.stderr.isatty():
        yield lambda count, requests, budget: None
        return
    from rich.console import Console

    with Console(stderr=True).status(f"reading {word} …") as status:

        def told(count: int, requests: int, budget: Callable[[], Budget]) -> None:
            status.update(f"{count:,} {word}, {requests:,} requests, {budget().left:,} left for now")

        yield told
