"""Journals: what was about to be written, and what became of it. Blocking, never waiting; the session offloads them.

An entry is begun before its write is sent. One that is still begun when nobody works on it any more belongs to a
process that died in between: its outcome is as unknown as that of a write whose answer got lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable


class Stage(StrEnum):
    """How far a write came."""

    BEGUN = "begun"
    DONE = "done"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Entry:
    """One write: to which entity and record, with which values, under which key of the caller's.

    `values` are neutral and plain (text, numbers, flags, lists and mappings of them), so that they survive JSON.
    `fingerprint` is a digest of all that was asked for. `marker` is what was written into a free field of the record,
    to find it by. `touched` is when the stage last changed.
    """

    id: str
    tenant: str
    action: str
    entity: str
    fingerprint: str
    begun: datetime
    touched: datetime
    record: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    key: str | None = None
    marker: str | None = None
    stage: Stage = Stage.BEGUN

    @property
    def open(self) -> bool:
        """Whether it is not known what became of it."""
        return self.stage in (Stage.BEGUN, Stage.UNKNOWN)


@runtime_checkable
class Journal(Protocol):
    """Keeps entries. Every method returns at once and may be called from any thread."""

    instant: bool
    """Whether calls return without touching disk or network, so that no thread need be spent on them."""

    def begin(self, entry: Entry) -> Entry:
        """Writes an entry down; returns the one that already has its key in its tenant, if there is one."""

    def close(self, id: str, stage: Stage, touched: datetime, record: str | None = None) -> None:
        """Notes what became of an entry, and the record that it made."""

    def claim(self, id: str, record: str, touched: datetime) -> bool:
        """Makes a found record the entry's, and the entry done; False if it is already another entry's."""

    def owner(self, tenant: str, entity: str, record: str) -> str | None:
        """The id of the entry that made a record, as far as this journal knows."""

    def entry(self, id: str) -> Entry | None:
        """The entry of an id."""

    def unresolved(self, tenant: str) -> Sequence[Entry]:
        """The open entries of a tenant, the oldest first."""

    def dispose(self) -> None:
        """Gives everything back."""
