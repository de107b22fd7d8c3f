"""Measuring a classifier: how many of the sensitive tickets it finds, and how many of those it finds are sensitive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from anypsa import Choice, Classifier, Ref, State, Ticket

from .labelled import HELD_OUT, HELD_OUT_ORDINARY, ORDINARY, SENSITIVE, WIDENED, WIDENED_ORDINARY, Texts
from .sensitive import SENSITIVE as CATEGORY

HELD_OUT_SET: Final = "held out"
SETS: Final[Mapping[str, tuple[Texts, Sequence[str]]]] = {
    "the rules were written by": (SENSITIVE, ORDINARY),
    "the rules were widened by": (WIDENED, WIDENED_ORDINARY),
    HELD_OUT_SET: (HELD_OUT, HELD_OUT_ORDINARY),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How a classifier fared on a labelled set: the sensitive texts it found and `missed`, and the ordinary ones that it
    `mistook` for one."""

    name: str
    found: int
    ordinary: int
    missed: Sequence[str] = field(default=(), repr=False)
    mistook: Sequence[str] = field(default=(), repr=False)

    @property
    def sensitive(self) -> int:
        """How many of the texts are sensitive."""
        return self.found + len(self.missed)

    @property
    def recall(self) -> float:
        """The share of the sensitive texts that were found."""
        return self.found / self.sensitive if self.sensitive else 1.0

    @property
    def precision(self) -> float:
        """The share of the found texts that are sensitive."""
        taken = self.found + len(self.mistook)
        return self.found / taken if taken else 1.0


def measured(classifier: Classifier, *, category: str = CATEGORY) -> Iterator[Measured]:
    """How a classifier fares on each labelled set, and on each kind of ticket that is held out."""
    for name, (sensitive, ordinary) in SETS.items():
        texts = [text for some in sensitive.values() for text in some]
        yield fared(classifier, category, name, texts, ordinary)
    for name, some in HELD_OUT.items():
        yield fared(classifier, category, f"{HELD_OUT_SET}: {name}", some, HELD_OUT_ORDINARY)


def fared(
    classifier: Classifier, category: str, name: str, sensitive: Sequence[str], ordinary: Sequence[str]
) -> Measured:
    """How a classifier fares on a set."""
    missed = [text for text in sensitive if not taken(classifier, category, text)]
    mistook = [text for text in ordinary if taken(classifier, category, text)]
    found = len(sensitive) - len(missed)
    return Measured(name=name, found=found, ordinary=len(ordinary), missed=missed, mistook=mistook)


def taken(classifier: Classifier, category: str, text: str) -> bool:
    """Whether a ticket that says this is taken for one of the category."""
    asks = Ticket(
        tenant="", id="1", state=State.OPEN, status=Choice(id="1"), company=Ref(tenant="", id="1"), title=text
    )
    return category in classifier.classify(asks).categories
