"""Asking: a call that the policy wants approved becomes a plan of one, and says which."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, NoReturn, TypeVar

from ..effects import Action
from ..errors import ApprovalPending, Unsupported, Withheld
from ..models import Kind
from ..models.kind import Change, New, T
from ..outbox import Item
from ..plans import Plan, PlanStage, readable
from ..spi.exchange import Answer
from . import predicting, raw, writing
from .context import Context
from .planning import Draft, kept, propose, raw_item, ticket_of
from .queueing import made

V = TypeVar("V")
STATELESS: Final = "Somebody has to approve it: that wants a place to keep plans, anypsa.connect(..., state=...)."
TICKETLESS: Final = (
    "It concerns no ticket that somebody could approve it on: make it part of psa.plan(ticket, why=...)."
)
BY_VENDORS_NAME: Final = "A write by the vendor's own name is planned in the vendor's own words: plan.request(...) of psa.plan(ticket, why=...)."
NEXT: Final = {
    PlanStage.DRAFTED: "psa.plans.propose(error.plan) asks for an approval on the ticket.",
    PlanStage.PROPOSED: "It waits for an approval on the ticket; psa.plans.settle() looks for it.",
    PlanStage.APPROVED: "It is approved: psa.plans.run(error.plan).",
}


async def create(context: Context, kind: Kind[T, New, Change], given: Mapping[str, Any]) -> T:
    """See `writing.create`."""
    item = partial(item_of, context, kind, Action.CREATE, None, given)
    predict = partial(predicting.create, context, kind, given)
    return await asked(context, partial(writing.create, context, kind, given), item, predict)


async def update(context: Context, kind: Kind[T, New, Change], target: object, given: Mapping[str, Any]) -> T:
    """See `writing.update`."""
    item = partial(item_of, context, kind, Action.UPDATE, target, given)
    predict = partial(predicting.update, context, kind, target, given)
    return await asked(context, partial(writing.update, context, kind, target, given), item, predict)


async def delete(context: Context, kind: Kind[T, New, Change], target: object) -> None:
    """See `writing.delete`."""
    item = partial(item_of, context, kind, Action.DELETE, target, {})
    predict = partial(predicting.delete, context, kind, target)
    await asked(context, partial(writing.delete, context, kind, target), item, predict)


async def request(context: Context, method: str, path: str, params: Mapping[str, str] | None, body: Any) -> Answer:
    """See `raw.request`."""
    item = partial(raw_item, context, method, path, params, body)
    predict = partial(predicting.request, context, method, path, params, body)
    return await asked(context, partial(raw.request, context, method, path, params, body), item, predict)


def item_of(
    context: Context, kind: Kind[Any, ..., ...], action: Action, target: object, given: Mapping[str, Any]
) -> Item | None:
    """The call as an item; None for what the outbox cannot hold."""
    if kind.name not in context.adapter.tables:
        return None
    return made(
        context, kind, action, target, {name: value for name, value in given.items() if name != "idempotency_key"}
    )


async def asked(
    context: Context,
    call: Callable[[], Awaitable[V]],
    item: Callable[[], Item | None],
    predict: Callable[[Withheld], Awaitable[V]],
) -> V:
    """What a call returns, or would return if it was only predicted; what the policy wants approved is kept as a plan, and
    proposed if the settings say so."""
    try:
        return await call()
    except Withheld as withheld:
        return await predict(withheld)
    except ApprovalPending as pending:
        await planned(context, pending, item)


async def planned(context: Context, pending: ApprovalPending, make: Callable[[], Item | None]) -> NoReturn:
    if pending.plan is not None:
        raise pending
    if context.state is None:
        raise again(pending, STATELESS) from None
    item = make()
    if item is None:
        raise again(pending, BY_VENDORS_NAME) from None
    ticket = await ticket_of(context, item)
    if ticket is None:
        raise again(pending, TICKETLESS) from None
    why = readable(f"{pending.tried} ({'; '.join(pending.said)})")
    plan = await kept(Draft(context, ticket, why, single=item.fingerprint, items=[item], category=pending.category))
    if context.settings.propose:
        try:
            plan = await propose(context, plan)
        except Unsupported as error:
            raise again(pending, error.hint or "", plan) from error
    raise again(pending, NEXT.get(plan.stage, ""), plan) from None


def unplannable(what: str, hint: str = BY_VENDORS_NAME) -> Unsupported:
    """The error of what no plan can hold."""
    return Unsupported(f"plan {what}", hint=f"Nothing was sent. {hint}")


def again(pending: ApprovalPending, hint: str, plan: Plan | None = None) -> ApprovalPending:
    """The error with the way to go on."""
    named: dict[str, Any] = {} if plan is None else {"plan": plan.id, "code": plan.code}
    named["category"] = pending.category
    return ApprovalPending(pending.tried, said=pending.said, hint=f"Nothing was sent. {hint}", **named)
