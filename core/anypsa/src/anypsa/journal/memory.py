"""The journal in memory: enough while the process lives. Old entries are forgotten once they are closed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from .base import Entry, Stage

KEPT: Final = 10_000


class MemoryJournal:
    """Entries of this process; pass one object to several `connect` calls to share their keys."""

    instant = True

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._entries: dict[str, Entry] = {}
        self._keys: dict[tuple[str, str], str] = {}
        self._records: dict[tuple[str, str, str], str] = {}

    def begin(self, entry: Entry) -> Entry:
        with self._lock:
            if entry.key is not None:
                earlier = self._keys.setdefault((entry.tenant, entry.key), entry.id)
                if earlier in self._entries:
                    return self._entries[earlier]
            self._entries[entry.id] = entry
            self._forget()
            return entry

    def _forget(self) -> None:
        surplus = len(self._entries) - self._kept
        closed = [entry for entry in self._entries.values() if not entry.open] if surplus > 0 else []
        for entry in closed[:surplus]:
            del self._entries[entry.id]
            self._free_key(entry)
            made = (entry.tenant, entry.entity, entry.record or "")
            if self._records.get(made) == entry.id:
                del self._records[made]

    def _free_key(self, entry: Entry) -> None:
        # A key that was freed may be another entry's by now.
        if entry.key is not None and self._keys.get((entry.tenant, entry.key)) == entry.id:
            del self._keys[entry.tenant, entry.key]

    def close(self, entry: Entry, stage: Stage, touched: datetime, record: str | None = None) -> bool:
        with self._lock:
            return self._close(entry, stage, touched, record)

    def _close(self, entry: Entry, stage: Stage, touched: datetime, record: str | None) -> bool:
        held = self._entries.get(entry.id)
        if held is None or not held.open or held.attempt != entry.attempt:
            return False
        self._entries[entry.id] = closed = replace(held, stage=stage, touched=touched, record=record or held.record)
        if stage is Stage.DONE and record is not None and closed.makes:
            self._records[entry.tenant, entry.entity, record] = entry.id
        if stage is Stage.REFUSED:
            self._free_key(closed)
        return True

    def reopen(self, entry: Entry, touched: datetime) -> Entry | None:
        with self._lock:
            held = self._entries.get(entry.id)
            if held is None or not held.open or held.version != entry.version:
                return None
            again = replace(held, stage=Stage.BEGUN, touched=touched, attempt=held.attempt + 1)
            self._entries[entry.id] = again
            return again

    def claim(self, entry: Entry, record: str, touched: datetime) -> bool:
        with self._lock:
            made = (entry.tenant, entry.entity, record)
            if self._records.get(made, entry.id) != entry.id:
                return False
            held = self._entries.get(entry.id)
            done = held is not None and held.stage is Stage.DONE and held.record == record
            return done or self._close(entry, Stage.DONE, touched, record)

    def owner(self, tenant: str, entity: str, record: str) -> str | None:
        with self._lock:
            return self._records.get((tenant, entity, record))

    def entry(self, id: str) -> Entry | None:
        with self._lock:
            return self._entries.get(id)

    def keyed(self, tenant: str, key: str) -> Entry | None:
        with self._lock:
            return self._entries.get(self._keys.get((tenant, key), ""))

    def unresolved(self, tenant: str) -> Sequence[Entry]:
        with self._lock:
            found = [entry for entry in self._entries.values() if entry.tenant == tenant and entry.open]
        return sorted(found, key=lambda entry: entry.begun)

    def dispose(self) -> None:
        """Nothing to give back."""
