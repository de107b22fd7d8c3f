"""Changes: which records were changed since a moment, found by reading; the twin of webhooks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from ..errors import Invalid, Problem, Unsupported
from ..models import KINDS, TICKETS, Kind, Record, Source, Wakeup
from ..query import Compare, Operator
from ..spi.table import Verb
from .context import Context
from .finding import APART, vendor_time
from .listing import Listing, search

OVERLAP: Final = timedelta(minutes=5)
"""So far back each look goes again: vendors commit late, index later, and round their stamps."""
MODEST: Final = 0.1
"""More of the budget than this is too much for looking whether anything has happened."""
UPDATED, CREATED = "updated", "created"


@dataclass(frozen=True)
class Changes:
    """The records that were changed, the last state of each, and the `cursor` to go on with.

    Looks overlap, so that a record may come again though it did not change again. A record that was deleted is found by
    no look. `requests` is what this look took.
    """

    records: Sequence[Record]
    cursor: str
    requests: int
    _limit: int = field(repr=False)
    _window: timedelta = field(repr=False)

    @property
    def wakeups(self) -> Sequence[Wakeup]:
        """What a webhook would have said."""
        return [Wakeup(entity=word(one), id=one.id, occurred_at=stamp(one), source=Source.POLL) for one in self.records]

    def share(self, every: timedelta) -> float:
        """How much of our share of the vendor's limit looking so often takes, if each look is like this one."""
        return self.requests * (self._window / every) / self._limit

    def explain(self, every: timedelta) -> str:
        """What looking so often costs, and whether that is too often."""
        share = self.share(every)
        told = f"{self.requests} requests every {every} take {share:.1%} of our {self._limit} in {self._window}"
        if share <= MODEST:
            return told
        modest = timedelta(seconds=round((every * (share / MODEST)).total_seconds()))
        return f"{told}: too often. Every {modest} would take {MODEST:.0%}; webhooks take next to nothing."


def word(record: Record) -> str:
    return next(name for name, kind in KINDS.items() if isinstance(record, kind.model))


def stamp(record: Record) -> datetime | None:
    found: datetime | None = getattr(record, UPDATED, None) or getattr(record, CREATED, None)
    return found


async def changes(context: Context, since: str | datetime | None, entities: Iterable[str] | None) -> Changes:
    """Reads what was changed. Without `since`, nothing is read: the cursor is that of now."""
    tried = "look for changes"
    moments = read(context, since, entities, tried)
    found: list[Record] = []
    requests = 0
    cursor: dict[str, str] = {}
    for entity, moment in moments.items():
        readable(context, entity, tried)
        cursor[entity] = begins(context).isoformat()
        if moment is not None:
            records, sent = await changed(context, KINDS[entity], moment - OVERLAP)
            found += records
            requests += sent
    limit = context.settings.requests_per_window - context.settings.reserve
    window = timedelta(seconds=context.settings.window)
    return Changes(found, json.dumps(cursor), requests, max(1, limit), window)


def begins(context: Context) -> datetime:
    """The vendor's time now, rather early than late."""
    now = context.session.wire.moment()
    return vendor_time(context, now) or now - APART


def read(
    context: Context, since: str | datetime | None, entities: Iterable[str] | None, tried: str
) -> dict[str, datetime | None]:
    """Since when to look, by entity."""
    try:
        if isinstance(since, datetime):
            if since.tzinfo is None:
                raise ValueError("wants an aware datetime, or the cursor of the look before")
            given: dict[str, datetime] = {}
        else:
            given = {name: datetime.fromisoformat(text) for name, text in json.loads(since or "{}").items()}
            if any(one.tzinfo is None for one in given.values()):
                raise ValueError("is no cursor of ours")
    except (ValueError, TypeError, AttributeError) as reason:
        raise Invalid(tried, problems=[Problem("since", str(reason))]) from None
    wanted = tuple(entities) if entities is not None else (tuple(given) or (TICKETS.name,))
    if unknown := [name for name in wanted if name not in KINDS]:
        raise Invalid(
            tried, problems=[Problem("entities", f"there is no {name!r}", allowed=tuple(KINDS)) for name in unknown]
        )
    return {name: since if isinstance(since, datetime) else given.get(name) for name in wanted}


def readable(context: Context, entity: str, tried: str) -> None:
    """Raises `Unsupported` for an entity whose changes cannot be found."""
    table = context.table(KINDS[entity], Verb.LIST)
    if UPDATED not in table.by_name:
        raise Unsupported(
            f"{tried} of {table.kind.plural}",
            said=[f"{context.adapter.name} does not tell when one was changed"],
            hint="Read them all now and then, or let webhooks tell.",
        )


async def changed(context: Context, kind: Kind[Any, ..., ...], since: datetime) -> tuple[Sequence[Record], int]:
    """The records of one entity, and how many requests it took."""
    listing: Listing[Any] = Listing(search(context, kind, Compare(UPDATED, Operator.GTE, since), (), None, {}))
    found: list[Record] = []
    while (page := await listing.next_page()) is not None:
        found += page
    return found, listing.report.requests
