"""Doing: which operations an effect is, or may be, in the words that contracts are about."""

from __future__ import annotations

from typing import Final

from ..effects import TICKET, TIME_ENTRY, Action, Effect
from ..models import State
from .telling import About, kind_of, of_tickets, spelled
from .terms import Operation

PAYING: Final = frozenset({"company", "contract"})
BILLED: Final = frozenset({"contract", "invoice"})
"""What is itself about money."""
MOVED: Final = frozenset({Operation.RESOLVE, Operation.REOPEN})
NOTHING: Final[frozenset[Operation]] = frozenset()


async def doing(about: About) -> tuple[frozenset[Operation], frozenset[Operation]]:
    """What it certainly is, and what it may be beside that."""
    effect = about.effect
    if not effect.writes:
        return frozenset({Operation.READ}), NOTHING
    kind = kind_of(effect)
    if kind is None:
        return frozenset({Operation.UNKNOWN}), NOTHING
    if kind.name == TICKET:
        return await of_ticket(about)
    if kind.name == TIME_ENTRY:
        return await of_time(about)
    if kind.name in BILLED:
        return frozenset({Operation.REBILL}), NOTHING
    if not of_tickets(effect):
        return NOTHING, NOTHING
    return frozenset({Operation.NOTE}), along(effect)


async def of_ticket(about: About) -> tuple[frozenset[Operation], frozenset[Operation]]:
    effect = about.effect
    if effect.action is Action.DELETE:
        return frozenset({Operation.REBILL}), NOTHING
    if effect.action is Action.CREATE:
        opened, (becomes, maybe) = frozenset({Operation.OPEN}), await moved(about, State.OPEN)
        return opened | becomes, maybe
    certain = {Operation.CHANGE}
    if effect.fields & PAYING:
        certain.add(Operation.REBILL)
    ticket = await about.facts.ticket() if touches_status(about) else None
    becomes, maybe = await moved(about, None if ticket is None else ticket.state)
    unnamed = NOTHING if spelled(effect) else frozenset({Operation.REBILL})
    return frozenset(certain) | becomes, maybe | unnamed


def touches_status(about: About) -> bool:
    effect = about.effect
    return "status" in effect.fields or effect.raw or not spelled(effect)


async def moved(about: About, before: State | None) -> tuple[frozenset[Operation], frozenset[Operation]]:
    """What its status makes of the ticket, certainly and perhaps."""
    effect = about.effect
    if not touches_status(about):
        return NOTHING, NOTHING
    if effect.status is None:
        # A vendor's own name of a field may be the status, or what sets it.
        named = "status" in effect.fields or not spelled(effect)
        return NOTHING, MOVED if named else NOTHING
    after = await about.facts.state(effect.status)
    if after is None or before is None:
        return NOTHING, MOVED
    if (after is State.CLOSED) is (before is State.CLOSED):
        return NOTHING, NOTHING
    return frozenset({Operation.RESOLVE if after is State.CLOSED else Operation.REOPEN}), NOTHING


async def of_time(about: About) -> tuple[frozenset[Operation], frozenset[Operation]]:
    effect = about.effect
    if effect.action is not Action.CREATE:
        return frozenset({Operation.CORRECT_TIME}), NOTHING
    maybe = along(effect)
    ticket = await about.facts.ticket()
    own = None if ticket is None or ticket.contract is None else ticket.contract.id
    if effect.contract is not None and ticket is not None and effect.contract != own:
        return frozenset({Operation.LOG_TIME, Operation.OTHERS_TIME}), maybe
    if effect.contract is None and "contract" in effect.fields:
        maybe |= {Operation.OTHERS_TIME}
    return frozenset({Operation.LOG_TIME}), maybe


def along(effect: Effect) -> frozenset[Operation]:
    """What hangs on a ticket may give it another status along the way."""
    return MOVED if "status" in effect.fields or (effect.raw and not spelled(effect)) else NOTHING
