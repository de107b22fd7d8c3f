"""Costs: how many requests an audit takes, told before it runs, and refused if the block that it is in leaves fewer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from anypsa import OverBudget, Psa

LEAST: Final = 0.001
"""A share that is told as a number."""


@dataclass(frozen=True)
class Cost:
    """About how many requests an audit takes, by what they are for: lists at the least, tickets that are got one by one
    at the most. `share` is what part that is of our requests in a whole window."""

    parts: Mapping[str, int]
    share: float

    @property
    def requests(self) -> int:
        """All of them."""
        return sum(self.parts.values())

    def __str__(self) -> str:
        parts = ", ".join(f"{count} {what}" for what, count in self.parts.items() if count)
        share = f"{self.share:.1%}" if self.share >= LEAST else f"less than {LEAST:.1%}"
        return f"about {self.requests} request{'s' * (self.requests != 1)}, {share} of a window: {parts or 'none'}"

    def within(self, tried: str, most: int | None) -> None:
        """Raises `OverBudget` if more is needed than there may be; None is no limit."""
        if most is not None and self.requests > most:
            raise OverBudget(
                tried,
                said=[f"it takes {self}; {most} may go"],
                hint="Nothing was looked at. Raise max_requests, or look at fewer days or tickets.",
            )


def cost(psa: Psa, parts: Mapping[str, int]) -> Cost:
    """What so many requests are of this tenant's window."""
    return Cost(parts, sum(parts.values()) / psa.context.session.limits.window(psa.tenant).limit)


def afford(psa: Psa, tried: str, told: Callable[[], Cost]) -> None:
    """Raises `OverBudget` if the block that this is in leaves fewer requests than are needed. Without a block nobody is
    asked what is needed."""
    if psa.room() is None:
        return
    needed = told()
    needed.within(tried, psa.room())  # to ask took some
