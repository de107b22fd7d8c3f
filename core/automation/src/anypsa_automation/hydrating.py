"""Hydration: reading what we were woken for, many records at once, and what handlers ask for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from anypsa import Entry, Event, Invalid, Note, Psa, PSAError, Record, Ref, Unintelligible, Unsupported, q

from .eventlog import Outcome
from .inbox import Wake
from .snapshots import Snapshot, changed, digest, happening, made_by, ours, untouched
from .state import State

POINTS: Final[Mapping[str, str]] = {
    "company": "company",
    "contact": "contact",
    "asset": "asset",
    "contract": "contract",
    "assignee": "technician",
}
"""What a ticket (or another record) points to, and what kind of record that is."""
RELATED: Final = frozenset({"ticket", "notes", *POINTS})
PATIENT: Final = 4
"""So often is a record looked for that is not there: what a webhook tells of may not be visible yet."""
SOON: Final = timedelta(seconds=2)
LATEST: Final = timedelta(minutes=15)
HOPELESS: Final = (Invalid, Unintelligible, Unsupported)
"""What does not become better by waiting."""
UNCHANGED: Final = "unchanged"
OURS: Final = "ours"
MISSING: Final = "missing"


class Happened(Protocol):
    """What handlers are chosen by."""

    def matches(self, pattern: str) -> bool:
        """Whether it is of a kind."""


class Hydration:
    """One batch of a tenant's wake-ups, or of its events."""

    def __init__(
        self,
        state: State,
        psa: Psa,
        holder: str,
        handlers: Callable[[Event], Sequence[str]],
        now: Callable[[], datetime],
    ) -> None:
        self._state = state
        self._psa = psa
        self._holder = holder
        self._handlers = handlers
        self._now = now
        self.read = 0
        self.events: list[Event] = []
        self.untold: dict[str, int] = {}
        self.records: dict[str, dict[str, Record]] = {}
        """What was read, by entity and id: handlers of the same batch need not read it again."""

    # What became of records

    def settle(self, wakes: Sequence[Wake]) -> None:
        """Reads the records that wake-ups are about, and writes down what changed."""
        by_entity: dict[str, dict[str, list[Wake]]] = {}
        for wake in wakes:
            by_entity.setdefault(wake.wakeup.entity, {}).setdefault(wake.wakeup.id, []).append(wake)
        for entity, subjects in by_entity.items():
            self._settle(entity, subjects)

    def _settle(self, entity: str, subjects: Mapping[str, list[Wake]]) -> None:
        seen = self._now()
        try:
            records = self._psa.existing(entity, subjects)
        except PSAError as error:
            self._failed(entity, subjects, error)
            return
        self.read += len(records)
        self.records.setdefault(entity, {}).update(records)
        # The journal is read after the records: what we wrote before they were read is in it by then.
        log, tenant = self._state.eventlog, self._psa.tenant
        before = log.snapshots(tenant, entity, subjects)
        writes, makings = log.writes(tenant, entity, subjects), log.makings(tenant, entity)
        began = log.began(tenant, entity, seen)
        outcomes = []
        for id, wakes in subjects.items():
            record = records.get(id)
            if record is None:
                outcome = self._gone(wakes, before.get(id))
            else:
                outcome = self._there(record, wakes, before.get(id), seen, began, writes.get(id, ()), makings)
            if outcome is not None:
                outcomes.append(outcome)
        for one in outcomes:
            if one.untold is not None:
                self.untold[one.untold] = self.untold.get(one.untold, 0) + 1
        self.events += log.conclude(tenant, self._holder, outcomes, self._now())

    def _failed(self, entity: str, subjects: Mapping[str, list[Wake]], error: PSAError) -> None:
        """What may go well later is tried later: a vendor that is away, or a secret that somebody changed, must lose
        nothing. Else each record is read by itself, so that one holds up nobody else."""
        now, inbox = self._now(), self._state.inbox
        wakes = [wake for some in subjects.values() for wake in some]
        if not isinstance(error, HOPELESS):
            inbox.later(self._holder, wakes, now + patience(wakes), str(error), now)
        elif len(subjects) > 1 and not isinstance(error, Unsupported):
            for id, own in subjects.items():
                self._settle(entity, {id: own})
        else:
            inbox.bury(self._holder, wakes, str(error), now)

    def _gone(self, wakes: Sequence[Wake], before: Snapshot | None) -> Outcome | None:
        """A record that is not there was deleted, or cannot be seen yet."""
        told = any(wake.wakeup.action == "deleted" for wake in wakes)
        if not told and max(wake.attempts for wake in wakes) < PATIENT:
            self._later(wakes, "the record is not there")
            return None
        if before is None:
            return Outcome(wakes, None, untold=MISSING)
        event = self._event("deleted", wakes, before.version, "gone", None)
        return Outcome(wakes, None, event, self._handlers(event))

    def _there(
        self,
        record: Record,
        wakes: Sequence[Wake],
        before: Snapshot | None,
        seen: datetime,
        began: datetime,
        writes: Sequence[Entry],
        makings: Sequence[Entry],
    ) -> Outcome | None:
        now = Snapshot.of(record, seen, before)
        differing = changed(before, now)
        if before is not None and not differing:
            return Outcome(wakes, now, untold=UNCHANGED)
        making = before is None and any(made_by(entry, now) for entry in makings)
        if making and max(wake.attempts for wake in wakes) < PATIENT:
            # It may be what a create of ours that is under way makes: its answer tells.
            self._later(wakes, "it may be of our own making")
            return None
        if self._own(record, before, now, differing, writes):
            return Outcome(wakes, now, untold=OURS)
        what = happening(before, now, record, [wake.wakeup for wake in wakes], began)
        event = self._event(what, wakes, before.version if before else None, now.version, differing, record)
        return Outcome(wakes, now, event, self._handlers(event))

    def _own(
        self,
        record: Record,
        before: Snapshot | None,
        now: Snapshot,
        differing: Iterable[str] | None,
        writes: Sequence[Entry],
    ) -> bool:
        if before is not None:
            return ours(before, now, differing or (), writes)
        makers = [entry for entry in writes if entry.makes and made_by(entry, now)]
        if not makers:
            return False
        hangings = self._state.eventlog.hangings(self._psa.tenant, record.id, makers[0].begun)
        return untouched(record, [*writes, *hangings])

    def _event(
        self,
        what: str,
        wakes: Sequence[Wake],
        before: str | None,
        version: str,
        differing: tuple[str, ...] | None,
        record: Record | None = None,
    ) -> Event:
        """The event; what woke us first says how we came to know of it."""
        first, tenant = wakes[0], self._psa.tenant
        entity, id = first.subject
        acting = next((wake.wakeup.actor for wake in reversed(wakes) if wake.wakeup.actor), None)
        told = [wake.wakeup.occurred_at for wake in wakes if wake.wakeup.occurred_at]
        return Event(
            id=digest([tenant, entity, id, before, version]),
            tenant=tenant,
            kind=f"{entity}.{what}",
            subject=Ref(tenant=tenant, id=id),
            actor=acting,
            changed=differing,
            occurred_at=getattr(record, "updated", None) or max(told, default=first.received),
            received_at=first.received,
            source=first.wakeup.source,
            raw=first.wakeup.raw,
        )

    def _later(self, wakes: Sequence[Wake], why: str) -> None:
        now = self._now()
        self._state.inbox.later(self._holder, wakes, now + patience(wakes), why, now)

    # What handlers ask for

    def given(self, events: Iterable[tuple[Event, Iterable[str]]]) -> Mapping[str, Mapping[str, Any]]:
        """What the handlers of each event ask for, by the event's id; each kind of record is read once for all."""
        asked = [(event, frozenset(wants)) for event, wants in events]
        known: dict[str, dict[str, Record]] = {}
        given: dict[str, dict[str, Any]] = {event.id: {} for event, _ in asked}
        subjects = [(event, wants) for event, wants in asked if wants & (RELATED | {event.entity})]
        for entity in {event.entity for event, _ in subjects}:
            known[entity] = self._read(entity, {event.subject.id for event, _ in subjects if event.entity == entity})
        for event, _ in subjects:
            given[event.id][event.entity] = known[event.entity].get(event.subject.id)
        self._follow(subjects, given, "ticket", "ticket", known, {"ticket", "notes", *POINTS})
        for name, kind in POINTS.items():
            self._follow(subjects, given, name, kind, known, {name})
        self._notes([event for event, wants in subjects if "notes" in wants], given)
        return {id: {**dict.fromkeys(RELATED), **having} for id, having in given.items()}

    def _follow(
        self,
        events: Sequence[tuple[Event, frozenset[str]]],
        given: dict[str, dict[str, Any]],
        name: str,
        kind: str,
        known: dict[str, dict[str, Record]],
        wanted: Iterable[str],
    ) -> None:
        """Reads what records point to by a name: the one that changed, or its ticket."""
        refs: dict[str, str] = {}
        for event, wants in events:
            having = given[event.id]
            if wants & set(wanted) and name not in having:
                holders = (having.get(event.entity), having.get("ticket"))
                ref = next((one for holder in holders if isinstance(one := getattr(holder, name, None), Ref)), None)
                if ref:
                    refs[event.id] = ref.id
        missing = set(refs.values()) - known.get(kind, {}).keys()
        if missing:
            known.setdefault(kind, {}).update(self._read(kind, missing))
        for id, target in refs.items():
            given[id][name] = known[kind].get(target)

    def _notes(self, events: Sequence[Event], given: dict[str, dict[str, Any]]) -> None:
        tickets = {event.id: ticket.id for event in events if (ticket := given[event.id].get("ticket")) is not None}
        if not tickets:
            return
        found: dict[str, list[Record]] = {}
        for note in self._notes_of(sorted(set(tickets.values()))):
            found.setdefault(note.ticket.id, []).append(note)
        for id, ticket in tickets.items():
            given[id]["notes"] = found.get(ticket, [])

    def _notes_of(self, tickets: Sequence[str]) -> Iterable[Note]:
        """All at once where the vendor lists them so, else by ticket."""
        try:
            return self._psa.notes.list(q.ticket.in_(tickets)).all()
        except Unsupported:
            return [note for ticket in tickets for note in self._psa.notes.list(ticket=ticket)]

    def _read(self, entity: str, ids: Iterable[str]) -> dict[str, Record]:
        wanted, known = set(ids), self.records.get(entity, {})
        missing = wanted - known.keys()
        fresh = self._psa.existing(entity, sorted(missing)) if missing else {}
        return {**{id: known[id] for id in wanted & known.keys()}, **fresh}


def patience(wakes: Sequence[Wake]) -> timedelta:
    """How long to wait after as many attempts as were made."""
    return min(LATEST, SOON * (1 << min(16, max(wake.attempts for wake in wakes))))
