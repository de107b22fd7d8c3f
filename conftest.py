"""For all tests: figures that `nox -s deep` writes into the docs, the catalogue's ids that tests prove, and memory."""

from __future__ import annotations

import gc
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


def pytest_configure(config: pytest.Config) -> None:
    """Looks for cycles less often, and hardly ever through what lives as long as the run: models, servers and collected
    tests are so many objects that it took up to four of ten CPU seconds."""
    gc.set_threshold(20_000, 50, 100)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Writes down which tests prove which rows of docs/reference/trust.toml, when docs/tools/trust.py asks."""
    if target := os.environ.get("ANYPSA_TRUST"):
        found: dict[str, set[str]] = {}
        for item in session.items:
            for mark in item.iter_markers("trust"):
                for id in mark.args:
                    found.setdefault(id, set()).add(item.nodeid.partition("[")[0].replace("::", " "))
        Path(target).write_text(json.dumps({id: sorted(tests) for id, tests in found.items()}), encoding="utf-8")
