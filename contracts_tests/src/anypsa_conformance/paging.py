"""Checks of lists under fire: pages that come small, that come again, and that others edit meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from anypsa import PSAError
from anypsa.testing import faults, passage
from anypsa.testing.faults import Line, Received

from .breaking import Breaking
from .checks import FAULTS, check
from .faces import Probe
from .failing import ids_of, outcome, tickets
from .harness import Harness, HarnessError

MOST: Final = 60
"""So many requests are answered with the same page; whoever asks more often is going round in circles."""


@check("faults.small_pages", promise="complete", drivers=FAULTS, proves=("list.order",), survives=("P4", "P10"))
async def small_pages(psa: Probe, harness: Harness) -> None:
    """Pages smaller than asked for end no list."""
    harness.shrink_pages(7)
    pager = psa.tickets.list()
    ids = await ids_of(pager)

    assert len(ids) == len(set(ids)) == tickets(harness)
    assert pager.report.complete


@check("faults.edited_meanwhile", promise="complete", drivers=FAULTS, proves=("list.order",), survives=("P1", "P3"))
async def edited_meanwhile(psa: Probe, harness: Harness) -> None:
    """Whoever adds, changes and removes tickets while they are listed: what stays is listed once."""
    everything = set(await ids_of(psa.tickets.list()))
    # Ids are never used twice by a vendor, so the newest ticket stays.
    newest = max(everything, key=int)
    removed, made = set[str](), set[str]()
    harness.shrink_pages(10)
    pager, seen = psa.tickets.list(), list[str]()
    async for rows in pager.pages():
        seen += [row.id for row in rows]
        unseen = sorted(everything - set(seen) - removed - {newest})
        gone = {*sorted(set(seen) - removed - {newest})[:2], *unseen[:1]}
        for id in gone if len(removed) < 12 else ():
            harness.edit("tickets", id=int(id), remove=True)
            removed.add(id)
        if len(made) < 3:
            values = {"title": "new", "status": "New", "company": 0, "queue": harness.world.queue}
            made.add(str(harness.edit("tickets", add={**values, "priority": "Medium", "type": "Incident"})["id"]))
    if not removed or not made:
        raise HarnessError("nothing was edited meanwhile: the list came in one page")

    assert passage(seen, throughout=everything - removed, ever=everything | made).sound


@dataclass
class Repeated:
    """Every request is answered as if it were the first of them, and in the end not at all."""

    behind: Breaking
    first: Received | None = None
    count: int = 0

    def play(self, request: Received, line: Line) -> None:
        self.first, self.count = self.first or request, self.count + 1
        act = faults.Answer({}, 404) if self.count > MOST else self.behind(self.first) or faults.Forward()
        act.play(self.first, line)


@check(
    "faults.same_page",
    promise="complete",
    drivers=FAULTS,
    proves=("list.order",),
    survives=("P2",),
    provisional=True,
)
async def same_page(psa: Probe, harness: Harness) -> None:
    """A first page that comes for ever is no list: it is found out, soon, and its tickets come once."""
    harness.shrink_pages(20)
    repeated = Repeated(Breaking(list(harness.breaking.rules)))
    harness.breaking.first("", harness.paths.tickets, repeated)
    pager, seen = psa.tickets.list(), list[str]()

    async def read() -> None:
        async for rows in pager.pages():
            seen.extend(row.id for row in rows)

    told = await outcome(read())

    assert isinstance(told, PSAError) or len(seen) == tickets(harness)
    assert len(seen) == len(set(seen))
    assert repeated.count <= MOST
