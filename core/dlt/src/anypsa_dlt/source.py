"""The source: one resource for each collection, incremental by what dlt keeps for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import dlt

from anypsa import Psa
from anypsa.copying import Reading, chosen
from anypsa.models import Kind

from .columns import KEY, columns
from .shelf import Shelf

if TYPE_CHECKING:
    from dlt.extract import DltResource, DltSource

NAME: Final = "psa"


@dataclass
class Spending:
    """What a run may take, and what it has done."""

    max_requests: int | None = None
    requests: int = 0
    rows: dict[str, int] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    """The collections that are up to date."""

    @property
    def spent(self) -> bool:
        return self.max_requests is not None and self.requests >= self.max_requests


def psa_source(
    psa: Psa,
    collections: Iterable[str] | None = None,
    *,
    full: bool = False,
    allow_loss: bool = False,
    max_requests: int | None = None,
) -> DltSource:
    """A source for `pipeline.run`: tables of collections (`["tickets", "companies"]`; all that this PSA lists, if not said).

    The first run loads everything, the next ones what was changed since. `full` reads everything again, which finds what
    was deleted; raises `Invalid` if that is more than can be believed, unless `allow_loss`. A run ends when it has sent
    `max_requests`, and the next one goes on there; where the PSA does not list in order of id, not before it has read the
    collection that it is at. Its requests go in the bulk lane, behind those of people.
    """
    kinds = chosen(psa, collections)
    anew = {kind.plural for kind in kinds} if full else frozenset()
    return source_of(psa, kinds, Spending(max_requests), anew, allow_loss=allow_loss)


def source_of(
    psa: Psa, kinds: Sequence[Kind[Any, ..., ...]], spending: Spending, anew: AbstractSet[str], *, allow_loss: bool
) -> DltSource:
    """A source that tells what it spends; the collections `anew` are read whole."""

    @dlt.source(name=NAME)
    def source() -> list[DltResource]:
        return [resource(psa, kind, spending, full=kind.plural in anew, allow_loss=allow_loss) for kind in kinds]

    return source()


def resource(psa: Psa, kind: Kind[Any, ..., ...], spending: Spending, *, full: bool, allow_loss: bool) -> DltResource:
    """A collection as a table that is merged by tenant and id."""

    def rows() -> Iterator[list[dict[str, Any]]]:
        state = dlt.current.resource_state().setdefault(psa.tenant, {})
        shelf = Shelf(dlt.current.pipeline(), kind, psa.tenant, state)
        reading = Reading(psa, kind, shelf)
        steps = reading.steps(full=full, allow_loss=allow_loss)
        more = True
        while more and not (spending.spent and reading.lasting):
            with psa.budget(lane="bulk") as spent:  # around one step: dlt does other things between them
                more = next(steps, steps) is None
            spending.requests += spent.used
            found = shelf.take()
            spending.rows[kind.plural] = spending.rows.get(kind.plural, 0) + len(found)
            yield found
        if not more:
            spending.ended.add(kind.plural)

    return dlt.resource(
        rows, name=kind.plural, primary_key=KEY, write_disposition="merge", columns=columns(kind), max_table_nesting=0
    )
