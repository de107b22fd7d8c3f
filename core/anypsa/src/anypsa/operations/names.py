"""Names: an index of people by the words of their names, for finding them while they are being spoken or typed."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from heapq import nsmallest
from importlib import import_module
from typing import Any, Final

from ..models import Contact

WORD: Final = re.compile(r"\w+")
SPELLED: Final = str.maketrans(
    {"'": None, "`": None, "\N{RIGHT SINGLE QUOTATION MARK}": None}
    | {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "\N{LATIN SMALL LETTER DOTLESS I}": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
"""Apostrophes are no letters, and these letters do not come apart into a plain one and its accent."""
FORGIVEN: Final = ((3, 1), (7, 2))
"""From so many letters on, so many may be wrong."""
LAST: Final = "\U0010ffff"
"""Behind every word that begins like another."""


def words(text: str) -> list[str]:
    """The words of a name, whatever their case and accents: "O'Brien-Núñez" is "obrien" and "nunez"."""
    lower = text.casefold().translate(SPELLED)
    if not lower.isascii():
        lower = "".join(letter for letter in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(letter))
    return WORD.findall(lower)


def forgiven(word: str) -> int:
    """How many letters of a word may be wrong."""
    return max((most for length, most in FORGIVEN if len(word) >= length), default=0)


def distances() -> Any:
    """What tells words that are alike; None where it is not installed, and then only beginnings are found."""
    try:
        return import_module("rapidfuzz.process"), import_module("rapidfuzz.distance.OSA").distance
    except ImportError:
        return None


class Names:
    """The contacts of one reading, found by their names. Never changed once it is made.

    They stand in order of their names; a rank is a place in that order, behind all places for each letter that is wrong.
    """

    def __init__(self, contacts: Iterable[Contact]) -> None:
        named = sorted(((words(one.name), one.id, one) for one in contacts), key=lambda each: each[:2])
        self.contacts: Sequence[Contact] = [one for _, _, one in named]
        self.places: Mapping[str, int] = {one.id: place for place, one in enumerate(self.contacts)}
        having = defaultdict[str, list[int]](list)
        for place, (parts, _, _) in enumerate(named):
            for part in set(parts):
                having[part].append(place)
        self._tools = distances()
        self._words = sorted(having)
        self._having = [having[word] for word in self._words]
        self._lettered = {letter: self._range(letter, letter + LAST) for letter in {word[0] for word in self._words}}
        self._by_length = defaultdict[int, list[int]](list)
        for number, word in enumerate(self._words):
            self._by_length[len(word)].append(number)
        self._spelled = {length: [self._words[one] for one in them] for length, them in self._by_length.items()}

    def exact(self, asked: Sequence[str], hidden: AbstractSet[int]) -> Iterable[int]:
        """The ranks of those who have all these words."""
        return set.intersection(*(self._range(word, word) for word in asked)) - hidden

    def beginning(self, asked: Sequence[str], hidden: AbstractSet[int]) -> Iterable[int]:
        """The ranks of those who have words that begin like these."""
        return set.intersection(*map(self._beginning, asked)) - hidden

    def alike(self, asked: Sequence[str], hidden: AbstractSet[int]) -> Iterable[int]:
        """The ranks of those who have words that begin like these, or are them but for a letter or two."""
        if self._tools is None or not any(map(forgiven, asked)):
            return ()
        each = [self._near(word, *self._tools) for word in asked]
        places = set[int](each[0]).intersection(*each[1:]) - hidden
        return (sum(wrong[place] for wrong in each) * len(self.contacts) + place for place in places)

    def _near(self, word: str, process: Any, distance: Any) -> dict[int, int]:
        most = forgiven(word)
        wrong = dict.fromkeys(self._beginning(word), 0)
        for length in range(len(word) - most, len(word) + most + 1) if most else ():
            spelled = self._spelled.get(length, ())
            found = process.extract(word, spelled, scorer=distance, score_cutoff=most, limit=None)
            for _, off, number in found:
                for place in self._having[self._by_length[length][number]]:
                    wrong[place] = min(off, wrong.get(place, off))
        return wrong

    def _beginning(self, word: str) -> set[int]:
        """The places of all words that begin like this; single letters, which begin so many, are known already."""
        return self._lettered.get(word, set()) if len(word) == 1 else self._range(word, word + LAST)

    def _range(self, first: str, last: str) -> set[int]:
        """The places of all words from one to another."""
        begin = bisect_left(self._words, first)
        end = (
            bisect_left(self._words, last, begin)
            if last != first
            else begin + (first in self._words[begin : begin + 1])
        )
        return set[int]().union(*self._having[begin:end])


class Book:
    """Names as they are now: those of the whole reading, and over them what was changed since."""

    def __init__(self, contacts: Iterable[Contact], cursor: str, looked: float) -> None:
        self._whole = Names(one for one in contacts if one.active is not False)
        self._changed: dict[str, Contact] = {}
        self._layers: Sequence[tuple[Names, AbstractSet[int]]] = [(self._whole, frozenset())]
        self.cursor = cursor
        self.looked = looked

    def __len__(self) -> int:
        return sum(len(names.contacts) - len(hidden) for names, hidden in self._layers)

    def turn(self, changed: Iterable[Contact], cursor: str, looked: float) -> None:
        """Lets what was changed stand over what was read before; who searches meanwhile finds the one or the other."""
        self._changed |= {one.id: one for one in changed}
        over = Names(one for one in self._changed.values() if one.active is not False)
        hidden = frozenset(self._whole.places[id] for id in self._changed if id in self._whole.places)
        self._layers = [(over, frozenset()), (self._whole, hidden)]
        self.cursor, self.looked = cursor, looked

    @property
    def worn(self) -> bool:
        """Whether so much was changed that reading all anew is the better book."""
        return len(self._changed) > max(1_000, len(self._whole.contacts) // 4)

    def find(self, text: str, limit: int) -> list[Contact]:
        """The best first: whose names are these words, then begin like them, then are like them."""
        asked = words(text)
        found: dict[str, Contact] = {}
        for way in (Names.exact, Names.beginning, Names.alike) if asked else ():
            hits: list[tuple[int, list[str], str, Contact]] = []
            for names, hidden in self._layers:
                # Places are in order of name, so the lowest ranks of each layer are enough.
                for rank in nsmallest(limit, way(names, asked, hidden)):
                    wrong, place = divmod(rank, len(names.contacts))
                    contact = names.contacts[place]
                    hits.append((wrong, words(contact.name), contact.id, contact))
            for *_, contact in sorted(hits, key=lambda each: each[:3]):
                found.setdefault(contact.id, contact)
            if len(found) >= limit:
                break
        return list(found.values())[:limit]
