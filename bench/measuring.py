"""Measuring: one contender at one task in a process of its own, so that nobody's memory or imports are another's."""

from __future__ import annotations

import asyncio
import http.client
import importlib
import inspect
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from .rows import Expected, Rows, numbers


@dataclass
class Outcome:
    """What came of it; `wrong` is None if the answer is right."""

    seconds: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0
    records: int = 0
    wrong: str | None = None
    figures: dict[str, float] = field(default_factory=dict)


@dataclass
class Stage:
    """What a contender is given: where the vendor is, what to get, and somebody who checks what it got."""

    url: str
    options: Mapping[str, Any]
    outcome: Outcome
    expected: Expected

    def take(self, id: int, called: str) -> None:
        """A record that came."""
        self.outcome.records += 1
        self.expected.take(id, called)

    @property
    def ids(self) -> list[int]:
        """The ids that are there."""
        return numbers(int(self.options.get("count", 100_000)))

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Takes the time of what is inside, and has the server count its requests alone."""
        if self.url:
            control(self.url, "mark")
        started, spent = time.perf_counter(), time.process_time()
        yield
        self.outcome.seconds = time.perf_counter() - started
        self.outcome.cpu = time.process_time() - spent
        self.outcome.peak = peak()


def peak() -> float:
    """The most memory that this process held, in MB; what `getrusage` tells may be its parent's."""
    held = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(held.split()[1]) / 1024


def decoding() -> float:
    """Microseconds of CPU that a typed decoder takes for 14 fields of a row: the best of a few rounds, on this machine now."""
    numbers = [
        "id",
        "status",
        "priority",
        "queueID",
        "ticketType",
        "issueType",
        "source",
        "companyID",
        "contactID",
        "configurationItemID",
    ]
    texts = ["ticketNumber", "title", "description", "createDate"]
    shape = msgspec.defstruct("Row", [*((one, int) for one in numbers), *((one, str) for one in texts)])
    decode = msgspec.json.Decoder(shape).decode
    rows = Rows(range(1_000))
    content = [rows.one(id) for id in rows.ids]
    rounds: list[float] = []
    for _ in range(9):
        started = time.process_time()
        for one in content:
            decode(one)
        rounds.append(time.process_time() - started)
    return min(rounds) / len(content) * 1e6


def control(url: str, action: str, body: Any = None) -> Any:
    """Tells the server something; what it counted so far."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    try:
        connection.request("POST", f"/_bench/{action}", json.dumps(body or {}))
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def main() -> None:
    """Runs `contender task url options` and prints the outcome."""
    contender, task, url, options = sys.argv[1:5]
    told: dict[str, Any] = json.loads(options)
    outcome = Outcome()
    stage = Stage(url, told, outcome, Expected())
    act = importlib.import_module(f"bench.contenders.{contender}").TASKS[task]
    try:
        work = act(stage)
        if inspect.iscoroutine(work):
            asyncio.run(work)
    except Exception as error:  # noqa: BLE001  # other people's clients raise what they like
        outcome.wrong = f"{type(error).__name__}: {error}"[:200]
    print(json.dumps(asdict(outcome)))


if __name__ == "__main__":
    main()
