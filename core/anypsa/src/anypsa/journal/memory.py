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
            self._keys.pop((entry.tenant, entry.key or ""), None)
            self._records.pop((entry.tenant, entry.entity, entry.record or ""), None)

    def close(self, id: str, stage: Stage, touched: datetime, record: str | None = None) -> None:
        with self._lock:
            self._close(self._entries[id], stage, touched, record)

    def _close(self, entry: Entry, stage: Stage, touched: datetime, record: str | None) -> None:
        self._entries[entry.id] = replace(entry, stage=stage, touched=touched, record=record or entry.record)
        if stage is Stage.DONE and record is not None:
            self._records[entry.tenant, entry.entity, record] = entry.id
        if stage is Stage.REFUSED and entry.key is not None:
            # Nothing was written under this key, so it may be used again.
            self._keys.pop((entry.tenant, entry.key), None)

    def claim(self, id: str, record: str, touched: datetime) -> bool:
        with self._lock:
            entry = self._entries[id]
            if self._records.setdefault((entry.tenant, entry.entity, record), id) != id:
                return False
            self._close(entry, Stage.DONE, touched, record)
            return True

    def owner(self, tenant: str, entity: str, record: str) -> str | None:
        with self._lock:
            return self._records.get((tenant, entity, record))

    def entry(self, id: str) -> Entry | None:
        with self._lock:
            return self._entries.get(id)

    def unresolved(self, tenant: str) -> Sequence[Entry]:
        with self._lock:
            return [entry for entry in self._entries.values() if entry.tenant == tenant and entry.open]

    def dispose(self) -> None:
        """Nothing to give back."""
