"""A program that dies: it writes through the outbox, or with keys on the durable journal, and is started again later.

Every line of input starts it once, in a fresh process that has all its modules already, since importing takes longer
than what is to be seen. A line is JSON: `face`, `vendor`, its `settings`, the path of its `state`, in which `way` it
writes, of what `number`; by how many seconds its host's clock is `ahead` by now; and when it `dies`: with which of its
writes, and how many seconds after that was begun. It says how much is left when nothing more is due, or how it died.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import threading
import traceback
from collections import deque
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any, NoReturn
from urllib.parse import urlsplit

from storms import WRITES
from vendors import OPEN, VENDORS, Vendor

import anypsa
from anypsa import Patience, Visibility
from anypsa.wire import AwaitingWire, BlockingWire, Channel, Incoming, Outgoing
from anypsa_automation import State
from anypsa_conformance import Probe, on_face

PATIENCE = Patience(lease=5.0, first=0.1, longest=60.0, attempts=1000)
DEADLINE = 8.0
TRIES = 20
SIDE_BY_SIDE = 6


class Mortal:
    """What a wire becomes on a host whose clock is ahead, in a process that dies a moment after it began a write."""

    def __init__(self, channel: Channel, *, told: dict[str, Any], seed: int | None = None) -> None:
        super().__init__(channel, seed=seed)
        self._ahead = timedelta(seconds=told["ahead"])
        self._path = WRITES[told["vendor"]]
        self._last, self._delay = told["dies"] or (0, 0.0)
        self._count = count(1)

    def moment(self) -> datetime:
        return super().moment() + self._ahead

    async def exchange(self, outgoing: Outgoing) -> Incoming:
        writes = outgoing.method == "POST" and re.search(self._path, urlsplit(outgoing.url).path)
        if writes and next(self._count) == self._last:
            threading.Timer(self._delay, os.kill, (os.getpid(), signal.SIGKILL)).start()
        return await super().exchange(outgoing)


class MortalBlocking(Mortal, BlockingWire):
    """On the blocking face."""


class MortalAwaiting(Mortal, AwaitingWire):
    """On asyncio and trio."""


def names(number: int) -> list[str]:
    """What it writes: per ticket two notes, to be written in this order."""
    return [text for n in range(number) for text in (f"killed {n}", f"first of {n}", f"second of {n}")]


def ticket_values(facts: Vendor, n: int) -> dict[str, Any]:
    return {
        "company": facts.id("company", 0),
        "title": f"killed {n}",
        "queue": "Network",
        "idempotency_key": f"ticket {n}",
        **facts.new_ticket,
    }


async def by_outbox(psa: Probe, facts: Vendor, number: int) -> int:
    """Puts all into the outbox, however often it starts, and sends what is due."""
    internal = Visibility.INTERNAL
    for n in range(number):
        item = await psa.outbox.tickets.create(**ticket_values(facts, n))
        for body in (f"first of {n}", f"second of {n}"):
            await psa.outbox.notes.create(ticket=item, body=body, visibility=internal, idempotency_key=body)
    while (drained := await psa.outbox.drain()).sent:
        pass
    assert list(await psa.outbox.items(stage="dead")) == []
    return int(drained.waiting)


async def by_journal(psa: Probe, facts: Vendor, number: int) -> int:
    """Learns what became of what its predecessor left behind, and writes each with a key."""
    for entry in await psa.unresolved():
        await resolved(psa, entry.id)

    async def one(n: int) -> int:
        ticket = await made(psa, partial(psa.tickets.create, **ticket_values(facts, n)))
        for number, body in enumerate((f"first of {n}", f"second of {n}")):
            values = {"ticket": ticket, "body": body, "visibility": Visibility.INTERNAL, "idempotency_key": body}
            if ticket is None or await made(psa, partial(psa.notes.create, **values)) is None:
                return 2 - number
        return 0

    numbers = deque(range(number))

    async def work() -> int:
        left = 0
        while numbers:
            with suppress(IndexError):  # another thread may have been faster
                left += await one(numbers.popleft())
        return left

    return sum(await psa.together([work] * SIDE_BY_SIDE))


async def made(psa: Probe, create: Any) -> Any:
    """The record; None while it cannot be told whether it was made. Asks again otherwise, since a key never makes two."""
    for _ in range(TRIES):
        try:
            return await create()
        except anypsa.OutcomeUnknown as error:
            if error.entry is not None and not await resolved(psa, error.entry):
                return None
        except anypsa.PSAError as error:
            if not (error.retryable or isinstance(error, anypsa.Unreachable)):
                raise
    return None


async def resolved(psa: Probe, entry: str) -> bool:
    """Whether it can be told what became of a write."""
    try:
        await psa.resolve(entry)
    except anypsa.PSAError:
        return False
    return True


def work(told: dict[str, Any]) -> int:
    """Does what is due, and returns how much is left."""
    facts = VENDORS[told["vendor"]]
    way = {"outbox": by_outbox, "journal": by_journal}[told["way"]]
    state = State(told["state"], patience=PATIENCE)
    settings = {**OPEN, "deadline": DEADLINE, "release_lag": 0.0, **told["settings"], "state": state}
    check = partial(way, facts=facts, number=told["number"])
    wires = {"blocking": partial(MortalBlocking, told=told), "awaiting": partial(MortalAwaiting, told=told)}
    left = on_face(told["face"], check, facts.name, settings, **wires)
    state.dispose()
    return left


def live(told: dict[str, Any]) -> NoReturn:
    """The life of one process."""
    code = 1
    try:
        say({"left": work(told)})
        code = 0
    except BaseException:
        traceback.print_exc()
    os._exit(code)


def say(what: dict[str, int]) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            live(json.loads(line))
        _, status = os.waitpid(child, 0)
        if status:
            say({"died": os.waitstatus_to_exitcode(status)})


if __name__ == "__main__":
    main()
