"""What the command prints steers no terminal and forges no line, whatever a ticket or a vendor says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from anypsa_sandbox import Sandbox

EVIL = "VPN\x1b[2J\x1b]0;owned\x07\x9b31m\x7f\u202eenil\u2028 down"


@pytest.fixture
def sandbox(start_sandbox: Callable[..., Sandbox]) -> Sandbox:
    sandbox = start_sandbox("autotask", tickets=100)
    for row in sandbox.world().rows("tickets"):
        sandbox.world().change("tickets", row["id"], {"title": EVIL})
    return sandbox


def run(sandbox: Sandbox, *words: str) -> Any:
    adapter = sandbox.dialect.name
    settings = {**sandbox.settings, "ledger": "memory"}
    named = {f"ANYPSA_{adapter.upper()}_{name.upper()}": value for name, value in settings.items()}
    environment = {**os.environ, **named, "ANYPSA_ADAPTER": adapter, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-m", "anypsa_apps", *words], capture_output=True, env=environment, check=False, timeout=60
    )


def steering(printed: bytes) -> str:
    """The characters that do something to a terminal, or to the order of a line."""
    return "".join(char for char in printed.decode() if not char.isprintable() and char != "\n")


@pytest.mark.trust("I4")
@pytest.mark.parametrize("output", ["table", "json", pytest.param("ndjson", marks=pytest.mark.deep)])
def test_a_title_is_printed_without_what_steers(sandbox: Sandbox, output: str) -> None:
    ran = run(sandbox, "tickets", "list", "--limit", "3", "--output", output)

    assert ran.returncode == 0
    assert b"VPN" in ran.stdout
    assert steering(ran.stdout + ran.stderr) == ""
    if output == "json":
        assert {record["title"] for record in json.loads(ran.stdout)} == {EVIL}


@pytest.mark.trust("I4")
def test_a_vendors_words_are_printed_without_what_steers(sandbox: Sandbox) -> None:
    body = {"errors": [EVIL], "message": EVIL}
    sandbox.control.fault("reply", path="/Tickets", status=403, body=body, times=None)
    ran = run(sandbox, "tickets", "list", "--limit", "3")

    assert ran.returncode != 0
    assert b"VPN" in ran.stderr
    assert steering(ran.stdout + ran.stderr) == ""
