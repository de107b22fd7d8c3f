"""Grammar: the language of conditions, read and applied to rows (wire/connectwise.md, Conditions)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any, Final

Row = Mapping[str, Any]
Holds = Callable[[Row], bool]
WORD: Final = re.compile(
    r"""\s*(?:(?P<mark>\(|\)|,|!=|<>|<=|>=|=|<|>)
        |\[(?P<time>[^\]]*)\]
        |"(?P<text>[^"]*)"
        |(?P<number>-?\d+(?:\.\d+)?)(?![\w/.])
        |(?P<name>[A-Za-z_][\w/.]*))""",
    re.VERBOSE,
)
INFO: Final = ("lastUpdated", "dateEntered", "updatedBy")
CONSTANTS: Final[Mapping[str, Any]] = {"true": True, "false": False, "null": None}


class Wrong(ValueError):
    """Conditions that cannot be read."""


class Reading:
    """One text of conditions, read once, from left to right."""

    def __init__(self, text: str, ignored: frozenset[str]) -> None:
        self._words = words(text)
        self._ignored = ignored
        self._place = 0

    def whole(self) -> Holds:
        found = self._any()
        if self._place < len(self._words):
            raise Wrong(f"{self._words[self._place][1]!r} is not expected")
        return found

    def _any(self) -> Holds:
        holds = [self._all()]
        while self._took("name", "or"):
            holds.append(self._all())
        return lambda row: any(one(row) for one in holds)

    def _all(self) -> Holds:
        holds = [self._one()]
        while self._took("name", "and"):
            holds.append(self._one())
        return lambda row: all(one(row) for one in holds)

    def _one(self) -> Holds:
        if self._took("name", "not"):
            inner = self._one()
            return lambda row: not inner(row)
        if self._took("mark", "("):
            inner = self._any()
            self._must("mark", ")")
            return inner
        return self._comparison()

    def _comparison(self) -> Holds:
        path = self._name()
        if self._took("name", "not"):
            inner = self._operation(path)
            return lambda row: not inner(row)
        return self._operation(path)

    def _operation(self, path: str) -> Holds:
        """A comparison. Those of fields that a fault makes the vendor drop hold for every row."""
        kind, word = self._next()
        holds: Holds
        if (kind, word.lower()) == ("name", "in"):
            among = self._several()
            holds = lambda row: read(row, path) in among  # noqa: E731  # as short as the others
        elif kind == "name" and word.lower() in TEXTUAL:
            test, wanted = TEXTUAL[word.lower()], str(self._value()).casefold()
            holds = lambda row: test(str(read(row, path) or "").casefold(), wanted)  # noqa: E731
        elif kind == "mark" and word in ORDERS:
            compare, other = ORDERS[word], self._value()
            holds = lambda row: compared(compare, word, read(row, path), other)  # noqa: E731
        else:
            raise Wrong(f"{word!r} is no operator")
        first = path.partition("/")[0]
        return (lambda row: True) if first in self._ignored else holds

    def _several(self) -> list[Any]:
        self._must("mark", "(")
        found = [self._value()]
        while self._took("mark", ","):
            found.append(self._value())
        self._must("mark", ")")
        return found

    def _value(self) -> Any:
        kind, word = self._next()
        match kind:
            case "text":
                return word
            case "number":
                return float(word) if "." in word else int(word)
            case "time":
                return moment(word)
            case "name" if word.lower() in CONSTANTS:
                return CONSTANTS[word.lower()]
        raise Wrong(f"{word!r} is no value")

    def _name(self) -> str:
        kind, word = self._next()
        if kind != "name":
            raise Wrong(f"{word!r} is no field")
        return word.replace(".", "/")

    def _next(self) -> tuple[str, str]:
        if self._place >= len(self._words):
            raise Wrong("they end too early")
        self._place += 1
        return self._words[self._place - 1]

    def _took(self, kind: str, word: str) -> bool:
        there = self._place < len(self._words) and self._words[self._place][0] == kind
        if there and self._words[self._place][1].lower() == word:
            self._place += 1
            return True
        return False

    def _must(self, kind: str, word: str) -> None:
        if not self._took(kind, word):
            raise Wrong(f"{word!r} is missing")


TEXTUAL: Final[Mapping[str, Callable[[str, str], bool]]] = {
    "contains": lambda has, wanted: wanted in has,
    "like": lambda has, wanted: fnmatchcase(has, wanted.replace("%", "*")),
}
ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "=": lambda has, wanted: bool(has == wanted),
    "!=": lambda has, wanted: bool(has != wanted),
    "<>": lambda has, wanted: bool(has != wanted),
    "<": lambda has, wanted: bool(has < wanted),
    "<=": lambda has, wanted: bool(has <= wanted),
    ">": lambda has, wanted: bool(has > wanted),
    ">=": lambda has, wanted: bool(has >= wanted),
}


def compared(compare: Callable[[Any, Any], bool], word: str, has: Any, wanted: Any) -> bool:
    """A comparison as SQL makes it: with nothing, nothing compares; text is compared without case."""
    if wanted is None:
        return compare(has, None) if word in ("=", "!=", "<>") else False
    if has is None:
        return False
    if isinstance(wanted, datetime):
        return compare(moment(has), wanted)
    if isinstance(has, str) and isinstance(wanted, str):
        return compare(has.casefold(), wanted.casefold())
    try:
        return compare(has, wanted)
    except TypeError:
        raise Wrong(f"{wanted!r} is of another type") from None


def read(row: Row, path: str) -> Any:
    """What a field holds, through what it refers to."""
    first, *rest = path.split("/")
    found: Any = row.get("_info", {}).get(first) if first in INFO else row.get(first)
    for name in rest:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Wrong(f"{text!r} is no time") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def words(text: str) -> list[tuple[str, str]]:
    """The words of conditions, each with its kind."""
    found, place = [], 0
    while text[place:].strip():
        match = WORD.match(text, place)
        if match is None or match.lastgroup is None:
            raise Wrong(f"{text[place : place + 10]!r} cannot be read")
        found.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found


def condition(text: str, ignored: frozenset[str]) -> Holds:
    """What rows must fulfil; raises `Wrong`."""
    return Reading(text, ignored).whole() if text.strip() else lambda row: True
