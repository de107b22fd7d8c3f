"""Planning: operations are collected instead of sent, stored as a plan, and proposed on its ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from ..effects import TICKET, Action
from ..errors import Conflict, Denied, Invalid, NotFound, Problem, Unsupported
from ..journal import fingerprint
from ..models import NOTES, TICKETS, Kind
from ..outbox import Item, ItemStage, own_subject, subject_of
from ..plans import LIFETIME, Plan, PlanEvent, PlanStage, digest_of, proposal, readable
from ..plans.words import LONGEST
from ..session import call
from ..wire import Lane
from .announcing import announced, event, tell
from .context import Context
from .lookups import own_id
from .metadata import whoami
from .queueing import PARENT, RAW, made
from .raw import understood
from .versions import versions

BY_LINK: Final = (
    "Nothing was written. Let people sign in to decide: set public_url, and serve `anypsa plans serve` there."
)
KEYLESS: Final = "an operation of a plan has a key of its own"


@dataclass
class Draft:
    """A plan that is being made."""

    context: Context
    ticket: str
    why: str
    lifetime: timedelta = LIFETIME
    supersedes: str | None = None
    single: str | None = None
    category: str | None = None
    items: list[Item] = field(default_factory=list)


def begun(context: Context, ticket: object, why: str, lifetime: timedelta, supersedes: Plan | str | None) -> Draft:
    """A plan without operations."""
    context.plans  # noqa: B018  # tells at once what is missing
    problems = []
    if not isinstance(why, str) or not why.strip():
        problems.append(Problem("why", "wants words: whoever approves reads them"))
    if not isinstance(lifetime, timedelta) or lifetime <= timedelta():
        problems.append(Problem("lifetime", "wants a duration of more than 0"))
    if problems:
        raise Invalid("make a plan", problems=problems)
    id = own_id(context, TICKETS, ticket, "make a plan")
    earlier = supersedes.id if isinstance(supersedes, Plan) else supersedes
    return Draft(context, id, readable(why), lifetime, earlier)


def collected(
    draft: Draft, kind: Kind[Any, ..., ...], action: Action, target: object, given: Mapping[str, Any]
) -> Item:
    """One more operation, checked as far as can be without the vendor."""
    item = made(draft.context, kind, action, target, given)
    if item.key is not None:
        raise Invalid(f"plan {action} {kind.name}", problems=[Problem("idempotency_key", KEYLESS)])
    known = {one.id for one in draft.items}
    if strangers := [name for name, id in item.links.items() if id not in known]:
        problems = [Problem(name, "wants an operation of the same plan") for name in strangers]
        raise Invalid(f"plan {action} {kind.name}", problems=problems)
    draft.items.append(item)
    return item


def collected_raw(draft: Draft, method: str, path: str, params: Mapping[str, str] | None, json: Any) -> Item:
    """One more operation: a raw request that writes."""
    item = raw_item(draft.context, method, path, params, json)
    draft.items.append(item)
    return item


def raw_item(context: Context, method: str, path: str, params: Mapping[str, str] | None, json: Any) -> Item:
    """A raw request as an item."""
    _, effect = understood(context, method, path, json)
    if not effect.writes:
        raise Invalid("plan a raw request", problems=[Problem("path", "it only reads: send it at once")])
    wire = context.session.wire
    id, now = wire.new_id(), wire.moment()
    values = {"method": method.upper(), "path": path, "params": dict(params or {}), "json": json}
    ticket = effect.record if effect.entity == TICKET and effect.ticket is None else effect.ticket
    subject = own_subject(id) if ticket is None else subject_of(TICKET, ticket)
    mark = fingerprint(RAW, effect.entity, effect.record, values)
    return Item(
        id, context.tenant, RAW, effect.entity, subject, mark, now, now, now, record=effect.record, values=values
    )


async def kept(draft: Draft) -> Plan:
    """Stores a plan with what its records hold now."""
    context, wire = draft.context, draft.context.session.wire
    if not draft.items:
        raise Invalid("make a plan", problems=[Problem(None, "nothing was planned")])
    await of_one_ticket(draft)
    stored = await wire.offload(partial(context.plans.add, await drawn(draft)))
    await tell(context)
    return stored


async def drawn(draft: Draft) -> Plan:
    """The plan, with what its records hold now and the digest of all of it."""
    context, wire = draft.context, draft.context.session.wire
    id, now = wire.new_id(), wire.moment()
    with call(wire, context.settings, Lane.INTERACTIVE):
        seen = await versions(context, draft.items)
    items = tuple(replace(item, plan=id, stage=ItemStage.HELD) for item in draft.items)
    plan = Plan(
        id=id,
        tenant=context.tenant,
        ticket=draft.ticket,
        why=draft.why,
        code="",
        digest="",
        created=now,
        touched=now,
        expires=now + draft.lifetime,
        items=items,
        seen=seen,
        actor=context.settings.actor,
        single=draft.single,
        category=draft.category,
        supersedes=draft.supersedes,
    )
    return replace(plan, digest=digest_of(plan, items))


async def ticket_of(context: Context, item: Item) -> str | None:
    """The ticket that an item's write is about."""
    entity, _, id = item.subject.partition(":")
    if entity == PARENT:
        return id
    table = context.adapter.tables.get(item.entity)
    if table is None or item.record is None or PARENT not in table.kind.traits:
        return None
    try:
        with call(context.session.wire, context.settings, Lane.INTERACTIVE):
            parent = getattr(await context.adapter.get(table, item.record), PARENT, None)
    except NotFound:
        return None
    return None if parent is None else str(parent.id)


