"""Routes: what a raw path of ConnectWise's API does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from anypsa.models import Visibility
from anypsa.spi import Action, Effect, Table

from .derived import PUBLIC
from .tables import NOTES, TABLES

ACTIONS: Final = {"PATCH": Action.UPDATE, "PUT": Action.UPDATE, "DELETE": Action.DELETE}
BEFORE: Final = "apis/3.0/"


def below(path: str) -> str:
    """A path without what stands before the API in the documentation."""
    rest = path.strip("/")
    return rest.partition(BEFORE)[2] if BEFORE in rest else rest


def classify(method: str, path: str, body: Any) -> Effect:
    """POST to a list creates, PATCH and PUT of a record update, DELETE deletes; what else writes is unknown."""
    parts = [part for part in path.split("/") if part]
    table, record, whole = placed(parts)
    entity = table.name if table is not None else "/".join(parts[:2]) or "unknown"
    if method == "GET":
        return Effect(Action.READ, entity, record)
    if table is None or not whole:
        return Effect(Action.UNKNOWN, entity, record)
    if method == "POST" and record is None:
        told = table is NOTES and isinstance(body, Mapping) and body.get(PUBLIC) is not None
        visibility = None if not told else Visibility.PUBLIC if body[PUBLIC] else Visibility.INTERNAL
        return Effect(Action.CREATE, entity, None, fields(table, body), visibility)
    if record is None or method not in ACTIONS:
        return Effect(Action.UNKNOWN, entity, record)
    return Effect(ACTIONS[method], entity, record, fields(table, body))


def placed(parts: list[str]) -> tuple[Table | None, str | None, bool]:
    """The table of a path, the record in it, and whether the path ends there."""
    for table in sorted(TABLES.values(), key=lambda one: -one.path.count("/")):
        template = table.path.split("/")
        if len(parts) >= len(template) and all(map(fits, template, parts)):
            rest = parts[len(template) :]
            return table, next((one for one in rest[:1] if one != "count"), None), len(rest) <= 1
    return None, None, False


def fits(wanted: str, part: str) -> bool:
    return wanted.startswith("{") or wanted.casefold() == part.casefold()


def fields(table: Table, body: Any) -> frozenset[str]:
    """The neutral names of what a body touches: an object, or the operations of a patch (Update)."""
    return frozenset(table.neutral_names.get(name.casefold(), name) for name in touched(body))


def touched(body: Any) -> Iterator[str]:
    if isinstance(body, Mapping):
        yield from map(str, body)
    for one in body if isinstance(body, list) else ():
        if isinstance(one, Mapping):
            yield str(one.get("path", "")).strip("/").partition("/")[0]
