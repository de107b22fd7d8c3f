"""Values: how a neutral value is stored, and how it is read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from .schema import FLAGS, MOMENTS

EPOCH: Final = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
SPAN: Final = timedelta(days=300)
"""The seeded time: nothing has happened after it."""


def moment(value: datetime) -> str:
    """A time as it is stored: fixed width, so that text order is time order."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def stored(column: str, value: Any) -> Any:
    """A value for the database."""
    if column in ("custom", "extra"):
        return value if isinstance(value, str) else json.dumps(value or {}, ensure_ascii=False)
    return moment(value) if isinstance(value, datetime) else value


def neutral(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the database, in place, as the world tells it."""
    for column, value in row.items():
        if value is None:
            continue
        if column in MOMENTS:
            row[column] = datetime.fromisoformat(value)
        elif column in FLAGS:
            row[column] = bool(value)
        elif column in ("custom", "extra"):
            row[column] = json.loads(value)
    return row
