"""Values: bound neutral values in a form that survives JSON, and back by what their fields hold."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from ..models import Kind, Name, Sort, Visibility

DUMPED: Final[Mapping[Sort, Callable[[Any], Any]]] = {
    Sort.INSTANT: datetime.isoformat,
    Sort.DURATION: timedelta.total_seconds,
    Sort.DECIMAL: str,
    Sort.VISIBILITY: str,
    Sort.BYTES: lambda content: b64encode(content).decode(),
}
LOADED: Final[Mapping[Sort, Callable[[Any], Any]]] = {
    Sort.INSTANT: datetime.fromisoformat,
    Sort.DURATION: lambda seconds: timedelta(seconds=seconds),
    Sort.DECIMAL: Decimal,
    Sort.VISIBILITY: Visibility,
    Sort.BYTES: b64decode,
}


def dumped(values: Mapping[str, Any], kind: Kind[Any, ..., ...]) -> dict[str, Any]:
    """Bound values as plain ones."""
    return {name: converted(DUMPED, value, kind, name) for name, value in values.items()}


def loaded(values: Mapping[str, Any], kind: Kind[Any, ..., ...]) -> dict[str, Any]:
    """Plain values as bound ones."""
    return {name: converted(LOADED, value, kind, name) for name, value in values.items()}


def converted(table: Mapping[Sort, Callable[[Any], Any]], value: Any, kind: Kind[Any, ..., ...], name: str) -> Any:
    trait = kind.traits.get(name)
    convert = table.get(trait.sort) if trait is not None and value is not None else None
    return value if convert is None else convert(value)


def fingerprint(action: str, entity: str, record: str | None, values: Mapping[str, Any]) -> str:
    """A digest of everything that a write asks for. A label and an id of the same text are not the same."""
    named = {name: ["label", value] if isinstance(value, Name) else value for name, value in values.items()}
    whole = json.dumps([action, entity, record, named], sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(whole.encode()).hexdigest()
