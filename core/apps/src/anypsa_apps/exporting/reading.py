"""Reading for an export: everything once, then what was changed since."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from anypsa import Collection, Expression, Invalid, Problem, Psa, Record, Unsupported
from anypsa.models import Kind
from anypsa.query import And, Compare, Operator

from .store import Store

FEW: Final = 10
SHARE: Final = 0.1
"""More records than a few, and than this share of all, are not believed to be gone until somebody says so."""


@dataclass
class Tally:
    """What an export has done so far."""

    new: int = 0
    read: int = 0
    gone: int = 0


Told = Callable[[Tally], None]


class Reading:
    """What is exported, and into which store. `told` hears of each page."""

    def __init__(self, psa: Psa, kind: Kind[Any, ..., ...], where: Expression | None, store: Store, told: Told) -> None:
        self._psa = psa
        self._kind = kind
        self._where = where
        self._store = store
        self._told = told
        self._collection: Collection[Any, ..., ...] = getattr(psa, kind.plural)
        self.tally = Tally()

    def everything(self, *, lossy: bool) -> None:
        """A pass over everything, or the rest of one that was interrupted.

        Raises `Invalid`, and drops nothing, if more records than can be believed are not listed any more.
        """
        store = self._store
        if store.stage != "reading":
            store.begin(self._now())
        for page in self._pages(store.after):
            self._count(page)
            store.keep(page, after=page[-1].id if page else None)
            self._told(self.tally)
        gone = store.unseen()
        if len(gone) > max(FEW, SHARE * len(store)) and not lossy:
            many = f"{len(gone)} of {len(store)} {self._kind.plural} are not listed any more"
            problem = Problem("--allow-loss", f"is missing: {many}; do these credentials still see all of them?")
            raise Invalid(f"export {self._kind.plural}", problems=[problem])
        store.end(gone)
        self.tally.gone += len(gone)

    def changes(self) -> None:
        """What was changed since the pass, or the look, before; nothing where changes cannot be found."""
        store = self._store
        if store.cursor is None:
            return
        changes = self._psa.changes(store.cursor, entities=[self._kind.name])
        found = {one.id: one for one in changes.records}
        kept = found if self._where is None else self._matching(found)
        gone = store.known(found.keys() - kept.keys())
        self._count(list(kept.values()))
        store.follow(kept.values(), gone, changes.cursor)
        self.tally.gone += len(gone)
        self._told(self.tally)

    def _matching(self, changed: dict[str, Record]) -> dict[str, Record]:
        """Those of changed records that match, and perhaps some that were changed since."""
        stamps = [stamp for one in changed.values() if (stamp := getattr(one, "updated", None)) is not None]
        if not stamps or self._where is None:
            return {}
        since = Compare("updated", Operator.GTE, min(stamps))
        return {one.id: one for one in self._collection.list(And((self._where, since)))}

    def _now(self) -> str | None:
        """From when on changes are to be looked for; None where they cannot be found."""
        try:
            return self._psa.changes(entities=[self._kind.name]).cursor
        except Unsupported:
            return None

    def _pages(self, after: str | None) -> Iterator[Sequence[Record]]:
        """The pages behind a record, or all of them where none can be said to be behind another."""
        if after is not None:
            try:
                yield from self._collection.list(self._where, after=after).pages()
                return
            except Unsupported:  # raised before anything is read
                pass
        yield from self._collection.list(self._where).pages()

    def _count(self, records: Sequence[Record]) -> None:
        self.tally.read += len(records)
        self.tally.new += len(records) - len(self._store.known(one.id for one in records))
