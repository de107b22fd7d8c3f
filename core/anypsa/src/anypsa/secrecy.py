"""Secrecy: secrets have to be in memory, and must be nowhere else.

What holds them does not show them, so that neither a log nor a traceback with locals does; and what others wrote is
rid of them before it becomes part of an error, since servers quote what they were sent.
"""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NoReturn
from urllib.parse import quote, quote_plus

HIDDEN: Final = "[secret]"
# Shorter ones would turn up in ordinary words; no vendor makes secrets that short.
SHORTEST: Final = 6
# Secrets of one connection that are remembered: its settings, and the tokens of the last days.
MOST: Final = 32


class Sealed(dict[str, Any]):
    """A mapping that shows its keys and keeps its values to itself: settings, headers, tokens."""

    def __repr__(self) -> str:
        return f"<{', '.join(self) or 'nothing'}>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("what holds secrets is not pickled")


class SealedBytes(bytes):
    """Content that is shown by its length only: it may be a form with a password, or somebody's ticket."""

    def __repr__(self) -> str:
        return f"<{len(self)} bytes>"

    __str__ = __repr__


class Secrets:
    """The secrets of one connection, as far as they are known, in all the forms in which they may be quoted."""

    __slots__ = ("_known", "_pattern", "_public")

    def __init__(self, values: Iterable[str] = (), public: Iterable[str] = ()) -> None:
        self._public = frozenset(public)
        self._known: dict[str, None] = {}
        self._pattern: re.Pattern[str] | None = None
        self.learn(values)

    def __repr__(self) -> str:
        return f"<{len(self._known)} secrets>"

    def __reduce_ex__(self, protocol: Any) -> NoReturn:
        raise TypeError("what holds secrets is not pickled")

    def learn(self, values: Iterable[str]) -> None:
        """Adds values, and what follows a word such as Bearer in them; the oldest are forgotten."""
        found = {part for value in values for part in (value, value.rpartition(" ")[2])}
        new = [one for one in found if len(one) >= SHORTEST and one not in self._known and one not in self._public]
        if not new:
            return
        known = dict.fromkeys([*self._known, *new][-MOST:])
        forms = sorted({form for one in known for form in quoted(one)}, key=len, reverse=True)
        # The pattern goes last: another thread may be using the old one.
        self._known, self._pattern = known, re.compile("|".join(map(escaped_again, forms)), re.IGNORECASE)

    def conceal(self, text: str) -> str:
        """The text without any of them."""
        return text if self._pattern is None else self._pattern.sub(HIDDEN, text)


def quoted(secret: str) -> Iterator[str]:
    """The forms in which a secret may be quoted: plain, in a URL, in a form, in Base64."""
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(secret.encode()).decode().rstrip("=")


def escaped_again(form: str) -> str:
    """A pattern of the form, in however many layers of JSON or source code it is quoted."""
    return "".join(ESCAPES.get(char) or re.escape(char) for char in form).replace("%5C", "(?:%5C)+")


ESCAPES: Final = {"\\": r"\\+", '"': r"\\*\"", "'": r"\\*'", "/": r"\\*/"}


def sealed(value: Any) -> Any:
    """A mapping sealed; anything else as it is."""
    return Sealed(value) if isinstance(value, Mapping) else value
