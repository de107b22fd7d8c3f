"""Events: from what wakes us to a handler. Handlers are told what changed, and given what they ask for by name.

`drain` does what is due and returns; who calls it, and how often, is the program's business. Several threads and processes
may drain the same store: a record, and a handler's work on an event, have one of them at a time.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeAlias, TypeVar
from uuid import uuid4

from anypsa import (
    AuthenticationFailed,
    Changes,
    Company,
    ConfigurationError,
    Event,
    Problem,
    Psa,
    PSAError,
    Record,
    Ref,
    Source,
    Wakeup,
)
from anypsa.models import KINDS

from .eventlog import Handling
from .hydrating import HOPELESS, RELATED, Happened, Hydration
from .rows import utc_now
from .snapshots import BEFORE, differs, digest
from .state import State

Handler: TypeAlias = Callable[..., object]
H = TypeVar("H", bound=Handler)
BATCH: Final = 200
"""So many records are read at once."""
LEASE: Final = timedelta(minutes=5)
"""So long is something held by a worker of which nothing is heard."""
ATTEMPTS: Final = 8
FIRST: Final = timedelta(seconds=5)
LONGEST: Final = timedelta(hours=1)
HAPPENINGS: Final = ("created", "updated", "closed", "reopened", "deleted", "*")
MAPPED: Final = "company.mapped"
CLIENT: Final = "client"
PLAIN: Final = frozenset({"event", "psa", CLIENT})
WORDS: Final = 300


@dataclass(frozen=True)
class Subscription:
    """One handler: what it wants to hear of, and what it asks for."""

    name: str
    pattern: str
    call: Handler = field(repr=False)
    wants: frozenset[str]


@dataclass
class Drained:
    """What a drain did: records that were read, events that came of them, handlers that ran well, failed, or died.

    `parked`: a handler asks for the client, and the company is none yet. `untold` counts wake-ups after which there was nothing to tell, by the reason: `unchanged`, `ours` (the whole difference
    is what our journal wrote), `missing`.
    """

    read: int = 0
    events: int = 0
    handled: int = 0
    failed: int = 0
    dead: int = 0
    parked: int = 0
    untold: dict[str, int] = field(default_factory=dict)


class Events:
    """Handlers of events, for any number of tenants that keep their state in one store.

        events = Events(state, [psa])

        @events.on("ticket.created")
        def triage(ticket, company, psa): ...

    A handler is a plain function. It may ask for `event`, `psa`, and records by their word: the one that changed
    (`ticket`, `note` ...; None after it was deleted), what it points to (`company`, `contact`, `asset`, `contract`,
    `assignee`), `notes`, those of its ticket, and `client`, which of your clients the company is (`map_company`); until it
    is one, such a handler's work is parked. Only what it asks for is read, for all events of a batch at once.
    """

    def __init__(self, state: State, tenants: Iterable[Psa], *, now: Callable[[], datetime] = utc_now) -> None:
        self._state = state
        self._now = now
        self._tenants = {psa.tenant: psa for psa in tenants}
        self._subscriptions: dict[str, Subscription] = {}

    def on(self, pattern: str, *, name: str | None = None) -> Callable[[H], H]:
        """Calls a function for events of a kind: `"ticket.created"`, `"ticket.closed"`, `"note.*"`.

        `name` is what the handler is known by in the store, its function's own name if not said: keep it when you rename
        the function, or events that wait for the old one wait for ever.
        """
        entity, _, happening = pattern.partition(".")
        problems = []
        if entity not in KINDS:
            problems.append(Problem("pattern", f"there is no {entity!r}", allowed=tuple(KINDS)))
        if happening not in HAPPENINGS and pattern != MAPPED:
            problems.append(Problem("pattern", f"nothing is {happening!r}", allowed=HAPPENINGS))

        def added(handler: H) -> H:
            wants = frozenset(inspect.signature(handler).parameters)
            known = PLAIN | {entity} | RELATED
            problems.extend(
                Problem(one, "is nothing that an event brings", allowed=tuple(sorted(known))) for one in wants - known
            )
            if inspect.iscoroutinefunction(handler):
                problems.append(Problem("handler", "must be a plain function: workers are threads and processes"))
            own = str(name or getattr(handler, "__qualname__", repr(handler)))
            if own in self._subscriptions:
                problems.append(Problem("name", f"there is a handler {own!r} already"))
            if problems:
                raise ConfigurationError(f"handle {pattern}", problems=problems)
            self._subscriptions[own] = Subscription(own, pattern, handler, wants)
            return handler

        return added

    def handlers(self, happened: Happened) -> Sequence[str]:
        """The names of the handlers that an event is for."""
        return [one.name for one in self._subscriptions.values() if happened.matches(one.pattern)]

    def drain(self, limit: int | None = None) -> Drained:
        """Reads what we were woken for, tells what changed, and calls the handlers that are due; at most so many records.

        Raises nothing of the vendor's: what fails is tried again later, and what fails for good is a dead letter.
        """
        done = Drained()
        for psa in self._tenants.values():
            holder = uuid4().hex
            try:
                self._drain(psa, holder, limit, done)
            finally:
                self._state.inbox.release(holder)
                self._state.eventlog.release(holder)
        return done

    def _drain(self, psa: Psa, holder: str, limit: int | None, done: Drained) -> None:
        left = limit
        while True:
            room = BATCH if left is None else min(BATCH, left)
            woken = self._wake(psa, holder, room, done) if room else 0
            handled = self._handle(psa, holder, done)
            left = None if left is None else left - woken
            if not woken and not handled:
                return

    # From wake-ups to events

    def _wake(self, psa: Psa, holder: str, room: int, done: Drained) -> int:
        now = self._now()
        wakes = self._state.inbox.hold(psa.tenant, holder, room, now, now + LEASE)
        if not wakes:
            return 0
        hydration = Hydration(self._state, psa, holder, self.handlers, self._now)
        hydration.settle(wakes)
        done.read += hydration.read
        done.events += len(hydration.events)
        for reason, count in hydration.untold.items():
            done.untold[reason] = done.untold.get(reason, 0) + count
        return len({one.subject for one in wakes})

    # From events to handlers

    def _handle(self, psa: Psa, holder: str, done: Drained) -> int:
        now = self._now()
        held = self._state.eventlog.hold(psa.tenant, holder, BATCH, now, now + LEASE)
        known = [one for one in held if one.handler in self._subscriptions]
        for other in (one for one in held if one.handler not in self._subscriptions):
            self._state.eventlog.end(holder, other, now, error="this program has no such handler", due=now + LONGEST)
        if not known:
            return len(held)
        wanted = {one.event.id: set[str]() for one in known}
        for one in known:
            wants = self._subscriptions[one.handler].wants
            wanted[one.event.id] |= wants | ({"company"} if CLIENT in wants else set())
        try:
            given = Hydration(self._state, psa, holder, self.handlers, self._now).given(
                [(one.event, wanted[one.event.id]) for one in {one.event.id: one for one in known}.values()]
            )
        except PSAError as error:
            for one in known:
                self._fail(holder, one, error, done, counted=isinstance(error, HOPELESS))
            return 0
        clients = self._state.clients.of(
            psa.tenant, {company.id for some in given.values() if (company := some.get("company"))}
        )
        for one in known:
            having = given[one.event.id]
            company = having.get("company")
            client = None if company is None else clients.get(company.id)
            if client is None and CLIENT in self._subscriptions[one.handler].wants:
                why = "it has no company" if company is None else f"company {company.id} is no client yet"
                self._state.eventlog.park(holder, one, why, now)
                done.parked += 1
            else:
                self._call(psa, holder, one, {**having, CLIENT: client}, done)
        return len(held)

    def _call(self, psa: Psa, holder: str, handling: Handling, given: Mapping[str, Any], done: Drained) -> None:
        log, now = self._state.eventlog, self._now()
        if not log.begin(holder, handling, now, now + LEASE):
            return  # somebody else has it by now
        subscription = self._subscriptions[handling.handler]
        having = {"event": handling.event, "psa": psa, **given}
        try:
            subscription.call(**{name: having[name] for name in subscription.wants})
        except Exception as error:  # noqa: BLE001  # whatever a handler raises, the event is not lost
            self._fail(holder, handling, error, done)
        else:
            done.handled += 1
            log.end(holder, handling, self._now())

    def _fail(self, holder: str, handling: Handling, error: Exception, done: Drained, *, counted: bool = False) -> None:
        """Lets it be tried again, or makes it a dead letter. `counted`: the attempt is still to be counted. That the
        vendor is away never makes a dead letter."""
        log, now = self._state.eventlog, self._now()
        if counted:
            log.begin(holder, handling, now, now + LEASE)
        attempts = handling.attempts + 1
        away = isinstance(error, AuthenticationFailed) or (isinstance(error, PSAError) and error.retryable)
        due = None if attempts >= ATTEMPTS and not away else now + pause(attempts)
        done.failed += 1
        done.dead += due is None
        log.end(holder, handling, now, error=words(error), due=due)

    # Polling

    def poll(self, entities: Iterable[str] = ("ticket",)) -> dict[str, Changes]:
        """Looks what was changed since the look before, in every tenant, and wakes whoever has to look closer: the twin of
        webhooks, for where there are none, or beside them. Returns by tenant what each look found and cost."""
        return {psa.tenant: self._poll(psa, tuple(entities)) for psa in self._tenants.values()}

    def _poll(self, psa: Psa, entities: Sequence[str]) -> Changes:
        log, now = self._state.eventlog, self._now()
        began = {entity: log.began(psa.tenant, entity, now) for entity in entities}
        since = {entity: log.cursor(psa.tenant, entity) or moment.isoformat() for entity, moment in began.items()}
        found = psa.changes(json.dumps(since), entities=entities)
        self._wake_for(psa, found, began)
        # Only now: what was found is durable.
        for entity, through in json.loads(found.cursor).items():
            log.move(psa.tenant, entity, through)
        return found

    def sweep(self, back: timedelta, entities: Iterable[str] = ("ticket",)) -> dict[str, Changes]:
        """Looks again at all that was changed in the last so many hours or days, whatever was seen or missed of it: after
        a downtime, and now and then beside webhooks, which get lost."""
        since, found = self._now() - back, {}
        for psa in self._tenants.values():
            found[psa.tenant] = psa.changes(since, entities=entities)
            self._wake_for(psa, found[psa.tenant])
        return found

    def _wake_for(self, psa: Psa, found: Changes, began: Mapping[str, datetime] | None = None) -> None:
        """Wakes for records that do not look as they did when they were last seen: looks overlap. With `began`, not for
        what was changed before we began to look."""
        by_entity: dict[str, dict[str, Record]] = {}
        for record, wakeup in zip(found.records, found.wakeups, strict=True):
            by_entity.setdefault(wakeup.entity, {})[wakeup.id] = record
        now = self._now()
        other: list[Wakeup] = []
        for entity, records in by_entity.items():
            seen = self._state.eventlog.snapshots(psa.tenant, entity, records)
            same = {id for id, record in records.items() if id in seen and not differs(record, seen[id])}
            first = None if began is None else began[entity] - BEFORE
            other += [
                one
                for one in found.wakeups
                if one.entity == entity
                and one.id not in same
                and (first is None or one.id in seen or one.occurred_at is None or one.occurred_at >= first)
            ]
        self._state.inbox.add(psa.tenant, other, now)

    # Clients

    def map_company(self, company: Company, client: str) -> None:
        """Notes that a company is a client of yours, tells `company.mapped`, and hands out what was parked.

        Doing it again changes nothing; raises `Conflict` if either is another's in this tenant.
        """
        self._state.clients.add(company, client)
        log, now, tenant = self._state.eventlog, self._now(), company.tenant
        id = digest([tenant, "company", company.id, MAPPED, client])
        if log.event(id) is None:  # a process may have died in between
            event = Event(
                id=id,
                tenant=tenant,
                kind=MAPPED,
                subject=Ref(tenant=tenant, id=company.id),
                occurred_at=now,
                received_at=now,
                source=Source.PROGRAM,
                raw={CLIENT: client},
            )
            log.tell(event, self.handlers(event), now)
        log.unpark(tenant, now)

    # What people do

    def replay(self, event: str, *, handler: str | None = None) -> None:
        """Calls the handlers of an event again, all or one, whatever became of it; with the records as they are by then."""
        found = self._state.eventlog.event(event)
        if found is None:
            raise ConfigurationError("replay an event", problems=[Problem("event", f"there is no event {event!r}")])
        names = self.handlers(found) if handler is None else [handler]
        self._state.eventlog.replay(event, names, self._now())


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts."""
    return min(LONGEST, FIRST * (1 << min(attempts, 16)))


def words(error: BaseException) -> str:
    """An error in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())[:WORDS]
