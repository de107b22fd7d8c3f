"""Routes: what a path of Autotask's API does, and which of its thread limits it counts against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa.spi import Action, Effect, Request

from .families import CHILDREN as FAMILIES
from .tables import NOTES, TABLES

# Below each parent, what a child is called when it stands for itself: ("tickets", "notes") is TicketNotes.
SEGMENTS: Final = {
    (parent.casefold(), segment.casefold()): family
    for parent, children in FAMILIES.items()
    for family, segment in children.items()
}
READING: Final = frozenset({"query", "entityinformation"})
METHODS: Final = {"POST": Action.CREATE, "PATCH": Action.UPDATE, "PUT": Action.UPDATE, "DELETE": Action.DELETE}
PREFIXES: Final = frozenset({"atservicesrest", "v1.0"})

# Queues stand on the path of tickets but are no entity of their own.
BY_PATH: Final = {table.path.casefold(): table for table in TABLES.values() if table.name != "queue"}
# Children are written below their parent.
CHILDREN: Final = {
    (table.write_path.split("/")[0].casefold(), table.write_path.split("/")[-1].casefold()): table
    for table in TABLES.values()
    if table.write_path
}


def segments(path: str) -> list[str]:
    """The path without what stands before the entity."""
    parts = [part for part in path.strip("/").split("/") if part]
    while parts and parts[0].casefold() in PREFIXES:
        parts.pop(0)
    return parts


def limit_keys(request: Request) -> tuple[str, ...]:
    """Three threads are allowed per entity; it is not known whether a child counts for itself or its parent, so both
    are taken (wire/autotask.md 6.2, 13). The zone look-up is exempt."""
    if request.anonymous:
        return ()
    parts = segments(request.path)
    parent = parts[0] if parts else ""
    child = next((part for part in parts[2:] if part.isalpha()), None)
    # Paths are read without case, so one entity's budget must not be split by its spelling.
    if child is None or parts[1].casefold() in READING:
        return (parent.casefold(),)
    family = SEGMENTS.get((parent.casefold(), child.casefold()), f"{parent}/{child}")
    return (parent.casefold(), family.casefold())


def classify(method: str, path: str, body: Any) -> Effect:
    """What a raw request does. A POST that only queries is a read."""
    parts = segments(path)
    folded = [part.casefold() for part in parts]
    entity, record = entity_of(folded, parts)
    if method == "GET" or (method == "POST" and len(folded) > 1 and folded[1] in READING):
        return Effect(Action.READ, entity, record)
    if not parts or (method == "POST" and len(parts) not in (1, 3)):
        return Effect(Action.UNKNOWN, entity, record)
    if isinstance(body, Mapping) and method in ("PATCH", "PUT") and body.get("id") is not None:
        record = str(body["id"])
    action, fields = METHODS.get(method, Action.UNKNOWN), fields_of(entity, body)
    return Effect(action, entity, record, fields, visibility_value=published(body) if entity == NOTES.name else None)


def entity_of(folded: list[str], parts: list[str]) -> tuple[str, str | None]:
    """The neutral word for what a path names, or the vendor's own, and the record's id."""
    if not folded:
        return "unknown", None
    if len(folded) >= 3 and (child := CHILDREN.get((folded[0], folded[2]))) is not None:
        return child.name, parts[3] if len(parts) > 3 else None
    table = BY_PATH.get(folded[0])
    record = parts[1] if len(parts) > 1 and folded[1] not in READING else None
    if len(folded) >= 3 and folded[1] not in READING:
        return f"{parts[0]}/{parts[2]}", parts[3] if len(parts) > 3 else None
    return (table.name if table is not None else parts[0]), record


def published(body: Any) -> str | None:
    """The value of a note's `publish`; None unless it is said once, and as the number that it is."""
    if not isinstance(body, Mapping):
        return None
    said = [value for key, value in body.items() if str(key).casefold() == NOTES.by_name["visibility"].wire]
    plain = len(said) == 1 and isinstance(said[0], int | str) and not isinstance(said[0], bool)
    return str(said[0]) if plain and str(said[0]).isdecimal() else None


def fields_of(entity: str, body: Any) -> frozenset[str]:
    """The neutral names of the fields that a body touches; the vendor's own name where there is none."""
    if not isinstance(body, Mapping):
        return frozenset()
    table = TABLES.get(entity)
    names = table.neutral_names if table is not None else {}
    return frozenset(names.get(str(key).casefold(), str(key)) for key in body if str(key).casefold() != "id")
