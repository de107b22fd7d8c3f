"""Durable handling on DBOS: inbox and outbox are drained in batches, each a workflow whose handlers are its steps.

The inbox is the queue, and stays the only one. A workflow notes which handlers of its batch were called, so that a program
that was killed goes on with the others as soon as it is there again, and waits for no lease to run out. What DBOS keeps is
ids, names and counts, as JSON; customers' text stays in our own store.

DBOS is started and ended by the program; nothing here does:

    DBOS(config=config(state))
    workflows = Workflows(state, events)
    DBOS.launch()
    while ...: workflows.start()
    DBOS.destroy()
"""

from __future__ import annotations

import platform
import sqlite3
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dbos import DBOS, DBOSPortableJSONSerializer

from anypsa import PSAError

from .database import private
from .events import Events
from .rows import utc_now
from .state import State

if TYPE_CHECKING:
    from dbos import DBOSConfig

    from .batches import Batch

NAME: Final = "anypsa"
SCHEMA: Final = "anypsa_dbos"
VERSION: Final = "1"
"""Of the order of the steps: a program goes on only with workflows of its own version. What another one left behind is free
again in the store, when its lease is over."""
WORKFLOW: Final = "anypsa.batch"
SENT: Final = 50
"""So many items of the outbox are sent by one workflow."""
AT_ONCE: Final = 8
"""So many tenants are worked for at once."""
KEPT: Final = timedelta(days=1)
"""So long can people look at a workflow that has ended."""
SWEPT: Final = 500
"""So many are forgotten at once."""
ENDED: Final = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


def config(state: State, *, worker: str | None = None, at_once: int = AT_ONCE) -> DBOSConfig:
    """How DBOS is to be started for a state store: beside its SQLite file, or in a schema of its PostgreSQL database.

    `worker` is who goes on with what this program leaves behind when it is killed: a name that stays the same, and that no
    other running program has; the host's, if not said.
    """
    return {
        "name": NAME,
        "system_database_url": beside(state),
        "dbos_system_schema": SCHEMA,
        "application_version": VERSION,
        "executor_id": worker or platform.node() or "local",
        "serializer": DBOSPortableJSONSerializer(),  # its own one is pickle, which runs what it reads
        "max_executor_threads": at_once,
        "log_level": "WARNING",
    }


def beside(state: State) -> str:
    """Where DBOS keeps its own tables."""
    url = state.database.url
    if url.get_backend_name() != "sqlite":
        return url.render_as_string(hide_password=False)
    url = url.set(database=f"{url.database}.dbos")
    private_wal(str(url.database))
    return url.render_as_string()


def private_wal(path: str) -> None:
    """Makes the file for its owner only, and lets readers and a writer not wait for each other, which the file keeps."""
    private(Path(path))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


class Workflows:
    """The workflows of a program: made after `DBOS(...)` and before `DBOS.launch()`, once in a process."""

    def __init__(self, state: State, events: Events, *, now: Callable[[], datetime] = utc_now) -> None:
        self._state = state
        self._events = events
        self._now = now
        self._running: dict[str, Any] = {}
        self._swept: datetime | None = None

        @DBOS.workflow(name=WORKFLOW)
        def batch(tenant: str) -> dict[str, int]:
            return self._work(tenant)

        self._batch = batch

    def start(self) -> int:
        """Starts a workflow for each tenant that something is due for and that has none; returns for how many.

        Call it again and again; it waits for none of them. What failed in one is due again in the store.
        """
        self._forget()
        for tenant in [tenant for tenant, handle in self._running.items() if ended(handle)]:
            del self._running[tenant]
        due = [tenant for tenant in self._events.tenants if tenant not in self._running and self._due(tenant)]
        for tenant in due:
            self._running[tenant] = DBOS.start_workflow(self._batch, tenant)
        return len(due)

    def finish(self) -> None:
        """Waits for those that are under way."""
        for handle in self._running.values():
            with suppress(Exception):  # it is written down, and what it was about is due again
                handle.get_result()

    def _due(self, tenant: str) -> bool:
        moments = (self._state.eventlog.next_due(tenant), self._state.outbox.next_due(tenant))
        return any(moment is not None and moment <= self._now() for moment in moments)

    # What a workflow does. Everything that it decides by is an answer of a step.

    def _work(self, tenant: str) -> dict[str, int]:
        holder = str(DBOS.workflow_id)
        batch = self._events.batch(tenant, holder)
        counts = Counter[str](DBOS.run_step({"name": "wake"}, woken, batch))
        for event, handler in DBOS.run_step({"name": "hold"}, held, batch):
            counts[DBOS.run_step({"name": "handle"}, handled, batch, event, handler)] += 1
        counts.update(DBOS.run_step({"name": "send"}, self._sent, tenant))
        DBOS.run_step({"name": "release"}, batch.release)
        return dict(counts)

    def _sent(self, tenant: str) -> Mapping[str, int]:
        """Sends what is due in the outbox; what fails there waits or is dead there."""
        try:
            drained = self._events.psa(tenant).outbox.drain(SENT)
        except PSAError:
            return {"unsent": 1}
        return {"sent": drained.sent, "undeliverable": drained.dead}

    def _forget(self) -> None:
        """Forgets workflows that ended long ago, an hour's worth of them at a time."""
        now = self._now()
        if self._swept is not None and now - self._swept < timedelta(hours=1):
            return
        self._swept = now
        before = (datetime.now(UTC) - KEPT).isoformat()  # by the clock that DBOS reads
        while True:
            old = DBOS.list_workflows(
                name=WORKFLOW, status=ENDED, end_time=before, limit=SWEPT, load_input=False, load_output=False
            )
            DBOS.delete_workflows([one.workflow_id for one in old])
            if len(old) < SWEPT:
                return


def woken(batch: Batch) -> dict[str, int]:
    """Reads what we were woken for; how much that was, and what came of it."""
    records, hydration = batch.wake()
    return {"woken": records, "read": hydration.read, "events": len(hydration.events), **hydration.untold}


def held(batch: Batch) -> Sequence[Sequence[str]]:
    """What is to be handled, by the ids of events and the names of handlers."""
    return [list(one) for one in batch.hold()]


def handled(batch: Batch, event: str, handler: str) -> str:
    """Calls one handler."""
    return str(batch.handle(event, handler))


def ended(handle: Any) -> bool:
    """Whether a workflow is over."""
    return handle.get_status().status in ENDED
