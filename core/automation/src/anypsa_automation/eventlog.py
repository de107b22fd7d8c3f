"""The event log: snapshots, the events that came of them, and how far each handler has come with each event.

What was read of a record, the event that comes of it and the end of what woke us are one transaction: an event is never
lost, and never there twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, cast

from sqlalchemy import Connection, Row, Select, and_, delete, func, insert, or_, select, tuple_, update

from anypsa import Entry, Event, Ref, Source
from anypsa.journal import Stage

from .database import Database
from .inbox import FREE, Wake, actor_of, actor_row, noted, settled
from .journal import entry_of
from .rows import moment, read, stamp, written
from .schema import CURSORS, ENTRIES, EVENT_LOG, HANDLINGS, SNAPSHOTS, WAKES
from .snapshots import Snapshot, digest

CHILDREN: Final = ("note", "time_entry", "attachment")
"""What moves the stamp of the ticket that it hangs on."""


class HandlingStage(StrEnum):
    """How far a handler came with an event."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"
    PARKED = "parked"
    """The company is no client yet."""


@dataclass(frozen=True, slots=True)
class Handling:
    """One handler's work on one event."""

    event: Event
    handler: str
    stage: HandlingStage
    attempts: int
    due: datetime
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a record's wake-ups: how it looks now, and what is to be told of it, to whom; or why nothing is."""

    wakes: Sequence[Wake]
    snapshot: Snapshot | None
    event: Event | None = None
    handlers: Sequence[str] = ()
    untold: str | None = None


