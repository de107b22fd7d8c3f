"""Snapshots: what a record looked like when it was last seen, what differs now, and whether all of that is our own doing.

A snapshot holds digests of fields and no customer's text. Nothing here reads or writes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from anypsa import Choice, Entry, Record, Ref, State, Wakeup
from anypsa.journal import loaded
from anypsa.models import KINDS

UNTOLD: Final = frozenset({"tenant", "id", "updated"})
"""No change by themselves: `updated` moves whenever anything hangs on a record."""
FOLLOWS: Final[Mapping[str, str]] = {"state": "status", "closed": "status"}
"""What the vendor changes by itself with another field."""
CUSTOM: Final = "custom_fields"
MARGIN: Final = timedelta(seconds=5)
"""How far a vendor's stamps of one write may be apart."""
BEFORE: Final = timedelta(seconds=60)
"""What was made so shortly before we began to look is told as made, since two clocks are compared."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A record as it was seen: its version, when we began to read it, its state, and a digest of each field."""

    version: str
    seen: datetime
    state: str | None
    digests: Mapping[str, str]

    @classmethod
    def of(cls, record: Record, seen: datetime, before: Snapshot | None) -> Snapshot:
        """The snapshot of a record that was just read."""
        digests = {name: digest(value) for name, value in fields(record).items()}
        stamp = getattr(record, "updated", None)
        # Without the vendor's stamp a version that comes back would be taken for the one before.
        since = stamp.isoformat() if stamp is not None else f"after {before.seen.isoformat() if before else None}"
        state = getattr(record, "state", None)
        return cls(digest([since, digests]), seen, None if state is None else str(state), digests)


def fields(record: Record) -> dict[str, Any]:
    """The fields of a record as plain values, each custom field by itself."""
    values = {name: plain(value) for name, value in record.__dict__.items() if name not in UNTOLD and name != CUSTOM}
    return values | {f"{CUSTOM}.{name}": plain(value) for name, value in record.custom_fields.items()}


def plain(value: Any) -> Any:
    """A value as it is compared: relations and choices by their ids, texts without what vendors do to their ends."""
    match value:
        case Choice() | Ref():
            return value.id or None
        case datetime():
            return value.replace(microsecond=0).isoformat()
        case timedelta():
            return value.total_seconds()
        case Decimal():
            return str(value.normalize())
        case Enum():
            return str(value.value)
        case str():
            return "\n".join(line.rstrip() for line in value.replace("\r\n", "\n").strip().split("\n")) or None
        case bool() | int() | float() | None:
            return value
    return repr(value)


def digest(value: Any) -> str:
    """A short digest of a plain value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def changed(before: Snapshot | None, now: Snapshot) -> tuple[str, ...] | None:
    """The fields that differ; None if nothing was seen before."""
    if before is None:
        return None
    names = before.digests.keys() | now.digests.keys()
    return tuple(sorted(name for name in names if before.digests.get(name) != now.digests.get(name)))


def differs(record: Record, before: Snapshot) -> bool:
    """Whether a record looks other than it did."""
    return bool(changed(before, Snapshot.of(record, before.seen, before)))


def happening(before: Snapshot | None, now: Snapshot, record: Record, wakes: Iterable[Wakeup], began: datetime) -> str:
    """What became of a record that is there and differs."""
    if before is None:
        created = getattr(record, "created", None)
        told = any(wake.action == "created" for wake in wakes)
        return "created" if told or (created is not None and created >= began - BEFORE) else "updated"
    if before.state != now.state:
        if now.state == State.CLOSED:
            return "closed"
        if before.state == State.CLOSED:
            return "reopened"
    return "updated"


def same(entry: Entry, name: str, now: Snapshot) -> bool:
    """Whether an entry wrote a field as it is now."""
    own, _, custom = name.partition(".")
    values = loaded(entry.values, KINDS[entry.entity]) if entry.entity in KINDS else {}
    if own not in values:
        return False
    value = values[own]
    if custom:
        if not isinstance(value, Mapping) or custom not in value:
            return False
        value = value[custom]
    return digest(plain(value)) == now.digests.get(name)


def ours(before: Snapshot, now: Snapshot, differing: Iterable[str], entries: Iterable[Entry]) -> bool:
    """Whether the whole difference is what we wrote since: a change of somebody else's beneath ours is not hidden."""
    # An entry that is still open was begun before, and may have taken effect since.
    written = [entry for entry in entries if entry.open or entry.touched >= before.seen]
    for name in differing:
        explained = any(same(entry, name, now) for entry in written)
        cause = FOLLOWS.get(name)
        if not explained and not (cause and any(same(entry, cause, now) for entry in written)):
            return False
    return bool(written)


def made_by(entry: Entry, now: Snapshot) -> bool:
    """Whether a create may have made a record: everything that it asked for is there."""
    names = []
    for name, value in entry.values.items():
        names += [f"{name}.{custom}" for custom in value] if name == CUSTOM and isinstance(value, Mapping) else [name]
    return bool(names) and all(same(entry, name, now) for name in names)


def untouched(record: Record, entries: Iterable[Entry]) -> bool:
    """Whether nobody but us has touched a record since we made it, as far as its stamps tell."""
    created, updated = getattr(record, "created", None), getattr(record, "updated", None)
    if created is None or updated is None or updated - created <= MARGIN:
        return True
    return any((entry.since or entry.begun) - MARGIN <= updated <= entry.touched + MARGIN for entry in entries)
