"""Progress: what long work has read so far, what it cost and what may still go, for people who wait for it."""

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


def watched(records: Iterable[T], pager: Pager[T], word: str, budget: Callable[[], Budget]) -> Iterator[T]:
    """The records, while standard error, if people look at it, says how many came and what they cost.

    Not for records that are printed as they come to somebody who looks at them: those tell it themselves.
    """
    with watching(word) as told:
        for count, record in enumerate(records, start=1):
            yield record
            if count % EVERY == 0:
                told(count, pager.report.requests, budget)


@contextmanager
def watching(word: str) -> Iterator[Told]:
    """A function that says, if people look at it, how many records are there, what they cost and what may still go."""
    if not sys.stderr.isatty():
        yield lambda count, requests, budget: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    line = "{task.completed:,.0f} {task.description}, {task.fields[cost]}"
    columns = (BarColumn(20), TextColumn(line, markup=False), TimeElapsedColumn())
    # By itself rich takes over standard output too, and what goes to a file would go to the terminal.
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False) as progress:
        # How many there will be is not known: asking would cost a request, and many vendors do not tell.
        task = progress.add_task(word.replace("_", " "), total=None, cost="0 requests")

        def told(count: int, requests: int, budget: Callable[[], Budget]) -> None:
            cost = f"{requests:,} requests, {budget().left:,} left for now"
            progress.update(task, completed=count, cost=cost)

        yield told