async def of_one_ticket(draft: Draft) -> None:
    """Raises `Invalid` for operations on another ticket, of which another technician decides."""
    problems = []
    for item in draft.items:
        about = await ticket_of(draft.context, item)
        if about is not None and about != draft.ticket:
            problems.append(Problem(f"{item.action} {item.entity}", f"is about ticket {about}"))
    if problems:
        hint = "Make a plan for each ticket: whoever it is assigned to decides."
        raise Invalid(f"make a plan for ticket {draft.ticket}", problems=problems, hint=hint)


def id_of(plan: Plan | str) -> str:
    """A plan's id; raises `Invalid` for what is neither a plan nor an id."""
    id = plan.id if isinstance(plan, Plan) else plan
    if not isinstance(id, str):
        problem = Problem("plan", f"wants a plan or its id, not {type(id).__name__}")
        hint = "What `with psa.plan(...) as block` gives is a plan once the block has ended: block.plan."
        raise Invalid("use a plan", problems=[problem], hint=hint)
    return id


async def the(context: Context, plan: Plan | str) -> Plan:
    """A plan of this tenant as it is now; raises `Invalid`."""
    id = id_of(plan)
    found = await context.session.wire.offload(partial(context.plans.plan, id))
    if found is None or found.tenant != context.tenant:
        raise Invalid("use a plan", problems=[Problem("plan", f"there is no plan {id!r} of this tenant")])
    return found


async def listed(context: Context, stage: str | None, ticket: object, limit: int | None) -> Sequence[Plan]:
    """The plans of this tenant in the order they were made."""
    if stage is not None and stage not in set(PlanStage):
        raise Invalid("list plans", problems=[Problem("stage", repr(stage), allowed=tuple(PlanStage))])
    stages = () if stage is None else (PlanStage(stage),)
    of = None if ticket is None else own_id(context, TICKETS, ticket, "list plans")
    return await context.session.wire.offload(partial(context.plans.plans, context.tenant, stages, of, limit))


async def happened(context: Context, plan: Plan | str | None, limit: int | None) -> Sequence[PlanEvent]:
    """What happened to a plan of this tenant, or to all, the latest first."""
    id = None if plan is None else id_of(plan)
    return await context.session.wire.offload(partial(context.plans.events, context.tenant, id, limit))


async def propose(context: Context, plan: Plan | str) -> Plan:
    """Says on its ticket what a plan would do, once, and asks for a decision."""
    plan = await the(context, plan)
    if plan.stage is not PlanStage.DRAFTED:
        return plan
    if (over := await expired(context, plan)) is not None:
        raise ended(over)
    base, replies = context.settings.public_url, await replies_count(context)
    if base is None and not replies:
        said = [f"{context.adapter.name} tells neither who we are nor what a program wrote, so that no reply can count"]
        raise Unsupported(f"ask for an approval of the plan {plan.code}", said=said, hint=BY_LINK)
    body = proposal(plan, None if base is None else f"{base.rstrip('/')}/plans/{plan.id}", replies=replies)
    if len(body) > LONGEST:
        problem = Problem(None, f"it takes {len(body)} characters, and a note takes {LONGEST}")
        raise Invalid("show the whole plan on its ticket", problems=[problem], hint="Make several plans of it.")
    note = await announced(context, plan, body, PlanStage.PROPOSED)
    store, line = context.plans, event(context, plan, PlanStage.PROPOSED, via=f"note:{note.id}")
    return (await context.session.wire.offload(partial(store.proposed, plan.id, note.id, line))).plan


async def replies_count(context: Context) -> bool:
    """Whether what people write on a ticket can be told from what programs write there."""
    return "application" in context.adapter.tables[NOTES.name].by_name or bool(await ourselves(context))


async def ourselves(context: Context) -> frozenset[str]:
    """The technicians who are us, as authors of notes."""
    identity = await whoami(context)
    spoken_for = None if "impersonator" in context.adapter.tables[NOTES.name].by_name else identity.acts_as
    return frozenset(one for one in (identity.technician_id, spoken_for) if one is not None)


async def expired(context: Context, plan: Plan) -> Plan | None:
    """The plan if its time is over, and then it has ended."""
    if context.session.wire.moment() < plan.expires or not plan.stage.open:
        return None
    among = (plan.stage,)
    line = event(context, plan, PlanStage.EXPIRED)
    moved = await context.session.wire.offload(partial(context.plans.end, plan.id, PlanStage.EXPIRED, among, line))
    return moved.plan if moved.plan.stage is PlanStage.EXPIRED else None


def ended(plan: Plan) -> Denied | Conflict:
    """The error of a plan that cannot run any more."""
    said = [f"the plan {plan.code} is {plan.stage}", *([plan.reason] if plan.reason else [])]
    kind = Conflict if plan.stage is PlanStage.VOID else Denied
    return kind(f"run the plan {plan.code}", said=said, hint="Nothing was sent. Plan anew.")


async def withdraw(context: Context, plan: Plan | str, reason: str | None) -> Plan:
    """Ends a plan that did not run."""
    plan = await the(context, plan)
    among = (PlanStage.DRAFTED, PlanStage.PROPOSED, PlanStage.APPROVED)
    line = event(context, plan, PlanStage.DENIED, reason=reason or "withdrawn")
    wire = context.session.wire
    moved = await wire.offload(partial(context.plans.end, plan.id, PlanStage.DENIED, among, line))
    await tell(context)
    return moved.plan
