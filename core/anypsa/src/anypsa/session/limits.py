"""Limits: the queue before the vendor. A request waits here for its slots, its share of the window and any pause.

No slot is held while anything sleeps: a request that must wait holds only its place in this session's queue. Of those
who wait for the same slots one asks the ledger for all, so that connections take turns however much each has to do.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Final
from uuid import uuid4

from ..ledger import POLL, SLOT, Admission, Claim, Ledger, Wait, Window
from ..settings import Settings
from ..wire import COURTESY, Gate, Lane, Wire, missed, until
from .lag import Lag

EVERYWHERE: Final = "*"
# Nobody sleeps longer before looking around again: others may have come who go first.
LONGEST_NAP: Final = 1.0


@dataclass(frozen=True, slots=True)
class Place:
    """What an admitted request holds: slots in the ledger until a moment, places in this session's gates.

    `waited` says that it had to wait for a slot, and took it as soon as that was thought free.
    """

    admission: Admission
    until: float
    waited: bool
    gates: tuple[Gate, ...] = ()


class Limits:
    """The limits of one connection."""

    def __init__(self, wire: Wire, settings: Settings, ledger: Ledger) -> None:
        self._wire = wire
        self._settings = settings
        self._ledger = ledger
        self._who = uuid4().hex
        self._gates: dict[str, Gate] = {}
        self._turns: dict[tuple[str, ...], Gate] = {}
        self._paused: dict[str, float] = {}
        self._lag = Lag(settings.release_lag)
        self._told: tuple[int, float] | None = None

    def window(self, scope: str) -> Window:
        """Our share of the vendor's window: of what the settings say, or of what the vendor said if that is less."""
        limit, seconds = self._settings.requests_per_window, self._settings.window
        share = max(1, limit - self._settings.reserve)
        if self._told is None or self._told[0] / self._told[1] >= limit / seconds:
            return Window(scope, share, seconds)
        allowed, every = self._told
        return Window(scope, max(1, allowed * share // limit), every)

    def learn(self, allows: tuple[int, float]) -> None:
        """Keeps what the vendor says that it takes: so many requests in so many seconds."""
        if min(allows) > 0:
            self._told = allows

    async def used(self, window: Window) -> int:
        """How many requests the ledger counts in a window now."""
        if self._ledger.instant:
            return self._ledger.used(window)
        return await self._wire.offload(lambda: self._ledger.used(window))

    async def enter(self, scope: str, keys: Collection[str], lane: Lane) -> Place:
        """Waits until the request may go; raises `DeadlineExceeded` if it may not in time."""
        names = tuple(sorted(f"{scope}/{key}" for key in keys))
        claim = Claim(names, self._settings.slots, self.window(scope), self._who, lane)
        # In one order for all, so that two requests cannot wait for each other.
        gates = tuple(self._gates.setdefault(key, Gate(self._wire, claim.slots)) for key in claim.keys)
        turn = self._turns.setdefault(claim.keys, Gate(self._wire, 1))
        for aside in range(COURTESY + 1):
            entered: list[Gate] = []
            try:
                for gate in (*gates, turn):
                    await gate.enter(lane, again=aside > 0)
                    entered.append(gate)
                place = await self._admitted(claim, () if aside == COURTESY else (*gates, turn))
            except BaseException:
                leave(entered)
                raise
            if place is not None:
                turn.leave()
                return Place(place.admission, place.until, place.waited, gates)
            leave(entered)
        raise RuntimeError("nobody steps aside more often than that")

    async def leave(self, place: Place) -> None:
        """Gives all back, even while the task is being cancelled."""
        try:
            await self._release(place.admission, self._lag.seconds)
        finally:
            leave(place.gates)

    async def _release(self, admission: Admission, lag: float) -> None:
        if self._ledger.frees_at_once:
            self._ledger.release(admission, lag)
        else:
            await self._wire.offload(partial(self._ledger.release, admission, lag), shielded=True)

    async def _admitted(self, claim: Claim, gates: Collection[Gate]) -> Place | None:
        """What the claim is given; None when somebody came to one of the gates who goes first."""
        waited = False
        try:
            while True:
                await self._outwait(claim)
                asked_at = self._wire.now()
                answer = await self._asked(claim)
                if isinstance(answer, Admission):
                    return Place(answer, asked_at + self._ledger.lease, waited)
                if self._wire.now() + answer.seconds > until():
                    raise missed(f"waiting for {answer.why}")
                if any(gate.crowded(Lane(claim.lane)) for gate in gates):
                    return None
                waited = waited or answer.why == SLOT
                # Spread, so that the processes of a host do not all ask in the same moment.
                await self._wire.sleep(min(answer.seconds, LONGEST_NAP) + self._wire.random() * POLL / 2)
        except BaseException:
            await self._withdraw(claim)
            raise

    async def _asked(self, claim: Claim) -> Admission | Wait:
        if self._ledger.instant:
            return self._ledger.admit(claim)
        answers: list[Admission | Wait] = []
        try:
            await self._wire.offload(lambda: answers.append(self._ledger.admit(claim)))
        except BaseException:
            # Cancelled while a thread was asking: what it was given must not be lost.
            for answer in answers:
                if isinstance(answer, Admission):
                    await self._release(answer, 0.0)
            raise
        return answers[0]

    async def _withdraw(self, claim: Claim) -> None:
        if self._ledger.instant:
            self._ledger.withdraw(claim)
        else:
            await self._wire.offload(partial(self._ledger.withdraw, claim), shielded=True)

    async def _outwait(self, claim: Claim) -> None:
        while (seconds := self.pause_left(claim.keys)) > 0:
            if self._wire.now() + seconds > until():
                raise missed("waiting for the end of a pause that the vendor asked for")
            await self._wire.sleep(seconds)

    def pause_left(self, keys: Collection[str]) -> float:
        """How long requests under these keys still have to wait."""
        moments = [self._paused.get(key, 0.0) for key in (EVERYWHERE, *keys)]
        return max(moments) - self._wire.now()

    def pause(self, scope: str, keys: Collection[str], seconds: float, *, everywhere: bool) -> None:
        """Holds back requests of the tenant, or under these keys only, for a while; the latter for want of a slot."""
        moment = self._wire.now() + seconds
        for key in (EVERYWHERE,) if everywhere or not keys else tuple(f"{scope}/{key}" for key in keys):
            self._paused[key] = max(moment, self._paused.get(key, 0.0))
        if keys and not everywhere:
            self._lag.refused(self._wire.now())

    def passed(self, *, waited: bool) -> None:
        """Notes that the vendor did not refuse a request for want of a slot."""
        if waited:
            self._lag.worked(self._wire.now())

    async def refuse(self, credentials: str, seconds: float) -> None:
        """Remembers that the vendor refused these credentials (a digest)."""
        if self._ledger.instant:
            self._ledger.refuse(credentials, seconds)
        else:
            await self._wire.offload(lambda: self._ledger.refuse(credentials, seconds))

    async def refused(self, credentials: str) -> bool:
        """Whether the vendor refused these credentials a short while ago."""
        if self._ledger.instant:
            return self._ledger.refused(credentials)
        return await self._wire.offload(lambda: self._ledger.refused(credentials))


def leave(gates: Collection[Gate]) -> None:
    for gate in reversed(tuple(gates)):
        gate.leave()
