"""The durable journal: entries in the state store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, delete, insert, select, update

from anypsa import Entry
from anypsa.journal import Stage

from .database import Database
from .rows import moment, read, stamp, written
from .schema import CLAIMS, ENTRIES

OPEN: Final = (str(Stage.BEGUN), str(Stage.UNKNOWN))


class DurableJournal:
    """Keeps entries for all threads and processes that open the same store; see `anypsa.Journal`."""

    instant = False

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, entry: Entry) -> Entry:
        with self._database.transaction() as connection:
            earlier = None if entry.key is None else keyed(connection, entry.tenant, entry.key)
            if earlier is not None:
                return entry_of(earlier)
            connection.execute(insert(ENTRIES).values(**row_of(entry)))
            return entry

    def close(self, entry: Entry, stage: Stage, touched: datetime, record: str | None = None) -> bool:
        with self._database.transaction() as connection:
            return closed(connection, entry, stage, touched, record)

    def reopen(self, entry: Entry, touched: datetime) -> Entry | None:
        again = replace(entry, stage=Stage.BEGUN, touched=touched, attempt=entry.attempt + 1)
        seen = and_(
            ENTRIES.c.id == entry.id,
            ENTRIES.c.stage == str(entry.stage),
            ENTRIES.c.stage.in_(OPEN),
            ENTRIES.c.attempt == entry.attempt,
            ENTRIES.c.touched == stamp(entry.touched),
        )
        changed = {"stage": str(again.stage), "touched": stamp(touched), "attempt": again.attempt}
        with self._database.transaction() as connection:
            return again if connection.execute(update(ENTRIES).where(seen).values(**changed)).rowcount else None

    def claim(self, entry: Entry, record: str, touched: datetime) -> bool:
        with self._database.transaction() as connection:
            if owner(connection, entry.tenant, entry.entity, record) not in (None, entry.id):
                return False
            held = connection.execute(select(ENTRIES).where(ENTRIES.c.id == entry.id)).one_or_none()
            if held is not None and held.stage == str(Stage.DONE) and held.record == record:
                return True
            return closed(connection, entry, Stage.DONE, touched, record)

    def owner(self, tenant: str, entity: str, record: str) -> str | None:
        with self._database.transaction() as connection:
            return owner(connection, tenant, entity, record)

    def entry(self, id: str) -> Entry | None:
        with self._database.transaction() as connection:
            row = connection.execute(select(ENTRIES).where(ENTRIES.c.id == id)).one_or_none()
            return None if row is None else entry_of(row)

    def keyed(self, tenant: str, key: str) -> Entry | None:
        with self._database.transaction() as connection:
            row = keyed(connection, tenant, key)
            return None if row is None else entry_of(row)

    def unresolved(self, tenant: str) -> Sequence[Entry]:
        wanted = select(ENTRIES).where(ENTRIES.c.tenant == tenant, ENTRIES.c.stage.in_(OPEN)).order_by(ENTRIES.c.begun)
        with self._database.transaction() as connection:
            return [entry_of(row) for row in connection.execute(wanted)]

    def dispose(self) -> None:
        """Nothing of its own: the store gives the database back."""

    def purge(self, connection: Connection, before: datetime) -> int:
        """Forgets closed entries that were last touched before a moment, and which records were theirs."""
        old = and_(ENTRIES.c.stage.not_in(OPEN), ENTRIES.c.touched < stamp(before))
        connection.execute(delete(CLAIMS).where(CLAIMS.c.entry.in_(select(ENTRIES.c.id).where(old))))
        return connection.execute(delete(ENTRIES).where(old)).rowcount


def closed(connection: Connection, entry: Entry, stage: Stage, touched: datetime, record: str | None) -> bool:
    """Closes an open entry of this attempt, and makes the record of a create its own."""
    current = and_(ENTRIES.c.id == entry.id, ENTRIES.c.stage.in_(OPEN), ENTRIES.c.attempt == entry.attempt)
    changed: dict[str, Any] = {"stage": str(stage), "touched": stamp(touched)}
    if record is not None:
        changed["record"] = record
    if not connection.execute(update(ENTRIES).where(current).values(**changed)).rowcount:
        return False
    if stage is Stage.DONE and record is not None and entry.makes:
        place = {"tenant": entry.tenant, "entity": entry.entity, "record": record}
        # What the vendor's own answer says overrules what somebody took for his.
        connection.execute(delete(CLAIMS).where(*(CLAIMS.c[name] == value for name, value in place.items())))
        connection.execute(insert(CLAIMS).values(**place, entry=entry.id))
    return True


def keyed(connection: Connection, tenant: str, key: str) -> Row[Any] | None:
    current = and_(ENTRIES.c.tenant == tenant, ENTRIES.c.key == key, ENTRIES.c.stage != str(Stage.REFUSED))
    return connection.execute(select(ENTRIES).where(current)).one_or_none()


def owner(connection: Connection, tenant: str, entity: str, record: str) -> str | None:
    place = and_(CLAIMS.c.tenant == tenant, CLAIMS.c.entity == entity, CLAIMS.c.record == record)
    found: str | None = connection.execute(select(CLAIMS.c.entry).where(place)).scalar_one_or_none()
    return found


def row_of(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "tenant": entry.tenant,
        "action": entry.action,
        "entity": entry.entity,
        "fingerprint": entry.fingerprint,
        "begun": stamp(entry.begun),
        "touched": stamp(entry.touched),
        "record": entry.record,
        "given": written(entry.values),
        "key": entry.key,
        "marker": entry.marker,
        "stage": str(entry.stage),
        "since": stamp(entry.since),
        "attempt": entry.attempt,
    }


def entry_of(row: Row[Any]) -> Entry:
    held = dict(row._mapping)
    return Entry(
        **{
            **{name: held[name] for name in ("id", "tenant", "action", "entity", "fingerprint", "record", "key")},
            "begun": moment(held["begun"]),
            "touched": moment(held["touched"]),
            "since": moment(held["since"]),
            "values": read(held["given"]),
            "stage": Stage(held["stage"]),
            "marker": held["marker"],
            "attempt": held["attempt"],
        }
    )
