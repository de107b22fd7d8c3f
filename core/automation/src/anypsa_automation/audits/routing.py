"""Routing: what a queue's tickets have in common, that is by what they come to be there. Pure.

Each ticket's queue is guessed twice: as the queue of most other tickets with the same content (type, category and
subcategory), and as that of most others under the same contract. A queue goes by what guesses it well.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from anypsa import Ticket

from ..stages.promoting import Rate

CONTENT, CONTRACT, EITHER, NEITHER = "content", "contract", "either", "neither"
WORDS: Final[Mapping[tuple[bool, bool], str]] = {
    (True, False): CONTENT,
    (False, True): CONTRACT,
    (True, True): EITHER,
    (False, False): NEITHER,
}
Trait: TypeAlias = Callable[[Ticket], Hashable]


@dataclass(frozen=True)
class Routing:
    """By what tickets come to be in a queue: `content`, `contract`, `either` (both tell it as well, so that it cannot be
    said which), `neither`, or None where that cannot be told. A rate is of the tickets that are in the queue or are
    guessed to be: how many are both."""

    by: str | None
    content: Rate
    contract: Rate | None

    def __str__(self) -> str:
        return self.by or "not told"


UNTOLD: Final = Routing(None, Rate(0, 0), None)


def content_of(ticket: Ticket) -> Hashable:
    """What a ticket is about, as it was classified."""
    chosen = (ticket.type, ticket.category, ticket.subcategory)
    return tuple(None if one is None else one.id for one in chosen)


def contract_of(ticket: Ticket) -> Hashable:
    """Who pays for a ticket; those whom no contract pays for are alike in that."""
    return None if ticket.contract is None else ticket.contract.id


def routings(tickets: Sequence[Ticket], *, enough: int, shared: float, contracts: bool) -> Mapping[str, Routing]:
    """By what each queue's tickets come there: of queues with `enough` tickets, by what guesses a share of `shared`.

    Without `contracts` tickets do not say theirs, so that nothing is told but how well their content does.
    """
    there = [one for one in tickets if one.queue is not None]
    content = guessed(there, content_of)
    contract = guessed(there, contract_of) if contracts else None
    queues = Counter(str(one.queue) for one in there)
    return {name: routing(name, count >= enough, shared, content, contract) for name, count in queues.items()}


def routing(
    name: str, told: bool, shared: float, content: Mapping[str, Rate], contract: Mapping[str, Rate] | None
) -> Routing:
    """One queue, by how well each guesses it."""
    by_content, by_contract = content[name], None if contract is None else contract[name]
    if not told or by_contract is None:
        return Routing(None, by_content, by_contract)
    found = ((by_content.share or 0) >= shared, (by_contract.share or 0) >= shared)
    return Routing(WORDS[found], by_content, by_contract)


def guessed(tickets: Sequence[Ticket], trait: Trait) -> Mapping[str, Rate]:
    """How well a trait tells each queue: of the tickets that are there or guessed to be, how many are both."""
    alike: dict[Hashable, Counter[str]] = defaultdict(Counter)
    for ticket in tickets:
        alike[trait(ticket)][str(ticket.queue)] += 1
    right, somehow = Counter[str](), Counter[str]()
    for ticket in tickets:
        own = str(ticket.queue)
        guess = most(alike[trait(ticket)] - Counter([own]))  # by the others: nothing is told by itself
        somehow.update({own} if guess is None else {own, guess})
        right[own] += guess == own
    return {name: Rate(right[name], count) for name, count in somehow.items()}


def most(counts: Counter[str]) -> str | None:
    """The commonest, the first by name of several; None of nothing."""
    return min(counts, key=lambda name: (-counts[name], name), default=None)
