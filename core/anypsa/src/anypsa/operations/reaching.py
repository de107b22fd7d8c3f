"""Reaching back: what earlier tickets tell of a ticket, and of those who could take it. Recent ones weigh more."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from ..errors import Invalid, Problem
from ..models import TECHNICIANS, TICKETS, Kind, State, Technician, Ticket, Workload, topic
from ..models.kind import Change, New, T
from ..query import Expression, q
from .context import Context
from .finding import vendor_time
from .listing import Listing, search
from .metadata import whoami
from .names import words
from .offers import AnyKind, counted, only
from .reading import get

HALF_LIFE: Final = timedelta(days=30)
BACK: Final = timedelta(days=365)
"""So far `related` looks back."""
LATELY: Final = timedelta(days=90)
"""So far `workloads` looks back: three half-lives, and what is older tells little."""
ASSET, CONTACT = 4.0, 1.0
"""What the same asset or contact weighs; a word of both titles weighs the more, the fewer tickets have it, and the less,
the longer the other title is."""
ORDINARY: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "at",
        "be",
        "by",
        "can",
        "cannot",
        "do",
        "does",
        "for",
        "from",
        "has",
        "have",
        "in",
        "is",
        "it",
        "its",
        "my",
        "no",
        "not",
        "of",
        "on",
        "or",
        "our",
        "out",
        "please",
        "the",
        "to",
        "up",
        "was",
        "we",
        "when",
        "with",
        "you",
    ]
)
"""Words that are in titles of all kinds: few tickets of one company have the same, so that they would look rare. In other
languages rarity alone has to tell."""


async def related(context: Context, kind: AnyKind, target: object, limit: int, back: timedelta) -> Sequence[Ticket]:
    """The company's other tickets that are likest to this one, the likest first."""
    only(kind, TICKETS, "related")
    tried = "find related tickets"
    counted(tried, limit)
    ticket = target if isinstance(target, Ticket) else await get(context, TICKETS, target)
    until = ticket.created or moment(context, None)
    reached = since(until, back, tried)
    others = await everything(context, TICKETS, (q.company == ticket.company) & (q.created >= reached))
    return likest(ticket, [one for one in others if one.id != ticket.id], until)[:limit]


def likest(ticket: Ticket, others: Sequence[Ticket], until: datetime) -> list[Ticket]:
    """Those of the others that have anything in common with a ticket, the likest first."""
    titles = {one.id: telling(one) for one in others}
    having = Counter(word for title in titles.values() for word in title)
    rarity = {word: math.log1p(len(others) / having[word]) for word in telling(ticket) if word in having}

    def weight(other: Ticket) -> float:
        title = titles[other.id]
        alike = sum(worth for word, worth in rarity.items() if word in title) / math.sqrt(len(title) or 1)
        alike += ASSET * same(ticket.asset, other.asset) + CONTACT * same(ticket.contact, other.contact)
        return alike * faded(until, other.created)

    weighed = [(weight(one), one) for one in others]
    ranked = sorted((pair for pair in weighed if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].id))
    return [one for _, one in ranked]


def telling(ticket: Ticket) -> frozenset[str]:
    """The words of a title that tell what it is about."""
    return frozenset(words(ticket.title or "")) - ORDINARY


async def workloads(context: Context, kind: AnyKind, at: datetime | None, back: timedelta) -> Sequence[Workload]:
    """Load and skills of the active technicians, but for the user whose credentials these are."""
    only(kind, TECHNICIANS, "workloads")
    now = moment(context, at)
    reached = since(now, back, "tell workloads")
    ourselves = (await whoami(context)).technician_id
    open, solved = Counter[str](), defaultdict[str, defaultdict[str, float]](lambda: defaultdict(float))
    for ticket in await everything(context, TICKETS, (q.state != State.CLOSED) | (q.closed >= reached)):
        if ticket.assignee is None:
            continue
        if ticket.state is not State.CLOSED:
            open[ticket.assignee.id] += 1
        elif ticket.closed is not None:
            solved[ticket.assignee.id][topic(ticket)] += faded(now, ticket.closed)
    people: Sequence[Technician] = await everything(context, TECHNICIANS, q.active == True)  # noqa: E712  # a filter
    return [Workload(one, open[one.id], dict(solved[one.id])) for one in people if one.id != ourselves]


async def everything(context: Context, kind: Kind[T, New, Change], where: Expression | None) -> list[T]:
    """All records that match; all there are for None."""
    listing: Listing[T] = Listing(search(context, kind, where, (), None, {}))
    found: list[T] = []
    while (page := await listing.next_page()) is not None:
        found += page
    return found


def moment(context: Context, at: datetime | None) -> datetime:
    """The time that was said, or the vendor's."""
    now = context.session.wire.moment()
    return at or vendor_time(context, now) or now


def since(now: datetime, back: timedelta, tried: str) -> datetime:
    """So far back; raises `Invalid` for what is no length of time."""
    if not isinstance(back, timedelta) or back <= timedelta():
        raise Invalid(tried, problems=[Problem("back", "wants a timedelta of more than 0")])
    return now - back


def faded(now: datetime, then: datetime | None) -> float:
    """What is left of the weight of something so long ago."""
    return math.exp2(-abs(now - then) / HALF_LIFE) if then is not None else 0.0


def same(one: Any, other: Any) -> bool:
    """Whether both point to one record."""
    return one is not None and other is not None and one.id == other.id
