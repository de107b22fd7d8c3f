"""What the acceptance tests share: sandboxes that run for the whole session, and the faces."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from vendors import CONNECTWISE, OPEN, VENDORS, Vendor

from anypsa_conformance import FACES, Probe, on_face
from anypsa_sandbox import Sandbox


@pytest.fixture(params=VENDORS.values(), ids=lambda one: one.name)
def facts(request: pytest.FixtureRequest) -> Vendor:
    vendor: Vendor = request.param
    return vendor


@pytest.fixture
def vendor(facts: Vendor) -> str:
    return facts.name


ALIKE = frozenset({"faults", "delivery", "security", "test_input", "test_lists"})
IN_SMALL = frozenset({"test_filters", "test_lists", "test_writes"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The preview takes part in the small form of what is about filters, lists and writes, on one face; all else of it
    runs in `deep`. What the library does alike for every vendor is tried on both faces with one vendor, and on one face
    with the other; broken networks on each face with one vendor."""
    for item in items:
        asked = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
        small = item.path.stem in IN_SMALL and asked.get("face", "blocking") == "blocking"
        if asked.get("facts") is CONNECTWISE and not small:
            item.add_marker(pytest.mark.deep)
        alike = item.path.parent.name in ALIKE or item.path.stem in ALIKE
        if alike and "halopsa" in item.name and "asyncio" in item.name and "autotask" not in item.name:
            item.add_marker(pytest.mark.deep)
        if item.path.parent.name == "faults" and "blocking-autotask" in item.name:
            item.add_marker(pytest.mark.deep)


QUICK = [pytest.param(one, marks=pytest.mark.deep if one == "trio" else ()) for one in FACES]
"""Trio, whose wire is asyncio's, runs in `deep`; modules that test concurrency itself ask for every face."""


@pytest.fixture(params=QUICK)
def face(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sandbox(vendor: str, running: Callable[[str, int], Sandbox]) -> Sandbox:
    """A small sandbox as its seed made it, with no latency and no faults."""
    return running(vendor, 400)


@pytest.fixture(scope="session")
def running(start_sandbox: Callable[..., Sandbox]) -> Callable[[str, int], Sandbox]:
    """Sandboxes by vendor and size, started once and put back as they began for each test."""
    started: dict[tuple[str, int], Sandbox] = {}

    def get(vendor: str, tickets: int) -> Sandbox:
        key = (vendor, tickets)
        if key not in started:
            started[key] = start_sandbox(vendor, tickets=tickets)
        sandbox = started[key]
        sandbox.control.reset()
        facts = VENDORS[vendor]
        sandbox.control.limits(latency=0, lag=facts.lag, slots=facts.slots, window_limit=1_000_000)
        return sandbox

    return get


@pytest.fixture
def on(face: str, vendor: str, sandbox: Sandbox) -> Callable[..., Any]:
    """Runs a check on the face under test, against the sandbox."""

    def run(check: Callable[[Probe], Awaitable[Any]], **settings: Any) -> Any:
        return on_face(face, check, vendor, {**OPEN, **sandbox.settings, **settings})

    return run
