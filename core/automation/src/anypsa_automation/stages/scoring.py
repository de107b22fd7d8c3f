"""Scoring: whether what was predicted is what people did, and whether what was done was left as it was. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from anypsa import Choice, Ref, State, Ticket

BY_ID: Final = ("queue", "priority", "assignee", "type", "category", "subcategory", "contract")
"""Fields that are right if they hold the same value."""
BY_WORDS: Final = ("resolution",)
"""Fields that are right if they say about the same."""
SCORED: Final = (*BY_ID, *BY_WORDS)
STATUS: Final = "status"
"""Right if it closes the ticket and the ticket is closed, by whichever status; others come and go while work goes on."""
COMPARED: Final = frozenset({*SCORED, STATUS})
ALIKE: Final = 0.5
"""How much of their words two texts share at the least that say about the same. A rough measure, and it is told as one."""
WORD: Final = re.compile(r"\w+")


def scored(given: Mapping[str, Any], ticket: Ticket, meaning: Callable[[str], State | None]) -> dict[str, bool]:
    """Field by field, whether a ticket holds what was predicted, or written; what cannot be compared is left out."""
    found = {name: same(name, given[name], getattr(ticket, name)) for name in SCORED if name in given}
    if STATUS in given and meaning(str(given[STATUS])) is State.CLOSED:
        found[STATUS] = ticket.state is State.CLOSED
    return found


def holding(names: Iterable[str], ticket: Ticket) -> dict[str, str | None]:
    """What a ticket holds in these fields: ids, or texts."""
    return {name: held(getattr(ticket, name)) for name in names}


def held(value: Any) -> str | None:
    plain = value.id if isinstance(value, Choice | Ref) else value
    return None if plain is None else str(plain)


def same(name: str, given: Any, now: Any) -> bool:
    """Whether a field holds what was given for it."""
    if name in BY_WORDS:
        return alike(str(given or ""), str(now or ""))
    return held(given) == held(now)


def alike(one: str, other: str) -> bool:
    """Whether two texts share enough of their words; two that are empty say the same."""
    mine, theirs = words(one), words(other)
    return len(mine & theirs) >= ALIKE * len(mine | theirs)


def words(text: str) -> frozenset[str]:
    return frozenset(WORD.findall(text.casefold()))
