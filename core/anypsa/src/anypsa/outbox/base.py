"""Outboxes: writes that wait to be sent, in an order, held by one drainer at a time. Blocking; the session offloads them.

Items of one subject (a ticket and what hangs on it) are sent one after the other, in the order they were added. Only
the first of a subject that still waits can be held, by one drainer, until its hold runs out; each hold has a higher
fence than the one before, and what is noted under a lower fence is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from ..models import Pending

TARGET: Final = "id"
"""Under this name `links` holds the item whose record is to be changed or deleted."""


class ItemStage(StrEnum):
    """How far an item came. A held one belongs to a plan that does not run yet; a dead one is set aside until somebody
    retries or discards it; a predicted one was not sent and never will be, because the policy lets it be predicted."""

    HELD = "held"
    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"
    DISCARDED = "discarded"
    PREDICTED = "predicted"

    @property
    def made(self) -> bool:
        """Whether its record can be named: it is there, or it is predicted."""
        return self in (ItemStage.DONE, ItemStage.PREDICTED)


@dataclass(frozen=True, slots=True)
class Item(Pending):
    """One write in the outbox. May be given for the record that it will make: `ticket=item`.

    `subject` is what is written to: items of one subject are sent in order. `record` is the record to change, or the
    one that was made. `values` are plain, so that they survive JSON; `links` name the items whose records go into the
    write. `error` says why it was not sent yet, or never will be. `due` is when it is tried next, at the earliest.
    """

    id: str
    tenant: str
    action: str
    entity: str
    subject: str
    fingerprint: str = field(repr=False)
    created: datetime = field(repr=False)
    touched: datetime = field(repr=False)
    due: datetime
    key: str | None = None
    record: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    links: Mapping[str, str] = field(default_factory=dict, repr=False)
    stage: ItemStage = ItemStage.WAITING
    attempts: int = 0
    insisted: bool = field(default=False, repr=False)
    """Whether somebody asked for it to be tried again after it had died."""
    error: str | None = None
    plan: str | None = None
    """The plan that it is a part of."""


def own_subject(id: str) -> str:
    """The subject of what an item will make."""
    return f"item:{id}"


def subject_of(entity: str, record: str) -> str:
    """The subject of a record."""
    return f"{entity}:{record}"


@dataclass(frozen=True, slots=True)
class Held:
    """An item that one drainer holds, and the fence of its hold."""

    item: Item
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How an outbox waits: `lease` (seconds) is how long a drainer that died holds its items back; after the first
    failure an item waits for `first` seconds, then twice as long each time, up to `longest`; after `attempts` it dies."""

    lease: float = 30.0
    first: float = 5.0
    longest: float = 3600.0
    attempts: int = 20


class Outbox(Protocol):
    """Keeps items. Raises `StateUnavailable` if the storage fails, and then nothing was changed."""

    patience: Patience

    def add(self, item: Item) -> Item:
        """Stores an item; returns the one that already has its key in its tenant, if there is one.

        The subject of an item that is done by now is what that one made.
        """

    def item(self, id: str) -> Item | None:
        """The item of an id."""

    def items(self, tenant: str, stage: ItemStage | None = None, limit: int | None = None) -> Sequence[Item]:
        """The items of a tenant in the order they were added."""

    def hold(
        self, tenant: str, owner: str, due: datetime, now: datetime, until: datetime, plan: str | None = None
    ) -> Held | None:
        """Holds the next item (of a plan) that was due at `due`, is the first of its subject, and whose linked items
        are not held, waiting or dead; None if there is none. Of all who ask, one gets it."""

    def renew(self, owner: str, until: datetime) -> None:
        """Holds on to all that this owner holds."""

    def settle(self, held: Held, item: Item) -> bool:
        """Stores how an item fared and lets go of it; False (and nothing changes) if another holds it by now. When one
        made the record that its subject waited for, the subject is that record from then on."""

    def release(self, owner: str) -> None:
        """Lets go of all that this owner holds, as it is."""

    def revive(self, id: str, now: datetime) -> Item | None:
        """Makes a dead item, or one that waits, due now; None if it is neither."""

    def discard(self, id: str, now: datetime) -> Item | None:
        """Puts a dead or waiting item away for good; None if it is neither, or if it is being sent just now."""

    def counts(self, tenant: str) -> Mapping[ItemStage, int]:
        """How many items of a tenant are at which stage."""

    def next_due(self, tenant: str) -> datetime | None:
        """When the next waiting item is due."""
