"""Limits: the queue before the vendor. A request waits here for its slots, its share of the window and any pause.

No slot is held while anything sleeps: a request that must wait holds only its place in this session's queue.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from ..ledger import Admission, Claim, Ledger, Wait, Window
from ..settings import Settings
from ..wire import Gate, Lane, Wire, missed, until

EVERYWHERE: Final = "*"


@dataclass(frozen=True, slots=True)
class Place:
    """What an admitted request holds: slots in the ledger, places in this session's gates."""

    admission: Admission
    gates: tuple[Gate, ...]


class Limits:
    """The limits of one connection."""

    def __init__(self, wire: Wire, settings: Settings, ledger: Ledger) -> None:
        self._wire = wire
        self._settings = settings
        self._ledger = ledger
        self._gates: dict[str, Gate] = {}
        self._paused: dict[str, float] = {}

    def window(self, scope: str) -> Window:
        """Our share of the vendor's window."""
        share = max(1, self._settings.requests_per_window - self._settings.reserve)
        return Window(scope, share, self._settings.window)

    async def used(self, window: Window) -> int:
        """How many requests the ledger counts in a window now."""
        if self._ledger.instant:
            return self._ledger.used(window)
        return await self._wire.offload(lambda: self._ledger.used(window))

    async def enter(self, scope: str, keys: Collection[str], lane: Lane) -> Place:
        """Waits until the request may go; raises `DeadlineExceeded` if it may not in time."""
        claim = Claim(tuple(sorted(f"{scope}/{key}" for key in keys)), self._settings.slots, self.window(scope))
        entered: list[Gate] = []
        try:
            # In one order for all, so that two requests cannot wait for each other.
            for key in claim.keys:
                gate = self._gates.setdefault(key, Gate(self._wire, self._settings.slots))
                await gate.enter(lane)
                entered.append(gate)
            return Place(await self._admitted(claim), tuple(entered))
        except BaseException:
            leave(entered)
            raise

    def leave(self, place: Place) -> None:
        """Gives all back. Never waits, so that it works while a task is being cancelled."""
        self._ledger.release(place.admission, self._settings.release_lag)
        leave(place.gates)

    async def _admitted(self, claim: Claim) -> Admission:
        while True:
            await self._outwait(claim)
            answer = await self._asked(claim)
            if isinstance(answer, Admission):
                return answer
            if self._wire.now() + answer.seconds > until():
                raise missed(f"waiting for {answer.why}")
            # Spread, so that the processes of a host do not all ask in the same moment.
            await self._wire.sleep(answer.seconds * (0.75 + self._wire.random() / 2))

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
                    self._ledger.release(answer, 0.0)
            raise
        return answers[0]

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
        """Holds back requests of the tenant, or under these keys only, for a while."""
        moment = self._wire.now() + seconds
        for key in (EVERYWHERE,) if everywhere or not keys else tuple(f"{scope}/{key}" for key in keys):
            self._paused[key] = max(moment, self._paused.get(key, 0.0))


def leave(gates: Collection[Gate]) -> None:
    for gate in reversed(tuple(gates)):
        gate.leave()