class EventLog:
    """Keeps snapshots and events for all threads and processes that open the same store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # What was seen

    def began(self, tenant: str, entity: str, now: datetime) -> datetime:
        """When we first looked after an entity of a tenant, or were first told of it."""
        told = select(func.min(WAKES.c.received)).where(WAKES.c.tenant == tenant, WAKES.c.entity == entity)
        with self._database.transaction() as connection:
            row = connection.execute(select(CURSORS.c.began).where(*of(CURSORS, tenant, entity))).one_or_none()
            if row is not None:
                return moment(int(row.began))
            first = connection.execute(told).scalar_one()
            began = min(stamp(now), first) if first is not None else stamp(now)
            connection.execute(insert(CURSORS).values(tenant=tenant, entity=entity, began=began))
            return moment(began)

    def snapshots(self, tenant: str, entity: str, ids: Iterable[str]) -> Mapping[str, Snapshot]:
        """What records looked like when they were last seen."""
        wanted = select(SNAPSHOTS).where(*of(SNAPSHOTS, tenant, entity), SNAPSHOTS.c.record.in_(list(ids)))
        with self._database.transaction() as connection:
            rows = connection.execute(wanted).all()
        return {row.record: Snapshot(row.version, moment(row.seen), row.state, read(row.digests)) for row in rows}

    def writes(self, tenant: str, entity: str, ids: Iterable[str]) -> Mapping[str, Sequence[Entry]]:
        """What our journal says was written to records, as far as it was not refused."""
        ours = and_(
            *of(ENTRIES, tenant, entity), ENTRIES.c.record.in_(list(ids)), ENTRIES.c.stage != str(Stage.REFUSED)
        )
        found: dict[str, list[Entry]] = {}
        with self._database.transaction() as connection:
            for row in connection.execute(select(ENTRIES).where(ours).order_by(ENTRIES.c.touched)):
                found.setdefault(row.record, []).append(entry_of(row))
        return found

    def makings(self, tenant: str, entity: str) -> Sequence[Entry]:
        """Creates of which it is not known yet what came of them."""
        under_way = and_(*of(ENTRIES, tenant, entity), ENTRIES.c.action == "create", ENTRIES.c.record.is_(None))
        still = ENTRIES.c.stage.in_([str(Stage.BEGUN), str(Stage.UNKNOWN)])
        with self._database.transaction() as connection:
            return [entry_of(row) for row in connection.execute(select(ENTRIES).where(under_way, still))]

    def hangings(self, tenant: str, ticket: str, since: datetime) -> Sequence[Entry]:
        """What we wrote onto a ticket since a moment: notes, times, files."""
        recent = and_(ENTRIES.c.tenant == tenant, ENTRIES.c.entity.in_(CHILDREN), ENTRIES.c.touched >= stamp(since))
        with self._database.transaction() as connection:
            entries = [entry_of(row) for row in connection.execute(select(ENTRIES).where(recent))]
        return [entry for entry in entries if entry.values.get("ticket") == ticket]

    def conclude(self, tenant: str, holder: str, outcomes: Iterable[Outcome], now: datetime) -> Sequence[Event]:
        """Writes down what came of wake-ups, as far as they are still this holder's; returns the events."""
        made = []
        with self._database.transaction() as connection:
            for one in outcomes:
                if not settled(connection, holder, one.wakes, now):
                    continue
                entity, record = one.wakes[0].subject
                keep(connection, tenant, entity, record, one.snapshot)
                if one.untold is not None:
                    noted(connection, tenant, one.untold, now)
                if one.event is not None:
                    made.append(told(connection, one.event, one.handlers, now))
        return made

    # What is handled

    def hold(self, tenant: str, holder: str, limit: int, now: datetime, until: datetime) -> Sequence[Handling]:
        """What is due, in the order in which it came, held until a moment."""
        free = or_(HANDLINGS.c.held_until.is_(None), HANDLINGS.c.held_until <= stamp(now))
        due = and_(HANDLINGS.c.tenant == tenant, waits(), HANDLINGS.c.due <= stamp(now), free)
        ready = select(HANDLINGS.c.event, HANDLINGS.c.handler).where(due).order_by(HANDLINGS.c.place).limit(limit)
        with self._database.transaction() as connection:
            held = {"holder": holder, "held_until": stamp(until)}
            connection.execute(
                update(HANDLINGS).where(tuple_(HANDLINGS.c.event, HANDLINGS.c.handler).in_(ready)).values(**held)
            )
            return handlings(connection, select_handlings().where(HANDLINGS.c.holder == holder, waits()))

    def held(self, holder: str) -> Sequence[Handling]:
        """What somebody holds."""
        with self._database.transaction() as connection:
            return handlings(connection, select_handlings().where(HANDLINGS.c.holder == holder, waits()))

    def begin(
        self, holder: str, handling: Handling, now: datetime, until: datetime, *, ended: Handling | None = None
    ) -> bool:
        """Counts an attempt before it is made, and holds on; False if somebody else holds it by now. `ended`: the one
        before, which ended well, is written down together with it."""
        ours = and_(*one_of(handling.event.id, handling.handler), HANDLINGS.c.holder == holder, waits())
        changed = {"attempts": HANDLINGS.c.attempts + 1, "touched": stamp(now), "held_until": stamp(until)}
        with self._database.transaction() as connection:
            if ended is not None:
                conclude_handling(connection, holder, ended, {"stage": str(HandlingStage.DONE), "error": None}, now)
            return bool(connection.execute(update(HANDLINGS).where(ours).values(**changed)).rowcount)

    def end(
        self,
        holder: str,
        handling: Handling,
        now: datetime,
        *,
        error: str | None = None,
        due: datetime | None = None,
    ) -> None:
        """Notes how an attempt ended: well, to be made again when it is due, or for good."""
        stage = HandlingStage.DONE if error is None else HandlingStage.DEAD if due is None else HandlingStage.WAITING
        changed: dict[str, Any] = {"stage": str(stage), "error": error}
        if due is not None:
            changed["due"] = stamp(due)
        with self._database.transaction() as connection:
            conclude_handling(connection, holder, handling, changed, now)

    def park(self, holder: str, handling: Handling, why: str, now: datetime) -> None:
        """Lets a handling wait until companies are mapped."""
        with self._database.transaction() as connection:
            parked = {"stage": str(HandlingStage.PARKED), "error": why}
            conclude_handling(connection, holder, handling, parked, now)

    def unpark(self, tenant: str, now: datetime) -> int:
        """Makes what was parked due again; returns how much."""
        parked = and_(HANDLINGS.c.tenant == tenant, HANDLINGS.c.stage == str(HandlingStage.PARKED))
        changed = {"stage": str(HandlingStage.WAITING), "error": None, "due": stamp(now), "touched": stamp(now)}
        with self._database.transaction() as connection:
            return connection.execute(update(HANDLINGS).where(parked).values(**changed)).rowcount

    def tell(self, event: Event, handlers: Iterable[str], now: datetime) -> None:
        """Adds an event that came of no wake-up."""
        with self._database.transaction() as connection:
            told(connection, event, handlers, now)

    def release(self, holder: str) -> None:
        """Gives back what is held."""
        with self._database.transaction() as connection:
            connection.execute(update(HANDLINGS).where(HANDLINGS.c.holder == holder).values(**FREE))

    def replay(self, event: str, handlers: Iterable[str], now: datetime) -> bool:
        """Makes an event due again for these handlers, whatever became of it; False if it is not there."""
        with self._database.transaction() as connection:
            row = connection.execute(select(EVENT_LOG).where(EVENT_LOG.c.id == event)).one_or_none()
            if row is None:
                return False
            for handler in handlers:
                connection.execute(delete(HANDLINGS).where(*one_of(event, handler)))
                connection.execute(insert(HANDLINGS).values(**handling_row(row.tenant, event, row.place, handler, now)))
            return True

    # What people look at

    def events(self, tenant: str, limit: int | None = None, *, newest_first: bool = False) -> Sequence[Event]:
        """The events of a tenant in the order in which they were found."""
        order = EVENT_LOG.c.place.desc() if newest_first else EVENT_LOG.c.place
        wanted = select(EVENT_LOG).where(EVENT_LOG.c.tenant == tenant).order_by(order).limit(limit)
        with self._database.transaction() as connection:
            return [event_of(row) for row in connection.execute(wanted)]

    def event(self, id: str) -> Event | None:
        """The event of an id."""
        with self._database.transaction() as connection:
            row = connection.execute(select(EVENT_LOG).where(EVENT_LOG.c.id == id)).one_or_none()
            return None if row is None else event_of(row)

    def handlings(self, tenant: str, stage: HandlingStage | None = None) -> Sequence[Handling]:
        """How far handlers have come."""
        wanted = select_handlings().where(HANDLINGS.c.tenant == tenant)
        if stage is not None:
            wanted = wanted.where(HANDLINGS.c.stage == str(stage))
        with self._database.transaction() as connection:
            return handlings(connection, wanted)

    def next_due(self, tenant: str) -> datetime | None:
        """When the next thing that waits is due, if anything waits."""
        waking = select(func.min(WAKES.c.due)).where(WAKES.c.tenant == tenant, WAKES.c.stage == "waiting")
        handling = select(func.min(HANDLINGS.c.due)).where(HANDLINGS.c.tenant == tenant, waits())
        with self._database.transaction() as connection:
            dues = [connection.execute(wanted).scalar_one() for wanted in (waking, handling)]
        return moment(min((due for due in dues if due is not None), default=None))

    # Where polling goes on

    def cursor(self, tenant: str, entity: str) -> str | None:
        """How far an entity has been read."""
        with self._database.transaction() as connection:
            found: str | None = connection.execute(
                select(CURSORS.c.through).where(*of(CURSORS, tenant, entity))
            ).scalar_one_or_none()
            return found

    def move(self, tenant: str, entity: str, through: str) -> None:
        """Notes how far an entity has been read."""
        with self._database.transaction() as connection:
            connection.execute(update(CURSORS).where(*of(CURSORS, tenant, entity)).values(through=through))

    def purge(self, connection: Connection, before: datetime) -> int:
        """Forgets events that were found before a moment and that no handler waits for. Snapshots stay: they hold no
        text, and without them a record would be told as made a second time."""
        open_ones = select(HANDLINGS.c.event).where(HANDLINGS.c.stage != str(HandlingStage.DONE))
        old = and_(EVENT_LOG.c.made < stamp(before), EVENT_LOG.c.id.not_in(open_ones))
        connection.execute(delete(HANDLINGS).where(HANDLINGS.c.event.in_(select(EVENT_LOG.c.id).where(old))))
        return connection.execute(delete(EVENT_LOG).where(old)).rowcount


