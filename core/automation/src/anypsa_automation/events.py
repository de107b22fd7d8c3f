"""Events: from what wakes us to a handler. Handlers are told what changed, and given what they ask for by name.

`drain` does what is due and returns; who calls it, and how often, is the program's business. Several threads and processes
may drain the same store: a record, and a handler's work on an event, have one of them at a time.
"""

from __future__ import annotations

import inspect
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import uuid4

from anypsa import (
    Changes,
    Company,
    ConfigurationError,
    Event,
    Problem,
    Psa,
    Record,
    Ref,
    Source,
    Wakeup,
)
from anypsa.models import KINDS

from .batches import BATCH, CLIENT, Batch, Handled, Handler, Subscription
from .hydrating import RELATED, Happened, Hydration
from .rows import utc_now
from .snapshots import BEFORE, differs, digest
from .state import State

H = TypeVar("H", bound=Handler)
HAPPENINGS: Final = ("created", "updated", "closed", "reopened", "deleted", "*")
MAPPED: Final = "company.mapped"
PLAIN: Final = frozenset({"event", "psa", CLIENT})


@dataclass
class Drained:
    """What a drain did: records that were read, events that came of them, handlers that ran well, failed, or died.

    `parked`: a handler asks for the client, and the company is none yet. `pending`: a handler ended at a write
    that somebody has to approve, and that is a plan by now; `withheld`: at one that is only to be predicted. Neither is
    called again. `untold` counts wake-ups after which there was nothing to tell, by the
    reason: `unchanged`, `ours` (the whole difference is what our journal wrote), `missing`.
    """

    read: int = 0
    events: int = 0
    handled: int = 0
    failed: int = 0
    dead: int = 0
    parked: int = 0
    pending: int = 0
    withheld: int = 0
    untold: dict[str, int] = field(default_factory=dict)

    def note(self, hydration: Hydration) -> None:
        """Adds what came of wake-ups."""
        self.read += hydration.read
        self.events += len(hydration.events)
        for reason, count in hydration.untold.items():
            self.untold[reason] = self.untold.get(reason, 0) + count

    def count(self, outcomes: Iterable[Handled]) -> None:
        """Adds what handlers did; one that died has failed too."""
        counted = Counter(outcomes)
        self.handled += counted[Handled.WELL]
        self.failed += counted[Handled.FAILED] + counted[Handled.DEAD]
        self.dead += counted[Handled.DEAD]
        self.parked += counted[Handled.PARKED]
        self.pending += counted[Handled.PENDING]
        self.withheld += counted[Handled.WITHHELD]


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

    def subscription(self, name: str) -> Subscription | None:
        """The handler of a name, if this program has it."""
        return self._subscriptions.get(name)

    @property
    def tenants(self) -> Sequence[str]:
        """Whose events these are."""
        return list(self._tenants)

    def psa(self, tenant: str) -> Psa:
        """The connection to one of the tenants."""
        return self._tenants[tenant]

    def batch(self, tenant: str, holder: str) -> Batch:
        """One worker's share of a tenant's work; for engines that take it step by step. `drain` needs none."""
        return Batch(self._state, self._tenants[tenant], holder, self, self._now)

    def drain(self, limit: int | None = None) -> Drained:
        """Reads what we were woken for, tells what changed, and calls the handlers that are due; at most so many records.

        Raises nothing of the vendor's: what fails is tried again later, and what fails for good is a dead letter.
        """
        done = Drained()
        for tenant in self._tenants:
            holder = uuid4().hex
            try:
                self._drain(tenant, holder, limit, done)
            finally:
                self.batch(tenant, holder).release()
        return done

    def _drain(self, tenant: str, holder: str, limit: int | None, done: Drained) -> None:
        left = limit
        while True:
            batch = self.batch(tenant, holder)
            room = BATCH if left is None else min(BATCH, left)
            woken = 0
            if room:
                woken, hydration = batch.wake(room)
                done.note(hydration)
            outcomes = batch.handle_all()
            done.count(outcomes)
            left = None if left is None else left - woken
            if not woken and not outcomes:
                return

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
