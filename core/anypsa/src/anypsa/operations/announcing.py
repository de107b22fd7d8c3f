"""Announcing: what becomes of plans, and of answers to them, is told on their tickets by internal notes, each thing once."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import Any, Final

from ..errors import Conflict, Denied, Invalid, NotFound, PermissionDenied, PSAError, Unsupported
from ..models import NOTES, Note, Visibility
from ..plans import Plan, PlanEvent, What, announcement, refusal
from ..session import Grant, granting
from .context import Context, noted
from .delivery import Options
from .writing import created

UNTELLABLE: Final = (Conflict, Denied, Invalid, NotFound, PermissionDenied, Unsupported)
"""What will not cure itself: the ticket is gone, the policy disables notes, a right is missing."""
MOST_TOLD: Final = 16
"""What a plan has told on its ticket by then tells enough: whoever tries on shall not fill the ticket by our hand."""


def event(context: Context, plan: Plan, what: str, **more: Any) -> PlanEvent:
    """A line for a plan's audit trail."""
    who = {"actor": context.settings.actor, "digest": plan.digest, **more}
    moment = context.session.wire.moment()
    return PlanEvent(plan=plan.id, tenant=plan.tenant, ticket=plan.ticket, moment=moment, what=what, **who)


async def announced(context: Context, plan: Plan, body: str, what: str) -> Note:
    """An internal note on a plan's ticket, once for each thing there is to tell. What was begun is told as it was."""
    key = f"plan:{plan.id}:{what}"
    begun = await noted(context, lambda journal: journal.keyed(context.tenant, key))
    told = body if begun is None else str(begun.values["body"])
    fields = {"ticket": plan.ticket, "body": told, "visibility": Visibility.INTERNAL}
    with granting(Grant(plan.tenant, plan.id, only_note_on=plan.ticket)):
        note: Note = await created(context, NOTES, fields, Options(key=key))
        return note


async def tell(context: Context) -> None:
    """Tells on their tickets what became of plans, each thing once, whatever was killed in between.

    What cannot be told on one ticket holds back no other: if it never can be, that is kept, else it is raised at the end.
    """
    store, wire = context.plans, context.session.wire
    troubles: list[PSAError] = []
    for plan in await wire.offload(partial(store.untold, context.tenant)):
        for stage in plan.untold:
            try:
                await announced(context, plan, announcement(plan, stage), stage)
            except UNTELLABLE as error:
                line = event(context, plan, What.UNTOLD, reason=f"{stage}: {error}")
                await wire.offload(partial(store.note, line))
            except PSAError as error:
                troubles.append(error)
                break
            await wire.offload(partial(store.told, plan.id, stage))
    if troubles:
        raise troubles[0]


async def tell_refused(context: Context, plan: Plan) -> None:
    """Tells on its ticket which answers to a plan did not count: each reason once, however often somebody tries."""
    store, wire = context.plans, context.session.wire
    known = set(plan.told)
    for line in reversed(await wire.offload(partial(store.events, plan.tenant, plan.id))):
        mark = refused_as(line)
        if mark is None or mark in known or len(known) >= MOST_TOLD:
            continue
        try:
            await announced(context, plan, refusal(plan, line), mark)
        except UNTELLABLE as error:
            untold = event(context, plan, What.UNTOLD, reason=f"{mark}: {error}")
            await wire.offload(partial(store.note, untold))
        await wire.offload(partial(store.told, plan.id, mark))
        known.add(mark)


def refused_as(line: PlanEvent) -> str | None:
    """How it is remembered that the reason of a refused answer was told; None for what is no refused answer."""
    if line.what != What.REFUSED or line.via is None:
        return None
    return f"{What.REFUSED}:{sha256((line.reason or '').encode()).hexdigest()[:12]}"
