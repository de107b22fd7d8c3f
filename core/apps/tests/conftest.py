"""A sandbox of each vendor: one whose settings are in the environment, as commands find them, and one with a desk for agents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from agents import VENDORS, Desk

from anypsa_sandbox import Sandbox


@pytest.fixture(params=["autotask", "halopsa"])
def sandbox(request: pytest.FixtureRequest, start_sandbox: Callable[..., Sandbox], monkeypatch: Any) -> Sandbox:
    sandbox = start_sandbox(request.param, tickets=60)
    for name, value in {**sandbox.settings, "ledger": "memory"}.items():
        monkeypatch.setenv(f"ANYPSA_{request.param.upper()}_{name.upper()}", value)
    return sandbox


@pytest.fixture(scope="session")
def sandboxes() -> Iterator[Callable[[str], Sandbox]]:
    """One fast sandbox of each vendor, for all tests that ask for it."""
    running: dict[str, Sandbox] = {}

    def of(vendor: str) -> Sandbox:
        if vendor not in running:
            running[vendor] = Sandbox(vendor, tickets=60, others=20, latency=0.0).__enter__()
        return running[vendor]

    yield of
    for sandbox in running.values():
        sandbox.__exit__(None, None, None)


@pytest.fixture(params=VENDORS)
def desk(request: pytest.FixtureRequest, sandboxes: Callable[[str], Sandbox], tmp_path: Path) -> Desk:
    """A desk at each vendor's sandbox, as if nobody had been there before."""
    sandbox = sandboxes(request.param)
    sandbox.control.reset()
    sandbox.control.limits(window_limit=1_000_000, latency=0, lag=0)
    desk = Desk(sandbox, tmp_path)
    desk.assign()
    return desk
