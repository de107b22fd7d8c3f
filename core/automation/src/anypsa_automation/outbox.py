"""The durable outbox: items in the state store, held by one drainer at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, func, insert, not_, or_, select, update

from anypsa import Item, ItemStage, Patience
from anypsa.outbox import Held, own_subject, subject_of

from .database import Database
from .rows import moment, read, stamp, written
from .schema import ITEMS, LINKS

WAITING: Final = str(ItemStage.WAITING)
IDLE: Final = (WAITING, str(ItemStage.DEAD))
UNFINISHED: Final = (str(ItemStage.HELD), *IDLE)
SAME: Final = (
    *("id", "tenant", "action", "entity", "subject", "fingerprint", "key", "record", "attempts", "error", "plan"),
)
FREE: Final[Mapping[str, Any]] = {"holder": None, "held_until": None}


class DurableOutbox:
    """Keeps items for all threads and processes that open the same store; see `anypsa.outbox.Outbox`."""

    def __init__(self, database: Database, patience: Patience) -> None:
        self._database = database
        self.patience = patience

    def add(self, item: Item) -> Item:
        with self._database.transaction() as connection:
            if item.key is not None:
                same_key = and_(ITEMS.c.tenant == item.tenant, ITEMS.c.key == item.key)
                earlier = connection.execute(select(ITEMS).where(same_key)).one_or_none()
                if earlier is not None:
                    return item_of(connection, earlier)
            put(connection, item)
            return one(connection, item.id) or item

    def item(self, id: str) -> Item | None:
        with self._database.transaction() as connection:
            return one(connection, id)

    def items(self, tenant: str, stage: ItemStage | None = None, limit: int | None = None) -> Sequence[Item]:
        wanted = select(ITEMS).where(ITEMS.c.tenant == tenant).order_by(ITEMS.c.place).limit(limit)
        if stage is not None:
            wanted = wanted.where(ITEMS.c.stage == str(stage))
        with self._database.transaction() as connection:
            return [item_of(connection, row) for row in connection.execute(wanted).all()]

    def hold(
        self, tenant: str, owner: str, due: datetime, now: datetime, until: datetime, plan: str | None = None
    ) -> Held | None:
        ready = and_(ITEMS.c.tenant == tenant, ITEMS.c.stage == WAITING, ITEMS.c.due <= stamp(due), is_free(now))
        if plan is not None:
            ready = and_(ready, ITEMS.c.plan == plan)
        wanted = select(ITEMS).where(ready, first_of_its_subject(), its_links_are_finished())
        with self._database.transaction() as connection:
            row = connection.execute(wanted.order_by(ITEMS.c.place).limit(1)).one_or_none()
            if row is None:
                return None
            fence = row.fence + 1
            held = {"holder": owner, "held_until": stamp(until), "fence": fence}
            connection.execute(update(ITEMS).where(ITEMS.c.place == row.place).values(**held))
            return Held(item_of(connection, row), fence)

    def renew(self, owner: str, until: datetime) -> None:
        with self._database.transaction() as connection:
            connection.execute(update(ITEMS).where(ITEMS.c.holder == owner).values(held_until=stamp(until)))

    def settle(self, held: Held, item: Item) -> bool:
        ours = and_(ITEMS.c.id == item.id, ITEMS.c.fence == held.fence, ITEMS.c.stage == WAITING)
        names = ("stage", "touched", "due", "record", "attempts", "error", "insisted")
        changed = {name: value for name, value in row_of(item).items() if name in names}
        with self._database.transaction() as connection:
            if not connection.execute(update(ITEMS).where(ours).values(**changed, **FREE)).rowcount:
                return False
            if item.stage.made and item.record is not None:
                waiting_for_it = and_(ITEMS.c.tenant == item.tenant, ITEMS.c.subject == own_subject(item.id))
                made = subject_of(item.entity, item.record)
                connection.execute(update(ITEMS).where(waiting_for_it).values(subject=made))
            return True

    def release(self, owner: str) -> None:
        with self._database.transaction() as connection:
            connection.execute(update(ITEMS).where(ITEMS.c.holder == owner).values(**FREE))

    def revive(self, id: str, now: datetime) -> Item | None:
        changed: dict[str, Any] = {"stage": WAITING, "due": stamp(now), "touched": stamp(now), "attempts": 0}
        with self._database.transaction() as connection:
            was_dead = and_(ITEMS.c.id == id, ITEMS.c.stage == str(ItemStage.DEAD))
            found = connection.execute(update(ITEMS).where(was_dead).values(**changed, insisted=1)).rowcount
            waits = and_(ITEMS.c.id == id, ITEMS.c.stage == WAITING)
            found = found or connection.execute(update(ITEMS).where(waits).values(due=stamp(now))).rowcount
            return one(connection, id) if found else None

    def discard(self, id: str, now: datetime) -> Item | None:
        idle = and_(ITEMS.c.id == id, ITEMS.c.stage.in_(IDLE), is_free(now))
        changed = {"stage": str(ItemStage.DISCARDED), "touched": stamp(now), "fence": ITEMS.c.fence + 1}
        with self._database.transaction() as connection:
            found = connection.execute(update(ITEMS).where(idle).values(**changed, **FREE)).rowcount
            return one(connection, id) if found else None

    def counts(self, tenant: str) -> Mapping[ItemStage, int]:
        wanted = select(ITEMS.c.stage, func.count()).where(ITEMS.c.tenant == tenant).group_by(ITEMS.c.stage)
        with self._database.transaction() as connection:
            return {ItemStage(stage): count for stage, count in connection.execute(wanted)}

    def next_due(self, tenant: str) -> datetime | None:
        waits = and_(ITEMS.c.tenant == tenant, ITEMS.c.stage == WAITING, first_of_its_subject())
        with self._database.transaction() as connection:
            due: int | None = connection.execute(select(func.min(ITEMS.c.due)).where(waits)).scalar_one()
        return moment(due)

    def purge(self, connection: Connection, before: datetime) -> int:
        """Forgets done and discarded items that were last touched before a moment and that none refers to any more.
        Those of a plan are forgotten with it."""
        waiting = ITEMS.alias()
        needed = select(LINKS.c.made_by).join(waiting, waiting.c.id == LINKS.c.item)
        old = and_(
            ITEMS.c.stage.not_in(UNFINISHED),
            ITEMS.c.plan.is_(None),
            ITEMS.c.touched < stamp(before),
            ITEMS.c.id.not_in(needed.where(waiting.c.stage.in_(UNFINISHED))),
        )
        connection.execute(delete(LINKS).where(LINKS.c.item.in_(select(ITEMS.c.id).where(old))))
        return connection.execute(delete(ITEMS).where(old)).rowcount


def put(connection: Connection, item: Item) -> None:
    """Stores an item."""
    row = {**row_of(item), "subject": current_subject(connection, item.subject)}
    connection.execute(insert(ITEMS).values(**row, fence=0))
    for field, made_by in item.links.items():
        connection.execute(insert(LINKS).values(item=item.id, field=field, made_by=made_by))


def parked(connection: Connection, held: Held, item: Item) -> bool:
    """Holds an item for a plan, as the plan has it; False (and nothing changes) if another drainer holds it by now."""
    ours = and_(ITEMS.c.id == item.id, ITEMS.c.fence == held.fence, ITEMS.c.stage == WAITING)
    changed = {name: row_of(item)[name] for name in ("stage", "plan", "record", "given")}
    if not connection.execute(update(ITEMS).where(ours).values(**changed, **FREE)).rowcount:
        return False
    connection.execute(delete(LINKS).where(LINKS.c.item == item.id))
    return True


def of_plan(connection: Connection, plan: str) -> tuple[Item, ...]:
    """A plan's items in the order they were added."""
    wanted = select(ITEMS).where(ITEMS.c.plan == plan).order_by(ITEMS.c.place)
    return tuple(item_of(connection, row) for row in connection.execute(wanted).all())


