"""`Psa` and `AsyncPsa`: one tenant of one vendor, opened by `connect` and `connect_async`."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Literal, Self, Unpack, overload

from .. import models, operations
from ..journal import Entry
from ..models import Balance, Choice, ContractLike, Record, State, TicketLike, Worked
from ..operations import Budget, Capabilities, Changes, Context, FieldInfo, Resolved
from ..plans import LIFETIME, Plan
from ..session import Allowance, allowed, room
from ..spi.adapter import Identity
from ..spi.deliveries import Deliveries
from ..spi.exchange import Answer
from ..wire import AwaitingWire, run
from .doors import AsyncDoor, Door
from .entities import AsyncEntities, Entities
from .outbox import AsyncOutbox, Outbox
from .plans import AsyncPlanBlock, AsyncPlans, PlanBlock, Plans
from .webhooks import AsyncWebhooks, Webhooks
from .work import AsyncWorkBlock, WorkBlock


class Opened:
    """What both faces of a tenant have."""

    def __init__(self, context: Context) -> None:
        self.context = context
        context.carry = self.carry

    @staticmethod
    def carry(coroutine: Coroutine[Any, Any, Any]) -> Any:
        """How this face brings an operation to its end."""
        return coroutine

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.context.tenant}>"

    @property
    def tenant(self) -> str:
        """The tenant's key, carried by every record."""
        return self.context.tenant

    @property
    def capabilities(self) -> Capabilities:
        """What this PSA offers: `"tickets.create" in psa.capabilities`."""
        return Capabilities(self.context)

    @property
    def deliveries(self) -> Deliveries:
        """How this PSA's webhooks are proved and read; raises `Unsupported` where it has none. Nothing is sent."""
        return operations.deliveries(self.context)

    def room(self) -> int | None:
        """How many requests the blocks of `budget` that this is in still let go; None if nothing limits them. Nothing is
        sent: a program that will need many asks before it begins."""
        return room(self.context.tenant)


