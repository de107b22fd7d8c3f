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
    to find it by. `touched` is when the stage last changed. `since` is the vendor's time when it was begun, as far as
    it was known then: what the write made cannot be older. `attempt` counts how often it was sent; whoever still holds
    an earlier attempt has nothing to say about the entry any more.
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
    since: datetime | None = None
    attempt: int = 1

    @property
    def open(self) -> bool:
        """Whether it is not known what became of it."""
        return self.stage in (Stage.BEGUN, Stage.UNKNOWN)

    @property
    def makes(self) -> bool:
        """Whether it makes a record, which then is its own."""
        return self.action == "create"

    @property
    def version(self) -> tuple[Stage, int, datetime]:
        """What changes whenever the entry does."""
        return self.stage, self.attempt, self.touched


@runtime_checkable
class Journal(Protocol):
    """Keeps entries. No method waits for anything but its own storage; all may be called from any thread.

    Raises `StateUnavailable` if the storage fails, and then nothing was changed.
    """

    instant: bool
    """Whether calls return without touching disk or network, so that no thread need be spent on them."""

    def begin(self, entry: Entry) -> Entry:
        """Writes an entry down; returns the one that already has its key in its tenant, if there is one."""

    def close(self, entry: Entry, stage: Stage, touched: datetime, record: str | None = None) -> bool:
        """Notes what became of an entry, and the record; False (and nothing changes) unless it is still open and of
        the same attempt. The record of a create that is done is the entry's from then on; the key of one that was
        refused is free again."""

    def reopen(self, entry: Entry, touched: datetime) -> Entry | None:
        """Begins an open entry anew, to be sent again; None unless it is exactly as it was seen. Of all who ask, one
        gets it."""

    def claim(self, entry: Entry, record: str, touched: datetime) -> bool:
        """Makes a found record the entry's, and the entry done; False if it is already another entry's."""

    def owner(self, tenant: str, entity: str, record: str) -> str | None:
        """The id of the entry that made a record, as far as this journal knows."""

    def entry(self, id: str) -> Entry | None:
        """The entry of an id."""

    def keyed(self, tenant: str, key: str) -> Entry | None:
        """The entry that a key of the caller's stands for; None if there is none, or nothing came of it."""

    def unresolved(self, tenant: str) -> Sequence[Entry]:
        """The open entries of a tenant, the oldest first."""

    def dispose(self) -> None:
        """Gives everything back."""