def is_free(now: datetime) -> ColumnElement[bool]:
    return or_(ITEMS.c.held_until.is_(None), ITEMS.c.held_until <= stamp(now))


def first_of_its_subject() -> ColumnElement[bool]:
    before = ITEMS.alias()
    return not_(
        exists().where(
            before.c.tenant == ITEMS.c.tenant,
            before.c.subject == ITEMS.c.subject,
            before.c.stage == WAITING,
            before.c.place < ITEMS.c.place,
        )
    )


def its_links_are_finished() -> ColumnElement[bool]:
    other = ITEMS.alias()
    return not_(
        exists().where(LINKS.c.item == ITEMS.c.id, LINKS.c.made_by == other.c.id, other.c.stage.in_(UNFINISHED))
    )


def current_subject(connection: Connection, subject: str) -> str:
    """The subject, or the record that stands in its place since the item made it."""
    _, _, id = subject.partition(":")
    row = (
        connection.execute(select(ITEMS).where(ITEMS.c.id == id)).one_or_none() if subject == own_subject(id) else None
    )
    if row is None or not ItemStage(row.stage).made or row.record is None:
        return subject
    return subject_of(row.entity, row.record)


def one(connection: Connection, id: str) -> Item | None:
    row = connection.execute(select(ITEMS).where(ITEMS.c.id == id)).one_or_none()
    return None if row is None else item_of(connection, row)


def row_of(item: Item) -> dict[str, Any]:
    return {
        **{name: getattr(item, name) for name in SAME},
        "created": stamp(item.created),
        "touched": stamp(item.touched),
        "due": stamp(item.due),
        "given": written(item.values),
        "stage": str(item.stage),
        "insisted": int(item.insisted),
    }


def item_of(connection: Connection, row: Row[Any]) -> Item:
    held = dict(row._mapping)
    links = connection.execute(select(LINKS.c.field, LINKS.c.made_by).where(LINKS.c.item == held["id"]))
    return Item(
        **{
            **{name: held[name] for name in SAME},
            "created": moment(held["created"]),
            "touched": moment(held["touched"]),
            "due": moment(held["due"]),
            "values": read(held["given"]),
            "links": {link.field: link.made_by for link in links},
            "stage": ItemStage(held["stage"]),
            "insisted": bool(held["insisted"]),
        }
    )
