"""A fault server between the library and the sandbox, and a history of what was written through it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

import pytest
from breaking import Breaking
from vendors import OPEN, Vendor

from anypsa.testing import FaultServer
from anypsa_conformance import Probe, on_face
from anypsa_sandbox import Sandbox


@pytest.fixture
def breaking() -> Breaking:
    return Breaking()


@pytest.fixture
def between(sandbox: Sandbox, breaking: Breaking) -> Iterator[FaultServer]:
    """What the library takes for the vendor: it passes on what it is not told to break."""
    with FaultServer(breaking, before=sandbox.url) as server:
        yield server


@pytest.fixture
def way(sandbox: Sandbox, between: FaultServer, facts: Vendor) -> Mapping[str, Any]:
    """The settings that lead through the fault server."""
    return {**OPEN, **sandbox.settings, facts.address: between.url}


@pytest.fixture
def through(face: str, vendor: str, way: Mapping[str, Any]) -> Callable[..., Any]:
    """Runs a check on the face under test, through the fault server."""

    def run(check: Callable[[Probe], Awaitable[Any]], **settings: Any) -> Any:
        return on_face(face, check, vendor, {**way, **settings})

    return run
