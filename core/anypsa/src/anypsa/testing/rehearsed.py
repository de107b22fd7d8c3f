"""Rehearsed wires: the real ones, over a clock that stands still or a recording, or both."""

from __future__ import annotations

from contextvars import Context
from datetime import datetime

import anyio
import anyio.lowlevel

from ..wire import AwaitingWire, BlockingWire, Channel, Incoming, Outgoing, missed, run, until
from ..wire.awaiting import TaskSignal
from ..wire.blocking import ThreadSignal
from .clock import Clock
from .recording import Recording

PATIENCE = 30.0
"""Real seconds after which nobody will come: what waits for another thread or task is not moved on by a still clock."""


class PatientSignal(ThreadSignal):
    """A signal between threads whose time is virtual: only real time that nobody could want ends the wait."""

    async def wait(self, until: float) -> bool:
        return self._event.wait(PATIENCE)


class PatientTaskSignal(TaskSignal):
    """The same between tasks."""

    async def wait(self, until: float) -> bool:
        with anyio.move_on_after(PATIENCE):
            await self._event.wait()
        return self._event.is_set()


class Still:
    """The time of a wire whose clock stands still: sleeping moves it, and takes none."""

    _clock: Clock

    def now(self) -> float:
        return self._clock.now()

    def moment(self) -> datetime:
        return self._clock.moment()

    async def sleep(self, seconds: float) -> None:
        if self.now() + seconds > until():
            raise missed("waiting")
        self._clock.advance(max(0.0, seconds))


class RehearsedBlockingWire(Still, BlockingWire):
    """The blocking wire by a still clock; answers come from the recording if there is one."""

    def __init__(self, channel: Channel, clock: Clock, recording: Recording | None = None) -> None:
        super().__init__(channel, seed=0)
        self._clock, self._recording = clock, recording

    def signal(self) -> ThreadSignal:
        return PatientSignal()

    async def exchange(self, outgoing: Outgoing) -> Incoming:
        if self._recording is not None:
            return self._recording.play(outgoing)
        # The deadline is a moment of the clock that stands still: to the sockets, which know the real one, it says nothing.
        return Context().run(lambda: run(super(RehearsedBlockingWire, self).exchange(outgoing)))


class RehearsedWire(Still, AwaitingWire):
    """The awaiting wire: as the blocking one."""

    def __init__(self, channel: Channel, clock: Clock, recording: Recording | None = None) -> None:
        super().__init__(channel, seed=0)
        self._clock, self._recording = clock, recording

    def signal(self) -> TaskSignal:
        return PatientTaskSignal()

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds)
        await anyio.lowlevel.checkpoint()

    async def exchange(self, outgoing: Outgoing) -> Incoming:
        if self._recording is not None:
            await anyio.lowlevel.checkpoint()
            return self._recording.play(outgoing)
        return await self._http.exchange(outgoing, self._http.progress())


class RecordingBlockingWire(BlockingWire):
    """The blocking wire, whose answers are kept. Its dates are those that they will be when the recording is played."""

    def __init__(self, channel: Channel, recording: Recording) -> None:
        super().__init__(channel, seed=0)
        self._recording = recording

    def moment(self) -> datetime:
        return self._recording.moment

    async def exchange(self, outgoing: Outgoing) -> Incoming:
        return self._recording.keep(outgoing, await super().exchange(outgoing))


class RecordingWire(AwaitingWire):
    """The awaiting wire, whose answers are kept."""

    def __init__(self, channel: Channel, recording: Recording) -> None:
        super().__init__(channel, seed=0)
        self._recording = recording

    def moment(self) -> datetime:
        return self._recording.moment

    async def exchange(self, outgoing: Outgoing) -> Incoming:
        return self._recording.keep(outgoing, await super().exchange(outgoing))
