"""The pytest plugin: a `sandbox` factory for your own tests, and a Redis."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from .redis import NoRedis, RedisServer
from .server import Sandbox


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
