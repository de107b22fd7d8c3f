"""once, though the process is killed: at random points, again and again, on another face each time, in a storm."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from storms import brew, held
from vendors import Vendor
from worker import names

from anypsa_conformance import FACES
from anypsa_sandbox import Sandbox

HERE = Path(__file__).parent
PATIENCE = 120.0


@contextmanager
def started(told: dict[str, object]) -> Iterator[subprocess.Popen[str]]:
    """The worker, once it begins to write; killed at the latest when the test is over."""
    paths = os.pathsep.join([str(HERE), str(HERE.parent)])
    process = subprocess.Popen(
        [sys.executable, str(HERE / "worker.py"), json.dumps(told)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    watchdog = threading.Timer(PATIENCE, process.kill)
    watchdog.start()
    try:
        assert process.stdout is not None
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()


def killed(sandbox: Sandbox, facts: Vendor, state: Path, way: str, number: int, rounds: int, seed: int) -> int:
    """Kills the worker `rounds` times, then lets it finish; returns how often it was killed at work."""
    dice, at_work = random.Random(seed), 0
    brew(sandbox, facts, seed)
    told: dict[str, object] = {
        "vendor": facts.name,
        "settings": sandbox.settings,
        "state": str(state),
        "way": way,
        "number": number,
    }
    for turn in range(rounds):
        with started({**told, "face": FACES[turn % len(FACES)]}) as process:
            assert process.stdout is not None
            ready = process.stdout.readline()
            assert ready == "ready\n", process.stderr and process.stderr.read()
            try:
                process.wait(dice.uniform(0.0, 1.2))
            except subprocess.TimeoutExpired:
                at_work += 1
            os.kill(process.pid, signal.SIGKILL)
    with started({**told, "face": dice.choice(FACES)}) as process:
        out, err = process.communicate(timeout=PATIENCE)
        assert out == "ready\ndone\n", err
    return at_work


def in_order(sandbox: Sandbox, number: int) -> bool:
    """Whether of each ticket's notes the first was written first."""
    place = {row["body"]: row["id"] for row in sandbox.world().rows("notes")}
    return all(place[f"first of {n}"] < place[f"second of {n}"] for n in range(number))


@pytest.mark.deep
@pytest.mark.trust("W1", "W3")
@pytest.mark.parametrize("way", ["outbox", "journal"])
def test_a_program_that_is_killed_again_and_again_writes_all_of_it_once(
    facts: Vendor, sandbox: Sandbox, tmp_path: Path, way: str
) -> None:
    at_work = killed(sandbox, facts, tmp_path / "state.db", way, number=10, rounds=3, seed=5)

    assert held(sandbox, names(10)) == dict.fromkeys(names(10), 1)
    assert in_order(sandbox, 10)
    assert at_work > 0


@pytest.mark.deep
@pytest.mark.trust("W1", "W3")
@pytest.mark.parametrize("way", ["outbox", "journal"])
def test_fifty_kills_lose_and_double_nothing(
    facts: Vendor, sandbox: Sandbox, tmp_path: Path, way: str, figures: Callable[..., None]
) -> None:
    at_work = killed(sandbox, facts, tmp_path / "state.db", way, number=400, rounds=50, seed=6)

    assert held(sandbox, names(400)) == dict.fromkeys(names(400), 1)
    assert in_order(sandbox, 400)
    conditions = {"vendor": facts.name, "by": way, "kills at work": str(at_work), "writes": "1,200"}
    figures("writes lost or doubled though the process was killed (kill -9)", "0", **conditions)
