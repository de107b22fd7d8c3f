"""Categories: which kinds of work automations begin with, and of which they keep away until they have earned it.

Data: a stage, a rule or a classifier goes by these words. A tenant adds to them or overrules them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from anypsa import Classification


class Care(StrEnum):
    """How a category is begun with."""

    SAFE = "safe"
    CAUTION = "caution"


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of work. `words` are labels by which desks know it, in any case; `why` is the reason for its care."""

    name: str
    care: Care
    words: frozenset[str]
    why: str


def category(name: str, care: Care, why: str, *words: str) -> Category:
    return Category(name, care, frozenset({name, *words}), why)


CATEGORIES: Final[Mapping[str, Category]] = {
    one.name: one
    for one in (
        category("licences", Care.SAFE, "frequent, alike, and undone by one click", "licence", "license", "licensing"),
        category("recurring incidents", Care.SAFE, "the same cause and the same cure each time", "recurring incident"),
        category("documentation", Care.SAFE, "nobody's system is touched", "docs", "knowledge base"),
        category("status updates", Care.SAFE, "says what is so, and changes nothing", "status update", "follow-up"),
        category("project codes", Care.CAUTION, "the wrong code bills the wrong project", "project", "project code"),
        category("several contracts", Care.CAUTION, "which contract pays is a judgement", "multiple contracts"),
        category("hardware", Care.CAUTION, "somebody has to be there, and goods are charged", "hardware", "device"),
    )
}
"""High return first; what can go wrong at a customer's cost is begun with caution."""


def care_for(classification: Classification) -> Care:
    """How work that is so classified is begun with: caution beats safe, and what no category names wants caution."""
    told = {one.casefold() for one in classification.categories}
    cares = {one.care for one in CATEGORIES.values() if one.words & told}
    return Care.SAFE if cares == {Care.SAFE} else Care.CAUTION
