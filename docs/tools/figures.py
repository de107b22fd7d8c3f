"""Writes the figures of `nox -s deep` into docs/reference/figures.md, with date, commit and machine."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

PAGE = Path(__file__).parent.parent / "reference" / "figures.md"


def main(source: Path) -> None:
    """Renders the figures noted in a run."""
    git = ["git", "rev-parse", "--short", "HEAD"]
    commit = subprocess.run(git, capture_output=True, text=True, check=True).stdout  # noqa: S603  # our own words
    entries = [json.loads(line) for line in source.read_text(encoding="utf-8").splitlines()]
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"
    lines = [
        "# Figures of the full-size tests\n",
        f"Written by `uv run nox -s deep` on {datetime.now(UTC):%Y-%m-%d} at commit {commit.strip()}, {machine}.\n",
        "| what | figure | conditions |",
        "| --- | --- | --- |",
    ]
    for entry in sorted(entries, key=lambda one: (one["what"], sorted(one["conditions"].items()))):
        conditions = ", ".join(f"{name} {value}" for name, value in entry["conditions"].items())
        lines.append(f"| {entry['what']} | {entry['value']} | {conditions} |")
    PAGE.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
