"""Tasks hooks and inbox: how soon the receiver answers, and what it takes to tell of what came in.

    uv run python -m bench hooks inbox

The receiver is a process of its own, as `anypsa events serve` starts it, on a state store of SQLite; whoever sends is another
one, which sends when a delivery is due, whatever became of those before.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

import anypsa
from anypsa import Company, Contact, Psa, Ticket, Trust, Wakeup
from anypsa_automation import Events, Hook, Receiver, State
from anypsa_sandbox import Sandbox

RATE: Final = 200
SECONDS: Final = 15.0
WARM: Final = 1.0
"""So many seconds at first are not counted: connections are made, and code is read."""
LINES: Final = 20
SECRET: Final = "-".join(["webhooks"] * 4)
NOBODY: Final = {
    "username": "bench@example.com",
    "secret": "secret",
    "integration_code": "code",
    "zone_url": "http://127.0.0.1:9/",
}
EVENTS: Final = 1_000


# The receiver


def serve(folder: Path) -> None:
    """Serves until its input ends, and then says how many seconds of CPU it took, and what it kept."""
    import uvicorn

    state = State(folder / "state.db")
    with anypsa.connect("autotask", ledger="memory", **NOBODY) as psa:
        app = Receiver(state, [Hook("acme", psa, Trust(secrets=[SecretStr(SECRET)]))])
        config = uvicorn.Config(app, port=0, access_log=False, lifespan="off", log_level="warning")
        server = uvicorn.Server(config)

        async def run() -> None:
            bound = config.bind_socket()
            bound.listen()  # whoever connects before it serves waits
            print(bound.getsockname()[1], flush=True)
            serving = asyncio.create_task(server.serve([bound]))
            await asyncio.to_thread(sys.stdin.readline)
            server.should_exit = True
            await serving

        asyncio.run(run())
        spent = resource.getrusage(resource.RUSAGE_SELF)
        kept = len(state.inbox.wakes(psa.tenant))
        print(json.dumps({"cpu": spent.ru_utime + spent.ru_stime, "kept": kept}), flush=True)


@dataclass
class Served:
    """A receiver, and what it said when it ended."""

    port: int
    said: dict[str, Any] = field(default_factory=dict)


@contextmanager
def served() -> Iterator[Served]:
    """A receiver in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "bench.receiving", folder]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
            found = Served(int(process.stdout.readline() if process.stdout else 0))
            try:
                yield found
                told, _ = process.communicate("end\n", timeout=60)
                found.said = json.loads(told)
            finally:
                process.kill()


# The sender


@dataclass
class Answered:
    """How soon deliveries were answered, in seconds, and with which statuses."""

    took: list[float] = field(default_factory=list)
    statuses: set[int] = field(default_factory=set)

    def within(self, share: float) -> float:
        """The seconds within which so many of 100 were answered."""
        return sorted(self.took)[int(len(self.took) * share / 100) - 1]


def delivery(number: int) -> bytes:
    """A whole request: a change of a ticket as Autotask tells and signs it."""
    facts = {
        "Action": "Update",
        "Guid": "a1da62a4",
        "EntityType": "Ticket",
        "Id": number,
        "Fields": {"Title": "caf\xe9"},
    }
    body = json.dumps({**facts, "EventTime": "2026-11-24T10:00:00Z", "SequenceNumber": number, "PersonID": 7}).encode()
    proof = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha1).digest()).decode()
    head = (
        "POST /acme HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json; charset=utf-8\r\n"
        f"x-hook-signature: sha1={proof}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def sent(port: int, rate: int, seconds: float) -> Answered:
    """Sends so many a second on a few connections, each when it is due."""
    answered = Answered()
    begin = time.monotonic() + 0.2

    async def line(first: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(first, int(rate * (WARM + seconds)), LINES):
            due = begin + number / rate
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            content = delivery(number + 1)
            started = time.monotonic()
            writer.write(content)
            head = await reader.readuntil(b"\r\n\r\n")
            if number >= rate * WARM:
                answered.took.append(time.monotonic() - started)
            answered.statuses.add(int(head.split(b" ", 2)[1]))
        writer.close()

    async with asyncio.TaskGroup() as lines:
        for first in range(LINES):
            lines.create_task(line(first))
    return answered


@dataclass(frozen=True)
class Received:
    """What was measured of the receiver; `cpu` is seconds of its process for one delivery, its start left out."""

    answered: Answered
    cpu: float
    lost: int


def received(rate: int = RATE, seconds: float = SECONDS) -> Received:
    """Measures the receiver."""
    with served() as idle:
        pass
    with served() as receiver:
        answered = asyncio.run(sent(receiver.port, rate, seconds))
    count = int(rate * (WARM + seconds))
    cpu = (receiver.said["cpu"] - idle.said["cpu"]) / count
    return Received(answered, cpu, count - receiver.said["kept"])


# The inbox


@dataclass(frozen=True)
class Drained:
    """What it took to read and tell of what came in: `least` is what the vendor's slots need for as many requests."""

    seconds: float
    requests: int
    events: int
    handled: int
    least: float


def drained(latency: float = 0.05) -> Drained:
    """Wakes for tickets that were changed, and lets a handler have each with its company and contact."""
    with Sandbox("autotask", tickets=EVENTS, latency=latency) as sandbox, tempfile.TemporaryDirectory() as folder:
        state = State(Path(folder) / "state.db")
        with anypsa.connect("autotask", state=state, ledger="memory", **sandbox.settings) as psa:
            events, handled = Events(state, [psa]), list[str]()

            @events.on("ticket.updated")
            def handle(ticket: Ticket, company: Company, contact: Contact) -> None:
                handled.append(ticket.id)

            wake(state, psa, sandbox)
            sandbox.control.clear_log()
            started = time.perf_counter()
            told = events.drain().events
            seconds, requests = time.perf_counter() - started, len(sandbox.control.calls())
        state.dispose()
    return Drained(seconds, requests, told, len(set(handled)), requests * latency / 3)


def wake(state: State, psa: Psa, sandbox: Sandbox) -> None:
    """One wake-up for each ticket; none was seen before."""
    tickets = [str(row["id"]) for row in sandbox.world().rows("tickets")][:EVENTS]
    state.inbox.add(psa.tenant, [Wakeup(entity="ticket", id=id, action="updated") for id in tickets], datetime.now(UTC))


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
