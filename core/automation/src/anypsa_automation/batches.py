"""A batch: one worker's share of a tenant's work, from what woke us to the handlers that are called.

What it holds in the store is its own until it lets go of it, or until nothing was heard of it for so long.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol, TypeAlias

from anypsa import ApprovalPending, AuthenticationFailed, Psa, PSAError, Record, Withheld

from .eventlog import Handling
from .hydrating import HOPELESS, Happened, Hydration
from .state import State

LOG: Final = logging.getLogger("anypsa.events")
Handler: TypeAlias = Callable[..., object]
BATCH: Final = 200
"""So many records are read at once."""
LEASE: Final = timedelta(minutes=5)
"""So long is something held by a worker of which nothing is heard."""
ATTEMPTS: Final = 8
FIRST: Final = timedelta(seconds=5)
LONGEST: Final = timedelta(hours=1)
CLIENT: Final = "client"
WORDS: Final = 300


@dataclass(frozen=True)
class Subscription:
    """One handler: what it wants to hear of, and what it asks for."""

    name: str
    pattern: str
    call: Handler = field(repr=False)
    wants: frozenset[str]


class Subscriptions(Protocol):
    """Who handles what."""

    def handlers(self, happened: Happened) -> Sequence[str]:
        """The names of the handlers that an event is for."""

    def subscription(self, name: str) -> Subscription | None:
        """The handler of a name, if this program has it."""


class Handled(StrEnum):
    """How an attempt to handle an event ended."""

    WELL = "handled"
    FAILED = "failed"
    """It is tried again."""
    DEAD = "dead"
    PARKED = "parked"
    PENDING = "pending"
    """It ended at a write that somebody has to approve first, and that is a plan by now. Another attempt would only ask
    again; the plan is run once it is approved."""
    WITHHELD = "withheld"
    """It ended at a write that is only to be predicted. That is no failure: another attempt would end there too."""
    LOST = "lost"
    """Somebody else has it by now, or this program has no such handler."""


class Batch:
    """What one worker does of one tenant's work; `holder` is what it is known by in the store.

    Whoever goes on under the name of a worker that was killed takes over what that one held, at once.
    """

    def __init__(
        self, state: State, psa: Psa, holder: str, subscriptions: Subscriptions, now: Callable[[], datetime]
    ) -> None:
        self._state = state
        self._psa = psa
        self._holder = holder
        self._subscriptions = subscriptions
        self._now = now
        self._ready: dict[tuple[str, str], Handling] | None = None
        self._records: dict[str, dict[str, Record]] = {}
        self._given: Mapping[str, Mapping[str, Any]] = {}
        self._pairs = False
        self._well: Handling | None = None
        """What ended well, and is to be written down with the next beginning."""
        self._unread: PSAError | None = None
        """Why what handlers ask for could not be read."""

    def wake(self, room: int = BATCH) -> tuple[int, Hydration]:
        """Reads the records that we were woken for, so many at most, and tells what changed; returns how many records
        that were, and what came of them."""
        now, inbox = self._now(), self._state.inbox
        hydration = Hydration(self._state, self._psa, self._holder, self._subscriptions.handlers, self._now)
        inbox.release(self._holder)
        wakes = inbox.hold(self._psa.tenant, self._holder, room, now, now + LEASE)
        hydration.settle(wakes)
        self._records = hydration.records
        return len({one.subject for one in wakes}), hydration

    def hold(self) -> Sequence[tuple[str, str]]:
        """Takes handlings that are due; returns them as event and handler."""
        now, log = self._now(), self._state.eventlog
        log.release(self._holder)
        held = log.hold(self._psa.tenant, self._holder, BATCH, now, now + LEASE)
        return [(one.event.id, one.handler) for one in held]

    def handle(self, event: str, handler: str) -> Handled:
        """Calls a handler that `hold` returned. What all of them ask for is read when the first is called."""
        if self._ready is None:
            self._prepare()
        handling = (self._ready or {}).get((event, handler))
        return Handled.LOST if handling is None else self._handle(handling)

    def handle_all(self) -> Sequence[Handled]:
        """Takes handlings that are due, and calls one handler after another. That one ended well is written down with the
        beginning of the next, so that each costs one wait for the disk instead of two."""
        self._pairs = True
        try:
            return [self.handle(*one) for one in self.hold()]
        finally:
            self._pairs = False
            if self._well is not None:
                self._ended(self._well)

    def _ended(self, one: Handling) -> None:
        """Notes that a handler is done with an event."""
        if self._pairs:
            self._well = one
        else:
            self._well = None
            self._state.eventlog.end(self._holder, one, self._now())

    def release(self) -> None:
        """Gives back what is still held."""
        self._state.inbox.release(self._holder)
        self._state.eventlog.release(self._holder)

    def _prepare(self) -> None:
        held = self._state.eventlog.held(self._holder)
        known = [one for one in held if self._subscriptions.subscription(one.handler) is not None]
        self._ready = {(one.event.id, one.handler): one for one in held}
        wanted = {one.event.id: set[str]() for one in known}
        for one in known:
            wanted[one.event.id] |= self._wants(one) | ({"company"} if CLIENT in self._wants(one) else set())
        hydration = Hydration(self._state, self._psa, self._holder, self._subscriptions.handlers, self._now)
        hydration.records = self._records
        events = {one.event.id: one.event for one in known}
        try:
            given = hydration.given([(event, wanted[id]) for id, event in events.items()])
        except PSAError as error:
            self._unread = error
            return
        companies = {company.id for some in given.values() if (company := some.get("company"))}
        clients = self._state.clients.of(self._psa.tenant, companies)
        self._given = {
            id: {**some, CLIENT: clients.get(company.id) if (company := some.get("company")) else None}
            for id, some in given.items()
        }

    def _wants(self, handling: Handling) -> frozenset[str]:
        found = self._subscriptions.subscription(handling.handler)
        return frozenset() if found is None else found.wants

    def _handle(self, one: Handling) -> Handled:
        log, now = self._state.eventlog, self._now()
        subscription = self._subscriptions.subscription(one.handler)
        if subscription is None:
            log.end(self._holder, one, now, error="this program has no such handler", due=now + LONGEST)
            return Handled.LOST
        if self._unread is not None:
            return self._failed(one, self._unread, counted=isinstance(self._unread, HOPELESS))
        given = self._given[one.event.id]
        if CLIENT in subscription.wants and given[CLIENT] is None:
            company = given.get("company")
            why = "it has no company" if company is None else f"company {company.id} is no client yet"
            log.park(self._holder, one, why, now)
            return Handled.PARKED
        return self._called(subscription, one, {"event": one.event, "psa": self._psa, **given})

    def _called(self, subscription: Subscription, one: Handling, given: Mapping[str, Any]) -> Handled:
        log, now = self._state.eventlog, self._now()
        begun, self._well = log.begin(self._holder, one, now, now + LEASE, ended=self._well), None
        if not begun:
            return Handled.LOST
        try:
            subscription.call(**{name: given[name] for name in subscription.wants})
        except Withheld:
            self._ended(one)
            return Handled.WITHHELD
        except ApprovalPending as asked:
            if asked.plan is None:  # nobody was asked
                return self._failed(one, asked)
            self._ended(one)
            return Handled.PENDING
        except Exception as error:  # noqa: BLE001  # whatever a handler raises, the event is not lost
            return self._failed(one, error)
        self._ended(one)
        return Handled.WELL

    def _failed(self, one: Handling, error: Exception, *, counted: bool = False) -> Handled:
        """Lets it be tried again, or makes it a dead letter. `counted`: the attempt is still to be counted. That the
        vendor is away never makes a dead letter."""
        log, now = self._state.eventlog, self._now()
        if counted:
            log.begin(self._holder, one, now, now + LEASE)
        attempts = one.attempts + 1
        away = isinstance(error, AuthenticationFailed) or (isinstance(error, PSAError) and error.retryable)
        due = None if attempts >= ATTEMPTS and not away else now + pause(attempts)
        later = "it is a dead letter" if due is None else f"again in {pause(attempts).total_seconds():.0f} s"
        told = (one.handler, one.event.kind, one.event.subject.id, attempts, later, words(error))
        LOG.warning("%s failed with %s %s, attempt %s, %s: %s", *told)
        log.end(self._holder, one, now, error=words(error), due=due)
        return Handled.DEAD if due is None else Handled.FAILED


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    return min(LONGEST, FIRST * (1 << min(attempts, 16)))


def words(error: BaseException) -> str:
    """An error in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:WORDS]
