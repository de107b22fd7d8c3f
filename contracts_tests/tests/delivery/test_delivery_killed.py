"""once, though the process is killed: at random points, again and again, on another face each time, in a storm.

Where it dies and how much later it is started again are steps and clocks, not times of this machine: a busy one changes nothing.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest
from storms import ALL, FOUND_AT_ONCE, Faults, brew, held
from vendors import Vendor
from worker import names

from anypsa_conformance import FACES
from anypsa_sandbox import Sandbox

HERE = Path(__file__).parent
PATIENCE = 300.0
"""Seconds after which a program hangs."""
SETTLED = 400.0
"""Seconds after which nothing is uncertain: more than the deadline of a send and the settle time."""
FINISHING = 30
"""How often it may have to be started after the last kill."""


@dataclass(frozen=True)
class Plan:
    """How often it is killed, before which of its writes at the latest, and how many seconds pass until it is started again."""

    way: str
    number: int
    rounds: int
    latest: int
    gaps: Sequence[float]
    faults: Faults
    seed: int


class Program:
    """The program, started anew again and again; what it complains of goes into a file."""

    def __init__(self, complaints: Path) -> None:
        self._complaints = complaints
        paths = os.pathsep.join([str(HERE), str(HERE.parent)])
        with complaints.open("w") as file:
            self._process = subprocess.Popen(
                [sys.executable, str(HERE / "worker.py")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                env={**os.environ, "PYTHONPATH": paths},
                start_new_session=True,
            )

    def start(self, told: Mapping[str, Any]) -> int | None:
        """How much it left when nothing more was due, or None if it was killed."""
        watchdog = threading.Timer(PATIENCE, self._end)
        watchdog.start()
        try:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.write(json.dumps(told) + "\n")
            self._process.stdin.flush()
            said = json.loads(self._process.stdout.readline() or "{}")
        finally:
            watchdog.cancel()
        assert "left" in said or said.get("died") == -signal.SIGKILL, self._complaints.read_text()
        return said.get("left")

    def _end(self) -> None:
        os.killpg(self._process.pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._end()
        self._process.communicate()


def killed(sandbox: Sandbox, facts: Vendor, folder: Path, plan: Plan) -> int:
    """Kills the program, starts it again, and at the end lets it finish; returns how often it was killed at work."""
    dice, ahead, kills = random.Random(plan.seed), 0.0, 0
    sandbox.control.limits(window_limit=1_000_000)  # it would fill before the clock is set ahead
    brew(sandbox, facts, plan.seed, plan.faults)
    told = {"vendor": facts.name, "settings": sandbox.settings, "state": str(folder / "state.db"), "way": plan.way}
    with Program(folder / "complaints.txt") as program:
        for turn in range(plan.rounds + FINISHING):
            dies = [dice.randint(1, plan.latest), dice.uniform(0.0, 0.03)] if turn < plan.rounds else None
            face = FACES[turn % len(FACES)]
            left = program.start({**told, "number": plan.number, "face": face, "ahead": ahead, "dies": dies})
            kills += left is None
            if dies is None and left == 0:
                return kills
            gap = dice.choice(plan.gaps) if dies is not None else SETTLED
            sandbox.control.clock(advance=gap)  # and with it come the commits that are late
            ahead += gap
    raise AssertionError("it does not come to an end")


def in_order(sandbox: Sandbox, number: int) -> bool:
    """Whether of each ticket's notes the first was written first."""
    place = {row["body"]: row["id"] for row in sandbox.world().rows("notes")}
    return all(place[f"first of {n}"] < place[f"second of {n}"] for n in range(number))


SMALL = {
    "autotask": Plan("journal", 3, rounds=2, latest=3, gaps=[SETTLED], faults=FOUND_AT_ONCE, seed=5),
    "halopsa": Plan("outbox", 5, rounds=2, latest=5, gaps=[SETTLED], faults=ALL, seed=5),
}


@pytest.mark.trust("W1", "W3", "P6")
def test_a_program_that_is_killed_again_and_again_writes_all_of_it_once(facts: Vendor, tmp_path: Path) -> None:
    plan = SMALL[facts.name]
    with Sandbox(facts.name, tickets=20, latency=0.0) as sandbox:
        kills = killed(sandbox, facts, tmp_path, plan)

        assert held(sandbox, names(plan.number)) == dict.fromkeys(names(plan.number), 1)
        assert in_order(sandbox, plan.number)
        assert kills > 0


FULL = {
    "outbox": Plan("outbox", 200, rounds=50, latest=20, gaps=[3.0, 45.0, SETTLED], faults=ALL, seed=6),
    "journal": Plan("journal", 80, rounds=50, latest=8, gaps=[3.0, 45.0, SETTLED], faults=ALL, seed=7),
}


@pytest.mark.deep
@pytest.mark.trust("W1", "W3", "P6")
@pytest.mark.parametrize("way", FULL)
def test_fifty_kills_lose_and_double_nothing(
    facts: Vendor, tmp_path: Path, way: str, figures: Callable[..., None]
) -> None:
    plan = FULL[way]
    with Sandbox(facts.name, tickets=20, latency=0.0) as sandbox:
        kills = killed(sandbox, facts, tmp_path, plan)

        assert held(sandbox, names(plan.number)) == dict.fromkeys(names(plan.number), 1)
        assert in_order(sandbox, plan.number)
        assert kills > 25
    conditions = {"vendor": facts.name, "by": way, "killed at work": str(kills), "writes": f"{3 * plan.number:,}"}
    figures("writes lost or doubled though the process was killed (kill -9) 50 times", "0", **conditions)
