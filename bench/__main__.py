"""`python -m bench`: every contender at every task, side by side; `--write` makes the page of it."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from anypsa_sandbox import Sandbox

from . import page, profiling
from .measuring import Outcome, control
from .tasks import SMALL, TASKS, Task

PROFILED: Final = ("a", "b", "f")
LEISURE: Final = {"token_life": 20.0}
"""Under a profiler a token of one second dies before it is used."""
LONGEST: Final = 240
"""Seconds for one contender at one task."""


@contextmanager
def served(task: Task, count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The vendor for a task: its address, and what the contender has to know."""
    told = {"count": count, **task.conditions}
    if task.sandbox:
        with Sandbox("autotask", tickets=60) as sandbox:
            sandbox.control.fault("lose", path="/Tickets", method="POST")
            yield "", {**told, "settings": dict(sandbox.settings)}
        return
    command = [sys.executable, "-m", "bench.server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            url = f"http://127.0.0.1:{server.stdout.readline().strip() if server.stdout else ''}"
            control(url, "set", told)
            yield url, told
        finally:
            server.terminate()


def tried(task: Task, contender: str, count: int) -> tuple[Outcome, dict[str, Any]]:
    """One contender at one task, and what the server counted."""
    with served(task, count) as (url, told):
        call = [sys.executable, "-m", "bench.measuring", contender, task.letter, url, json.dumps(told)]
        try:
            done = subprocess.run(call, capture_output=True, text=True, timeout=LONGEST, check=False)
        except subprocess.TimeoutExpired:
            return Outcome(wrong=f"not done after {LONGEST} s"), {}
        if done.returncode != 0:
            missing = "No module named" in done.stderr
            return Outcome(wrong="not installed" if missing else done.stderr.strip()[-200:]), {}
        outcome = Outcome(**json.loads(done.stdout.splitlines()[-1]))
        counted = {name: int(count) for name, count in outcome.figures.items() if name == "requests"}
        return outcome, control(url, "log") if url else counted


def profiles(letters: Sequence[str], count: int) -> int:
    """Writes the profiles of tasks, in this process."""
    for task in TASKS:
        if task.letter in letters:
            leisurely = replace(task, conditions={**task.conditions, **LEISURE})
            with served(leisurely, count) as (url, told):
                print(profiling.write(task.letter, url, told), flush=True)
    return 0


def main(arguments: Sequence[str]) -> int:
    """Runs the tasks that are named, or all; 1 if we gave a wrong answer."""
    parser = argparse.ArgumentParser("python -m bench", allow_abbrev=False)
    parser.add_argument("tasks", nargs="*", help="letters; all if none")
    parser.add_argument("--small", action="store_true", help=f"{SMALL} tickets: shows that it works, and no speed")
    parser.add_argument("--only", help="contenders, by comma")
    parser.add_argument("--profile", action="store_true", help="write where our CPU goes in a task: bench/profiles")
    parser.add_argument("--write", action="store_true", help="write docs/reference/performance.md")
    asked = parser.parse_args(arguments)
    if asked.profile:
        return profiles(asked.tasks or PROFILED, SMALL if asked.small else 100_000)
    only = asked.only.split(",") if asked.only else None
    results: list[page.Result] = []
    for task in TASKS:
        if (asked.tasks and task.letter not in asked.tasks) or (asked.small and not (task.small or asked.tasks)):
            continue
        count = int(task.conditions.get("count", SMALL if asked.small else 100_000))
        for contender in task.contenders:
            if only is None or contender in only:
                outcome, log = tried(task, contender, count)
                results.append(page.Result(task, contender, count, outcome, log))
                print(results[-1], flush=True)
                if asked.write:  # each time, so that one who breaks off keeps what was measured
                    page.write(results)
    return int(any(one.contender == "ours" and one.outcome.wrong for one in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
