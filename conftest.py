"""For all tests: figures that `nox -s deep` writes into the docs."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Notes a figure for the docs: what was measured, the value, and under which conditions."""

    def note(what: str, value: str, **conditions: str) -> None:
        if target := os.environ.get("ANYPSA_FIGURES"):
            entry = {"what": what, "value": value, "conditions": conditions, "test": request.node.nodeid}
            with Path(target).open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")

    return note
