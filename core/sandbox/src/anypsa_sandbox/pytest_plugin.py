"""The pytest plugin: sandboxes and chaos for your own tests, and a Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
from typing import Any

import pytest

from .dialects import installed
from .redis import NoRedis, RedisServer
from .server import Sandbox

TICKETS = 200
"""Enough for pages and filters, and made in a moment."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """One setting: the vendors whose sandboxes tests run on that name none."""
    parser.addini("anypsa_sandboxes", "vendors whose sandboxes the fixture `sandbox` gives", type="args", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marks."""
    config.addinivalue_line("markers", "sandbox(*vendors, **options): which sandboxes a test runs on, and how made")
    config.addinivalue_line("markers", "chaos(rate, seed, reads, writes): what the fixture `chaos` does")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Runs a test that uses `sandbox` once for each vendor."""
    if "sandbox_vendor" in metafunc.fixturenames:
        marks = metafunc.definition.get_closest_marker("sandbox")
        vendors = (marks and marks.args) or metafunc.config.getini("anypsa_sandboxes") or installed()
        metafunc.parametrize("sandbox_vendor", vendors, scope="session")


@pytest.fixture(scope="session")
def sandboxes(start_sandbox: Callable[..., Sandbox]) -> Callable[..., Sandbox]:
    """The sandbox of a vendor with these options: one for the whole session."""
    return cache(start_sandbox)


@pytest.fixture
def sandbox(request: pytest.FixtureRequest, sandbox_vendor: str, sandboxes: Callable[..., Sandbox]) -> Sandbox:
    """A PSA with nothing written to it yet, of every vendor that is installed, one after the other.

    `@pytest.mark.sandbox("autotask", "halopsa", tickets=50)` says which, and how it is made; `anypsa_sandboxes` in the
    configuration of pytest says which for all tests.
    """
    mark = request.node.get_closest_marker("sandbox")
    running = sandboxes(sandbox_vendor, **{"tickets": TICKETS, **(mark.kwargs if mark else {})})
    running.control.reset()
    return running


@pytest.fixture
def chaos(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[None]:
    """Lets a random share of the sandbox's calls fail; `@pytest.mark.chaos(rate=0.5, seed=7)` says how many."""
    mark = request.node.get_closest_marker("chaos")
    sandbox.control.chaos(**{"rate": 0.2, **(mark.kwargs if mark else {})})
    yield
    sandbox.control.chaos(rate=0)


@pytest.fixture(scope="session")
def start_sandbox() -> Iterator[Callable[..., Sandbox]]:
    """Starts sandboxes that run until the session ends: `start_sandbox("autotask", tickets=500)`."""
    with ExitStack() as running:
        started: list[Sandbox] = []

        def start(vendor: str, **options: Any) -> Sandbox:
            started.append(running.enter_context(Sandbox(vendor, **options)))
            return started[-1]

        yield start
        for sandbox in started:
            sandbox.end()


@pytest.fixture(scope="session")
def start_redis() -> Iterator[Callable[..., RedisServer]]:
    """Starts Redis servers that run until the session ends; where there is no program for it, the test is not run."""
    with ExitStack() as running:

        def start(*options: str) -> RedisServer:
            try:
                return running.enter_context(RedisServer(*options))
            except NoRedis as error:
                pytest.skip(f"not run: {error}")

        yield start
