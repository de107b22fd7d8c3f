"""`anypsa sync`: the files of many tenants equal their worlds, whoever is large, and whenever it was killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

import anypsa
from anypsa import Psa
from anypsa_sandbox import Sandbox

ENDS: Final = 600
KILLED: Final = """
import os, signal, sys
from anypsa_apps.exporting import store

keep, place = store.Store.keep, int(sys.argv.pop(1))

def kept(self, *args, **options):
    global place
    place -= 1
    if place == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    keep(self, *args, **options)

store.Store.keep = kept
from anypsa_apps.cli import main
main()
"""
"""Syncs, and is killed when it is about to keep so many pages."""


@pytest.fixture
def tenants(tmp_path: Path, monkeypatch: Any) -> Callable[[Mapping[str, Sandbox]], None]:
    """Writes the profiles of sandboxes."""
    monkeypatch.chdir(tmp_path)

    def write(sandboxes: Mapping[str, Sandbox]) -> None:
        tables = []
        for name, sandbox in sandboxes.items():
            settings = {"adapter": sandbox.dialect.name, **sandbox.settings, "ledger": "memory"}
            tables.append(
                "\n".join([f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in settings.items())])
            )
        Path("anypsa.toml").write_text("\n".join(tables))

    return write


def run(place: int, *words: str) -> int:
    """Runs the command until it ends, or is killed at a page; 0 for never."""
    command = [sys.executable, "-c", KILLED, str(place), "sync", "--collection", "tickets", *words]
    return subprocess.run(command, capture_output=True, timeout=ENDS, check=False).returncode


def written(tenant: str) -> list[dict[str, Any]]:
    return [
        json.loads(line) for line in Path("sync", tenant, "tickets.ndjson").read_text(encoding="utf-8").splitlines()
    ]


def held(psa: Psa) -> list[dict[str, Any]]:
    records = sorted(psa.tickets.list(), key=lambda one: (len(one.id), one.id))
    return [json.loads(one.model_dump_json()) for one in records]


@pytest.mark.skipif(sys.platform == "win32", reason="not run: nothing is killed like this there")
@pytest.mark.parametrize(("size", "kills"), [(1_100, 0), pytest.param(8_000, 6, marks=pytest.mark.deep)])
def test_a_large_tenant_lets_others_have_their_turns_and_a_sync_that_is_killed_goes_on(
    start_sandbox: Callable[..., Sandbox], tenants: Callable[[Mapping[str, Sandbox]], None], size: int, kills: int
) -> None:
    sandboxes = {
        "large": start_sandbox("autotask", tickets=size),
        "other": start_sandbox("halopsa", tickets=30),
    }
    tenants(sandboxes)
    random = Random(20261125)

    first = run(3, "--at-once", "1", "--pages", "1")
    asked = {name: len(sandbox.control.calls("ticket")) for name, sandbox in sandboxes.items()}
    killed = [run(random.randint(2, 4), "--at-once", "2", "--pages", "1") for _ in range(kills)]
    ended = run(0, "--at-once", "2", "--pages", "1")

    assert (first, killed, ended) == (-signal.SIGKILL, [-signal.SIGKILL] * kills, 0)
    assert asked["other"] > 0  # though the large one had read two pages, and was not at its end
    assert len(sandboxes["large"].control.calls("ticket")) > asked["large"]
    for tenant in sandboxes:
        with anypsa.connect(profile=tenant) as psa:
            assert written(tenant) == held(psa)


@pytest.mark.deep
@pytest.mark.skipif(sys.platform == "win32", reason="not run: nothing is interrupted like this there")
@pytest.mark.parametrize(("words", "code"), [((), 130), (("--every", "3600"), 0)])
def test_a_sync_that_is_interrupted_ends_without_a_traceback(
    start_sandbox: Callable[..., Sandbox], tenants: Callable[[Mapping[str, Sandbox]], None], words: Any, code: int
) -> None:
    sandbox = start_sandbox("autotask", tickets=1_100)
    tenants({"only": sandbox})
    sandbox.control.fault("delay", seconds=5.0)
    command = [sys.executable, "-m", "anypsa_apps", "sync", "--collection", "tickets", *words]

    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while not sandbox.control.calls() and process.poll() is None:
            pass
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=ENDS)[1]

    assert "Traceback" not in said
    assert process.returncode == code
