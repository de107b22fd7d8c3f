"""once, for what bills somebody: time whose answer got lost is found or stays unknown, and is never written again by itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from vendors import OPEN, Vendor

import anypsa
from anypsa import OutcomeUnknown, Psa, TimeEntry, q
from anypsa_automation import State
from anypsa_sandbox import Sandbox

TIMES = {"autotask": "/TimeEntries$", "halopsa": "/Actions$"}
WORKED = timedelta(minutes=25)


@pytest.fixture
def psa(facts: Vendor, sandbox: Sandbox, tmp_path: Path) -> Iterator[Psa]:
    """A connection for which a lost write is settled at once, as it is when it was long ago."""
    state = State(tmp_path / "state.db")
    with anypsa.connect(facts.name, **{**OPEN, **sandbox.settings, "settle_time": 0.0, "state": state}) as psa:
        yield psa
    state.dispose()


@pytest.fixture
def work(psa: Psa) -> dict[str, Any]:
    active = psa.technicians.list(q.active == True).all()  # noqa: E712  # a filter, not a comparison
    ticket = psa.tickets.first(q.state == "open")
    return {"ticket": ticket, "technician": active[1], "duration": WORKED, "summary": "Reset the switch"}


def sends(sandbox: Sandbox, facts: Vendor) -> int:
    calls = [call for call in sandbox.control.calls() if call["method"] == "POST"]
    return len([call for call in calls if re.search(TIMES[facts.name], call["path"])])


@pytest.mark.trust("W5")
def test_time_that_was_not_written_is_unknown_and_not_written_again(
    psa: Psa, facts: Vendor, sandbox: Sandbox, work: dict[str, Any]
) -> None:
    sandbox.control.fault("reset", method="POST", path=TIMES[facts.name])

    with pytest.raises(OutcomeUnknown) as raised:
        psa.time_entries.create(**work, settle="wait")

    assert sends(sandbox, facts) == 1
    assert not raised.value.resolve().happened


@pytest.mark.trust("W5", "W1")
def test_time_whose_answer_got_lost_is_found(psa: Psa, facts: Vendor, sandbox: Sandbox, work: dict[str, Any]) -> None:
    sandbox.control.fault("lose", method="POST", path=TIMES[facts.name])

    entry: TimeEntry = psa.time_entries.create(**work)

    assert (entry.duration, sends(sandbox, facts)) == (WORKED, 1)


@pytest.mark.trust("W5")
def test_the_outbox_leaves_lost_time_to_a_human(
    psa: Psa, facts: Vendor, sandbox: Sandbox, work: dict[str, Any]
) -> None:
    item = psa.outbox.time_entries.create(**work)
    sandbox.control.fault("reset", method="POST", path=TIMES[facts.name])
    psa.outbox.drain()
    again = psa.outbox.drain()

    assert ([one.id for one in psa.outbox.items("dead")], again.sent, sends(sandbox, facts)) == ([item.id], 0, 1)
    psa.outbox.retry(item.id)
    assert (psa.outbox.drain().sent, sends(sandbox, facts)) == (1, 2)
