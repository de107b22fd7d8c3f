"""The ledger of a host: shared by all processes of a user. Slots are file locks, which the kernel frees when a
process dies, however it dies; windows, lines and refused credentials are rows in SQLite.

Times are the system's monotonic clock, which processes of one host share and which nobody can set back.
"""

from __future__ import annotations

import math
import os
import sqlite3
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from io import FileIO
from pathlib import Path
from typing import Final

import platformdirs

from .base import HANDICAP, LONGEST_POLL, PATIENCE, POLL, SLOT, STEPS, Admission, Claim, Wait, Window, digest, poll

STAMP: Final = struct.Struct("<d")
LONGEST_LAG: Final = 60.0
# The kernel frees the slots of a killed process at once, but the vendor works on at what it sent: they rest for a while,
# counted from when they were given. Most requests are over long before.
REST: Final = 10.0
SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS spent (window TEXT, step INTEGER, count INTEGER, PRIMARY KEY (window, step)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS waiting (line TEXT, who TEXT, turn REAL, seen REAL, PRIMARY KEY (line, who)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused (credentials TEXT PRIMARY KEY, until REAL) WITHOUT ROWID;
"""


class HostLedger:
    """Slots and windows of this host, in the user's state folder (or `folder`)."""

    instant = False
    frees_at_once = True  # eight bytes into an open file
    lease = math.inf  # a slot is held for as long as its file is locked

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
        held: list[FileIO] = []
        try:
            with self._transaction() as database:
                answer = self._admitted(database, claim, held)
        except sqlite3.OperationalError:
            answer = Wait(POLL, "a turn at the ledger")  # another process holds the database for longer than we wait
        if isinstance(answer, Wait):
            close_all(held)
        return answer

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """What is inside happens as a whole, and in one process at a time."""
        with self._lock, self._database as database:
            database.execute("BEGIN IMMEDIATE")
            yield database

    def _admitted(self, database: sqlite3.Connection, claim: Claim, held: list[FileIO]) -> Admission | Wait:
        now, wait = self._clock(), 0.0
        for key in claim.keys:
            place = digest(key)
            ahead = self._ahead(database, place, claim, now)
            slot = self._slot(place, claim.slots, ahead)
            if isinstance(slot, float):
                self._join(database, place, claim, now)
                wait = max(wait, slot)
            else:
                held.append(slot)
        if wait > 0:
            return Wait(wait, SLOT)
        if (full := self._spend(database, claim.window, now)) > 0:
            return Wait(full, "the request window")
        self._leave(database, claim)
        stamp = STAMP.pack(now + REST)
        for file in held:
            write(file, stamp)
        return Admission(claim, held)

    def _ahead(self, database: sqlite3.Connection, line: str, claim: Claim, now: float) -> int:
        """How many come before this claim; asking keeps a place that it has."""
        # Places ahead of now are of before the last reboot.
        database.execute(
            "DELETE FROM waiting WHERE line = ? AND (seen < ? OR seen > ?)", (line, now - PATIENCE, now + PATIENCE)
        )
        database.execute("UPDATE waiting SET seen = ? WHERE line = ? AND who = ?", (now, line, claim.who))
        (count,) = database.execute(
            # Of two who came in the same moment, one must be first; who has no place yet comes after both.
            "WITH own AS (SELECT MIN(turn, :turn) AS turn FROM waiting WHERE line = :line AND who = :who) "
            "SELECT COUNT(*) FROM waiting LEFT JOIN own WHERE line = :line AND ("
            "own.turn IS NULL AND waiting.turn <= :turn OR (waiting.turn, who) < (own.turn, :who))",
            {"line": line, "who": claim.who, "turn": now + claim.lane * HANDICAP},
        ).fetchone()
        return int(count)

    def _join(self, database: sqlite3.Connection, line: str, claim: Claim, now: float) -> None:
        if claim.who:
            turn = now + claim.lane * HANDICAP
            database.execute(
                "INSERT INTO waiting VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET turn = MIN(turn, excluded.turn)",
                (line, claim.who, turn, now),
            )

    def _leave(self, database: sqlite3.Connection, claim: Claim) -> None:
        places = [(digest(key), claim.who) for key in claim.keys]
        database.executemany("DELETE FROM waiting WHERE line = ? AND who = ?", places)

    def withdraw(self, claim: Claim) -> None:
        with suppress(sqlite3.OperationalError), self._transaction() as database:
            self._leave(database, claim)

    def _slot(self, place: str, slots: int, ahead: int) -> FileIO | float:
        """A slot, locked, if more are free than others come before; else how long to wait."""
        free: list[FileIO] = []
        lags: list[float] = []
        for number in range(slots):
            file = self._locked(self._folder / f"{place}-{number}.slot")
            if file is None:
                continue
            if (lag := self._lag(file)) > 0:
                lags.append(lag)
                file.close()
                continue
            free.append(file)
            if len(free) > ahead:
                close_all(free[1:])
                return free[0]
        close_all(free)
        missing = ahead - len(free)
        return min(sorted(lags)[missing], LONGEST_POLL) if missing < len(lags) else poll(missing)

    def _locked(self, path: Path) -> FileIO | None:
        import portalocker  # when it is needed: it imports all of Redis' client where that is installed

        # Overwritten in place: to truncate a file costs more than all the rest.
        file = open(path, "r+b", buffering=0, opener=made)  # noqa: SIM115  # the lock outlives the function
        try:
            portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.LockException:
            file.close()
            return None
        return file

    def _lag(self, file: FileIO) -> float:
        file.seek(0)
        stamp = file.read(STAMP.size)
        if len(stamp) < STAMP.size:
            return 0.0
        lag: float = STAMP.unpack(stamp)[0] - self._clock()
        return lag if lag < LONGEST_LAG else 0.0  # a stamp of before the last reboot

    def release(self, admission: Admission, lag: float) -> None:
        stamp = STAMP.pack(self._clock() + lag)
        for file in admission.held:
            write(file, stamp)
            file.close()

    def _spend(self, database: sqlite3.Connection, window: Window, now: float) -> float:
        seconds = window.seconds / STEPS
        step = self._forget(database, window, now)
        rows = database.execute(
            "SELECT step, count FROM spent WHERE window = ? ORDER BY step", (window.key,)
        ).fetchall()
        if sum(count for _, count in rows) >= window.limit:
            oldest = rows[0][0] if rows else step
            return float(max((oldest + STEPS + 1) * seconds - now, POLL))
        database.execute(
            "INSERT INTO spent VALUES (?, ?, 1) ON CONFLICT DO UPDATE SET count = count + 1", (window.key, step)
        )
        return 0.0

    def _forget(self, database: sqlite3.Connection, window: Window, now: float) -> int:
        step = int(now / (window.seconds / STEPS))
        # Steps ahead of now are of before the last reboot.
        database.execute(
            "DELETE FROM spent WHERE window = ? AND (step < ? OR step > ?)", (window.key, step - STEPS, step)
        )
        return step

    def used(self, window: Window) -> int:
        with self._transaction() as database:
            self._forget(database, window, self._clock())
            (count,) = database.execute(
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


def close_all(files: list[FileIO]) -> None:
    """Unlocks."""
    for file in files:
        file.close()


def write(file: FileIO, stamp: bytes) -> None:
    """Replaces a slot's stamp; whoever finds the file unlocked finds it there."""
    file.seek(0)
    file.write(stamp)


def made(path: str, flags: int) -> int:
    """Opens a file that may not be there yet, for its owner only."""
    return os.open(path, flags | os.O_CREAT, 0o600)
