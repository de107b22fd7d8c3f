"""Advanced search: conditions on the columns of a list, as JSON in a parameter (wire/halopsa.md 3.2)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from .values import Refused

Condition = tuple[str, int, str]
UNREADABLE: Final = "advanced_search is not a list of conditions."


def told(text: str) -> list[Condition]:
    """The conditions that a parameter holds. Types that nothing is known of are as if they were not there."""
    try:
        asked = [
            (str(one["filter_name"]), int(one["filter_type"]), str(one["filter_value"])) for one in json.loads(text)
        ]
    except (ValueError, TypeError, KeyError):
        raise Refused(UNREADABLE) from None
    return [one for one in asked if one[1] in TESTS]


def holds(row: Mapping[str, Any], conditions: list[Condition]) -> bool:
    """Whether a row of a list has all that is asked of its columns."""
    return all(TESTS[kind](str(row.get(name, "")), value) for name, kind, value in conditions)


def number(text: str) -> tuple[int, float | str]:
    """What is compared by size: numbers as such, all else as text."""
    try:
        return 0, float(text)
    except ValueError:
        return 1, text.casefold()


def same(held: str, wanted: str) -> bool:
    return number(held) == number(wanted.strip())


def among(held: str, wanted: str) -> bool:
    return any(same(held, one) for one in wanted.split(","))


def like(held: str, wanted: str) -> bool:
    return wanted.strip("%").casefold() in held.casefold()


TESTS: Final[Mapping[int, Callable[[str, str], bool]]] = {
    0: among,
    1: lambda held, wanted: not among(held, wanted),
    2: same,
    3: lambda held, wanted: not same(held, wanted),
    4: like,
    5: lambda held, wanted: not like(held, wanted),
    7: lambda held, wanted: number(held) > number(wanted),
    8: lambda held, wanted: number(held) >= number(wanted),
    9: lambda held, wanted: number(held) < number(wanted),
    10: lambda held, wanted: number(held) <= number(wanted),
}
"""By the vendor's numbers; what 6 means is not known."""
