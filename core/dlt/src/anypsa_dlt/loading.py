"""Loading: a run in slices, each of which is in the warehouse before the next one is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dlt.pipeline.exceptions import PipelineStepFailed

from anypsa import Psa, PSAError
from anypsa.copying import chosen
from anypsa.models import Kind

from .source import Spending, source_of

if TYPE_CHECKING:
    from dlt import Pipeline

SLICE: Final = 100
"""So many requests are read before they are loaded."""


@dataclass(frozen=True)
class Loaded:
    """What was loaded: how many rows into each table, by how many requests, and the collections that are not up to date."""

    rows: Mapping[str, int]
    requests: int
    left: Sequence[str]

    @property
    def complete(self) -> bool:
        """Whether every collection is up to date."""
        return not self.left


def load(
    pipeline: Pipeline,
    psa: Psa,
    collections: Iterable[str] | None = None,
    *,
    full: bool = False,
    allow_loss: bool = False,
    max_requests: int | None = None,
    slice: int = SLICE,
) -> Loaded:
    """Brings a warehouse up to date with a PSA, `slice` requests at a time: a program that is killed loses one slice.

    The arguments are those of `psa_source`. Call it again after a crash, or where `max_requests` ended it before its end:
    it goes on. Our errors leave it as they are; dlt's own are dlt's.
    """
    left: Sequence[Kind[Any, ..., ...]] = chosen(psa, collections)
    begun: set[str] = set()
    rows: dict[str, int] = {kind.plural: 0 for kind in left}
    requests = 0
    while left and (max_requests is None or requests < max_requests):
        if pipeline.has_pending_data:  # of a program that was killed
            # Not `run`, which throws away what was read before the warehouse was first written to.
            pipeline.normalize()
            pipeline.load()
        spending = Spending(slice if max_requests is None else min(slice, max_requests - requests))
        anew = {kind.plural for kind in left} - begun if full else frozenset()
        source = source_of(psa, left, spending, anew, allow_loss=allow_loss)
        with ours():
            pipeline.run(source)
        begun |= set(spending.rows)
        requests += spending.requests
        for name, count in spending.rows.items():
            rows[name] += count
        left = [kind for kind in left if kind.plural not in spending.ended]
    return Loaded(rows, requests, [kind.plural for kind in left])


@contextmanager
def ours() -> Iterator[None]:
    """Errors of ours, out of what dlt wraps them in."""
    try:
        yield
    except PipelineStepFailed as failed:
        error: BaseException | None = failed
        while error is not None and not isinstance(error, PSAError):
            error = error.__cause__ or error.__context__
        if error is None:
            raise
        raise error from None
