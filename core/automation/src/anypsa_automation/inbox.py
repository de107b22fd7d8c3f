"""The inbox: wake-ups in the state store, held by one worker at a time, a record's all together.

A wake-up is durable before its sender hears of it. One whose key came before is the same one; what was dealt with is kept
for a week at least, which is longer than any sender tries again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    delete,
    distinct,
    exists,
    func,
    insert,
    not_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from anypsa import Actor, ActorKind, Source, Wakeup

from .database import Database
from .rows import moment, read, stamp, written
from .schema import TALLIES, WAKES

KEPT: Final = timedelta(days=7)
FREE: Final[Mapping[str, Any]] = {"holder": None, "held_until": None}
ADDED: Final = {
    "sqlite": sqlite.insert(WAKES).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(WAKES).on_conflict_do_nothing(),
}
"""What was numbered and came before stays as it is."""
COUNTED: Final = {"preserve_rowcount": True}


class WakeStage(StrEnum):
    """How far a wake-up came."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Wake:
    """A wake-up in the inbox."""

    place: int
    tenant: str
    wakeup: Wakeup
    received: datetime
    due: datetime
    stage: WakeStage = WakeStage.WAITING
    attempts: int = 0
    error: str | None = None

    @property
    def subject(self) -> tuple[str, str]:
        """Which record it is about."""
        return self.wakeup.entity, self.wakeup.id


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What one webhook numbered: how many came, and how many between the first and the last are missing."""

    origin: str
    came: int
    missing: int


class Inbox:
    """Keeps wake-ups for all threads and processes that open the same store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, tenant: str, wakeups: Iterable[Wakeup], received: datetime) -> int:
        """Keeps wake-ups, all or none; returns how many were not there already. Raises `StateUnavailable`."""
        return self.add_all([(tenant, wakeups, received)])

    def add_all(self, arrived: Iterable[tuple[str, Iterable[Wakeup], datetime]]) -> int:
        """Keeps what arrived for several tenants, as `add` does, in one transaction."""
        rows = [row_of(tenant, one, received) for tenant, wakeups, received in arrived for one in wakeups]
        with self._database.transaction() as connection:
            new = ADDED[connection.dialect.name]
            return connection.execute(new, rows, execution_options=COUNTED).rowcount if rows else 0

    def hold(self, tenant: str, holder: str, limit: int, now: datetime, until: datetime) -> Sequence[Wake]:
        """The due wake-ups of so many records at most, held until a moment; of each record all or none."""
        ready = and_(WAKES.c.tenant == tenant, is_waiting(), WAKES.c.due <= stamp(now), not_(is_held(now)))
        first = select(WAKES.c.entity, WAKES.c.record, func.min(WAKES.c.place).label("first")).where(ready)
        subjects = first.group_by(WAKES.c.entity, WAKES.c.record).order_by("first").limit(limit)
        with self._database.transaction() as connection:
            found = [(row.entity, row.record) for row in connection.execute(subjects)]
            ours = and_(WAKES.c.tenant == tenant, tuple_(WAKES.c.entity, WAKES.c.record).in_(found))
            held = {"holder": holder, "held_until": stamp(until)}
            connection.execute(update(WAKES).where(ours, is_waiting()).values(**held))
            mine = select(WAKES).where(WAKES.c.holder == holder, is_waiting()).order_by(WAKES.c.place)
            return [wake_of(row) for row in connection.execute(mine)] if found else []

    def later(self, holder: str, wakes: Iterable[Wake], due: datetime, error: str, now: datetime) -> None:
        """Lets wake-ups wait until they are due again."""
        places = [one.place for one in wakes]
        ours = and_(WAKES.c.place.in_(places), WAKES.c.holder == holder)
        changed = {"due": stamp(due), "touched": stamp(now), "error": error, "attempts": WAKES.c.attempts + 1}
        with self._database.transaction() as connection:
            connection.execute(update(WAKES).where(ours).values(**changed, **FREE))

    def bury(self, holder: str, wakes: Iterable[Wake], error: str, now: datetime) -> None:
        """Makes wake-ups dead letters, for somebody to look at."""
        ours = and_(WAKES.c.place.in_([one.place for one in wakes]), WAKES.c.holder == holder)
        changed = {"stage": str(WakeStage.DEAD), "touched": stamp(now), "error": error}
        with self._database.transaction() as connection:
            connection.execute(update(WAKES).where(ours).values(**changed, **FREE))

    def release(self, holder: str) -> None:
        """Gives back what is held."""
        with self._database.transaction() as connection:
            connection.execute(update(WAKES).where(WAKES.c.holder == holder).values(**FREE))

    def wakes(self, tenant: str, stage: WakeStage | None = None, limit: int | None = None) -> Sequence[Wake]:
        """The wake-ups of a tenant in the order in which they came."""
        wanted: Select[Any] = select(WAKES).where(WAKES.c.tenant == tenant).order_by(WAKES.c.place).limit(limit)
        if stage is not None:
            wanted = wanted.where(WAKES.c.stage == str(stage))
        with self._database.transaction() as connection:
            return [wake_of(row) for row in connection.execute(wanted)]

    def revive(self, tenant: str, now: datetime, place: int | None = None) -> int:
        """Makes dead letters, one or all of a tenant, due again; returns how many."""
        dead = and_(WAKES.c.tenant == tenant, WAKES.c.stage == str(WakeStage.DEAD))
        if place is not None:
            dead = and_(dead, WAKES.c.place == place)
        changed = {"stage": str(WakeStage.WAITING), "due": stamp(now), "touched": stamp(now), "attempts": 0}
        with self._database.transaction() as connection:
            return connection.execute(update(WAKES).where(dead).values(**changed)).rowcount

    def arrivals(self, tenant: str) -> Sequence[Arrivals]:
        """What each webhook that numbers its deliveries has delivered, as long as it is kept."""
        first, last = func.min(WAKES.c.sequence), func.max(WAKES.c.sequence)
        came = func.count(distinct(WAKES.c.sequence))
        wanted = select(WAKES.c.origin, first, last, came).where(WAKES.c.tenant == tenant, WAKES.c.origin.is_not(None))
        with self._database.transaction() as connection:
            rows = connection.execute(wanted.group_by(WAKES.c.origin).order_by(WAKES.c.origin)).all()
        return [Arrivals(origin, came, last - first + 1 - came) for origin, first, last, came in rows]

    def note(self, tenant: str, what: str, now: datetime, count: int = 1) -> None:
        """Counts something that is of interest to people."""
        with self._database.transaction() as connection:
            noted(connection, tenant, what, now, count)

    def tallies(self, tenant: str) -> Mapping[str, tuple[int, datetime]]:
        """What was counted: how often, and when last."""
        wanted = select(TALLIES.c.what, TALLIES.c.count, TALLIES.c.touched).where(TALLIES.c.tenant == tenant)
        with self._database.transaction() as connection:
            return {what: (count, moment(touched)) for what, count, touched in connection.execute(wanted)}

    def purge(self, connection: Connection, before: datetime, now: datetime) -> int:
        """Forgets wake-ups that were dealt with before a moment, and a week ago at least."""
        old = and_(WAKES.c.stage == str(WakeStage.DONE), WAKES.c.touched < stamp(min(before, now - KEPT)))
        return connection.execute(delete(WAKES).where(old)).rowcount


