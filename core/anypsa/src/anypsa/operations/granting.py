"""Granting: an operation of a plan is carried out only while what is stored is what was planned, and approved."""

from __future__ import annotations

from functools import partial

from ..errors import Conflict
from ..outbox import Item, ItemStage
from ..plans import Plan, PlanStage, digest_of
from ..session import Grant, call
from ..wire import Lane
from .context import Context, noted
from .versions import moved, touched


async def approved(context: Context, item: Item) -> Grant | None:
    """What answers for an item where the policy asks for an approval; None if nothing does.

    Raises `Conflict` for an item whose plan does not run, or is not what it was, and for one whose record was changed
    since the plan was made.
    """
    if item.plan is None:
        return None
    plan = await context.session.wire.offload(partial(context.plans.plan, item.plan))
    if plan is None or plan.stage is not PlanStage.RUNNING or digest_of(plan, plan.items) != plan.digest:
        said = ["its plan does not run, or is not what was planned any more"]
        raise Conflict(f"{item.action} {item.entity}", said=said, hint="Nothing was sent.")
    await unmoved(context, plan, item)
    return Grant(plan.tenant, plan.id) if plan.approved == plan.digest else None


async def unmoved(context: Context, plan: Plan, item: Item) -> None:
    """Raises `Conflict` if somebody else changed what this is about to change, in the time between release and now."""
    change = touched(context, item)
    if change is None or await noted(context, lambda journal: journal.keyed(item.tenant, item.id)) is not None:
        return
    for other in plan.items:
        before = touched(context, other) if other.stage is ItemStage.DONE else None
        if before is not None and before.place == change.place:
            return  # the plan's own doing
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        problems = await moved(context, plan, [item])
    if problems:
        raise Conflict(f"{item.action} {item.entity}", problems=problems, hint="Nothing was sent. Plan anew.")
