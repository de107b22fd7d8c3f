"""Gathering: single gets that are asked for at about the same time become one look-up by ids.

The first get lets those that are about to ask come forward, and asks for all of them. Gets that come while one is under
way make up the next look-up together. A look-up takes nobody in once it is sent: what a get returns was read after it was
asked for. Lone gets are sent as ever, and at once.
"""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field
from typing import Final

from ..effects import reading
from ..errors import (
    AuthenticationFailed,
    ConfigurationError,
    DeadlineExceeded,
    NotFound,
    OverBudget,
    Problem,
    PSAError,
    RateLimited,
    Unreachable,
    VendorFailure,
)
from ..models import Record
from ..spi.table import Table
from ..wire import Signal, missed, until
from .context import Context
from .lookups import looked_up

MOST: Final = 200
"""So many gets make up one look-up."""
PATIENCE: Final = 0.05
"""So many seconds does a look-up wait for the one before, so that gets are gathered and none is held up for long."""
OF_ALL: Final = (AuthenticationFailed, ConfigurationError, RateLimited, Unreachable, VendorFailure)
"""What is wrong for each of them alike; whatever else a look-up fails with may be one record's, and each is then got alone."""


@dataclass(eq=False)
class Flight:
    """One look-up: open for ids until it is sent. Then it is found, or failed for all of them alike, or each is to be got
    `alone`; or nothing of it, if whoever made it gave it up.
    """

    landed: Signal
    before: Flight | None
    ids: dict[str, None] = field(default_factory=dict)
    found: dict[str, Record] | None = None
    failure: PSAError | None = None
    alone: bool = False


class Gathering:
    """The gets of one kind on one connection."""

    def __init__(self, context: Context, table: Table) -> None:
        self._context = context
        self._table = table
        # Held for dictionary work only, never across a wait.
        self._lock = threading.Lock()
        self._open: Flight | None = None
        self._under_way: Flight | None = None

    async def get(self, id: str) -> Record:
        """One record, whole."""
        while True:
            flight, mine = self._join(id)
            if mine:
                await self._fly(flight)
            elif not await flight.landed.wait(until()):
                raise missed("waiting for a look-up that another caller makes")
            if flight.failure is not None:
                raise copy.copy(flight.failure) from flight.failure
            if flight.alone:
                return await self._context.adapter.get(self._table, id)
            if flight.found is not None:
                return self._taken(flight.found, id)

    def _join(self, id: str) -> tuple[Flight, bool]:
        with self._lock:
            flight, mine = self._open, False
            if flight is None or len(flight.ids) >= MOST:
                self._open = flight = Flight(self._context.session.wire.signal(), self._under_way)
                mine = True
            flight.ids[id] = None
            return flight, mine

    async def _fly(self, flight: Flight) -> None:
        try:
            await self._gathered(flight)
            if len(flight.ids) == 1:
                (id,) = flight.ids
                flight.found = {id: await self._context.adapter.get(self._table, id)}
            else:
                flight.found = await self._looked_up(list(flight.ids))
        except (DeadlineExceeded, OverBudget):
            raise  # this caller's time or allowance was up, which says nothing about the others'
        except PSAError as failure:
            if len(flight.ids) > 1 and not isinstance(failure, OF_ALL):
                flight.alone = True
                return
            flight.failure = failure
            raise
        finally:
            self._close(flight)
            with self._lock:
                if self._under_way is flight:
                    self._under_way = None
            flight.landed.set()

    async def _gathered(self, flight: Flight) -> None:
        """Waits for those who are about to ask, and for the look-up before, which they may be waiting for."""
        wire = self._context.session.wire
        await wire.tick()
        if flight.before is not None:
            await flight.before.landed.wait(min(until(), wire.now() + PATIENCE))
        self._close(flight)

    async def _looked_up(self, ids: list[str]) -> dict[str, Record]:
        for id in ids:  # a policy that keeps a record from us keeps it so in company, too
            await self._context.session.allow(reading(self._table.name, id))
        return await looked_up(self._context, self._table, ids)

    def _close(self, flight: Flight) -> None:
        """Nobody joins any more."""
        with self._lock:
            flight.before = None
            if self._open is flight:
                self._open, self._under_way = None, flight

    def _taken(self, found: dict[str, Record], id: str) -> Record:
        if id in found:
            return found[id]
        kind = self._table.kind.name
        raise NotFound(f"get {kind} {id}", problems=[Problem("id", f"there is no {kind} {id}")])