def is_waiting() -> Any:
    return WAKES.c.stage == str(WakeStage.WAITING)


def is_held(now: datetime) -> Any:
    """Whether any wake-up of the same record is held: a record has one worker at a time."""
    other = WAKES.alias()
    return exists().where(
        other.c.tenant == WAKES.c.tenant,
        other.c.entity == WAKES.c.entity,
        other.c.record == WAKES.c.record,
        other.c.stage == str(WakeStage.WAITING),
        other.c.held_until > stamp(now),
    )


def settled(connection: Connection, holder: str, wakes: Sequence[Wake], now: datetime) -> bool:
    """Notes that wake-ups were dealt with; False, and nothing changes, if somebody else holds them by now."""
    places = [one.place for one in wakes]
    ours = and_(WAKES.c.place.in_(places), WAKES.c.holder == holder, is_waiting())
    if connection.execute(select(func.count()).select_from(WAKES).where(ours)).scalar_one() != len(places):
        return False
    done = {"stage": str(WakeStage.DONE), "touched": stamp(now), "error": None}
    connection.execute(update(WAKES).where(ours).values(**done, **FREE))
    return True


def noted(connection: Connection, tenant: str, what: str, now: datetime, count: int = 1) -> None:
    same = and_(TALLIES.c.tenant == tenant, TALLIES.c.what == what)
    changed = {"count": TALLIES.c.count + count, "touched": stamp(now)}
    if not connection.execute(update(TALLIES).where(same).values(**changed)).rowcount:
        connection.execute(insert(TALLIES).values(tenant=tenant, what=what, count=count, touched=stamp(now)))


def row_of(tenant: str, wakeup: Wakeup, received: datetime) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "entity": wakeup.entity,
        "record": wakeup.id,
        "action": wakeup.action,
        **actor_row(wakeup.actor),
        "source": str(wakeup.source),
        "key": wakeup.key,
        "origin": wakeup.origin,
        "sequence": wakeup.sequence,
        "occurred": stamp(wakeup.occurred_at),
        "received": stamp(received),
        "touched": stamp(received),
        "due": 0,  # at once, whatever the clock of whoever drains it says
        "raw": written(wakeup.raw),
        "stage": str(WakeStage.WAITING),
        "attempts": 0,
    }


def actor_row(actor: Actor | None) -> dict[str, Any]:
    """An actor in its columns."""
    return {"actor": None, "actor_kind": None} if actor is None else {"actor": actor.id, "actor_kind": str(actor.kind)}


def actor_of(row: Row[Any]) -> Actor | None:
    """An actor again."""
    return None if row.actor is None else Actor(row.actor, ActorKind(row.actor_kind))


def wake_of(row: Row[Any]) -> Wake:
    wakeup = Wakeup(
        entity=row.entity,
        id=row.record,
        action=row.action,
        occurred_at=moment(row.occurred),
        actor=actor_of(row),
        source=Source(row.source),
        key=row.key,
        origin=row.origin,
        sequence=row.sequence,
        raw=read(row.raw),
    )
    return Wake(
        place=row.place,
        tenant=row.tenant,
        wakeup=wakeup,
        received=moment(row.received),
        due=moment(row.due),
        stage=WakeStage(row.stage),
        attempts=row.attempts,
        error=row.error,
    )
