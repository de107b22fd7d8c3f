"""Processes that share one tracking id, on file locks and on Redis: never a fourth request under way, never over the
window, as the server counts them; though one is killed with -9, and one's clock is minutes off."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bench.shared_slots import HOMES, SEED, SLOTS, race
from vendors import AUTOTASK

import anypsa
from anypsa import PSAError
from anypsa_conformance import Probe
from anypsa_sandbox import Sandbox
from anypsa_sandbox.redis import RedisServer

LEASE = 2


@pytest.fixture(params=HOMES)
def home(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def where(home: str, tmp_path: Path, start_redis: Callable[..., RedisServer]) -> str:
    return str(tmp_path) if home == "host" else f"{start_redis().url}?lease={LEASE}"


@pytest.fixture
def shared(running: Callable[[str, int], Sandbox]) -> Sandbox:
    return running("autotask", 50)


def spent(sandbox: Sandbox) -> int:
    """The requests that the vendor counts in its window."""
    return max(sandbox.control.log()["windows"].values())


@pytest.mark.trust("F18", "T1")
def test_processes_that_share_a_tracking_id_keep_to_its_limits(shared: Sandbox, home: str, where: str) -> None:
    came = race(
        shared,
        home,
        where,
        processes=3,
        seconds=1.0,
        latency=0.02,
        kill=True,
        requests_per_window=60,
        reserve=0,
        deadline=2,
    )

    assert (came.peak <= SLOTS, came.refused, came.failed) == (True, 0, [])
    assert 0 < spent(shared) <= 60


class Brief(anypsa.MemoryLedger):
    """Gives slots for a moment only."""

    lease = 0.2


@pytest.mark.parametrize("facts", [AUTOTASK], indirect=True, ids=["autotask"])
def test_a_request_ends_when_its_slot_may_be_held_no_longer(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    sandbox.control.fault("delay", path="/Tickets/", seconds=30, times=None)

    async def check(psa: Probe) -> tuple[type[PSAError], bool]:
        with pytest.raises(PSAError) as caught:
            await psa.tickets.get(1)
        return type(caught.value), caught.value.retryable

    assert on(check, ledger=Brief(), attempts=1) == (anypsa.Unreachable, True)


@pytest.mark.deep
@pytest.mark.trust("F18", "T1")
@pytest.mark.parametrize("seed", range(SEED, SEED + 3))
def test_six_processes_that_share_a_tracking_id_keep_to_its_limits(
    shared: Sandbox, home: str, where: str, seed: int, figures: Callable[..., None]
) -> None:
    # The server's window is a little shorter than ours: requests take their time on the way.
    shared.control.limits(window=5.0, window_limit=300)
    came = race(
        shared,
        home,
        where,
        processes=6,
        seconds=20.0,
        latency=0.05,
        seed=seed,
        kill=True,
        window=6.0,
        requests_per_window=300,
        reserve=0,
    )

    assert (came.peak <= SLOTS, came.refused, came.failed) == (True, 0, [])
    figures(f"six processes on {home}, one killed: most under way", str(came.peak), requests=str(came.served))
