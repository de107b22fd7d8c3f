"""Copies: a collection that is kept up to date elsewhere. Everything is read once, then what was changed since.

Where a copy stands, in a file or in a warehouse, is its own affair. What is read for it, from where it goes on when it was
interrupted, and what is believed to be gone is decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final, Protocol

from .errors import Invalid, Problem, Unsupported
from .faces import Collection, Psa
from .models import ATTACHMENTS, KINDS, Kind, Record
from .query import And, Compare, Expression, Operator

FEW: Final = 10
SHARE: Final = 0.1
"""More records than a few, and than this share of all, are not believed to be gone until somebody says so."""
READING, WHOLE = "reading", "whole"
PLURALS: Final = {kind.plural: kind for kind in KINDS.values()}


def chosen(psa: Psa, collections: Iterable[str] | None) -> Sequence[Kind[Any, ..., ...]]:
    """The kinds of collections by their names, or all that this PSA lists whole, without files; nothing is sent.

    Raises `Invalid` for a name that there is not, `Unsupported` for a collection that cannot be listed whole.
    """
    if collections is None:
        return [kind for kind in PLURALS.values() if kind is not ATTACHMENTS and listed(psa, kind)]
    words = tuple(collections)
    if unknown := [word for word in words if word not in PLURALS]:
        told = [Problem("collections", f"there is no {word!r}", allowed=tuple(PLURALS)) for word in unknown]
        raise Invalid("copy collections", problems=told)
    for word in words:
        getattr(psa, word).list().explain()
    return [PLURALS[word] for word in words]


def listed(psa: Psa, kind: Kind[Any, ..., ...]) -> bool:
    """Whether all records of a kind can be listed."""
    try:
        getattr(psa, kind.plural).list().explain()
    except (Unsupported, Invalid):
        return False
    return True


class Copy(Protocol):
    """Where a copy stands, and how far it has got: what one call takes in is kept together, or not at all."""

    @property
    def stage(self) -> str | None:
        """`reading` during a pass over everything, `whole` after it, None before the first."""

    @property
    def cursor(self) -> str | None:
        """Since when changes are still to be read; None where they cannot be found, or nothing was read yet."""

    @property
    def after(self) -> str | None:
        """The record to go on behind, of a pass that did not get to its end."""

    def begin(self, cursor: str | None) -> None:
        """Begins a pass over everything; `cursor` tells what is changed from now on."""

    def keep(self, records: Sequence[Record], *, after: str | None) -> None:
        """Takes in a page of a pass, and where the pass has got to."""

    def unseen(self) -> Sequence[str]:
        """The ids of records that this pass has not met."""

    def end(self, gone: Sequence[str]) -> None:
        """Ends a pass: these are gone."""

    def follow(self, records: Sequence[Record], gone: Iterable[str], cursor: str) -> None:
        """Takes in what was changed since the cursor before."""

    def known(self, ids: Iterable[str]) -> AbstractSet[str]:
        """Those of the ids that it holds."""

    def __len__(self) -> int:
        """How many records it holds."""


class Reading:
    """What is read of a collection, or of what matches `where`, into a copy."""

    def __init__(self, psa: Psa, kind: Kind[Any, ..., ...], copy: Copy, where: Expression | None = None) -> None:
        self._psa = psa
        self._kind = kind
        self._copy = copy
        self._where = where
        self._collection: Collection[Any, ..., ...] = getattr(psa, kind.plural)
        self._lasting = True

    @property
    def lasting(self) -> bool:
        """Whether whoever stops here, and goes on with a new reading, goes on from here. Where the vendor does not list in
        order of id, a pass over everything is begun anew."""
        return self._lasting or self._copy.stage != READING

    def steps(self, *, full: bool = False, allow_loss: bool = False) -> Iterator[None]:
        """Brings the copy up to date, and stops after each page: the rest of a pass, or one over everything if there was
        none, if changes cannot be found, or if `full` says so, which finds what was deleted; then what was changed since.

        Raises `Invalid`, and drops nothing, if more records than can be believed are not listed any more, unless
        `allow_loss` says that this is right.
        """
        copy = self._copy
        if full or copy.stage != WHOLE or copy.cursor is None:
            yield from self._everything(allow_loss=allow_loss)
        if copy.cursor is not None:
            self._changes(copy.cursor)

    def _everything(self, *, allow_loss: bool) -> Iterator[None]:
        copy = self._copy
        if copy.stage != READING:
            copy.begin(self._now())
        for page in self._pages(copy.after):
            copy.keep(page, after=page[-1].id if page else None)
            yield
        gone = copy.unseen()
        if len(gone) > max(FEW, SHARE * len(copy)) and not allow_loss:
            many = f"{len(gone)} of {len(copy)} {self._kind.plural} are not listed any more"
            problem = Problem("allow_loss", f"is missing: {many}; do these credentials still see all of them?")
            raise Invalid(f"bring a copy of {self._kind.plural} up to date", problems=[problem])
        copy.end(gone)

    def _changes(self, cursor: str) -> None:
        """What was changed since the pass, or the look, before."""
        changes = self._psa.changes(cursor, entities=[self._kind.name])
        found = {one.id: one for one in changes.records}
        kept = found if self._where is None else self._matching(found)
        gone = self._copy.known(found.keys() - kept.keys())
        self._copy.follow(list(kept.values()), gone, changes.cursor)

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
        ordered = self._ordered()
        self._lasting = ordered and self._where is None  # some filters take several lists, which have no order
        if after is not None and ordered:
            try:
                yield from self._collection.list(self._where, after=after).pages()
                return
            except Unsupported:  # raised before anything is read
                pass
        yield from self._collection.list(self._where).pages()

    def _ordered(self) -> bool:
        """Whether the vendor lists in order of id; nothing is sent."""
        try:
            self._collection.list(after="1")
        except Unsupported:
            return False
        return True
