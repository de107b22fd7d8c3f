"""The demo: one automation, three PSAs, two editions; equal end states."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import anyio
import pytest

import anypsa
from anypsa_apps.demo.show import CUSTOMER, VENDORS, customer
from anypsa_apps.demo.triage import triage, triage_async
from anypsa_sandbox import Sandbox


def end_state(sandbox: Sandbox) -> Any:
    """What the automation may change, and what it must not."""
    world = sandbox.world()
    tickets = [(row["id"], row["title"], row["status"], row["queue"], row["priority"]) for row in world.rows("tickets")]
    notes = [(row["ticket"], row["body"], row["visibility"]) for row in world.rows("notes")]
    return sorted(tickets), sorted(notes, key=str)


def blocking(vendor: str) -> Any:
    with Sandbox(vendor, tickets=300) as sandbox:
        with anypsa.connect(vendor, **sandbox.settings, ledger="memory") as psa:
            assert list(triage(psa, customer(psa)))
        return end_state(sandbox)


def awaiting(vendor: str, backend: str) -> Any:
    with Sandbox(vendor, tickets=300) as sandbox:

        async def run() -> int:
            async with anypsa.connect_async(vendor, **sandbox.settings, ledger="memory") as psa:
                company = await psa.companies.first(anypsa.q.name == CUSTOMER)
                assert company is not None
                return len([done async for done in triage_async(psa, company)])

        assert anyio.run(run, backend=backend) > 0
        return end_state(sandbox)


@pytest.mark.deep
@pytest.mark.row("S137", call="tickets.list")
def test_all_end_states_are_equal() -> None:
    states = [edition for vendor in VENDORS for edition in (blocking(vendor), awaiting(vendor, "asyncio"))]

    assert len(states) == 2 * len(VENDORS)
    assert all(state == states[0] for state in states)
    tickets, notes = states[0]
    assert all(visibility == "internal" for _, body, visibility in notes if body.startswith("Triaged to"))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_second_run_finds_nothing_to_do(vendor: str) -> None:
    with Sandbox(vendor, tickets=300) as sandbox, anypsa.connect(vendor, **sandbox.settings, ledger="memory") as psa:
        first = list(triage(psa, customer(psa)))

        assert first
        assert list(triage(psa, customer(psa))) == []


def test_the_command_runs_and_says_that_all_end_alike() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "anypsa_apps", "demo"], capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "same state" in done.stdout
