"""For tests on the sandbox: one that runs for a module, put back as it began for each test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import anypsa
from anypsa import Psa
from anypsa_sandbox import Sandbox


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox("connectwise", tickets=130) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.control.reset()
    return running


@pytest.fixture
def psa(sandbox: Sandbox) -> Iterator[Psa]:
    settings: dict[str, Any] = {**sandbox.settings, "ledger": "memory", "requests_per_window": 1_000_000}
    with anypsa.connect("connectwise", **settings) as psa:
        yield psa
