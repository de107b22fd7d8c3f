"""Values: how times, ids and texts stand on the wire, and how what a client sends is read (wire/halopsa.md 2, 5.1, 7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any, Final

Row = Mapping[str, Any]
NO_DATE: Final = "1900-01-01T00:00:00"
NOTHING: Final = (None, "", 0, -1)
"""What a client sends for "none" where an id belongs."""

TAG: Final = re.compile(r"<[^>]*>")


class Refused(Exception):
    """A refusal: 400 with a bare string, as business rules come (5.1)."""


def missing(what: str) -> Refused:
    """The refusal of a record without something that it must have."""
    return Refused(f"Please enter a value for {what}")


def moment(value: datetime | None) -> str | None:
    """A time as naive UTC text, with milliseconds only where there are any."""
    if value is None:
        return None
    return f"{value:%Y-%m-%dT%H:%M:%S}" + (f".{value.microsecond // 1000:03}" if value.microsecond else "")


def day(value: datetime | None) -> str:
    """A date without a time comes at midnight (7.3); none is a day in 1900."""
    return NO_DATE if value is None else f"{value:%Y-%m-%dT00:00:00}"


def when(text: Any) -> datetime | None:
    """A time that a client sent, with `Z` or without; nothing, or a day of long ago, is none."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        raise Refused(f"The value '{text}' is not valid.") from None
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return aware if aware.year > 1980 else None


def asked_time(text: str) -> datetime:
    """A time in a query, which cannot be none."""
    return when(text) or datetime.min.replace(tzinfo=UTC)


def without_nulls(row: dict[str, Any]) -> dict[str, Any]:
    """Null fields are not sent at all."""
    return {name: value for name, value in row.items() if value is not None}


def spelled(id: int | None, turn: int) -> int | float | str | None:
    """An id as it happens to come: 21, 21.0 or "21" (7.4)."""
    if id is None:
        return None
    return (id, float(id), str(id), id)[turn % 4]


def whole(value: Any) -> int:
    """An id that a client sent; the server binds numbers and texts alike."""
    return int(float(value))


def numbers(text: str) -> set[int]:
    """The ids of a list with commas."""
    return {int(part) for part in text.split(",") if part.strip().lstrip("-").isdigit()}


def yes(query: Mapping[str, str], name: str) -> bool:
    """Whether a flag is set; `True` is as good as `true`."""
    return query.get(name, "").lower() in ("true", "1")


def plain(html: str) -> str:
    """The text of a note written as HTML."""
    return unescape(TAG.sub("", html.replace("<br>", "\n")))
