"""Contention: whether others use up what the vendor lets all integrations of a tenant have together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from anypsa import Psa

from .costs import Cost, afford, cost

COUNTED: Final = "usage"
"""What adapters offer that can ask the vendor for its own count."""


@dataclass(frozen=True)
class Contention:
    """`ours` are our requests in the window, `others` those of everybody else by the vendor's own count (None: the vendor
    tells none), `limit` is the vendor's, `reserve` what we leave to others of it. `crowded`: they take more than that."""

    ours: int
    others: int | None
    limit: int | None
    reserve: int | None
    crowded: bool

    def __str__(self) -> str:
        if self.others is None:
            return f"{self.ours} requests of ours in this window; the vendor does not count those of others"
        told = f"{self.ours} requests of ours and {self.others} of others, of {self.limit} in a window"
        more = (
            "more than is left to them: give this integration a user and a key of its own" if self.crowded else "fine"
        )
        return f"{told}; {self.reserve} are left to others: {more}"


def contention_cost(psa: Psa) -> Cost:
    """How many requests `contention` takes: one where the vendor counts, of which a minute's looks all have the answer."""
    return cost(psa, {"to ask for the vendor's count": 1 if COUNTED in psa.capabilities else 0})


def contention(psa: Psa) -> Contention:
    """Looks at the budget; where the vendor counts, it is asked, which costs a request at most once a minute."""
    afford(psa, "audit contention", partial(contention_cost, psa))
    budget = psa.budget()
    vendor = budget.vendor
    if vendor is None:
        return Contention(budget.used, None, None, None, budget.crowded)
    others = max(0, vendor.used - budget.used)
    return Contention(budget.used, others, vendor.limit, max(0, vendor.limit - budget.limit), budget.crowded)
