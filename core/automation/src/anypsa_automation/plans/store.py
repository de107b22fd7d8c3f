"""The durable plans: each step of a plan is one transaction, and a line of its audit trail is part of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, exists, insert, or_, select, update

from anypsa import ItemStage, Plan, PlanEvent, PlanStage
from anypsa.journal import Stage
from anypsa.models import KINDS
from anypsa.outbox import Held
from anypsa.plans import OPEN, Moved, What, code_of, digest_of

from ..database import Database
from ..outbox import UNFINISHED, parked, put
from ..rows import clean, read, stamp
from ..schema import DECISIONS, ENTRIES, EVENTS, ITEMS, LINKS, PLANS
from ..stages.cases import asked
from .rows import event_of, keep, plan_of, row_of

UNKNOWN: Final = "*"
ACTIVE: Final = (*OPEN, PlanStage.RUNNING)


class DurablePlans:
    """Keeps plans for all threads and processes that open the same store; see `anypsa.plans.PlanStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, plan: Plan) -> Plan:
        with self._database.transaction() as connection:
            if (earlier := same_call(connection, plan)) is not None:
                return earlier
            if plan.supersedes is not None:
                supersede(connection, plan)
            for item in plan.items:
                put(connection, item)
            return drafted(connection, plan)

    def park(self, plan: Plan, held: Held) -> Plan | None:
        with self._database.transaction() as connection:
            (item,) = plan.items
            return drafted(connection, plan) if parked(connection, held, item) else None

    def plan(self, id: str) -> Plan | None:
        with self._database.transaction() as connection:
            return one(connection, id)

    def plans(
        self,
        tenant: str,
        stages: Sequence[PlanStage] = (),
        ticket: str | None = None,
        limit: int | None = None,
        expiring_since: datetime | None = None,
    ) -> Sequence[Plan]:
        wanted = select(PLANS).where(PLANS.c.tenant == tenant).order_by(PLANS.c.place).limit(limit)
        if stages:
            wanted = wanted.where(PLANS.c.stage.in_([str(stage) for stage in stages]))
        if ticket is not None:
            wanted = wanted.where(PLANS.c.ticket == ticket)
        if expiring_since is not None:
            wanted = wanted.where(PLANS.c.expires >= stamp(expiring_since))
        with self._database.transaction() as connection:
            return [plan_of(connection, row) for row in connection.execute(wanted).all()]

    def latest(self, tenant: str, stage: PlanStage | None, limit: int, skip: int = 0) -> Sequence[Plan]:
        """Some plans, the latest first: of all stages or of one; `skip` passes over some."""
        wanted = select(PLANS).where(PLANS.c.tenant == tenant).order_by(PLANS.c.place.desc()).limit(limit).offset(skip)
        if stage is not None:
            wanted = wanted.where(PLANS.c.stage == str(stage))
        with self._database.transaction() as connection:
            return [plan_of(connection, row) for row in connection.execute(wanted).all()]

    def untold(self, tenant: str) -> Sequence[Plan]:
        never = (PlanStage.DRAFTED, PlanStage.PROPOSED)
        wanted = select(PLANS).where(
            PLANS.c.tenant == tenant, PLANS.c.note.is_not(None), PLANS.c.stage.not_in([str(one) for one in never])
        )
        with self._database.transaction() as connection:
            rows = connection.execute(wanted.order_by(PLANS.c.place)).all()
            return [plan for row in rows if (plan := plan_of(connection, row)).untold]

    def told(self, id: str, what: str) -> None:
        with self._database.transaction() as connection:
            told = found(connection, id).told | {str(what)}
            change(connection, id, told=" ".join(sorted(told)))

    def proposed(self, id: str, note: str, event: PlanEvent) -> Moved:
        return self._moved(id, PlanStage.PROPOSED, (PlanStage.DRAFTED,), event, note=note)

    def decide(self, id: str, digest: str, stage: PlanStage, event: PlanEvent) -> Moved:
        with self._database.transaction() as connection:
            plan = found(connection, id)
            if event.via is not None and heard(connection, event):
                return Moved(plan, moved=False)  # another process was faster with the very same note
            if (why_not := undecidable(plan, digest, stage, event.moment)) is not None:
                refuse(connection, event, why_not)
                return Moved(plan, moved=False)
            approved = {"approved": plan.digest} if stage is PlanStage.APPROVED else {}
            step(connection, plan, stage, event, decider=event.actor, reason=event.reason, **approved)
            return Moved(found(connection, id), moved=True)

    def release(self, id: str, event: PlanEvent) -> Moved:
        with self._database.transaction() as connection:
            plan = found(connection, id)
            if not plan.stage.open:
                return Moved(plan, moved=False)
            if event.moment >= plan.expires:
                step(connection, plan, PlanStage.EXPIRED, event)
            elif digest_of(plan, plan.items) != plan.digest or any(
                item.stage is not ItemStage.HELD for item in plan.items
            ):
                step(connection, plan, PlanStage.VOID, event, reason="what is stored is not what was planned")
            elif plan.stage is PlanStage.APPROVED and plan.approved != plan.digest:
                step(connection, plan, PlanStage.VOID, event, reason="what is stored is not what was approved")
            else:
                step(connection, plan, PlanStage.RUNNING, event)
                freed = {"stage": str(ItemStage.WAITING), "due": stamp(event.moment), "touched": stamp(event.moment)}
                connection.execute(update(ITEMS).where(ITEMS.c.plan == id).values(**freed))
            after = found(connection, id)
            return Moved(after, moved=after.stage is PlanStage.RUNNING)

    def end(self, id: str, stage: PlanStage, among: Sequence[PlanStage], event: PlanEvent) -> Moved:
        return self._moved(id, stage, among, event, reason=event.reason)

    def note(self, event: PlanEvent) -> bool:
        with self._database.transaction() as connection:
            if event.via is not None and heard(connection, event):
                return False
            keep(connection, event)
            return True

    def events(self, tenant: str, plan: str | None = None, limit: int | None = None) -> Sequence[PlanEvent]:
        wanted = select(EVENTS).where(EVENTS.c.tenant == tenant).order_by(EVENTS.c.place.desc()).limit(limit)
        if plan is not None:
            wanted = wanted.where(EVENTS.c.plan == plan)
        with self._database.transaction() as connection:
            return [event_of(row) for row in connection.execute(wanted)]

    def noted(self, tenant: str, ticket: str) -> frozenset[str]:
        of_ticket = and_(EVENTS.c.tenant == tenant, EVENTS.c.ticket == ticket, EVENTS.c.via.is_not(None))
        with self._database.transaction() as connection:
            return frozenset(connection.execute(select(EVENTS.c.via).where(of_ticket)).scalars())

    def wrote(self, tenant: str, entity: str, record: str) -> bool:
        with self._database.transaction() as connection:
            ours = or_(of_record(entity, tenant, record), by_vendors_name(tenant, record))
            return is_there(connection, select(ENTRIES.c.id).where(ours))

    def assigned(self, tenant: str, ticket: str) -> frozenset[str]:
        with self._database.transaction() as connection:
            given = (
                connection.execute(select(ENTRIES.c.given).where(of_record("ticket", tenant, ticket))).scalars().all()
            )
            found = {str(one) for text in given if (one := read(text).get("assignee")) is not None}
            return frozenset(found | {UNKNOWN}) if hides_assignment(connection, tenant, ticket) else frozenset(found)

    def _moved(self, id: str, stage: PlanStage, among: Sequence[PlanStage], event: PlanEvent, **changed: Any) -> Moved:
        with self._database.transaction() as connection:
            plan = found(connection, id)
            if plan.stage not in among:
                return Moved(plan, moved=False)
            step(connection, plan, stage, event, **changed)
            return Moved(found(connection, id), moved=True)

    def purge(self, connection: Connection, before: datetime) -> int:
        """Forgets plans that ended, or that expired without running, before a moment; with their items and events."""
        idle = and_(PLANS.c.stage.in_([str(stage) for stage in OPEN]), PLANS.c.expires < stamp(before))
        over = and_(PLANS.c.stage.not_in([str(stage) for stage in ACTIVE]), PLANS.c.touched < stamp(before))
        done_with = and_(or_(idle, over), PLANS.c.id.not_in(connection.execute(needed_outside()).scalars().all()))
        old = select(PLANS.c.id).where(done_with)
        items = select(ITEMS.c.id).where(ITEMS.c.plan.in_(old))
        connection.execute(delete(LINKS).where(LINKS.c.item.in_(items)))
        connection.execute(delete(ITEMS).where(ITEMS.c.plan.in_(old)))
        connection.execute(delete(EVENTS).where(EVENTS.c.plan.in_(old)))
        return connection.execute(delete(PLANS).where(done_with)).rowcount


def drafted(connection: Connection, plan: Plan) -> Plan:
    """Stores a draft beside its items, under a code that no other plan of the tenant has."""
    turn = 0
    while taken(connection, plan.tenant, code := code_of(plan.digest, turn)):
        turn += 1
    connection.execute(insert(PLANS).values(**{**row_of(plan), "code": code}))
    keep(connection, happened(plan, PlanStage.DRAFTED, plan.created))
    asked(connection, plan)
    return found(connection, plan.id)


def one(connection: Connection, id: str) -> Plan | None:
    row = connection.execute(select(PLANS).where(PLANS.c.id == id)).one_or_none()
    return None if row is None else plan_of(connection, row)


def found(connection: Connection, id: str) -> Plan:
    """A plan that is there."""
    return plan_of(connection, connection.execute(select(PLANS).where(PLANS.c.id == id)).one())


def change(connection: Connection, id: str, **changed: Any) -> None:
    cleaned = {name: clean(value) if isinstance(value, str) else value for name, value in changed.items()}
    connection.execute(update(PLANS).where(PLANS.c.id == id).values(**cleaned))


def step(connection: Connection, plan: Plan, stage: PlanStage, event: PlanEvent, **changed: Any) -> None:
    """Brings a plan to a stage; the items of one that is over are put away."""
    change(connection, plan.id, stage=str(stage), touched=stamp(event.moment), **changed)
    reason = changed.get("reason") or event.reason
    keep(connection, replace(event, what=str(stage), reason=reason))
    if stage.over:
        why = f"the plan {plan.code} is {stage}{f': {reason}' if reason else ''}"
        away = {"stage": str(ItemStage.DISCARDED), "touched": stamp(event.moment), "error": clean(why)}
        held = and_(ITEMS.c.plan == plan.id, ITEMS.c.stage == str(ItemStage.HELD))
        connection.execute(update(ITEMS).where(held).values(**away))


def refuse(connection: Connection, event: PlanEvent, why_not: str) -> None:
    """Keeps a decision that does not count."""
    keep(connection, replace(event, what=What.REFUSED, reason=why_not))


def heard(connection: Connection, event: PlanEvent) -> bool:
    """Whether there is an event of the same ticket and the same `via`."""
    same = and_(EVENTS.c.tenant == event.tenant, EVENTS.c.ticket == event.ticket, EVENTS.c.via == event.via)
    return connection.execute(select(EVENTS.c.place).where(same).limit(1)).first() is not None


def undecidable(plan: Plan, digest: str, stage: PlanStage, now: datetime) -> str | None:
    """Why a decision on a plan comes too late, or for another plan than is stored."""
    revokes = plan.stage is PlanStage.APPROVED and stage is PlanStage.DENIED
    if plan.stage is not PlanStage.PROPOSED and not revokes:
        return f"the plan is {plan.stage} already"
    if now >= plan.expires:
        return "the plan expired"
    if digest != plan.digest or digest_of(plan, plan.items) != plan.digest:
        return "what is stored is not what was proposed"
    return None


def needed_outside() -> Select[tuple[str]]:
    """The plans whose records are still to go into what is in the outbox without a plan."""
    waiting = ITEMS.alias()
    refers = and_(waiting.c.id == LINKS.c.item, waiting.c.plan.is_(None), waiting.c.stage.in_(UNFINISHED))
    made = select(ITEMS.c.plan).join(LINKS, LINKS.c.made_by == ITEMS.c.id).join(waiting, refers)
    return made.where(ITEMS.c.plan.is_not(None))


def same_call(connection: Connection, plan: Plan) -> Plan | None:
    """The plan that the same guarded call became earlier, if it is still open."""
    if plan.single is None:
        return None
    active = PLANS.c.stage.in_([str(stage) for stage in ACTIVE])
    same = and_(PLANS.c.tenant == plan.tenant, PLANS.c.single == plan.single, active)
    row = connection.execute(select(PLANS).where(same)).one_or_none()
    if row is None:
        return None
    earlier = plan_of(connection, row)
    if earlier.stage is PlanStage.RUNNING or plan.created < earlier.expires:
        return earlier
    step(connection, earlier, PlanStage.EXPIRED, happened(earlier, PlanStage.EXPIRED, plan.created))
    return None


def supersede(connection: Connection, plan: Plan) -> None:
    """Ends the plan that another takes the place of, unless it runs or ended."""
    earlier = one(connection, plan.supersedes or "")
    if earlier is not None and earlier.tenant == plan.tenant and earlier.stage.open:
        event = happened(earlier, PlanStage.SUPERSEDED, plan.created)
        step(connection, earlier, PlanStage.SUPERSEDED, event, reason="another plan takes its place")


def happened(plan: Plan, what: PlanStage, moment: datetime) -> PlanEvent:
    told = {"actor": plan.actor, "digest": plan.digest}
    return PlanEvent(plan=plan.id, tenant=plan.tenant, ticket=plan.ticket, moment=moment, what=str(what), **told)


def taken(connection: Connection, tenant: str, code: str) -> bool:
    return bool(connection.execute(select(exists().where(PLANS.c.tenant == tenant, PLANS.c.code == code))).scalar())


def of_record(entity: str, tenant: str, record: str) -> ColumnElement[bool]:
    """What was written to a record, or may have been."""
    written = ENTRIES.c.stage != str(Stage.REFUSED)
    return and_(ENTRIES.c.tenant == tenant, ENTRIES.c.entity == entity, ENTRIES.c.record == record, written)


def hides_assignment(connection: Connection, tenant: str, ticket: str) -> bool:
    """Whether a ticket was assigned in the vendor's own words, from which it cannot be told to whom."""
    itself = and_(DECISIONS.c.entity == "ticket", DECISIONS.c.record == ticket)
    touching = select(DECISIONS.c.id).where(
        DECISIONS.c.tenant == tenant,
        or_(DECISIONS.c.ticket == ticket, itself),
        or_(DECISIONS.c.verdict == "auto", DECISIONS.c.approval.is_not(None)),
        (" " + DECISIONS.c.fields + " ").contains(" assignee "),
    )
    if is_there(connection, touching.where(DECISIONS.c.raw == 1)):
        return True
    unclear = select(ENTRIES.c.id).where(by_vendors_name(tenant, ticket))
    return is_there(connection, touching) and is_there(connection, unclear)


def by_vendors_name(tenant: str, record: str) -> ColumnElement[bool]:
    """What was written to a record of this id in an entity of the vendor's own name, whichever that is."""
    strange = and_(ENTRIES.c.entity.not_in(KINDS), ENTRIES.c.stage != str(Stage.REFUSED))
    return and_(ENTRIES.c.tenant == tenant, ENTRIES.c.record == record, strange)


def is_there(connection: Connection, wanted: Select[Any]) -> bool:
    return connection.execute(wanted.limit(1)).first() is not None
