"""The page: what was measured, beside the limit and the best of the others whose answer is right."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from .measuring import Outcome
from .tasks import Task

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs/reference/performance.md"
LONGEST: Final = 90
NAMES: Final = {
    "ours": "anypsa",
    "expert": "a loop by hand (httpx)",
    "py_autotask": "py-autotask",
    "atrest_": "atrest",
    "halopsa_": "halopsa",
}


@dataclass
class Result:
    """One contender at one task."""

    task: Task
    contender: str
    count: int
    outcome: Outcome
    log: Mapping[str, Any]

    @property
    def measured(self) -> float:
        """The number that the task is about."""
        outcome = self.outcome
        if self.task.measure == "cpu":
            return outcome.cpu / max(outcome.records, 1) * 1e6
        return float({**vars(outcome), **outcome.figures}.get(self.task.measure, 0.0))

    @property
    def limit(self) -> float | None:
        """The least that it can take."""
        if self.task.limit is not None:
            return self.task.limit(self.count)
        return self.outcome.figures.get("limit") if self.task.measure == "cpu" or self.task.sandbox else None

    def __str__(self) -> str:
        told = self.outcome.wrong or f"{self.measured:.3g} {self.task.unit}"
        ratio = f", {self.measured / self.limit:.2f} x the limit" if self.limit and not self.outcome.wrong else ""
        asked = f", {self.log.get('requests')} requests, {self.log.get('refused')} refused" if self.log else ""
        return f"{self.task.letter:8} {NAMES[self.contender]:24} {told}{ratio}{asked}"


def write(results: Sequence[Result]) -> None:
    """Writes the page."""
    PAGE.write_text("\n".join([head(), *rows(results), TAIL, *verdicts(results), ""]), encoding="utf-8")


def others(results: Sequence[Result], one: Result) -> list[float]:
    """What those others measured whose answer is right."""
    return [
        other.measured
        for other in results
        if other.task is one.task and other.contender != "ours" and other.outcome.wrong is None
    ]


def verdicts(results: Sequence[Result]) -> list[str]:
    """Which goals are met, and by how much the others are missed, and why."""
    ours = [one for one in results if one.contender == "ours"]
    lines = {one.task.letter: verdict(one, others(results, one)) for one in ours if one.task.goals or one.outcome.wrong}
    met = [letter for letter, missed in lines.items() if not missed]
    missed = [f"- **{letter}**: {line}" for letter, line in lines.items() if line]
    return ["## Goals", "", f"Met: {', '.join(met) or 'none'}. Missed:", "", *(missed or ["- none"])]


def verdict(one: Result, others: Sequence[float]) -> str:
    """By how much the goals of a task are missed; empty if they are met."""
    if one.outcome.wrong is not None:
        return f"the answer was wrong ({one.outcome.wrong[:LONGEST]})."
    figures: dict[str, float] = {"measured": one.measured, **one.log}
    if one.limit:
        figures["ratio"] = one.measured / one.limit
    if others:
        figures["other"] = one.measured / min(others)
    words = {**WORDS, "measured": one.task.unit}
    missed = [
        f"{figures[name]:.3g} {words[name]} instead of {most:.3g}, {figures[name] / most - 1:.0%} more"
        if most
        else f"{figures[name]:.3g} {words[name]} instead of none"
        for name, most in one.task.goals.items()
        if figures.get(name, 0.0) > most
    ]
    told = {**vars(one.outcome), "requests": 0, **one.log}
    told["cpu_ms"] = one.outcome.cpu / max(one.outcome.records, 1) * 1000
    told["repeated"] = max(0, int(told["requests"]) - one.outcome.records - int(told.get("tokens", 0)))
    return f"{'; '.join(missed)}. {one.task.why.format(**told)}" if missed else ""


WORDS: Final = {
    "ratio": "x the limit",
    "other": "x the best other",
    "requests": "requests",
    "refused": "refused",
}


def head() -> str:
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    machine = f"{os.cpu_count()} cores of {platform.machine()}, Python {platform.python_version()}"
    load = os.getloadavg()[1]
    return HEAD.format(date=datetime.now(UTC).date(), commit=commit.stdout.strip(), machine=machine, load=f"{load:.1f}")


def rows(results: Sequence[Result]) -> list[str]:
    lines = [
        "| task | who | measured | to the limit | to the best other | requests | refused |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in results:
        right = one.outcome.wrong is None
        measured = f"{one.measured:.3g} {one.task.unit}" if right else f"wrong: {str(one.outcome.wrong)[:LONGEST]}"
        limit = f"{one.measured / one.limit:.2f}" if right and one.limit else ""
        beaten = others(results, one)
        best = f"{one.measured / min(beaten):.2f}" if right and one.contender == "ours" and beaten else ""
        task = f"**{one.task.letter}** {one.task.says}" if one.contender == one.task.contenders[0] else ""
        goal = f" (goal: {one.task.goal})" if task and one.task.goal else ""
        counted = one.log.get("requests", ""), one.log.get("refused", "")
        name = NAMES[one.contender]
        lines.append(f"| {task}{goal} | {name} | {measured} | {limit} | {best} | {counted[0]} | {counted[1]} |")
    return lines


HEAD: Final = """# Performance

Written by `uv run nox -s bench`; `uv run nox -s bench -- a d` repeats single tasks.

Measured on {date} at commit {commit}: {machine}, client and server on this machine, no TLS, answers not compressed. The
load of the machine was {load} while it was measured, by other work too: compare what stands side by side, not seconds.
Every answer is checked: each ticket once, with its own contents. What is wrong is named instead of a time. Everybody's client
is made before the clock starts: ours takes a tenth of a second of CPU, mostly for the system's certificates, and the first one of
a process four tenths more, which import the HTTP client.

The server is `bench/server.py`: 100,000 tickets of 77 fields and 2.5 kB with holes in their ids, three slots. It cuts pages
from bytes, because the sandbox, which renders each row from its database, would be slower than the clients; task g runs
against the sandbox.
"""
TAIL: Final = """
The limit of a task is the least that it can take: as many pages at once as there are slots, one after another (a, e, h),
one request (d), what a typed decoder needs for 14 fields of a row (b). `autotask-client` needs Python 3.12 or later.
Task k, several processes on one tracking id, is `uv run python -m bench.shared_slots`.
"""
