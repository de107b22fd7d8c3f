"""What a plan is, and what a store of plans can do. Blocking; the session offloads it.

    drafted → proposed → approved → running → done | failed
                 └──────────┴→ denied | expired | superseded | void

A plan's operations are items of the outbox that are held until the plan is released, which happens in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol

from ..outbox import Held, Item, own_subject

LIFETIME: Final = timedelta(hours=24)
"""How long a plan may be decided on and begun, unless somebody says otherwise."""


class PlanStage(StrEnum):
    """How far a plan came. A void one is not what was planned any more: it, or what it would change, was changed."""

    DRAFTED = "drafted"
    PROPOSED = "proposed"
    APPROVED = "approved"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DENIED = "denied"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    VOID = "void"

    @property
    def open(self) -> bool:
        """Whether it may still run."""
        return self in OPEN

    @property
    def over(self) -> bool:
        """Whether it ended without having run."""
        return self in OVER


OPEN: Final = (PlanStage.DRAFTED, PlanStage.PROPOSED, PlanStage.APPROVED)
OVER: Final = (PlanStage.DENIED, PlanStage.EXPIRED, PlanStage.SUPERSEDED, PlanStage.VOID)
TOLD: Final = (*OVER, PlanStage.FAILED)
"""The stages that are told on the ticket, each once, beside an approval."""


class What(StrEnum):
    """What happened to a plan, beside the stages it came to: somebody tried to decide who may not, or too late; something
    could not be told on the ticket."""

    REFUSED = "refused"
    UNTOLD = "untold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Writes that wait for somebody's approval: on which ticket, why, and what became of them.

    `code` names it in replies. `digest` is of all that was planned: operations, ticket, and what the fields that would
    change held then (`seen`). `approved` is the digest that somebody approved, and `decider` who decided. `single` tells
    what became a plan by itself: the fingerprint of a guarded call, or which item of the outbox. `category` is what its
    ticket was taken for, where categories have stages. `reason` says why it ended.
    """

    id: str
    tenant: str
    ticket: str
    why: str = field(repr=False)
    code: str
    digest: str
    created: datetime = field(repr=False)
    touched: datetime = field(repr=False)
    expires: datetime
    stage: PlanStage = PlanStage.DRAFTED
    items: tuple[Item, ...] = field(default=(), repr=False)
    seen: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    actor: str | None = None
    single: str | None = field(default=None, repr=False)
    category: str | None = None
    supersedes: str | None = None
    note: str | None = None
    approved: str | None = field(default=None, repr=False)
    decider: str | None = None
    reason: str | None = None
    told: frozenset[str] = field(default=frozenset(), repr=False)

    @property
    def parked(self) -> bool:
        """Whether it is an item of the outbox that wants an approval: `drain` goes on with it, or ends it."""
        return [self.single] == [own_subject(item.id) for item in self.items]

    @property
    def untold(self) -> Sequence[PlanStage]:
        """The stages that are still to be told on the ticket. Nothing is told of a plan that was never proposed."""
        if self.note is None:
            return ()
        came_to = [*([PlanStage.APPROVED] if self.approved else []), *([self.stage] if self.stage in TOLD else [])]
        return [stage for stage in dict.fromkeys(came_to) if stage not in self.told]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEvent:
    """One thing that happened to a plan: a line of its audit trail. `via` is what it came by, such as a note of the ticket;
    of those of a ticket with the same one, the first counts."""

    plan: str
    tenant: str
    ticket: str
    moment: datetime
    what: str
    actor: str | None = None
    via: str | None = None
    reason: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A plan as it is now, and whether it was us who brought it there."""

    plan: Plan
    moved: bool


class PlanStore(Protocol):
    """Keeps plans. Raises `StateUnavailable` if the storage fails, and then nothing was changed."""

    def add(self, plan: Plan) -> Plan:
        """Stores a draft with its items, held; ends the one that it supersedes. Returns the open plan of the same
        `single` if there is one. Its code is made unlike that of any other plan of the tenant."""

    def park(self, plan: Plan, held: Held) -> Plan | None:
        """Stores a draft whose only item somebody holds in the outbox, where it is held for the plan from then on, as the
        plan has it. None, and nothing changes, if another holds it by now."""

    def plan(self, id: str) -> Plan | None:
        """The plan of an id."""

    def plans(
        self,
        tenant: str,
        stages: Sequence[PlanStage] = (),
        ticket: str | None = None,
        limit: int | None = None,
        expiring_since: datetime | None = None,
    ) -> Sequence[Plan]:
        """The plans of a tenant in the order they were made: all, or those at some stages, of a ticket, or that did not
        expire before a moment."""

    def untold(self, tenant: str) -> Sequence[Plan]:
        """The plans whose stage was not told on their ticket yet."""

    def told(self, id: str, what: str) -> None:
        """Notes that a stage, or something else that is one word, was told on the ticket."""

    def proposed(self, id: str, note: str, event: PlanEvent) -> Moved:
        """Notes that a draft was proposed by a note."""

    def decide(self, id: str, digest: str, stage: PlanStage, event: PlanEvent) -> Moved:
        """Approves or denies a proposed plan of exactly this digest, before it expires; one that was approved can still be
        denied until it runs. Of all who decide at once, one does; what comes too late is kept as refused."""

    def release(self, id: str, event: PlanEvent) -> Moved:
        """Lets a plan run: its stage and those of its items change in one transaction, if what is stored is what was
        planned, and approved if it was. It is void otherwise."""

    def end(self, id: str, stage: PlanStage, among: Sequence[PlanStage], event: PlanEvent) -> Moved:
        """Ends a plan that is at one of these stages. The items of one that did not run are discarded."""

    def note(self, event: PlanEvent) -> bool:
        """Keeps an event; False if there is one of the same ticket and the same `via`."""

    def events(self, tenant: str, plan: str | None = None, limit: int | None = None) -> Sequence[PlanEvent]:
        """What happened to plans, the latest first."""

    def noted(self, tenant: str, ticket: str) -> frozenset[str]:
        """The `via` of all events of a ticket's plans."""

    def wrote(self, tenant: str, entity: str, record: str) -> bool:
        """Whether this store's own writes made a record or changed it, or may have."""

    def assigned(self, tenant: str, ticket: str) -> frozenset[str]:
        """The technicians to whom this store's own writes assigned a ticket; `*` for one that cannot be told."""
