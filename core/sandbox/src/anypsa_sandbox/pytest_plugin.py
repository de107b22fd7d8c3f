"""The pytest plugin: a `sandbox` factory for your own tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from .server import Sandbox


@pytest.fixture(scope="session")
def start_sandbox() -> Iterator[Callable[..., Sandbox]]:
    """Starts sandboxes that run until the session ends: `start_sandbox("autotask", tickets=500)`."""
    with ExitStack() as running:

        def start(vendor: str, **options: Any) -> Sandbox:
            return running.enter_context(Sandbox(vendor, **options))

        yield start
