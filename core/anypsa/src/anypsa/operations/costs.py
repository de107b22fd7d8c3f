"""Costs: how many requests a list takes, told before it runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from ..session import call
from ..spi.pushdown import Plan
from ..spi.table import Verb
from ..wire import Lane

if TYPE_CHECKING:
    from .listing import Search


@dataclass(frozen=True)
class Explanation:
    """What the vendor filters, what we filter, and what else a list will do.

    `requests` is how many it takes at least, `share` what part that is of our requests in a whole window. `rows` is the
    vendor's own count, if it was asked for.
    """

    vendor: Sequence[str]
    local: Sequence[str]
    queries: int
    notes: Sequence[str] = field(default=())
    requests: int = 1
    share: float = 0.0
    rows: int | None = None

    def __str__(self) -> str:
        lines = [f"the vendor filters: {'; '.join(self.vendor) or 'nothing'}"]
        lines.append(f"we filter:          {'; '.join(self.local) or 'nothing more'}")
        lines.append(f"lists to read:      {self.queries}, page by page; every row is checked here again")
        basis = "explain(count=True) knows better" if self.rows is None else f"the vendor counts {self.rows} rows"
        lines.append(f"requests:           {self.requests} at least, {self.share:.1%} of a window; {basis}")
        return "\n".join([*lines, *self.notes])


async def explained(search: Search[Any, ..., ...], plan: Plan, *, count: bool) -> Explanation:
    """What a list will do; with `count`, the vendor is asked how many rows it has, one request for each query."""
    counts = await counted(search, plan) if count else None
    requests = least(search, plan, counts)
    return Explanation(
        plan.vendor_filters,
        plan.local_filters,
        len(plan.queries),
        plan.notes,
        requests=requests,
        share=requests / search.context.session.limits.window(search.context.tenant).limit,
        rows=None if counts is None else sum(counts),
    )


async def counted(search: Search[Any, ..., ...], plan: Plan) -> list[int] | None:
    """The vendor's count for each query; None where it cannot be had."""
    context, table = search.context, search.table
    if not table.verbs & Verb.COUNT:
        return None
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        return await context.session.gather([partial(context.adapter.count, table, one) for one in plan.queries])


def least(search: Search[Any, ..., ...], plan: Plan, counts: Sequence[int] | None) -> int:
    """How many requests the list takes at least, its relations included."""
    adapter, table, limit = search.context.adapter, search.table, search.limit
    if limit == 0 or not plan.queries:
        return 0
    if counts is None:
        return len(plan.queries)
    pages = sum(adapter.least_requests(table, count) for count in counts)
    if limit is not None:
        pages = min(pages, adapter.least_requests(table, limit))
    return pages + (len(set(search.expander.kinds)) if sum(counts) else 0)
