"""Deciding: who may approve a plan now, whoever asks and by whatever way.

The technician whom the ticket is assigned to at this moment, read freshly; if it is nobody, or somebody whom the
automation itself assigned, those whom the profile names for the ticket's queue. Never ourselves, and nobody who left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from ..errors import Denied, NotFound
from ..models import TECHNICIANS, TICKETS, Id, Technician, Ticket
from ..plans import Moved, Plan, PlanStage, What
from ..query import Compare, Operator
from ..spi.adapter import Identity
from .announcing import event, tell
from .context import Context
from .listing import Search
from .metadata import whoami
from .planning import the
from .reading import get

UNTOLD: Final = "*"


@dataclass(frozen=True, slots=True)
class Deciders:
    """Who may decide on the plans of a ticket: the id of its technician, or the e-mail addresses that are named."""

    assignee: str | None
    named: frozenset[str]
    why: str

    @property
    def nobody(self) -> bool:
        return self.assignee is None and not self.named

    def include(self, technician: Technician) -> bool:
        if self.assignee is not None:
            return technician.id == self.assignee
        return technician.id in self.named or (technician.email or "").casefold() in self.named - {""}


async def deciders(context: Context, ticket_id: str) -> Deciders:
    """Who may decide now."""
    found = await get(context, TICKETS, Id(ticket_id), gather=False)
    ours = await context.session.wire.offload(partial(context.plans.assigned, context.tenant, ticket_id))
    assignee = None if found.assignee is None else found.assignee.id
    if assignee is not None and assignee not in ours and UNTOLD not in ours:
        return Deciders(assignee, frozenset(), "the technician whom the ticket is assigned to now decides")
    named = approvers(context, found)
    why = "nobody is assigned" if assignee is None else "its technician was assigned by this automation"
    return Deciders(None, named, f"{why}, so those who are named for its queue decide")


def approvers(context: Context, ticket: Ticket) -> frozenset[str]:
    """Those whom the profile names for a ticket's queue, by its id or its label."""
    if ticket.queue is None:
        return frozenset()
    queue = {ticket.queue.id, (ticket.queue.label or "").casefold()} - {""}
    return frozenset(
        one.casefold()
        for key, some in context.settings.approvers.items()
        if queue & {key, key.casefold()}
        for one in some
    )


async def self_told(context: Context) -> Identity:
    """Who we are."""
    return await whoami(context)


async def unfit(context: Context, ticket: str, technician: str) -> tuple[str | None, Technician | None]:
    """Why a technician may not decide now, or None; and who that is."""
    who = await freshly(context, technician)
    if who is None:
        return "the PSA knows no such technician", None
    if who.active is False:
        return "this technician is not active any more", who
    identity = await self_told(context)
    if technician in (identity.technician_id, identity.acts_as if identity.technician_id is None else None):
        return "this is our own API user", who
    try:
        allowed = await deciders(context, ticket)
    except NotFound:
        return "the ticket is gone", who
    if allowed.nobody:
        return f"{allowed.why}, and none is named: assign the ticket, or name approvers", who
    if not allowed.include(who):
        return allowed.why, who
    if allowed.assignee is None and who.id not in allowed.named:
        # Whoever may change his own record could take the address of one who is named.
        same = await by_email(context, who.email or "")
        if len(same) != 1:
            return f"{len(same)} active technicians have this e-mail address: name approvers by their ids", who
    return None, who


async def freshly(context: Context, technician: str) -> Technician | None:
    try:
        return await get(context, TECHNICIANS, Id(technician), gather=False)
    except NotFound:
        return None


async def decided(
    context: Context, plan: Plan, technician: str, *, approves: bool, via: str, reason: str | None = None
) -> Moved:
    """A decision of a technician's on a plan, kept whether it counts or not."""
    why_not, who = await unfit(context, plan.ticket, technician)
    actor = f"{who.name} ({who.id})" if who is not None else technician
    wire, store = context.session.wire, context.plans
    if why_not is not None:
        await wire.offload(
            partial(store.note, event(context, plan, What.REFUSED, actor=actor, via=via, reason=why_not))
        )
        return Moved(plan, moved=False)
    stage = PlanStage.APPROVED if approves else PlanStage.DENIED
    line = event(context, plan, stage, actor=actor, via=via, reason=reason)
    return await wire.offload(partial(store.decide, plan.id, plan.digest, stage, line))


async def decide(
    context: Context,
    plan: Plan | str,
    *,
    email: str,
    approves: bool,
    via: str,
    digest: str | None = None,
    reason: str | None = None,
) -> Plan:
    """A decision of somebody who proved to have an e-mail address; raises `Denied` if it does not count.

    `digest` is of the plan that was shown.
    """
    plan = await the(context, plan)
    found = await by_email(context, email)
    if digest is not None and digest != plan.digest:
        refused: dict[str, Any] = {"actor": email, "via": via, "reason": "another plan was shown"}
    elif len(found) != 1:
        refused = {"actor": email, "via": via, "reason": f"{len(found)} active technicians have this e-mail address"}
    else:
        moved = await decided(context, plan, found[0].id, approves=approves, via=via, reason=reason)
        if moved.moved:
            await tell(context)
            return await the(context, plan)
        raise Denied(f"decide on the plan {plan.code}", said=[await last_reason(context, plan)])
    line = event(context, plan, What.REFUSED, **refused)
    await context.session.wire.offload(partial(context.plans.note, line))
    raise Denied(f"decide on the plan {plan.code}", said=[refused["reason"]])


async def by_email(context: Context, email: str) -> Sequence[Technician]:
    """The active technicians of exactly this address, in any case."""
    wanted = email.strip()
    if not wanted:
        return ()
    listing = Search(context, TECHNICIANS, Compare("email", Operator.EQ, wanted), (), None).listing()
    found: list[Technician] = []
    while (page := await listing.next_page()) is not None:
        found += [one for one in page if one.active is not False and (one.email or "").casefold() == wanted.casefold()]
    return found


async def last_reason(context: Context, plan: Plan) -> str:
    """Why the latest decision did not count."""
    events = await context.session.wire.offload(partial(context.plans.events, context.tenant, plan.id, 1))
    return events[0].reason or "it does not count" if events else "it does not count"
