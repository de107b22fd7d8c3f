"""Rows: a pytest plugin that writes docs/reference/rows.md from the run itself: only rows whose tests all passed.

Tests carry the rows that they prove, and the public call that serves them: `@pytest.mark.row("S30", call="q.a | q.b")`.
`pytest -p rows --rows=write` writes the page; `--rows=check` fails the run if the page lists what did not pass in it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

REFERENCE: Final = Path(__file__).parent.parent / "reference"
PROPERTY: Final = "anypsa.row"


@dataclass
class Proof:
    """What a run showed of one row."""

    calls: dict[str, None] = field(default_factory=dict)
    tests: dict[str, None] = field(default_factory=dict)
    failed: bool = False


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rows", choices=["write", "check"], help="docs/reference/rows.md against this run")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Lets a test's report carry its rows, from whichever process it runs in."""
    for mark in item.iter_markers("row"):
        for row in mark.args:
            item.user_properties.append((PROPERTY, [row, mark.kwargs.get("call", ""), item.nodeid.partition("[")[0]]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Writes or checks the page."""
    wanted = config.getoption("--rows", default=None)
    if wanted is None:
        return
    proofs = gathered(terminalreporter)
    path = REFERENCE / "rows.md"
    if wanted == "write":
        path.write_text(page(proofs), encoding="utf-8")
        terminalreporter.write_line(f"rows: {sum(not one.failed for one in proofs.values())} proved, see {path}")
        return
    listed = set(re.findall(r"^\| ([SN]\d+) \|.*\|.*\| `", path.read_text(encoding="utf-8"), re.MULTILINE))
    proved = {row for row, proof in proofs.items() if not proof.failed}
    if listed - proved:
        terminalreporter.write_line(
            f"rows: {path} lists {sorted(listed - proved)} unproved, lacks {sorted(proved - listed)}"
        )
        terminalreporter.write_line("rows: run `uv run nox -s rows`")
        raise pytest.UsageError("docs/reference/rows.md is not what this run shows")


def gathered(terminalreporter: pytest.TerminalReporter) -> dict[str, Proof]:
    proofs: dict[str, Proof] = {}
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, ()):
            for name, value in getattr(report, "user_properties", ()):
                if name == PROPERTY:
                    row, call, test = value
                    proof = proofs.setdefault(row, Proof())
                    proof.failed = proof.failed or outcome != "passed"
                    proof.tests[test] = None
                    if call:
                        proof.calls[call] = None
    return proofs


def page(proofs: Mapping[str, Proof]) -> str:
    return "\n".join(lines(proofs)) + "\n"


def lines(proofs: Mapping[str, Proof]) -> Iterator[str]:
    demands = tomllib.loads((REFERENCE / "rows.toml").read_text(encoding="utf-8"))
    yield "# What users demand, and what proves it\n"
    yield "Written by `uv run nox -s rows` from a run of the tests: a row has a proof only if all its tests passed in it.\n"
    yield "| row | what a user must be able to do | call | proved by |"
    yield "| --- | --- | --- | --- |"
    for row, entry in demands.items():
        proof = proofs.get(row)
        shown = proof is not None and not proof.failed
        calls = (
            ", ".join(f"`{call.replace('|', chr(92) + '|')}`" for call in sorted(proof.calls))
            if proof and shown
            else ""
        )
        tests = ", ".join(f"`{test}`" for test in sorted(proof.tests)) if proof and shown else ""
        yield f"| {row} | {entry['demand'].replace('|', chr(92) + '|')} | {calls} | {tests} |"
