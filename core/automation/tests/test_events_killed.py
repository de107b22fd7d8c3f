"""Receiver and workers that are killed again and again, among duplicates, forgeries and what comes out of order: each
record's final state is handled, each is made once, and nothing that was forged has any effect."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from receiving import body, signed

import anypsa
from anypsa import q
from anypsa_sandbox import Sandbox
from anypsa_sandbox.deliveries import Delivery, received
from anypsa_sandbox.storms import FORGERIES, Headers

HERE = Path(__file__).parent
PATIENCE = 600.0
TIMEOUT = 30.0
TRIES = 3_000
LEASED = 600.0
"""Seconds that a host's clock goes on until what a dead worker held is free."""


class Program:
    """The program, whose parts are processes of their own."""

    def __init__(self, told: dict[str, Any], complaints: Path) -> None:
        self._told = told
        self._parts: dict[str, int] = {}
        self.kills = 0
        self._ahead = 0.0
        self._complaints = complaints
        with complaints.open("w") as file:
            self._process = subprocess.Popen(
                [sys.executable, str(HERE / "events_program.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                env={**os.environ, "PYTHONPATH": str(HERE)},
                start_new_session=True,
            )

    def start(self, name: str, *, finish: bool = False) -> None:
        told = {**self._told, "name": name, "part": name.split(maxsplit=1)[0], "finish": finish, "ahead": self._ahead}
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        self._parts[name] = self._said()["pid"]

    def kill(self, name: str) -> None:
        os.kill(self._parts.pop(name), signal.SIGKILL)
        self.kills += 1
        self._ahead += LEASED

    def finish(self) -> None:
        """Lets a last worker do all that is left."""
        for name in [name for name in self._parts if name.startswith("worker")]:
            self.kill(name)
        self.start("worker last", finish=True)
        assert self._said() == {"code": 0}, self._complaints.read_text()

    def _said(self) -> Any:
        watchdog = threading.Timer(PATIENCE, self.end)
        watchdog.start()
        try:
            assert self._process.stdout is not None
            return json.loads(self._process.stdout.readline() or "null")
        finally:
            watchdog.cancel()

    def end(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


@dataclass(frozen=True)
class Sending:
    """One attempt to tell us something."""

    body: bytes
    headers: Headers
    forged: bool = False


@dataclass
class History:
    """What happened in the PSA, and what is delivered of it."""

    psa: anypsa.Psa
    chance: random.Random
    final: dict[str, str] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    baits: list[str] = field(default_factory=list)
    sequence: int = 0

    def delivery(self, id: str, action: str) -> bytes:
        self.sequence += 1
        return body(int(id), self.sequence, Action=action)

    def step(self) -> list[Sending]:
        """Something happens, and is delivered once or more."""
        title = f"v{self.sequence}"
        if self.chance.random() < 0.1:
            some = self.psa.tickets.first()
            assert some is not None
            id = self.psa.tickets.create(company=some.company, title=title, queue="Service Desk").id
            self.made.add(id)
            genuine = [self.delivery(id, "Create"), self.delivery(id, "Update")]
        else:
            id = self.chance.choice(sorted(self.final))
            self.psa.tickets.update(id, title=title)
            genuine = [self.delivery(id, "Update")]
        self.final[id] = title
        sendings = [Sending(one, tuple(signed(one).items())) for one in genuine]
        return [one for one in sendings for _ in range(self.chance.choice([1, 1, 2, 4]))]

    def forgery(self) -> Sending:
        """A delivery about a record that did change, but of which the vendor told nobody, forged in any of the ways that
        a sandbox's storm knows."""
        content = body(int(self.chance.choice(self.baits)), self.chance.randint(1, 99))
        genuine = Delivery("", content, signed(content), lambda *_: None)
        forge = FORGERIES[self.chance.choice(sorted(FORGERIES))]
        return Sending(*forge(genuine, signed), forged=True)


def deliver(port: int, sending: Sending) -> None:
    """As a vendor does it, who tries again when nobody answers. Whoever forges takes what he gets."""
    url = f"http://127.0.0.1:{port}/acme"
    for _ in range(TRIES):
        status, _ = received(url, sending.body, sending.headers, TIMEOUT)
        if sending.forged:
            assert status in (401, 413, None), status
            return
        if status == 204:
            return
        threading.Event().wait(0.01)
    raise AssertionError("nobody answers")


@dataclass(frozen=True)
class Size:
    steps: int
    rounds: int
    workers: int
    engine: str = "none"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox("autotask", tickets=40, latency=0.0) as sandbox:
        sandbox.control.limits(window_limit=10_000_000)
        yield sandbox


def storm(sandbox: Sandbox, place: str, folder: Path, size: Size) -> tuple[Program, int]:
    """Runs a history through the program, and checks what came of it; returns how much was delivered."""
    # Each process counts for itself, so each gets one of the vendor's three slots.
    alone = {"ledger": "memory", "slots": 1, "release_lag": 0.0, "requests_per_window": 10_000_000, "reserve": 0}
    settings = {**sandbox.settings, **alone}
    effects = folder / "effects"
    effects.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told = {
        "settings": settings,
        "state": place,
        "effects": str(effects),
        "port": port,
        "limit": 25,
        "engine": size.engine,
    }
    program = Program(told, folder / "complaints.txt")
    chance, sent = random.Random(7), 0
    try:
        with anypsa.connect("autotask", **settings) as psa:
            ids = [ticket.id for ticket in psa.tickets.list(q.state == "open", limit=14)]
            history = History(psa, chance, baits=ids[:4])
            for id in history.baits:
                psa.tickets.update(id, title="bait")
            history.final = dict.fromkeys(ids[4:], "")
            workers = [f"worker {number}" for number in range(size.workers)]
            for name in ("receiver", *workers):
                program.start(name)
            for _ in range(size.rounds):
                came = [one for _ in range(size.steps) for one in history.step()]
                came += [history.forgery() for _ in range(len(came) // 3)]
                chance.shuffle(came)
                half = len(came) // 2
                for one in came[:half]:
                    deliver(port, one)
                for name in ("receiver", *workers):
                    program.kill(name)
                    program.start(name)
                for one in came[half:]:
                    deliver(port, one)
                sent += len(came)
            program.finish()
    finally:
        program.end()
    check(history, [json.loads(one.read_text()) for one in sorted(effects.iterdir()) if not one.suffix])
    return program, sent


def check(history: History, effects: list[tuple[str, str, str]]) -> None:
    touched = {id for id, title in history.final.items() if title}
    assert {id for _, id, _ in effects} == touched  # none is lost, and none of the forged ones is there
    assert {(id, history.final[id]) for id in touched} <= {(id, title) for _, id, title in effects}
    made = Counter(id for kind, id, _ in effects if kind == "ticket.created")
    assert set(made.values()) <= {1}
    assert history.made <= made.keys()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.row("N16", call="events.drain()")
@pytest.mark.trust("A8", "A9")
def test_a_storm_and_kills_lose_double_and_believe_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    program, _ = storm(sandbox, str(tmp_path / "state.db"), tmp_path, Size(steps=8, rounds=2, workers=1))

    assert program.kills >= 5


@pytest.mark.deep
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.trust("A8", "A9")
@pytest.mark.parametrize("engine", ["none", "DBOS"])
def test_ten_thousand_deliveries_and_kills_lose_double_and_believe_nothing(
    sandbox: Sandbox, where: str, engine: str, tmp_path: Path, figures: Callable[..., None]
) -> None:
    program, sent = storm(sandbox, where, tmp_path, Size(steps=160, rounds=24, workers=2, engine=engine))

    assert sent >= 10_000
    conditions = {
        "deliveries": f"{sent:,}",
        "killed": str(program.kills),
        "workers": "2",
        "engine": engine,
        "on": "PostgreSQL" if where.startswith("postgres") else "SQLite",
    }
    figures("events lost, doubled or forged though receiver and workers were killed (kill -9)", "0", **conditions)
