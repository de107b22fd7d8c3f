"""Turns: what is done for one tenant before the next one has its turn. Each collection is an export of its own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from anypsa import Psa
from anypsa.copying import Reading, chosen
from anypsa.models import Kind

from ..exporting.command import about, store_path
from ..exporting.formats import format_of
from ..exporting.store import Store
from ..records.acting import Wanted

EVERYTHING: Final = Wanted((), None)


@dataclass(frozen=True)
class Plan:
    """What is synced of each tenant, and where: a folder for each in `folder`, a file for each collection in it. `full` reads
    everything again."""

    folder: Path
    suffix: str
    collections: Sequence[str] | None = None
    full: bool = False


class Sync:
    """A tenant's way through its collections, in steps: a page each. `done` holds those that are up to date.

    It may be gone on with by another thread, one at a time.
    """

    def __init__(self, connect: Callable[[], Psa], folder: Path, plan: Plan, done: Sequence[str]) -> None:
        self.done = list(done)
        self._connect = connect
        self._folder = folder
        self._plan = plan
        self._steps = self._all()

    def go(self) -> bool:
        """Goes on by a page; whether there is more to do."""
        return next(self._steps, self) is None

    def close(self) -> None:
        """Gives files and connections back."""
        self._steps.close()

    def _all(self) -> Generator[None]:
        with self._connect() as psa:
            for kind in chosen(psa, self._plan.collections):
                if kind.plural not in self.done:
                    yield from self._one(psa, kind)
                    self.done.append(kind.plural)

    def _one(self, psa: Psa, kind: Kind[Any, ..., ...]) -> Generator[None]:
        to = self._folder / f"{kind.plural}{self._plan.suffix}"
        form = format_of(to)
        with Store(store_path(to, kind, form, fresh=False), about(psa, kind, EVERYTHING)) as store:
            steps = Reading(psa, kind, store).steps(full=self._plan.full)
            more = True
            while more:
                with psa.budget(lane="bulk"):  # around one step: other tenants have their turns between them
                    more = next(steps, steps) is None
                if more:
                    yield
            form.write(store.documents(), kind, to)
