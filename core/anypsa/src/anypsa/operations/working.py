"""Working: the time that is really spent on a ticket, measured by the wire's clock and logged once."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from ..effects import Action, writing
from ..errors import ConfigurationError, Denied, Invalid, PSAError
from ..models import TICKETS, TIME_ENTRIES, Id, Ref, Ticket, TimeEntry
from ..policy import Verdict
from ..query import Compare, Operator
from ..session import call
from ..spi.table import Verb
from ..wire import Lane
from .asking import create
from .context import Context
from .listing import Listing, Search
from .lookups import own_id
from .reading import get
from .writing import checked, settled

log = logging.getLogger("anypsa")
TRIED: Final = "work on a ticket"
SECOND: Final = timedelta(seconds=1)
COMPARED: Final = ("technician", "role", "work_type", "contract")
"""What may be stored otherwise than it was sent, beside how long was worked."""

# Who works in this task or thread, and on what: one second is never two tickets'.
_working: Final = ContextVar["Work | None"]("anypsa_working", default=None)


@dataclass(frozen=True, slots=True)
class Difference:
    """What the vendor made of a field of a time entry: by its rules for rounding, roles or contracts."""

    field: str
    sent: Any
    stored: Any

    def __str__(self) -> str:
        return f"{self.field}: {self.sent} was sent, {self.stored} is stored"


class Work:
    """Time on one ticket: what is between the two ends of the block, without its pauses.

    `measured` is how long that is so far, in whole seconds that are over; `entry` is what the vendor stored, `stored` how
    long it says that was, and `differences` is what it stored otherwise than it was told. `summary`, `remarks` and the
    like may be set as long as the block runs.
    """

    def __init__(self, context: Context, ticket: object, values: Mapping[str, Any]) -> None:
        self._context = context
        self._wire = context.session.wire
        self._values = dict(values)
        self._ticket = own_id(context, TICKETS, ticket, TRIED)
        self._key = f"work {self._wire.new_id()}"
        self._spent = 0.0
        self._since: float | None = None
        self._began: datetime | None = None
        self._ended = False
        self._discarded = False
        self._around: Work | None = None
        self._sent: dict[str, Any] | None = None
        self.entry: TimeEntry | None = None
        self.differences: Sequence[Difference] = ()

    @property
    def measured(self) -> timedelta:
        """How long was worked: whole seconds, and no second that is not over."""
        running = 0.0 if self._since is None else self._wire.now() - self._since
        return timedelta(seconds=int(self._spent + max(0.0, running)))

    @property
    def stored(self) -> timedelta | None:
        """How long the vendor says was worked; None before it was logged."""
        return None if self.entry is None else self.entry.duration

    @property
    def running(self) -> bool:
        """Whether time is being measured now."""
        return self._since is not None

    @property
    def discarded(self) -> bool:
        """Whether nothing will be logged."""
        return self._discarded

    def pause(self) -> None:
        """Stops the clock: what is waited for is not worked. Twice does no harm."""
        if self._since is not None:
            self._spent += max(0.0, self._wire.now() - self._since)
            self._since = None

    def resume(self) -> None:
        """Lets the clock go on; raises `ConfigurationError` after the block, or while another ticket is worked on."""
        if self._ended:
            raise ConfigurationError(TRIED, said=["the block has ended"], hint="Begin another: with psa.work(...)")
        other = _working.get()
        if other is not None and other is not self and other.running:
            raise overlapping(other)
        if self._since is None:
            self._since = self._wire.now()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """What is inside is not worked: `with work.paused(): wait_for_the_customer()`."""
        was_running = self.running
        self.pause()
        try:
            yield
        finally:
            if was_running:
                self.resume()

    def say(self, **values: Any) -> None:
        """Sets fields of the entry: `work.say(summary="Restarted the spooler.", remarks="It was full.")`."""
        self._values |= values

    def discard(self) -> None:
        """Logs nothing: what was done was of no use to the customer."""
        self._discarded = True

    async def begin(self) -> None:
        """Checks what can be checked before anything is worked, and starts the clock."""
        other = _working.get()
        if other is not None and other.running:
            raise overlapping(other)
        context = self._context
        table = context.table(TIME_ENTRIES, Verb.CREATE)
        with call(self._wire, context.settings, Lane.INTERACTIVE):
            values = checked(context, table, self._values, TIME_ENTRIES.creatable, TRIED)
            await settled(context, table, values, TRIED)
            named = {"ticket": self._ticket, "duration": SECOND, "summary": "", **values}
            decision = await context.session.decided(writing(Action.CREATE, TIME_ENTRIES.name, None, named))
        if decision.verdict is Verdict.DISABLED:
            raise Denied(TRIED, said=[decision.rule], hint="No time was measured, and nothing was sent.")
        self._around = other
        _working.set(self)
        self._began = self._wire.moment()
        self.resume()

    def end(self) -> None:
        """Stops the clock for good. Not by a token: an awaiting block may be left in another context."""
        self.pause()
        self._ended = True
        _working.set(self._around)

    async def logged(self) -> TimeEntry | None:
        """Logs what was measured, once however often it is called; None if that is less than a second.

        The block does it when it ends; call it again if that failed.
        """
        if self.running or self._began is None:
            raise ConfigurationError(TRIED, said=["the block has not ended"])
        if self._discarded or self.entry is not None or self.measured < SECOND:
            return self.entry
        if self._sent is None:
            self._sent = self.values(await get(self._context, TICKETS, Id(self._ticket), gather=False))
        try:
            self.entry = await create(self._context, TIME_ENTRIES, self._sent)
        except Invalid as invalid:
            if "started" in self._sent or not any(one.field == "started" for one in invalid.problems):
                self._sent = None  # refused as it is: whatever is said next is another entry
                raise
            # The contract wants both ends; without its pauses the work ends where it would have.
            self._sent |= {"started": self._began, "ended": self._began + self.measured}
            self.entry = await create(self._context, TIME_ENTRIES, self._sent)
        self.differences = tuple(differing(self._sent, self.entry))
        for one in self.differences:
            log.warning("%s: time entry %s: %s", self._context.tenant, self.entry.id, one)
        return self.entry

    def values(self, ticket: Ticket) -> dict[str, Any]:
        """The entry: one ticket's, against its own contract, as long as it was."""
        table = self._context.table(TIME_ENTRIES, Verb.CREATE)
        summary = ticket.title or f"Work on ticket {ticket.number or ticket.id}"
        values = {"summary": summary, **self._values, "ticket": ticket, "duration": self.measured}
        field = table.by_name.get("contract")
        if ticket.contract is not None and field is not None and field.writable:
            values.setdefault("contract", ticket.contract)
        return values | {"idempotency_key": self._key}

    async def settle(self, error: BaseException | None) -> None:
        """Ends the block: what was worked is logged even if it came to nothing, unless we are being stopped."""
        self.end()
        if error is None:
            await self.logged()
        elif isinstance(error, Exception):
            try:
                await self.logged()
            except PSAError as unlogged:
                error.add_note(f"anypsa: {self.measured} on ticket {self._ticket} are not logged: {unlogged}")


