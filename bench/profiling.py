"""Profiles: where the CPU of a task goes, kept as text beside the reasons (bench/profiles).

    uv run nox -s bench -- --profile a b f

Shares are counted by a sampler, a thousand times a second of CPU, since it slows nobody down: by module, and by line.
Functions come from cProfile, which makes small ones look dearer than they are. Each has a run of its own.
"""

from __future__ import annotations

import asyncio
import cProfile
import importlib
import io
import pstats
import re
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Final

from .measuring import Outcome, Stage
from .rows import Expected

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "bench/profiles"
EVERY: Final = 0.001
LONGEST: Final = 25


class Profiled(Stage):
    """A stage whose timed part is watched, and nothing around it."""

    watch: Callable[[], Any]

    @contextmanager
    def timed(self) -> Iterator[None]:
        """What is inside is timed and watched."""
        with super().timed(), self.watch():
            yield


def profile(task: str, url: str, told: dict[str, Any]) -> str:
    """The profile of a task of ours, as text."""
    act = importlib.import_module("bench.contenders.ours").TASKS[task]
    lines: Counter[tuple[str, str]] = Counter()
    functions = cProfile.Profile()
    outcomes: list[Outcome] = []
    for watch in (lambda: sampled(lines), lambda: functions):
        stage = Profiled(url, told, Outcome(), Expected())
        stage.watch = watch
        asyncio.run(act(stage))
        outcomes.append(stage.outcome)
    first = outcomes[0]
    head = (
        f"# uv run nox -s bench -- --profile {task}\n"
        f"# {first.cpu:.2f} s of CPU ({first.seconds:.2f} s in all) for {first.records} records; {first.wrong or 'right'}\n"
    )
    return "\n".join([head, *shares(lines), *dearest(functions)])


@contextmanager
def sampled(lines: Counter[tuple[str, str]]) -> Iterator[None]:
    """Counts the lines that are being executed, by CPU time."""

    def look(_: int, frame: FrameType | None) -> None:
        if frame is not None:
            code = frame.f_code
            lines[short(code.co_filename), f"{code.co_name}:{frame.f_lineno}"] += 1

    before = signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, EVERY, EVERY)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def shares(lines: Counter[tuple[str, str]]) -> Iterator[str]:
    """The shares of modules and of lines."""
    every = sum(lines.values()) or 1
    modules: Counter[str] = Counter()
    for (file, _), count in lines.items():
        modules[file] += count
    yield "by module"
    yield from (f"{count / every:7.1%}  {file}" for file, count in modules.most_common(LONGEST))
    yield "\nby line"
    dear = lines.most_common(LONGEST)
    yield from (f"{count / every:7.1%}  {file} {where}" for (file, where), count in dear)


def dearest(functions: cProfile.Profile) -> Iterator[str]:
    """The functions that took most, by themselves."""
    text = io.StringIO()
    pstats.Stats(functions, stream=text).sort_stats("tottime").print_stats(LONGEST)
    yield "\nby function"
    table = text.getvalue().partition("ncalls")[2]
    yield from (short(line).rstrip() for line in f"   ncalls{table}".splitlines() if line.strip())


def short(path: str) -> str:
    """A path as one reads it: from the package on."""
    return re.sub(r"\S*/(?:site-packages|src|lib/python3\.\d+)/", "", path).replace(f"{ROOT}/", "")


def write(task: str, url: str, told: dict[str, Any]) -> Path:
    """Writes the profile of a task."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{task}.txt"
    path.write_text(profile(task, url, told) + "\n", encoding="utf-8")
    return path


if __name__ == "__main__":
    sys.exit("python -m bench --profile")
