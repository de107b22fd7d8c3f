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

from anypsa_conformance import CHECKS
from anypsa_conformance.suite import FROM

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
    yield "What is retried and what never is told in [When things fail](../explanation/failing.md). *For every adapter*"
    yield "names the checks of the conformance suite that bring it about for any adapter, without a recording; where none is"
    yield "named, it is nothing that an adapter could do wrong, or the vendor's own and among the adapter's tests.\n"
    yield "| id | what is survived | for every adapter | proved by |"
    yield "| --- | --- | --- | --- |"
    for id, row in catalogue().items():
        checks = "<br>".join(f"`{check.id}`" for check in CHECKS.values() if id in check.survives)
        proved = "<br>".join(f"`{name}`" for name in tests.get(id, ()))
        note = f"*{row['note']}*" if "note" in row else ""
        yield f"| {id} | {row['what']} | {checks} | {'<br>'.join(part for part in (proved, note) if part)} |"


def problems() -> list[str]:
    """Rows with neither a test nor a reason, and what a check says that it survives without being a row."""
    tests, rows = collected(), catalogue()
    unknown = {id for check in CHECKS.values() for id in check.survives if FROM} - rows.keys()
    return sorted(unknown) + [id for id, row in catalogue().items() if id not in tests and "note" not in row]
