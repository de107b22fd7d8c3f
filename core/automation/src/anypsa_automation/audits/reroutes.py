"""Re-routes: how often a person puts a new ticket elsewhere soon after it came, by the events that were received.

No PSA tells what a ticket held before, so without events nobody knows. Who acted is what the vendor says: what we did
ourselves is no event, and what other programs and rules did is counted apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from anypsa import Actor, ActorKind, Event, Psa

from ..stages.promoting import Rate
from ..state import State

UNSEEN: Final = "no event of a new ticket is in the state store: receive events for a while, or run this on their store"
PEOPLE, PROGRAMS, UNTOLD = "people", "programs", "untold"
BY_WEIGHT: Final = (PEOPLE, UNTOLD, PROGRAMS)
"""Of a ticket that several moved, the first of these counts."""


@dataclass(frozen=True)
class Reroutes:
    """Of `of` new tickets, how many were soon put elsewhere: by people, by programs, and by somebody whom the vendor does
    not name. A ticket counts once. `often`: the share of people alone is the standard or more."""

    people: int
    programs: int
    untold: int
    of: int
    often: bool

    @property
    def rate(self) -> Rate:
        """Those that people put elsewhere."""
        return Rate(self.people, self.of)

    def __str__(self) -> str:
        more = [(self.programs, "by programs"), (self.untold, "by somebody whom the vendor does not name")]
        others = "".join(f", {count} {who}" for count, who in more if count)
        return f"{self.rate} by people{others}{': that is often' if self.often else ''}"


def new_tickets(psa: Psa, since: datetime) -> tuple[Sequence[Event], Mapping[str, datetime]]:
    """What was received of tickets, and when those came that are new."""
    state = psa.context.state
    events = state.eventlog.events(psa.tenant) if isinstance(state, State) else []
    told = {str(one.subject.id): one.occurred_at for one in events if one.kind == "ticket.created"}
    return events, {id: moment for id, moment in told.items() if moment >= since}


def reroutes(
    psa: Psa,
    events: Iterable[Event],
    came: Mapping[str, datetime],
    *,
    within: timedelta,
    programs: Iterable[str],
    often: float,
) -> Reroutes | None:
    """How many new tickets were put elsewhere soon after they came; None if nothing is known of new ones."""
    if not came:
        return None
    moves = list(put_elsewhere(events, came, within))
    known = People(psa, programs) if moves else None
    by_ticket: dict[str, set[str]] = {}
    for ticket, actor in moves:
        by_ticket.setdefault(ticket, set()).add(known.word(actor) if known else UNTOLD)
    counts = Counter(next(word for word in BY_WEIGHT if word in words) for words in by_ticket.values())
    share = counts[PEOPLE] / len(came)
    return Reroutes(counts[PEOPLE], counts[PROGRAMS], counts[UNTOLD], len(came), share >= often)


class People:
    """Who of a tenant is a person, as far as it tells: its technicians, but for ourselves and those that are named."""

    def __init__(self, psa: Psa, programs: Iterable[str]) -> None:
        me = psa.whoami()
        self._programs = {*programs, *filter(None, (me.technician_id, me.acts_as))}
        self._technicians = {one.id for one in psa.technicians.list()} - self._programs

    def word(self, actor: Actor | None) -> str:
        """Whether somebody is a person, a program, or not told."""
        if actor is not None and actor.id in self._programs:
            return PROGRAMS
        named = actor is not None and actor.kind is not ActorKind.CONTACT and actor.id in self._technicians
        return PEOPLE if named else UNTOLD


def put_elsewhere(
    events: Iterable[Event], came: Mapping[str, datetime], within: timedelta
) -> Iterator[tuple[str, Actor | None]]:
    """Each time a new ticket was put into another queue soon after it came, and who did."""
    for event in events:
        began = came.get(str(event.subject.id))
        if began is None or event.entity != "ticket" or "queue" not in (event.changed or ()):
            continue
        if event.kind != "ticket.created" and event.occurred_at - began <= within:
            yield str(event.subject.id), event.actor
