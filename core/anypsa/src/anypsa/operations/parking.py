"""Parking: an item of the outbox has no caller to tell that it wants an approval. It becomes a plan of one, and waits."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Final

from ..errors import ApprovalPending, Conflict, Denied
from ..outbox import Held, Item, ItemStage, own_subject
from ..plans import readable
from .context import Context
from .planning import Draft, drawn, ticket_of

TICKETLESS: Final = (
    "Nothing was sent. It concerns no ticket that somebody could approve it on: "
    "make it part of psa.plan(ticket, why=...), or retry it under a policy that lets it happen."
)


async def parked(context: Context, held: Held, item: Item, pending: ApprovalPending) -> Item:
    """The item as it is once it waits for an approval; raises `Denied` if there is no ticket to ask on.

    `item` is the one that is held, with the records that it refers to, so that whoever approves sees which they are.
    """
    ticket = await ticket_of(context, item)
    if ticket is None:
        raise Denied(pending.tried, said=pending.said, hint=TICKETLESS)
    why = readable(f"{pending.tried} ({'; '.join(pending.said)})")
    plan = await drawn(Draft(context, ticket, why, single=own_subject(item.id), items=[replace(item, links={})]))
    kept = await context.session.wire.offload(partial(context.plans.park, plan, held))
    if kept is None:
        raise Conflict(pending.tried, said=["somebody else is at this item by now"])
    return replace(item, stage=ItemStage.HELD, plan=kept.id)
