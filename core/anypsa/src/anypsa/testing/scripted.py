"""Scripted wires: a function answers instead of a vendor. No sockets; on the blocking wire, time is virtual too."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import anyio.lowlevel

from ..connecting import assemble, channel
from ..faces import AsyncPsa, Psa
from ..ledger import MemoryLedger
from ..plugins import load
from ..settings import Settings
from ..spi import Adapter
from ..wire import AwaitingWire, BlockingWire, ExchangeFailed, Incoming, Outgoing, missed, until
from ..wire.blocking import ThreadSignal
from .clock import START
from .rehearsed import PatientSignal

Handler = Callable[[Outgoing], Any]


@dataclass
class Script:
    """Answers requests and remembers them.

    `handler` gets each request and returns an `Incoming`, a (status, body) pair, a body to answer 200 with, or an
    `ExchangeFailed` to fail with.
    """

    handler: Handler
    requests: list[Outgoing] = field(default_factory=list)

    def answer(self, outgoing: Outgoing) -> Incoming:
        """The scripted answer; raises `ExchangeFailed` if the script says so."""
        self.requests.append(outgoing)
        said = self.handler(outgoing)
        if isinstance(said, ExchangeFailed):
            raise said
        if isinstance(said, Incoming):
            return said
        status, body = said if isinstance(said, tuple) else (200, said)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return Incoming(status, {"content-type": "application/json"}, content)


class ScriptedBlockingWire(BlockingWire):
    """The blocking wire over a script. Sleeping moves the clock and takes no time."""

    def __init__(self, settings: Settings, script: Script, *, seed: int = 0) -> None:
        super().__init__(channel(settings), seed=seed)
        self.script = script
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def moment(self) -> datetime:
        return START + timedelta(seconds=self.time)

    async def exchange(self, outgoing: Outgoing) -> Incoming:
        return self.script.answer(outgoing)

    def signal(self) -> ThreadSignal:
        return PatientSignal()

    async def sleep(self, seconds: float) -> None:
        if self.time + seconds > until():
            raise missed("waiting")
        self.slept.append(seconds)
        self.time += seconds


class ScriptedWire(AwaitingWire):
    """The awaiting wire over a script. Each exchange gives way once; time is the loop's own (trio can virtualise it)."""

    def __init__(self, settings: Settings, script: Script, *, seed: int = 0) -> None:
        super().__init__(channel(settings), seed=seed)
        self.script = script

    async def exchange(self, outgoing: Outgoing) -> Incoming:
        await anyio.lowlevel.checkpoint()
        return self.script.answer(outgoing)


def scripted(adapter: str | type[Adapter], handler: Handler, **settings: Any) -> Psa:
    """A blocking connection whose vendor is `handler`; `psa.context.session.wire` holds the script and the clock.

    An adapter that is not installed is given as its class.
    """
    kind = load(adapter) if isinstance(adapter, str) else adapter
    script = Script(handler)
    # The ledger must tell the time by the same clock as the wire.
    wire: ScriptedBlockingWire | None = None
    ledger = MemoryLedger(clock=lambda: 0.0 if wire is None else wire.now())
    values = kind.settings_type.gather({"ledger": ledger, **settings}, {})
    wire = ScriptedBlockingWire(values, script)
    return Psa(assemble(kind, values, wire))


def scripted_async(adapter: str | type[Adapter], handler: Handler, **settings: Any) -> AsyncPsa:
    """An async connection whose vendor is `handler`."""
    kind = load(adapter) if isinstance(adapter, str) else adapter
    # By the loop's clock, as the wire: on trio's virtual one real time would leave slots resting long after they are due.
    ledger = MemoryLedger(clock=anyio.current_time)
    values = kind.settings_type.gather({"ledger": ledger, **settings}, {})
    return AsyncPsa(assemble(kind, values, ScriptedWire(values, Script(handler))))
