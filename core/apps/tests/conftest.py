"""A sandbox of each vendor whose settings are in the environment, as commands find them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from anypsa_sandbox import Sandbox


@pytest.fixture(params=["autotask", "halopsa"])
def sandbox(request: pytest.FixtureRequest, start_sandbox: Callable[..., Sandbox], monkeypatch: Any) -> Sandbox:
    sandbox = start_sandbox(request.param, tickets=60)
    for name, value in {**sandbox.settings, "ledger": "memory"}.items():
        monkeypatch.setenv(f"ANYPSA_{request.param.upper()}_{name.upper()}", value)
    return sandbox
