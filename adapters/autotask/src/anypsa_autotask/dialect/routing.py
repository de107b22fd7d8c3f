"""Routing: which of the vendor's operations a path is, without regard to case or a trailing slash (3.1, 11)."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
    """A path with the methods it takes."""

    entity: EntityFact
    expression: re.Pattern[str]
    action: str
    methods: frozenset[str]


ACTIONS: Final = (
    ("/query/count", "count"),
    ("/query/next", "next"),
    ("/query", "query"),
    ("/entityinformation/fields", "fields"),
    ("/entityinformation/userdefinedfields", "udf"),
    ("/entityinformation", "information"),
    ("/{id}", "one"),
)


def patterns(entities: Mapping[str, EntityFact]) -> list[Pattern]:
    """All paths; those with fixed words before those with an id in the same place."""
    found: dict[tuple[str, str], set[str]] = {}
    for entity in entities.values():
        for route in entity.routes:
            method, path = route.split(" ", 1)
            found.setdefault((entity.path, path), set()).add(method)
        found[(entity.path, NEXT.format(entity=entity.path))] = {"GET", "POST"}
    listed = [
        Pattern(entities[name], compiled(path), action_of(path), frozenset(methods))
        for (name, path), methods in found.items()
    ]
    return sorted(listed, key=lambda one: one.expression.pattern.count("(?P"))


def compiled(path: str) -> re.Pattern[str]:
    pattern = re.escape(path.removeprefix("/V1.0")).replace(r"\{parentId\}", r"(?P<parent>[^/]+)")
    return re.compile(pattern.replace(r"\{id\}", r"(?P<id>[^/]+)") + r"\Z", re.IGNORECASE)


def action_of(path: str) -> str:
    lower = path.lower()
    return next((action for ending, action in ACTIONS if lower.endswith(ending)), "collection")


def find(known: list[Pattern], method: str, path: str) -> Route | bool:
    """The operation; True for a path that takes other methods, False for one that does not exist."""
    rest = path.rstrip("/")[len(API) :]
    exists = False
    for pattern in known:
        match = pattern.expression.match(rest)
        if match is None:
            continue
        if method in pattern.methods:
            named = match.groupdict()
            return Route(pattern.entity, pattern.action, method, named.get("parent"), named.get("id"))
        exists = True
    return exists
