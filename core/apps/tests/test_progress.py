"""Progress is for people who look at it: it says what came and what it cost, and keeps out of the output's way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from anypsa_sandbox import Sandbox

pty = pytest.importorskip("pty", reason="a terminal of one's own")


def at_a_terminal(words: list[str], to: Path, environment: dict[str, str]) -> str:
    """What a person sees of a command whose output goes to a file."""
    ours, its = pty.openpty()
    command = [sys.executable, "-m", "anypsa_apps", *words]
    with to.open("wb") as file, subprocess.Popen(command, stdout=file, stderr=its, stdin=its, env=environment):
        os.close(its)
        seen = bytearray()
        try:
            while some := os.read(ours, 65536):
                seen += some
        except OSError:  # how Linux tells that nobody writes there any more
            pass
    os.close(ours)
    return seen.decode()


def test_records_go_to_the_file_and_their_count_cost_and_budget_to_the_terminal(
    start_sandbox: Callable[..., Sandbox], tmp_path: Path
) -> None:
    sandbox = start_sandbox("autotask", tickets=120)
    named = {f"ANYPSA_AUTOTASK_{name.upper()}": value for name, value in sandbox.settings.items()}
    environment = {**os.environ, **named, "ANYPSA_AUTOTASK_LEDGER": "memory", "TERM": "xterm", "COLUMNS": "120"}

    words = ["tickets", "list", "--adapter", "autotask", "--limit", "0", "--output", "ndjson"]
    seen = at_a_terminal(words, tmp_path / "tickets.ndjson", environment)

    written = (tmp_path / "tickets.ndjson").read_text(encoding="utf-8").splitlines()
    assert (len(written), all(line.startswith("{") for line in written)) == (120, True)
    assert "{" not in seen
    assert "100 tickets, " in seen
    assert "left for now" in seen
