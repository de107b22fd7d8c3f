"""Facts: what policies may ask of the tenant. Read lazily, once per call, over the same session, and not policed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from ..effects import TICKET, Action, Effect
from ..errors import ConfigurationError, Invalid, NotFound, PermissionDenied, Unsupported
from ..models import Balance, Contract, Record, State, Ticket, TimeEntry, Visibility
from ..policy import Classification, Classifier
from ..settings import Settings
from ..spi.table import Verb
from ..wire import Wire
from .calls import remembered

if TYPE_CHECKING:
    from ..spi.adapter import Adapter

V = TypeVar("V")
UNTELLING: Final = (ConfigurationError, Invalid, NotFound, PermissionDenied, Unsupported)
"""What a look-up fails with when the fact cannot be told. Any other failure is the call's own."""
HOURS: Final = "hours"
Worked: TypeAlias = Callable[[str], Awaitable[Sequence[TimeEntry]]]
"""Lists the time entries of a ticket, completely."""

# Follows the look-ups of a decision wherever they are made.
_deciding: Final = ContextVar("anypsa_deciding", default=False)


@contextmanager
def deciding() -> Iterator[None]:
    """What is read inside is read for a decision."""
    token = _deciding.set(True)
    try:
        yield
    finally:
        _deciding.reset(token)


def is_deciding() -> bool:
    """Whether a policy is being asked, and reads for that."""
    return _deciding.get()


class SessionFacts:
    """See `Facts`."""

    def __init__(
        self,
        adapter: Adapter,
        settings: Settings,
        wire: Wire,
        tenant: str,
        effect: Effect,
        worked: Worked | None = None,
    ) -> None:
        self.tenant = tenant
        self.actor = settings.actor
        self.stage = settings.stage
        self._adapter = adapter
        self._wire = wire
        self._effect = effect
        self._worked = worked
        self._known = remembered()

    async def ticket(self) -> Ticket | None:
        """The ticket itself, or the one that the record hangs on."""
        effect = self._effect
        if effect.entity == TICKET:
            id = effect.ticket or effect.record
        elif effect.ticket is None and (record := await self._record()) is not None:
            parent = getattr(record, TICKET, None)
            id = parent.id if parent else None
        else:
            id = effect.ticket
        found = await self._got(TICKET, id)
        return found if isinstance(found, Ticket) else None

    async def contract(self) -> Contract | None:
        """The contract that the ticket names."""
        ticket = await self.ticket()
        found = await self._got("contract", ticket.contract.id) if ticket is not None and ticket.contract else None
        return found if isinstance(found, Contract) else None

    async def hours_left(self) -> Decimal | None:
        """What is left of its block hours."""
        contract = await self.contract()
        if contract is None or "balance" not in self._adapter.offers:
            return None
        found: Balance | None = await self._once(f"balance {contract.id}", partial(self._adapter.balance, contract.id))
        return None if found is None or found.unit != HOURS else found.left

    async def worked(self) -> tuple[TimeEntry, ...] | None:
        """The ticket's time entries, all of them."""
        ticket, worked = await self.ticket(), self._worked
        if ticket is None or worked is None:
            return None
        found = await self._once(f"worked on {ticket.id}", partial(worked, ticket.id))
        return None if found is None else tuple(found)

    async def state(self, status: str) -> State | None:
        """What the adapter says of it."""
        return await self._once(f"state {status}", partial(self._adapter.state, status))

    async def visibility(self) -> Visibility | None:
        """That of the record as it is now."""
        return getattr(await self._record(), "visibility", None)

    async def visibility_of(self, value: str) -> Visibility | None:
        """The one for which the adapter would write this value."""
        for wanted in Visibility:
            own = await self._once(f"value of {wanted}", partial(self._adapter.visibility, wanted))
            if own is not None and str(own) == value:
                return wanted
        return None

    async def classified(self, classifier: Classifier) -> Classification | None:
        """What the classifier says, which may take its time."""
        ticket = await self.ticket()
        if ticket is None:
            return None
        ask = partial(self._wire.offload, partial(classifier.classify, ticket))
        return await self._once(f"{id(classifier)} on {ticket.id}", ask)

    async def answered(self, question: Callable[[], V]) -> V:
        """What it returns, asked where that holds nobody up."""
        return await self._wire.offload(question)

    async def _record(self) -> Record | None:
        effect = self._effect
        changed = effect.action in (Action.UPDATE, Action.DELETE)
        return await self._got(effect.entity, effect.record) if changed else None

    async def _got(self, entity: str, id: str | None) -> Record | None:
        table = self._adapter.tables.get(entity)
        if id is None or table is None or Verb.GET not in table.verbs or not self._effect.writes:
            return None
        return await self._once(f"{entity} {id}", partial(self._adapter.get, table, id))

    async def _once(self, key: str, look: Callable[[], Awaitable[V]]) -> V | None:
        if key not in self._known:
            try:
                self._known[key] = await look()
            except UNTELLING:
                self._known[key] = None
        known: V | None = self._known[key]
        return known
