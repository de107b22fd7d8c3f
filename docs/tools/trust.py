"""The page of faults and attacks: what trust.toml names, and the tests that carry its ids, as pytest collects them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
CATALOGUE = ROOT / "docs" / "reference" / "trust.toml"
SUITES = ("core", "adapters", "contracts_tests")


def catalogue() -> Mapping[str, Mapping[str, str]]:
    """The rows by id."""
    return tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))


@cache
def collected() -> Mapping[str, Sequence[str]]:
    """The tests by the id that they prove; the root's conftest writes them down."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "trust.json"
        command = [sys.executable, "-m", "pytest", "--collect-only", "-qq", "-p", "no:cacheprovider", *SUITES]
        environment = {**os.environ, "ANYPSA_TRUST": str(target)}
        run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  # our own words
        if run.returncode != 0:
            raise RuntimeError(run.stdout[-2000:] + run.stderr[-2000:])
        found: dict[str, list[str]] = json.loads(target.read_text(encoding="utf-8"))
    return found


def page() -> Iterator[str]:
    """The page's lines."""
    tests: Mapping[str, Any] = collected()
    yield "# Faults and attacks\n"
    yield "Generated from [trust.toml](trust.toml) and from the tests that pytest collects; `@pytest.mark.trust(id)` ties them."
    yield "What is retried and what never is told in [When things fail](../explanation/failing.md).\n"
    yield "| id | what is survived | proved by |"
    yield "| --- | --- | --- |"
    for id, row in catalogue().items():
        proved = "<br>".join(f"`{name}`" for name in tests.get(id, ()))
        note = f"*{row['note']}*" if "note" in row else ""
        yield f"| {id} | {row['what']} | {'<br>'.join(part for part in (proved, note) if part)} |"


def problems() -> list[str]:
    """Rows with neither a test nor a reason."""
    tests = collected()
    return [id for id, row in catalogue().items() if id not in tests and "note" not in row]
