"""The line: tenants that have their turns one after the other, as DBOS workflows on a queue.

A turn is a workflow that reads some pages for one tenant and, if there is more to do, puts the tenant's next turn at the end of
the queue. So a tenant has one turn at a time, and a large one does not keep small ones waiting. DBOS keeps the queue: a program
that was killed goes on with the turns that it was at. What it keeps is names, counts and the names of errors.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

from dbos import DBOS, SetWorkflowID

from .turns import Sync

LOG: Final = logging.getLogger("anypsa.sync")
QUEUE: Final = "anypsa.sync"
WORKFLOW: Final = "anypsa.sync.turn"
WAITING: Final = ["ENQUEUED", "PENDING"]
LOOK: Final = 0.05
"""Seconds between two looks into the queue."""
QUIET: Final = 10.0
"""After so many seconds without news it is looked whether turns are still there."""
MORE: Final = "more"
DONE: Final = "done"
LOST: Final = "lost"
"""DBOS gave a turn up: it was killed too often."""

Begun = Callable[[str, Sequence[str]], Sync]


class Line:
    """Turns of tenants: made after `DBOS(...)` and before `DBOS.launch()`, once in a process.

    `begun` makes the sync of a tenant, whose collections named are up to date.
    """

    def __init__(self, begun: Begun, *, pages: int, at_once: int) -> None:
        self._begun = begun
        self._pages = pages
        self._at_once = at_once
        self._syncs: dict[str, Sync] = {}
        """Those that wait for their next turn in this process: a pass that cannot be entered midway goes on."""
        self._outcomes: dict[str, str] = {}
        self._news = threading.Event()
        self._ending = threading.Event()

        @DBOS.workflow(name=WORKFLOW)
        def turn(tenant: str, key: str, number: int, done: list[str]) -> str:
            return self._turn(tenant, key, number, done)

        self._workflow: Any = turn

    def open(self) -> None:
        """Lets turns begin, those that a killed program left behind among them; after `DBOS.launch()`."""
        DBOS.register_queue(QUEUE, worker_concurrency=self._at_once, polling_interval_sec=LOOK)

    def join(self, tenants: Iterable[str]) -> Sequence[str]:
        """Puts tenants at the end of the queue, but for those that are in it; returns all that are in it now."""
        there = self.waiting()
        for tenant in tenants:
            self._outcomes.pop(tenant, None)
            if tenant not in there:
                self._enqueue(tenant, uuid4().hex, 1, [])
        return [*there, *(tenant for tenant in tenants if tenant not in there)]

    def waiting(self) -> Sequence[str]:
        """The tenants that have a turn, or wait for one."""
        found = DBOS.list_workflows(name=WORKFLOW, status=WAITING, load_input=False, load_output=False)
        return list({one.workflow_id.rpartition("/")[0].rpartition("/")[0]: None for one in found})

    def outcomes(self, tenants: Sequence[str]) -> Mapping[str, str]:
        """Waits until tenants are up to date or failed, and returns how each ended: `done`, or the name of an error."""
        while open := [tenant for tenant in tenants if tenant not in self._outcomes]:
            if not self._news.wait(QUIET):
                there = self.waiting()
                for tenant in open:
                    if tenant not in there:
                        self._outcomes.setdefault(tenant, LOST)  # it may have ended while we looked
            self._news.clear()
        return {tenant: self._outcomes[tenant] for tenant in tenants}

    def end(self) -> None:
        """Lets turns that are under way end after the page they are at; before `DBOS.destroy()`, which waits for them."""
        self._ending.set()

    def close(self) -> None:
        """Ends what is under way where it is; whoever joins next goes on there."""
        for sync in self._syncs.values():
            with suppress(Exception):
                sync.close()
        self._syncs.clear()

    def _enqueue(self, tenant: str, key: str, number: int, done: list[str]) -> None:
        with SetWorkflowID(f"{tenant}/{key}/{number}"):
            DBOS.enqueue_workflow(QUEUE, self._workflow, tenant, key, number, done)

    def _turn(self, tenant: str, key: str, number: int, done: list[str]) -> str:
        outcome, ready = DBOS.run_step({"name": "read"}, self._read, tenant, done)
        if outcome == MORE:
            self._enqueue(tenant, key, number + 1, list(ready))
        else:
            self._outcomes[tenant] = outcome
            self._news.set()
        return str(outcome)

    def _read(self, tenant: str, done: Sequence[str]) -> tuple[str, Sequence[str]]:
        """Goes on with a tenant; how that ended, and the collections that are up to date."""
        sync = self._syncs.pop(tenant, None)
        try:
            sync = sync or self._begun(tenant, done)
            more = True
            for _ in range(self._pages):
                if self._ending.is_set() or not (more := sync.go()):
                    break
        except Exception as error:  # noqa: BLE001  # whatever goes wrong with one tenant, the others have their turns
            LOG.warning("%s: %s", tenant, error)
            if sync is not None:
                sync.close()
            return type(error).__name__, list(done)
        if more:
            self._syncs[tenant] = sync
        return (MORE if more else DONE), list(sync.done)
