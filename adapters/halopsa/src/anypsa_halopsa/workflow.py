"""Workflow: what a type of ticket demands is asked for before anything is sent, since a ticket of the wrong form fights
every rule that follows (wire/halopsa.md 2.5, 4). Which teams a type allows, no attested answer tells in a shape that is
known: HaloPSA's own refusal says it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from anypsa.errors import Invalid, NotFound, PermissionDenied, Problem
from anypsa.spi import Option

from . import paging
from .codecs import NONE, whole
from .derived import entries
from .lists import LISTS, values
from .reading import LISTS_KEPT, Reader, Row
from .tables import PROJECTS, TICKETS

# What the vendor's forms call our fields, in metadata and in refusals.
CALLED: Final[Mapping[str, str]] = {
    "client": "company",
    "customer": "company",
    "user": "contact",
    "end user": "contact",
    "site": "location",
    "team": "queue",
    "section": "queue",
    "agent": "assignee",
    "details": "description",
    "ticket type": "type",
    "request type": "type",
    "category": "category",
    "category 1": "category",
    "category_1": "category",
    "category1": "category",
    "categories": "category",
    "subject": "title",
    "priority": "priority",
    "outcome": "kind",
    "asset": "asset",
    "estimate": "estimate",
}
FLAGS: Final = ("mandatory", "ismandatory", "is_mandatory")
# What a type fills in by itself where nobody names it.
DEFAULTS: Final[Mapping[str, str]] = {
    "title": "default_summary",
    "description": "default_details",
    "category": "default_category_1",
    "priority": "default_priority",
    "queue": "default_team",
    "assignee": "default_agent",
}
CUSTOM: Final = "cf"
"""How the names of custom fields begin (2.6)."""


async def check(reader: Reader, given: Mapping[str, Any]) -> None:
    """Raises `Invalid` naming all that the type of a new ticket demands and nobody named. What is called in no way that we
    know is left to the vendor: it may well be filled."""
    if given.get("type") is None:
        return
    named = {name.strip().casefold() for name in given.get("custom_fields") or ()}
    problems = []
    for words in await demanded(reader, given["type"]):
        ours = next((name for word in words if (name := neutral(word)) is not None), None)
        if ours is not None and given.get(ours) in (None, ""):
            allowed = tuple(one.label for one in await reader.shown(TICKETS, ours) if one.active)
            problems.append(Problem(ours, "is required by this type of ticket", allowed=allowed))
        elif ours is None and custom(words) and not named & {word.strip().casefold() for word in words}:
            problems.append(Problem(words[0], "is required by this type of ticket: a custom field"))
    if (problem := await misplaced(reader, given["type"], given.get("category"))) is not None:
        problems.append(problem)
    if problems:
        raise Invalid("create a ticket", problems=problems, hint="Nothing was sent.")


def custom(words: Sequence[str]) -> bool:
    """Whether a field is one of the tenant's own."""
    return any(word.strip().casefold().startswith(CUSTOM) for word in words)


async def project(reader: Reader, given: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a new project with its type: by that alone HaloPSA tells it from a ticket (7.13)."""
    types = [one for one in await reader.options(PROJECTS, "type") if one.active]
    chosen = given.get("type") or (types[0].id if len(types) == 1 else None)
    if chosen in {one.id for one in types}:
        return {**given, "type": chosen}
    message = "is required: no other field tells a project from a ticket" if chosen is None else "makes no projects"
    problem = Problem("type", message, value=given.get("type"), allowed=tuple(one.label for one in types))
    raise Invalid("create a project", problems=[problem], hint="Nothing was sent.")


async def misplaced(reader: Reader, type: str, category: str | None) -> Problem | None:
    """What is wrong with a category that is none of the type's."""
    if category is None:
        return None
    path, query, _, _ = LISTS[TICKETS.name, "category"]
    fetch = partial(_listed, reader, path, {**query, "tickettype_id": type})
    own = await reader.services.once(f"categories of type {type}", fetch, ttl=LISTS_KEPT)
    if not own or category in {one.id for one in own}:
        return None  # a version that does not part them lists all of them, or none
    if category not in {one.id for one in await reader.shown(TICKETS, "category")}:
        return None
    allowed = tuple(one.label for one in own if one.active)
    return Problem("category", "is none of this type of ticket's", value=category, allowed=allowed)


async def _listed(reader: Reader, path: str, query: Mapping[str, str]) -> Sequence[Option]:
    try:
        return values(TICKETS.name, "category", paging.rows(await reader.read(path, TICKETS.name, query), None).rows)
    except (NotFound, PermissionDenied):
        return ()


async def demanded(reader: Reader, type: str) -> list[tuple[str, ...]]:
    """The mandatory fields of a type, each by the names it goes by."""
    return await reader.services.once(f"type {type}", partial(_demanded, reader, type), ttl=LISTS_KEPT)


async def _demanded(reader: Reader, type: str) -> list[tuple[str, ...]]:
    try:
        body = (await reader.read("TicketType/{id}", TICKETS.name, {"includedetails": "true"}, id=type)).json()
    except (NotFound, PermissionDenied):
        return []
    if not isinstance(body, dict) or whole(body.get("id")) != type:
        return []
    filled = {ours for ours, key in DEFAULTS.items() if whole(body.get(key)) not in NONE}
    found = [names for item in entries(body.get("fields")) if (names := tuple(mandatory(item)))]
    return [names for names in found if filled.isdisjoint(map(neutral, names))]


def mandatory(item: Row) -> Iterator[str]:
    """The names of a field, if it is mandatory; what it is may stand in the item or in the definition within it."""
    inner = item.get("fieldinfo") or item.get("field")
    parts = [item, inner] if isinstance(inner, Mapping) else [item]
    if any(part.get(flag) is True for part in parts for flag in FLAGS):
        yield from (str(part[key]) for part in parts for key in ("name", "label") if part.get(key))


def neutral(word: str) -> str | None:
    """Our name for a field of a form."""
    folded = word.strip().casefold()
    known = CALLED.get(folded) or TICKETS.neutral_names.get(folded)
    return known if known is not None else folded if folded in TICKETS.by_name else None
