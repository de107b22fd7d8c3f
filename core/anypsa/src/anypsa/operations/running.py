"""Running a plan: policy, versions and digest are checked again, and then its operations are released in one step."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

from ..effects import Action, Effect, writing
from ..errors import ApprovalPending, Denied, PSAError, Withheld
from ..outbox import TARGET, Item
from ..plans import OPEN, Plan, PlanStage, What
from ..policy import Decision, Verdict
from ..session import call
from ..wire import Lane
from .announcing import UNTELLABLE, event, tell
from .context import Context
from .draining import CONNECTION, Drained, drained
from .planning import ended, expired, propose, the
from .queueing import RAW, unpacked
from .raw import understood
from .settling import finished
from .versions import moved
from .writing import settled

log = logging.getLogger("anypsa")
UNPROPOSED: Final = "Propose it, and run it when it is approved."
UNDECIDED: Final = "It waits for the technician's decision: psa.plans.settle() looks for it."


async def drain(context: Context, limit: int | None = None) -> Drained:
    """Sends what is due in the outbox, what was approved of it included, and asks for what wants an approval."""
    parked = await still_parked(context, PlanStage.DRAFTED, PlanStage.PROPOSED, PlanStage.APPROVED)
    for plan in parked:
        await later(context, plan, approved_or_over)
    fared = await drained(context, limit)
    for plan in await still_parked(context, PlanStage.DRAFTED):
        await later(context, plan, propose)
    running = await still_parked(context, PlanStage.RUNNING)
    for plan in running:
        await finished(context, plan)
    if parked or running:
        with suppress(PSAError):  # it is told the next time
            await tell(context)
    return fared


async def still_parked(context: Context, *stages: PlanStage) -> Sequence[Plan]:
    """The items of the outbox that are plans at these stages."""
    found = await context.session.wire.offload(partial(context.plans.plans, context.tenant, stages))
    return [plan for plan in found if plan.parked]


async def approved_or_over(context: Context, plan: Plan) -> None:
    """Releases a plan that was approved; ends one that expired."""
    if await expired(context, plan) is None and plan.stage is PlanStage.APPROVED:
        await released(context, plan)


async def later(context: Context, plan: Plan, step: Callable[[Context, Plan], Awaitable[object]]) -> None:
    """Takes a plan a step further. What fails now is tried again by the next drain; what always would ends the plan."""
    try:
        await step(context, plan)
    except CONNECTION:
        raise
    except UNTELLABLE as error:
        await void(context, plan, str(error))
    except PSAError as error:
        log.info("the plan %s waits: %s", plan.code, error)


async def run(context: Context, plan: Plan | str) -> Plan:
    """Runs a plan, or what is left of it; returns it as it is then. Whoever runs it again runs nothing twice.

    Raises `ApprovalPending` while somebody has to approve it, and `Denied` or `Conflict` for one that cannot run any
    more; then nothing was sent.
    """
    plan = await the(context, plan)
    if (over := await expired(context, plan)) is not None:
        plan = over
    if plan.stage.open:
        plan = await released(context, plan)
    if plan.stage.over:
        await tell(context)
        raise ended(plan)
    if plan.stage is PlanStage.RUNNING:
        await drained(context, plan=plan.id)
        plan = await finished(context, await the(context, plan))
    await tell(context)
    return plan


async def released(context: Context, plan: Plan) -> Plan:
    """The plan as it is once it may run."""
    await permitted(context, plan)
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        problems = await moved(context, plan, plan.items)
    if problems:
        return await void(context, plan, "; ".join(map(str, problems)))
    line = event(context, plan, PlanStage.RUNNING)
    return (await context.session.wire.offload(partial(context.plans.release, plan.id, line))).plan


async def void(context: Context, plan: Plan, reason: str) -> Plan:
    """The plan, which cannot be done any more."""
    line = event(context, plan, PlanStage.VOID, reason=reason[:500])
    return (await context.session.wire.offload(partial(context.plans.end, plan.id, PlanStage.VOID, OPEN, line))).plan


async def permitted(context: Context, plan: Plan) -> None:
    """Raises `Denied` for what the policy disables now, and `ApprovalPending` for what nobody approved yet."""
    for item in plan.items:
        decision = await foretold(context, item)
        tried = f"run the plan {plan.code}: {item.action} {item.entity}"
        if decision.verdict is Verdict.DISABLED:
            line = event(context, plan, What.REFUSED, reason=str(decision))
            await context.session.wire.offload(partial(context.plans.note, line))
            raise Denied(tried, said=[decision.rule], hint="Nothing was sent, and no approval helps.")
        if decision.verdict is Verdict.PREDICT:
            hint = "Nothing was sent, and no approval helps: it may only be predicted."
            raise Withheld(tried, said=[decision.rule], hint=hint, category=decision.category, stage=decision.stage)
        if decision.verdict is Verdict.APPROVAL and plan.approved != plan.digest:
            hint = f"Nothing was sent. {UNPROPOSED if plan.stage is PlanStage.DRAFTED else UNDECIDED}"
            raise ApprovalPending(tried, said=[decision.rule], hint=hint, plan=plan.id, code=plan.code)


async def foretold(context: Context, item: Item) -> Decision:
    """What the policy says of an operation as far as that is known before it is sent. The session asks again then."""
    with call(context.session.wire, context.settings, Lane.INTERACTIVE):
        return await context.session.decided(await effect_of(context, item))


async def effect_of(context: Context, item: Item) -> Effect:
    if item.action == RAW:
        asked = item.values
        return understood(context, asked["method"], asked["path"], asked["json"])[1]
    table = context.adapter.tables[item.entity]
    values = {name: value for name, value in item.values.items() if name not in ("expect", "verify")}
    fields = unpacked(values, table.kind)
    resolved = await settled(context, table, fields, f"{item.action} {item.entity}", record=item.record)
    linked: Sequence[str] = [name for name in item.links if name != TARGET]
    return writing(Action(item.action), item.entity, item.record, {**dict.fromkeys(linked), **resolved})
