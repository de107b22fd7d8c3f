"""The ledger of a host: shared by all processes of a user. Slots are file locks, which the kernel frees when a
process dies, however it dies; windows and refused credentials are rows in SQLite.

Times are the system's monotonic clock, which processes of one host share and which nobody can set back.
"""

from __future__ import annotations

import sqlite3
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

import platformdirs
import portalocker

from .base import POLL, STEPS, Admission, Claim, Wait, Window, digest

STAMP: Final = struct.Struct("<d")
LONGEST_LAG: Final = 60.0
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS spent (window TEXT, step INTEGER, count INTEGER, PRIMARY KEY (window, step)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused (credentials TEXT PRIMARY KEY, until REAL) WITHOUT ROWID;
"""


class HostLedger:
    """Slots and windows of this host, in the user's state folder (or `folder`)."""

    instant = False

    def __init__(self, folder: Path | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._folder = folder or platformdirs.user_state_path("anypsa") / "ledger"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._clock = clock
        self._lock = threading.Lock()
        self._database = sqlite3.connect(
            self._folder / "ledger.sqlite", isolation_level=None, timeout=5.0, check_same_thread=False
        )
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")  # losing a count to a power cut harms nobody
        self._database.executescript(SCHEMA)

    def admit(self, claim: Claim) -> Admission | Wait:
        held: list[IO[bytes]] = []
        for key in claim.keys:
            slot = self._slot(key, claim.slots)
            if isinstance(slot, Wait):
                self._unlock(held)
                return slot
            held.append(slot)
        try:
            full = self._spend(claim.window)
        except sqlite3.OperationalError:
            full = POLL  # another process holds the database for longer than we wait for it
        if full > 0:
            self._unlock(held)
            return Wait(full, "the request window")
        return Admission(claim, held)

    def _slot(self, key: str, slots: int) -> IO[bytes] | Wait:
        soonest = POLL
        for number in range(slots):
            file = self._locked(self._folder / f"{digest(key)}-{number}.slot")
            if file is None:
                continue
            lag = self._lag(file)
            if lag <= 0:
                return file
            soonest = min(soonest, lag)
            file.close()
        return Wait(soonest, "a free slot")

    def _locked(self, path: Path) -> IO[bytes] | None:
        file = path.open("a+b")
        try:
            portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.LockException:
            file.close()
            return None
        return file

    def _lag(self, file: IO[bytes]) -> float:
        file.seek(0)
        stamp = file.read(STAMP.size)
        if len(stamp) < STAMP.size:
            return 0.0
        lag: float = STAMP.unpack(stamp)[0] - self._clock()
        return lag if lag < LONGEST_LAG else 0.0  # a stamp of before the last reboot

    def _unlock(self, held: list[IO[bytes]]) -> None:
        for file in held:
            file.close()

    def release(self, admission: Admission, lag: float) -> None:
        stamp = STAMP.pack(self._clock() + lag)
        for file in admission.held:
            file.truncate(0)
            file.write(stamp)
            file.close()

    def _spend(self, window: Window) -> float:
        seconds = window.seconds / STEPS
        with self._lock, self._database as transaction:
            transaction.execute("BEGIN IMMEDIATE")
            step = self._forget(window, seconds)
            rows = transaction.execute(
                "SELECT step, count FROM spent WHERE window = ? ORDER BY step", (window.key,)
            ).fetchall()
            if sum(count for _, count in rows) >= window.limit:
                oldest = rows[0][0] if rows else step
                return max((oldest + STEPS + 1) * seconds - self._clock(), POLL)
            transaction.execute(
                "INSERT INTO spent VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1", (window.key, step)
            )
        return 0.0

    def _forget(self, window: Window, seconds: float) -> int:
        step = int(self._clock() / seconds)
        # Steps ahead of now are of before the last reboot.
        self._database.execute(
            "DELETE FROM spent WHERE window = ? AND (step < ? OR step > ?)", (window.key, step - STEPS, step)
        )
        return step

    def used(self, window: Window) -> int:
        with self._lock, self._database as transaction:
            transaction.execute("BEGIN IMMEDIATE")
            self._forget(window, window.seconds / STEPS)
            (count,) = transaction.execute(
                "SELECT COALESCE(SUM(count), 0) FROM spent WHERE window = ?", (window.key,)
            ).fetchone()
        return int(count)

    def refuse(self, credentials: str, seconds: float) -> None:
        with self._lock:
            self._database.execute(
                "INSERT OR REPLACE INTO refused VALUES (?, ?)", (digest(credentials), self._clock() + seconds)
            )

    def refused(self, credentials: str) -> bool:
        with self._lock:
            row = self._database.execute(
                "SELECT until FROM refused WHERE credentials = ?", (digest(credentials),)
            ).fetchone()
        now = self._clock()
        # Longer than any refusal is remembered: of before the last reboot.
        return row is not None and now < row[0] < now + 86_400

    def close(self) -> None:
        with self._lock:
            self._database.close()
