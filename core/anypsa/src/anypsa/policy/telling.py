"""What can be told of an effect: from itself, or from facts. True, False, or None when it cannot be told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from ..effects import TICKET, Action, Effect
from ..models import KINDS, ContractKind, Kind, Visibility
from .base import Classification, Classifier, Facts

WEBHOOK: Final = "webhook"
"""No record of a kind of ours, and none that hangs on a ticket."""


class About:
    """An effect with its facts, as one decision sees them."""

    def __init__(self, effect: Effect, facts: Facts, classifier: Classifier) -> None:
        self.effect = effect
        self.facts = facts
        self.confidence: float | None = None
        self._classifier = classifier

    async def classified(self) -> Classification | None:
        """What the ticket is about."""
        found = await self.facts.classified(self._classifier)
        self.confidence = None if found is None else found.confidence
        return found

    async def contract_kind_in(self, wanted: frozenset[ContractKind]) -> bool | None:
        """Whether the ticket's contract is of one of these kinds; a ticket without a contract has none of them."""
        ticket = await self.facts.ticket()
        if ticket is None or ticket.contract is None:
            return None if ticket is None else False
        contract = await self.facts.contract()
        if contract is None or (contract.kind is ContractKind.UNKNOWN and contract.kind not in wanted):
            return None
        return contract.kind in wanted

    async def hours_left_below(self, bound: Decimal) -> bool | None:
        """Whether fewer hours are left; only block hours can run out."""
        block = await self.contract_kind_in(frozenset({ContractKind.BLOCK_HOURS}))
        if block is not True:
            return block
        left = await self.facts.hours_left()
        return None if left is None else left < bound


def of_tickets(effect: Effect) -> bool | None:
    """Whether it is about a ticket. A read is not judged by what it would read."""
    if not effect.writes:
        return False
    kind = kind_of(effect)
    return None if kind is None else kind.name == TICKET or TICKET in kind.traits


def kind_of(effect: Effect) -> Kind[Any, ..., ...] | None:
    """What it is done to, if that is one of our words, and certain."""
    return None if effect.action is Action.UNKNOWN else KINDS.get(effect.entity)


def spelled(effect: Effect) -> bool:
    """Whether all that it touches is told, and by the names of what can be written: what a vendor lets one write beside
    that (HTML for a text, a date of closing for a status) may be the same thing by another name."""
    kind = kind_of(effect)
    return bool(kind is not None and effect.fields and effect.fields <= kind.creatable | kind.changeable)


def only(effect: Effect, fields: frozenset[str]) -> bool | None:
    """Whether it touches no other fields than these."""
    if effect.action is Action.READ or effect.action is Action.DELETE:
        return False
    return None if not effect.fields else effect.fields <= fields


def touching(effect: Effect, fields: frozenset[str]) -> bool | None:
    """Whether it touches one of these fields. A vendor's own word for a field may be any of them."""
    if effect.fields & fields:
        return True
    return False if effect.action in (Action.READ, Action.DELETE) or spelled(effect) else None


async def shown(about: About, wanted: Visibility) -> bool | None:
    """Whether this is who can read what it writes."""
    effect = about.effect
    if not effect.writes:
        return False
    if effect.visibility is not None and effect.action is not Action.UNKNOWN:
        return effect.visibility is wanted
    if effect.visibility_value is not None and effect.action is not Action.UNKNOWN:
        meant = await about.facts.visibility_of(effect.visibility_value)
        return None if meant is None else meant is wanted
    kind = kind_of(effect)
    if kind is None:
        return None
    if "visibility" not in kind.traits:
        # In HaloPSA a time entry is a note, and a raw request may show it to customers.
        return None if effect.raw and TICKET in kind.traits else False
    if effect.raw or not spelled(effect) or "visibility" in effect.fields or effect.action is Action.CREATE:
        return False if effect.action is Action.DELETE and not effect.raw else None
    found = await about.facts.visibility()
    return None if found is None else found is wanted


async def moves_ticket(about: About) -> bool | None:
    """Whether it changes what the ticket's status means: closes it, reopens it, lets it wait or no longer wait."""
    effect = about.effect
    kind = kind_of(effect)
    if not effect.writes or effect.entity == WEBHOOK or (kind is not None and not of_tickets(effect)):
        return False
    if kind is None or (effect.raw and effect.action is not Action.DELETE):
        return None
    if kind.name != TICKET:
        return None if "status" in effect.fields else False
    if effect.action is not Action.UPDATE:
        return False
    if "status" not in effect.fields:
        return False if spelled(effect) else None
    if effect.status is None:
        return None
    ticket, state = await about.facts.ticket(), await about.facts.state(effect.status)
    return None if ticket is None or state is None else ticket.state is not state
