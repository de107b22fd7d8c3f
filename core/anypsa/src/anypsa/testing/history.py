"""Histories: what a program tried and what it learned of it, held against what the server has in the end.

The idea is Jepsen's: clients note invocations and completions, unknown ones as unknown, and a checker judges the
whole history instead of single answers.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from ..errors import Denied, OutcomeUnknown, PSAError, Refused, Unreachable, Unsupported, VendorFailure


class Outcome(StrEnum):
    """What the program learned of a write."""

    OK = "ok"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong (`doubled`, `lost`, `against_its_word`), and what is open (`unresolved`).

    `doubled` stand more than once; `lost` were confirmed and are not there; `against_its_word` were refused and are
    there all the same. `unresolved` are those whose outcome the program does not know: no fault, but somebody's work.
    """

    doubled: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    against_its_word: tuple[str, ...] = ()
    unresolved: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether nothing was doubled, lost or done against its word."""
        return not (self.doubled or self.lost or self.against_its_word)


class History:
    """Writes under names of your choice (a title, say), from any number of threads or tasks."""

    def __init__(self) -> None:
        self._outcomes: dict[str, Outcome] = {}
        self._lock = threading.Lock()

    @contextmanager
    def write(self, name: str) -> Iterator[None]:
        """Notes one write: its invocation at the start, at the end what came of it. Our errors end here.

        A program that dies, or a task that is cancelled, leaves the write unknown.
        """
        self._note(name, Outcome.UNKNOWN, new=True)
        try:
            yield
        except PSAError as error:
            self._note(name, learned(error))
        else:
            self._note(name, Outcome.OK)

    def resolved(self, name: str, outcome: Outcome) -> None:
        """Notes what was learned of a write later on."""
        self._note(name, outcome)

    def _note(self, name: str, outcome: Outcome, *, new: bool = False) -> None:
        with self._lock:
            if new and name in self._outcomes:
                raise ValueError(f"{name!r} was written before; each write needs a name of its own")
            self._outcomes[name] = outcome

    def outcomes(self) -> Counter[Outcome]:
        """How many writes came out how."""
        with self._lock:
            return Counter(self._outcomes.values())

    def check(self, stored: Iterable[str]) -> Findings:
        """Judges the history against the names that stand on the server, each as often as it stands there."""
        standing = Counter(stored)
        with self._lock:
            by_outcome = {kind: [name for name, one in self._outcomes.items() if one is kind] for kind in Outcome}
            known = list(self._outcomes)
        return Findings(
            doubled=tuple(name for name in known if standing[name] > 1),
            lost=tuple(name for name in by_outcome[Outcome.OK] if not standing[name]),
            against_its_word=tuple(name for name in by_outcome[Outcome.REFUSED] if standing[name]),
            unresolved=tuple(by_outcome[Outcome.UNKNOWN]),
        )


def learned(error: PSAError) -> Outcome:
    """What an error says about a write: refused only if it says that nothing happened."""
    certain = isinstance(error, Refused | Denied | Unsupported) and not isinstance(error, VendorFailure)
    unsent = isinstance(error, Unreachable) and not error.sent
    return Outcome.REFUSED if (certain or unsent) and not isinstance(error, OutcomeUnknown) else Outcome.UNKNOWN


@dataclass(frozen=True, slots=True)
class Passage:
    """What a listing made of a changing server: `missed` existed throughout and were not yielded, `repeated` were
    yielded more than once, `invented` never existed."""

    missed: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    invented: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether the listing kept its promise."""
        return not (self.missed or self.repeated or self.invented)


def passage(yielded: Iterable[str], *, throughout: Iterable[str], ever: Iterable[str]) -> Passage:
    """Judges a listing: `throughout` are the ids that matched from its first request to its last, `ever` those that
    existed at any time of it."""
    seen = Counter(yielded)
    return Passage(
        missed=tuple(id for id in throughout if not seen[id]),
        repeated=tuple(id for id, count in seen.items() if count > 1),
        invented=tuple(sorted(seen.keys() - set(ever))),
    )
