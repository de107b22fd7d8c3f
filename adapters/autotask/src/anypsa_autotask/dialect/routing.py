"""Routing: which of the vendor's operations a path is, without regard to case or a trailing slash (3.1, 11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .schema import EntityFact

ROOT: Final = "/atservicesrest"
API: Final = f"{ROOT}/v1.0"
# Not in the vendor's list of operations, yet every next-page link leads there (4).
NEXT: Final = "/V1.0/{entity}/query/next"


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: its entity, what it does, and the ids in its path."""

    entity: EntityFact
    action: str
    method: str
    parent: str | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A path, part by part in lower case, with the methods it takes. A part in braces stands for anything."""

    entity: EntityFact
    parts: tuple[str, ...]
    action: str
    methods: frozenset[str]

    def match(self, parts: Sequence[str]) -> dict[str, str] | None:
        """What stands for the parts in braces, if the path is this one."""
        named: dict[str, str] = {}
        for own, given in zip(self.parts, parts, strict=True):
            if own.startswith("{"):
                named[own[1:-1]] = given
            elif own != given.lower():
                return None
        return named


Patterns = Mapping[tuple[str, int], Sequence[Pattern]]
"""Patterns by their first part and their length."""

ACTIONS: Final = (
    ("/query/count", "count"),
    ("/query/next", "next"),
    ("/query", "query"),
    ("/entityinformation/fields", "fields"),
    ("/entityinformation/userdefinedfields", "udf"),
    ("/entityinformation", "information"),
    ("/{id}", "one"),
)


def patterns(entities: Mapping[str, EntityFact]) -> Patterns:
    """All paths; those with fixed words before those with an id in the same place."""
    methods: dict[tuple[str, str], set[str]] = {}
    for entity in entities.values():
        for route in entity.routes:
            method, path = route.split(" ", 1)
            methods.setdefault((entity.path, path), set()).add(method)
        methods[(entity.path, NEXT.format(entity=entity.path))] = {"GET", "POST"}
    found: dict[tuple[str, int], list[Pattern]] = {}
    for (name, path), taken in methods.items():
        parts = tuple(path.removeprefix("/V1.0/").lower().split("/"))
        pattern = Pattern(entities[name], parts, action_of(path), frozenset(taken))
        found.setdefault((parts[0], len(parts)), []).append(pattern)
    return {place: sorted(listed, key=variables) for place, listed in found.items()}


def variables(pattern: Pattern) -> int:
    return sum(part.startswith("{") for part in pattern.parts)


def action_of(path: str) -> str:
    lower = path.lower()
    return next((action for ending, action in ACTIONS if lower.endswith(ending)), "collection")


def find(known: Patterns, method: str, path: str) -> Route | bool:
    """The operation; True for a path that takes other methods, False for one that does not exist."""
    parts = path.rstrip("/")[len(API) + 1 :].split("/")
    exists = False
    for pattern in known.get((parts[0].lower(), len(parts)), ()):
        named = pattern.match(parts)
        if named is None:
            continue
        if method in pattern.methods:
            return Route(pattern.entity, pattern.action, method, named.get("parentid"), named.get("id"))
        exists = True
    return exists