def overlapping(other: Work) -> ConfigurationError:
    return ConfigurationError(
        TRIED,
        said=["another ticket is being worked on, and a second is one ticket's"],
        hint="Pause that first: with work.paused(): ...",
    )


def differing(values: Mapping[str, Any], entry: TimeEntry) -> Iterator[Difference]:
    """What is stored otherwise than it was sent, and what is billed otherwise than it was worked."""
    for field in ("duration", "billed"):
        stored = getattr(entry, field)
        if stored is not None and stored != values["duration"]:
            yield Difference(field, values["duration"], stored)
    for field in COMPARED:
        sent, stored = values.get(field), getattr(entry, field)
        if sent is not None and known_by(stored).isdisjoint(known_by(sent)):
            yield Difference(field, sent, stored)


def known_by(value: Any) -> set[str]:
    """What a value may be called: by its id, its label or its name."""
    told = (getattr(value, name, None) for name in ("id", "label", "name"))
    return {str(one).casefold() for one in (value, *told) if one is not None} - {""}


async def worked_on(context: Context, ticket: str) -> Sequence[TimeEntry]:
    """All time entries of a ticket."""
    where = Compare("ticket", Operator.EQ, Ref[Ticket](tenant=context.tenant, id=ticket))
    listing = Listing(Search(context, TIME_ENTRIES, where, (), None))
    found: list[TimeEntry] = []
    while (page := await listing.next_page()) is not None:
        found += page
    return found