def of(table: Any, tenant: str, entity: str) -> tuple[Any, Any]:
    return table.c.tenant == tenant, table.c.entity == entity


def one_of(event: str, handler: str) -> tuple[Any, Any]:
    return HANDLINGS.c.event == event, HANDLINGS.c.handler == handler


def conclude_handling(
    connection: Connection, holder: str, handling: Handling, changed: Mapping[str, Any], now: datetime
) -> None:
    """Changes a handling, and lets go of it, if it is still this holder's."""
    ours = and_(*one_of(handling.event.id, handling.handler), HANDLINGS.c.holder == holder)
    connection.execute(update(HANDLINGS).where(ours).values(**changed, touched=stamp(now), **FREE))


def waits() -> Any:
    return HANDLINGS.c.stage == str(HandlingStage.WAITING)


def keep(connection: Connection, tenant: str, entity: str, record: str, snapshot: Snapshot | None) -> None:
    """Puts a snapshot in the place of the one before; None: the record is gone."""
    connection.execute(delete(SNAPSHOTS).where(*of(SNAPSHOTS, tenant, entity), SNAPSHOTS.c.record == record))
    if snapshot is not None:
        facts = {"version": snapshot.version, "seen": stamp(snapshot.seen), "state": snapshot.state}
        row = {"tenant": tenant, "entity": entity, "record": record, **facts, "digests": written(snapshot.digests)}
        connection.execute(insert(SNAPSHOTS).values(**row))


