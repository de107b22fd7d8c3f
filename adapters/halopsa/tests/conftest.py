"""For tests of the sandbox: a stranger's client of each tenant, and a receiver of webhooks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from halo_wire import Receiver, Wire

from anypsa_sandbox import Sandbox


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox("halopsa", tickets=130) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.control.reset()
    running.control.limits(window_limit=1_000_000, latency=0)
    return running


@pytest.fixture
def wire(sandbox: Sandbox) -> Iterator[Wire]:
    with Wire(sandbox) as wire:
        yield wire


@pytest.fixture
def other(sandbox: Sandbox) -> Iterator[Wire]:
    with Wire(sandbox, "contoso") as wire:
        yield wire


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()
