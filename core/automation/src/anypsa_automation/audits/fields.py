"""Fields: what the custom fields of tickets hold, and what it costs to look for tickets by them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final

from anypsa import Psa, q
from anypsa.query import Expression, Field

from .costs import Cost, afford, cost

SAMPLE: Final = 1_000
SPAN: Final = timedelta(days=180)
EMPTY, CONSTANT, LABELS, FREE = "empty", "always the same", "a list", "free text"
MANY: Final = 0.5
"""A field of which more than this share of values is unlike all others is free text: nothing is to be grouped by it."""


@dataclass(frozen=True)
class FieldAudit:
    """One custom field in a sample of tickets: how many have a value, how many different ones there are, and the commonest.

    `requests` is how many a list takes at least that filters by it; `by_vendor` whether the vendor filters.
    """

    field: str
    sampled: int
    filled: int
    distinct: int
    common: Sequence[tuple[str, int]]
    holds: str
    by_vendor: bool
    requests: int


def fields_cost(psa: Psa, *, span: timedelta = SPAN, sample: int = SAMPLE) -> Cost:
    """How many requests `audit_fields` takes, when it is known which fields there are. The vendor is asked how many tickets
    there are to read."""
    lists = psa.tickets.list(made_within(psa, span), limit=sample).explain(count=True).requests
    counted = len(customs(psa)) if "tickets.count" in psa.capabilities else 0
    return cost(psa, {"to list tickets": lists, "to count tickets by each field": counted})


def audit_fields(psa: Psa, *, span: timedelta = SPAN, sample: int = SAMPLE) -> Sequence[FieldAudit]:
    """Looks at some tickets that were made in the span, and asks the vendor how much a list by each field would take.

    Raises what lists raise, and `OverBudget` before it begins if the block that it is in leaves it too few requests.
    """
    afford(psa, "audit custom fields", partial(fields_cost, psa, span=span, sample=sample))
    tickets = psa.tickets.list(made_within(psa, span), limit=sample).all()
    names = customs(psa) | {name for ticket in tickets for name in ticket.custom_fields}
    return [audited(psa, name, [ticket.custom_fields.get(name) for ticket in tickets]) for name in sorted(names)]


def made_within(psa: Psa, span: timedelta) -> Expression:
    return q.created >= psa.context.session.moment() - span


def customs(psa: Psa) -> set[str]:
    """The custom fields that the tenant has defined for tickets."""
    return {one.name for one in psa.fields("ticket") if one.custom}


def audited(psa: Psa, name: str, values: Sequence[str | None]) -> FieldAudit:
    """One field, by its values."""
    counts = Counter(value for value in values if value)
    common = counts.most_common(3)
    told = psa.tickets.list(Field(name, custom=True) == (common[0][0] if common else "x")).explain(count=True)
    filled = counts.total()
    return FieldAudit(name, len(values), filled, len(counts), common, holds(counts), bool(told.vendor), told.requests)


def holds(counts: Counter[str]) -> str:
    """What a field holds, in a word."""
    if not counts:
        return EMPTY
    if len(counts) == 1:
        return CONSTANT
    return FREE if len(counts) > MANY * counts.total() else LABELS
