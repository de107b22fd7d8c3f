"""Plans as a connection shows them: made in a block, proposed on their ticket, decided by people, run once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NoReturn, Self

from .. import operations
from ..effects import Action
from ..errors import ConfigurationError
from ..models import Kind, TicketLike
from ..operations import Context, Draft, Settled
from ..outbox import Item
from ..plans import Plan, PlanEvent
from ..session import Planning
from ..wire import run
from .outbox import AsyncSlots, Slots


class Block:
    """What both faces of a plan that is being made have."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._planning = Planning(draft.context.tenant)
        self._kept: Plan | None = None

    @property
    def plan(self) -> Plan:
        """The plan as it was stored, or as `propose` and `run` left it; there is none before the block has ended."""
        if self._kept is None:
            hint = "End the block first: with psa.plan(...) as plan: ..."
            raise ConfigurationError("use a plan", said=["it is not made yet"], hint=hint)
        return self._kept

    @property
    def id(self) -> str:
        """Its id."""
        return self.plan.id

    @property
    def code(self) -> str:
        """What people call it in replies."""
        return self.plan.code

    async def keep(self, kind: Kind[Any, ..., ...], action: Action, target: object, values: Mapping[str, Any]) -> Item:
        """Collects one operation."""
        return operations.collected(self._draft, kind, action, target, values)

    def request(self, method: str, path: str, *, params: Mapping[str, str] | None = None, json: Any = None) -> Item:
        """Collects a raw request that writes; see `psa.request`."""
        return operations.collected_raw(self._draft, method, path, params, json)

    def entity(self, name: str) -> NoReturn:
        """Raises `Unsupported`: what only the vendor has a name for is planned in its words, by `request`."""
        raise operations.unplannable(f"a write to the entity {name!r}")

    @property
    def webhooks(self) -> NoReturn:
        """Raises `Unsupported`: a webhook concerns no ticket that somebody could approve it on."""
        raise operations.unplannable("a webhook", operations.UNPLANNED)


class PlanBlock(Block, Slots):
    """A plan that is being made: `plan.tickets.update(...)` and the like are collected, not sent, and stored when the
    block ends. Whatever else writes to the same tenant inside of it is refused."""

    def __enter__(self) -> Self:
        self._planning.enter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._planning.leave()
        if error is None:
            self._kept = run(operations.kept(self._draft))

    def propose(self) -> Plan:
        """Says on the ticket what the plan would do, once, and asks for a decision."""
        self._kept = run(operations.propose(self._draft.context, self.plan))
        return self._kept

    def run(self) -> Plan:
        """Runs the plan; see `Plans.run`."""
        self._kept = run(operations.run(self._draft.context, self.plan))
        return self._kept


class AsyncPlanBlock(Block, AsyncSlots):
    """A plan that is being made; see `PlanBlock`."""

    async def __aenter__(self) -> Self:
        self._planning.enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._planning.leave()
        if error is None:
            self._kept = await operations.kept(self._draft)

    async def propose(self) -> Plan:
        """Says on the ticket what the plan would do, once, and asks for a decision."""
        self._kept = await operations.propose(self._draft.context, self.plan)
        return self._kept

    async def run(self) -> Plan:
        """Runs the plan; see `Plans.run`."""
        self._kept = await operations.run(self._draft.context, self.plan)
        return self._kept


class Plans:
    """The plans of a tenant, whoever made them and in whatever process."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def list(
        self, stage: str | None = None, *, ticket: TicketLike | None = None, limit: int | None = None
    ) -> Sequence[Plan]:
        """The plans in the order they were made: all, those at a stage ("approved"), or those of a ticket."""
        return run(operations.listed(self._context, stage, ticket, limit))

    def get(self, plan: Plan | str) -> Plan:
        """A plan as it is now; raises `Invalid`."""
        return run(operations.the(self._context, plan))

    def propose(self, plan: Plan | str) -> Plan:
        """Says on its ticket what a plan would do, once, and asks for a decision."""
        return run(operations.propose(self._context, plan))

    def settle(self, *, ticket: TicketLike | None = None) -> Settled:
        """Reads what people wrote on tickets with plans, or on one of them, lets decisions take effect, and tells each
        thing once.

        Call it now and then, in any process. Returns the plans that came to another stage, and the messages.
        """
        return run(operations.settle(self._context, ticket))

    def run(self, plan: Plan | str) -> Plan:
        """Runs a plan, or what is left of it: policy, records and digest are checked again, then all of it is released.

        Raises `ApprovalPending` while somebody has to approve it, `Denied` or `Conflict` if it cannot run any more.
        """
        return run(operations.run(self._context, plan))

    def withdraw(self, plan: Plan | str, *, reason: str | None = None) -> Plan:
        """Ends a plan that does not run yet."""
        return run(operations.withdraw(self._context, plan, reason))

    def decide(
        self,
        plan: Plan | str,
        *,
        email: str,
        approves: bool,
        via: str,
        digest: str | None = None,
        reason: str | None = None,
    ) -> Plan:
        """A decision of somebody who proved to you that an e-mail address is his, on the plan that he was shown.

        It counts if the technician of that address may decide now; raises `Denied` if not. For programs that sign
        people in, such as the approvals app; a program that decides for itself has a policy to change instead.
        """
        told: dict[str, str | None] = {"digest": digest, "reason": reason}
        return run(operations.decide(self._context, plan, email=email, approves=approves, via=via, **told))

    def events(self, plan: Plan | str | None = None, limit: int | None = None) -> Sequence[PlanEvent]:
        """What happened to a plan, or to all, the latest first."""
        return run(operations.happened(self._context, plan, limit))


class AsyncPlans:
    """The plans of a tenant; see `Plans` for each verb."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def list(
        self, stage: str | None = None, *, ticket: TicketLike | None = None, limit: int | None = None
    ) -> Sequence[Plan]:
        """The plans in the order they were made."""
        return await operations.listed(self._context, stage, ticket, limit)

    async def get(self, plan: Plan | str) -> Plan:
        """A plan as it is now; raises `Invalid`."""
        return await operations.the(self._context, plan)

    async def propose(self, plan: Plan | str) -> Plan:
        """Says on its ticket what a plan would do, once, and asks for a decision."""
        return await operations.propose(self._context, plan)

    async def settle(self, *, ticket: TicketLike | None = None) -> Settled:
        """Reads what people wrote on tickets with plans, or on one of them, and lets decisions take effect."""
        return await operations.settle(self._context, ticket)

    async def run(self, plan: Plan | str) -> Plan:
        """Runs a plan, or what is left of it."""
        return await operations.run(self._context, plan)

    async def withdraw(self, plan: Plan | str, *, reason: str | None = None) -> Plan:
        """Ends a plan that does not run yet."""
        return await operations.withdraw(self._context, plan, reason)

    async def decide(
        self,
        plan: Plan | str,
        *,
        email: str,
        approves: bool,
        via: str,
        digest: str | None = None,
        reason: str | None = None,
    ) -> Plan:
        """A decision of somebody who proved to you that an e-mail address is his."""
        told: dict[str, str | None] = {"digest": digest, "reason": reason}
        return await operations.decide(self._context, plan, email=email, approves=approves, via=via, **told)

    async def events(self, plan: Plan | str | None = None, limit: int | None = None) -> Sequence[PlanEvent]:
        """What happened to a plan, or to all, the latest first."""
        return await operations.happened(self._context, plan, limit)