class Psa(Opened):
    """A tenant on the blocking face. May be shared by threads; after a fork it refuses."""

    tickets = Door(models.TICKETS)
    notes = Door(models.NOTES)
    companies = Door(models.COMPANIES)
    contacts = Door(models.CONTACTS)
    assets = Door(models.ASSETS)
    queues = Door(models.QUEUES)
    technicians = Door(models.TECHNICIANS)
    contracts = Door(models.CONTRACTS)
    time_entries = Door(models.TIME_ENTRIES)
    articles = Door(models.ARTICLES)
    attachments = Door(models.ATTACHMENTS)
    locations = Door(models.LOCATIONS)
    history = Door(models.HISTORY)
    checklist = Door(models.CHECKLIST)
    appointments = Door(models.APPOINTMENTS)
    projects = Door(models.PROJECTS)
    invoices = Door(models.INVOICES)

    @staticmethod
    def carry(coroutine: Coroutine[Any, Any, Any]) -> Any:
        """Runs an operation to its end."""
        return run(coroutine)

    def check(self) -> Identity:
        """Proves the credentials by the cheapest request, and says who they are."""
        return run(operations.check(self.context))

    def whoami(self) -> Identity:
        """Who the credentials are, remembered for this connection."""
        return run(operations.whoami(self.context))

    def fields(self, entity: str) -> Sequence[FieldInfo]:
        """The fields of a collection ("ticket"), or of any entity by the vendor's name ("Projects"), with the tenant's
        values and own fields."""
        return run(operations.fields(self.context, entity))

    def changes(self, since: str | datetime | None = None, *, entities: Iterable[str] | None = None) -> Changes:
        """The records that were changed since a moment or the `cursor` of the look before; the twin of webhooks.

        Without `since` nothing is read, and the cursor is that of now. `entities`: tickets if not said, or those of
        the cursor.
        """
        return run(operations.changes(self.context, since, entities))

    def existing(self, entity: str, ids: Iterable[str]) -> Mapping[str, Record]:
        """The records of an entity ("ticket") that exist among these ids, by id, in as few requests as possible."""
        return run(operations.existing(self.context, entity, ids))

    def request(self, method: str, path: str, *, params: Mapping[str, str] | None = None, json: Any = None) -> Answer:
        """Any endpoint of the vendor, with the same signing, limits, retries, policy and errors."""
        return run(operations.request(self.context, method, path, params, json))

    def entity(self, name: str) -> Entities:
        """Any other entity of the vendor's, by the vendor's name and with the vendor's field names."""
        return Entities(self.context, name)

    @property
    def webhooks(self) -> Webhooks:
        """The webhooks that are registered with the vendor."""
        return Webhooks(self.context)

    @property
    def outbox(self) -> Outbox:
        """Writes that survive the process; needs `state=`."""
        self.context.outbox  # noqa: B018  # tells at once what is missing
        return Outbox(self.context)

    def plan(
        self, ticket: TicketLike, why: str, *, lifetime: timedelta = LIFETIME, supersedes: Plan | str | None = None
    ) -> PlanBlock:
        """Makes a plan for a ticket: `with psa.plan(ticket, why="...") as plan: plan.tickets.update(...)`.

        What is said to `plan` inside is collected, not sent. It may be decided on and begun for `lifetime`; `supersedes`
        names the plan that it takes the place of. Needs `state=`.
        """
        return PlanBlock(operations.begun(self.context, ticket, why, lifetime, supersedes))

    def work(self, ticket: TicketLike, **entry: Unpack[Worked]) -> WorkBlock:
        """Measures the time that is really spent on a ticket, and logs it: `with psa.work(ticket, technician=...) as work:`.

        The clock runs inside the block, but for `work.paused()`; at its end one time entry is written, on the ticket's
        own contract, never longer than was measured. `work.differences` tells what the vendor made of it.
        """
        return WorkBlock(self.context, ticket, entry)

    @property
    def plans(self) -> Plans:
        """The plans of this tenant; needs `state=`."""
        self.context.plans  # noqa: B018  # tells at once what is missing
        return Plans(self.context)

    def state_of(self, status: Choice | str) -> State | None:
        """What a status of tickets means, by the status or its id; None when it cannot be told."""
        return run(operations.state_of(self.context, status))

    def balance(self, contract: ContractLike) -> Balance:
        """What a contract has left: hours, tickets or money."""
        return run(operations.balance(self.context, contract))

    @overload
    def budget(self) -> Budget: ...
    @overload
    def budget(
        self, *, max_requests: int | None = None, lane: Literal["interactive", "bulk"] | None = None
    ) -> AbstractContextManager[Allowance]: ...
    def budget(self, *, max_requests: int | None = None, lane: str | None = None) -> Any:
        """The requests that may still go, by our share and by the vendor's own count.

        With arguments it is a block, `with psa.budget(max_requests=200, lane="bulk") as spent:`, in which no more
        requests are sent (`OverBudget` is raised, if possible before a list begins) and all are counted in `spent.used`.
        Threads that you start in it have to open one of their own.
        """
        if max_requests is None and lane is None:
            return run(operations.budget(self.context))
        return allowed(operations.allowance(self.context, max_requests, lane))

    def unresolved(self) -> Sequence[Entry]:
        """The writes in the journal of which it is not known what became, the oldest first."""
        return run(operations.unresolved(self.context))

    def resolve(self, entry: str) -> Resolved:
        """Looks again at a write in the journal (`error.entry`); raises `OutcomeUnknown` while it cannot be told."""
        return run(operations.resolve(self.context, entry))

    def close(self) -> None:
        """Gives connections back; the context manager does it for you."""
        run(operations.close(self.context))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncPsa(Opened):
    """A tenant on the async face. Belongs to the event loop that entered it."""

    tickets = AsyncDoor(models.TICKETS)
    notes = AsyncDoor(models.NOTES)
    companies = AsyncDoor(models.COMPANIES)
    contacts = AsyncDoor(models.CONTACTS)
    assets = AsyncDoor(models.ASSETS)
    queues = AsyncDoor(models.QUEUES)
    technicians = AsyncDoor(models.TECHNICIANS)
    contracts = AsyncDoor(models.CONTRACTS)
    time_entries = AsyncDoor(models.TIME_ENTRIES)
    articles = AsyncDoor(models.ARTICLES)
    attachments = AsyncDoor(models.ATTACHMENTS)
    locations = AsyncDoor(models.LOCATIONS)
    history = AsyncDoor(models.HISTORY)
    checklist = AsyncDoor(models.CHECKLIST)
    appointments = AsyncDoor(models.APPOINTMENTS)
    projects = AsyncDoor(models.PROJECTS)
    invoices = AsyncDoor(models.INVOICES)

    async def check(self) -> Identity:
        """Proves the credentials by the cheapest request, and says who they are."""
        return await operations.check(self.context)

    async def whoami(self) -> Identity:
        """Who the credentials are, remembered for this connection."""
        return await operations.whoami(self.context)

    async def fields(self, entity: str) -> Sequence[FieldInfo]:
        """The fields of a collection ("ticket"), or of any entity by the vendor's name ("Projects"), with the tenant's
        values and own fields."""
        return await operations.fields(self.context, entity)

    async def changes(self, since: str | datetime | None = None, *, entities: Iterable[str] | None = None) -> Changes:
        """The records that were changed since a moment or the `cursor` of the look before; the twin of webhooks.

        Without `since` nothing is read, and the cursor is that of now. `entities`: tickets if not said, or those of
        the cursor.
        """
        return await operations.changes(self.context, since, entities)

    async def existing(self, entity: str, ids: Iterable[str]) -> Mapping[str, Record]:
        """The records of an entity ("ticket") that exist among these ids, by id, in as few requests as possible."""
        return await operations.existing(self.context, entity, ids)

    async def request(
        self, method: str, path: str, *, params: Mapping[str, str] | None = None, json: Any = None
    ) -> Answer:
        """Any endpoint of the vendor, with the same signing, limits, retries, policy and errors."""
        return await operations.request(self.context, method, path, params, json)

    def entity(self, name: str) -> AsyncEntities:
        """Any other entity of the vendor's, by the vendor's name and with the vendor's field names."""
        return AsyncEntities(self.context, name)

    @property
    def webhooks(self) -> AsyncWebhooks:
        """The webhooks that are registered with the vendor."""
        return AsyncWebhooks(self.context)

    @property
    def outbox(self) -> AsyncOutbox:
        """Writes that survive the process; needs `state=`."""
        self.context.outbox  # noqa: B018  # tells at once what is missing
        return AsyncOutbox(self.context)

    def plan(
        self, ticket: TicketLike, why: str, *, lifetime: timedelta = LIFETIME, supersedes: Plan | str | None = None
    ) -> AsyncPlanBlock:
        """Makes a plan for a ticket: `async with psa.plan(ticket, why="...") as plan: ...`; see `Psa.plan`."""
        return AsyncPlanBlock(operations.begun(self.context, ticket, why, lifetime, supersedes))

    def work(self, ticket: TicketLike, **entry: Unpack[Worked]) -> AsyncWorkBlock:
        """Measures the time that is really spent on a ticket, and logs it: `async with psa.work(ticket, ...) as work:`.

        See `Psa.work`.
        """
        return AsyncWorkBlock(self.context, ticket, entry)

    @property
    def plans(self) -> AsyncPlans:
        """The plans of this tenant; needs `state=`."""
        self.context.plans  # noqa: B018  # tells at once what is missing
        return AsyncPlans(self.context)

    async def state_of(self, status: Choice | str) -> State | None:
        """What a status of tickets means, by the status or its id; None when it cannot be told."""
        return await operations.state_of(self.context, status)

    async def balance(self, contract: ContractLike) -> Balance:
        """What a contract has left: hours, tickets or money."""
        return await operations.balance(self.context, contract)

    @overload
    def budget(self) -> Coroutine[Any, Any, Budget]: ...
    @overload
    def budget(
        self, *, max_requests: int | None = None, lane: Literal["interactive", "bulk"] | None = None
    ) -> AbstractContextManager[Allowance]: ...
    def budget(self, *, max_requests: int | None = None, lane: str | None = None) -> Any:
        """The requests that may still go, to be awaited; with arguments a block, entered by a plain `with`.

        See `Psa.budget`; tasks that are started in the block are part of it.
        """
        if max_requests is None and lane is None:
            return operations.budget(self.context)
        return allowed(operations.allowance(self.context, max_requests, lane))

    async def unresolved(self) -> Sequence[Entry]:
        """The writes in the journal of which it is not known what became, the oldest first."""
        return await operations.unresolved(self.context)

    async def resolve(self, entry: str) -> Resolved:
        """Looks again at a write in the journal (`error.entry`); raises `OutcomeUnknown` while it cannot be told."""
        return await operations.resolve(self.context, entry)

    async def close(self) -> None:
        """Gives connections back; the context manager does it for you."""
        await operations.close(self.context)

    async def __aenter__(self) -> Self:
        wire = self.context.session.wire
        if isinstance(wire, AwaitingWire):
            wire.enter()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