def told(connection: Connection, event: Event, handlers: Iterable[str], now: datetime) -> Event:
    """Adds an event, and for each of its handlers that there is something to do."""
    id = event.id
    while connection.execute(select(EVENT_LOG.c.place).where(EVENT_LOG.c.id == id)).first() is not None:
        id = digest([id, "again"])  # the same change back and forth within one of the vendor's seconds
    row = {
        "id": id,
        "tenant": event.tenant,
        "kind": event.kind,
        "entity": event.entity,
        "record": event.subject.id,
        "changed": None if event.changed is None else json.dumps(event.changed),
        **actor_row(event.actor),
        "source": str(event.source),
        "occurred": stamp(event.occurred_at),
        "received": stamp(event.received_at),
        "made": stamp(now),
        "raw": written(event.raw),
    }
    made = connection.execute(insert(EVENT_LOG).values(**row)).inserted_primary_key
    place = int(cast("Row[Any]", made)[0])
    if rows := [handling_row(event.tenant, id, place, handler, now) for handler in handlers]:
        connection.execute(insert(HANDLINGS), rows)
    return event


def handling_row(tenant: str, event: str, place: int, handler: str, now: datetime) -> dict[str, Any]:
    waiting = {"stage": str(HandlingStage.WAITING), "attempts": 0, "touched": stamp(now), "due": stamp(now)}
    return {"event": event, "handler": handler, "tenant": tenant, "place": place, **waiting}


def select_handlings() -> Select[Any]:
    own = (HANDLINGS.c.handler, HANDLINGS.c.stage, HANDLINGS.c.attempts, HANDLINGS.c.due, HANDLINGS.c.error)
    return select(*own, *EVENT_LOG.c).join(EVENT_LOG, EVENT_LOG.c.id == HANDLINGS.c.event).order_by(HANDLINGS.c.place)


def handlings(connection: Connection, wanted: Select[Any]) -> list[Handling]:
    return [
        Handling(event_of(row), row.handler, HandlingStage(row.stage), row.attempts, moment(row.due), row.error)
        for row in connection.execute(wanted)
    ]


def event_of(row: Row[Any]) -> Event:
    return Event(
        id=row.id,
        tenant=row.tenant,
        kind=row.kind,
        subject=Ref(tenant=row.tenant, id=row.record),
        actor=actor_of(row),
        changed=None if row.changed is None else tuple(json.loads(row.changed)),
        occurred_at=moment(row.occurred),
        received_at=moment(row.received),
        source=Source(row.source),
        raw=read(row.raw),
    )
