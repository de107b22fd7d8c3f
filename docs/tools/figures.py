"""Keeps the figures of full-size tests in docs/reference/figures.json, by test, and writes the page that shows them.

A run replaces the figures of the tests that it ran, so that each may be run by itself.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).parent.parent / "reference"
KEPT, PAGE = REFERENCE / "figures.json", REFERENCE / "figures.md"


def run() -> str:
    """When, of what and where: what every figure of a run has in common."""
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603  # our own words
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    return f"{datetime.now(UTC):%Y-%m-%d}, {commit}, {machine}"


def merged(kept: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What is kept, with the figures of a run in place of those that its tests had."""
    when = run()
    fresh: dict[str, Any] = {}
    for entry in entries:
        figure = {"what": entry["what"], "value": entry["value"], "conditions": entry["conditions"], "run": when}
        fresh.setdefault(entry["test"], []).append(figure)
    return dict(sorted({**kept, **fresh}.items()))


def page(kept: Mapping[str, Sequence[Mapping[str, Any]]]) -> Iterator[str]:
    """The page's lines."""
    yield "# Figures of the full-size tests\n"
    yield "Written by `uv run nox -s deep` and `uv run nox -s mutation`; a run replaces what it measured anew.\n"
    yield "| what | figure | conditions | run: date, commit, machine |"
    yield "| --- | --- | --- | --- |"
    figures = [figure for figures in kept.values() for figure in figures]
    for figure in sorted(figures, key=lambda one: (one["what"], sorted(one["conditions"].items()))):
        conditions = ", ".join(f"{name} {value}" for name, value in figure["conditions"].items())
        yield f"| {figure['what']} | {figure['value']} | {conditions} | {figure['run']} |"


def main(source: Path) -> None:
    """Takes over the figures noted in a run."""
    entries = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()] if source.exists() else []
    kept = merged(json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {}, entries)
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    PAGE.write_text("\n".join(page(kept)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
