"""Rows: times and values as both databases hold them alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, overload

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


@overload
def stamp(moment: datetime) -> int: ...
@overload
def stamp(moment: None) -> None: ...
def stamp(moment: datetime | None) -> int | None:
    """A moment as whole microseconds."""
    return None if moment is None else (moment - EPOCH) // MICROSECOND


@overload
def moment(stamp: int) -> datetime: ...
@overload
def moment(stamp: None) -> None: ...
def moment(stamp: int | None) -> datetime | None:
    """A moment again, exactly."""
    return None if stamp is None else EPOCH + stamp * MICROSECOND


def written(values: Mapping[str, Any]) -> str:
    """Plain values as text. Escaped, since PostgreSQL's text takes no NUL and no lone surrogate."""
    return json.dumps(values, ensure_ascii=True, allow_nan=False)


def read(text: str) -> dict[str, Any]:
    """Plain values again."""
    values: dict[str, Any] = json.loads(text)
    return values


def clean(text: str | None) -> str | None:
    """A text without what PostgreSQL's takes not: NUL and lone surrogates."""
    return None if text is None else text.replace("\0", "").encode("utf-8", "replace").decode()
