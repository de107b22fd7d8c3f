"""A tenant whose tickets other people edit while they are listed, and what a listing then owes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from anypsa import Psa, q
from anypsa.testing import Passage, passage
from anypsa_sandbox import Sandbox

OPEN_ONLY = q.state == "open"
NEW: dict[str, Any] = {
    "title": "just came in",
    "status": "New",
    "priority": "Medium",
    "queue": "Network",
    "type": "Incident",
    "company": 0,
    "created": "2026-11-24T12:00:00.000Z",
    "updated": "2026-11-24T12:00:00.000Z",
}


class EditedListing:
    """One listing, page by page, and the edits between its pages.

    Ids are never used twice by a vendor, so the newest ticket stays.
    """

    def __init__(self, sandbox: Sandbox, psa: Psa, *, open_only: bool) -> None:
        self._sandbox = sandbox
        self._open_only = open_only
        rows = sandbox.world().rows("tickets")
        self._alive = [row["id"] for row in rows]
        matching = {row["id"] for row in rows if not open_only or row["status"] != "Complete"}
        self._throughout = matching
        self._ever = set(matching)
        self._yielded: list[str] = []
        self.pager = psa.tickets.list(OPEN_ONLY if open_only else None)
        self._pages: Iterator[Sequence[Any]] = iter(self.pager.pages())
        self.done = False

    def read_a_page(self) -> None:
        page = next(self._pages, None)
        self.done = page is None
        self._yielded.extend(ticket.id for ticket in page or ())

    def add(self) -> None:
        id = self._edit(add=NEW)["id"]
        self._alive.append(id)
        self._ever.add(id)

    def remove(self, place: int) -> None:
        id = self._picked(place)
        self._alive.remove(id)
        self._throughout.discard(id)
        self._edit(id=id, remove=True)

    def rename(self, place: int) -> None:
        self._edit(id=self._picked(place), change={"title": "renamed", "updated": NEW["updated"]})

    def complete(self, place: int) -> None:
        id = self._picked(place)
        if self._open_only:
            self._throughout.discard(id)
        self._edit(id=id, change={"status": "Complete", "closed": NEW["updated"]})

    def _picked(self, place: int) -> int:
        return self._alive[place % (len(self._alive) - 1)]

    def _edit(self, **edit: Any) -> Any:
        return self._sandbox.control.world(tenant=self._sandbox.tenants[0], table="tickets", **edit)

    def passage(self) -> Passage:
        """Reads what is left, and judges the whole."""
        while not self.done:
            self.read_a_page()
        return passage(self._yielded, throughout=map(str, self._throughout), ever=map(str, self._ever))
