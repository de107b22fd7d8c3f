"""Durable handling: a program that is killed goes on with the step it was at, and its engine keeps nothing of customers."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import anypsa
from anypsa import Wakeup
from anypsa_automation import HandlingStage, State
from anypsa_sandbox import Sandbox

HERE = Path(__file__).parent
ENDS = 120


def run(told: dict[str, Any]) -> int:
    """Runs the program until it has nothing left to do, or dies."""
    words = [sys.executable, str(HERE / "durable_program.py"), json.dumps(told)]
    return subprocess.run(words, timeout=ENDS, env={**os.environ, "PYTHONPATH": str(HERE)}, check=False).returncode


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="nobody is killed here")
@pytest.mark.deep
def test_a_program_that_was_killed_goes_on_where_it_was(start_sandbox: Callable[..., Sandbox], tmp_path: Path) -> None:
    sandbox = start_sandbox("halopsa", tickets=20)
    place, effects = tmp_path / "state.db", tmp_path / "effects"
    settings = {**sandbox.settings, "ledger": "memory", "release_lag": 0.0}
    state = State(place)
    with anypsa.connect(sandbox.dialect.name, state=state, **settings) as psa:
        tickets = psa.tickets.list(limit=4).all()
        state.inbox.add(psa.tenant, [Wakeup(entity="ticket", id=one.id) for one in tickets], datetime.now(UTC))
        reply = psa.outbox.notes.create(ticket=tickets[0], body="We are on it.", visibility="internal")
    told = {"vendor": sandbox.dialect.name, "settings": settings, "state": str(place), "effects": str(effects)}

    died = run({**told, "die_at": 3})
    ended = run(told)

    assert (died, ended) == (-signal.SIGKILL, 0)
    calls = effects.read_text().split()
    # What was under way is done again; what was done before it is not, and nothing waits for a lease to run out.
    assert len(calls) == len(tickets) + 1
    assert (set(calls), calls[2]) == ({one.id for one in tickets}, calls[3])
    assert len(state.eventlog.handlings(tickets[0].tenant, HandlingStage.DONE)) == len(tickets)
    item = state.outbox.item(reply.id)
    assert item is not None
    assert item.stage == "done"
    state.dispose()
    assert not [text for text in kept_by_engine(tmp_path / "state.db.dbos") if tickets[0].title in text]


@pytest.mark.deep
@pytest.mark.parametrize(
    ("ended", "settings"), [("pending", {"policy": "plan"}), ("withheld", {"stages": ["password reset"]})]
)
def test_a_handler_that_ends_at_a_write_that_is_not_sent_is_not_called_again(
    start_sandbox: Callable[..., Sandbox], tmp_path: Path, ended: str, settings: dict[str, Any]
) -> None:
    sandbox = start_sandbox("autotask", tickets=20)
    place, effects, own = tmp_path / "state.db", tmp_path / "effects", {"ledger": "memory", "release_lag": 0.0}
    own |= sandbox.settings
    state = State(place)
    with anypsa.connect("autotask", state=state, **own) as psa:
        ticket = psa.tickets.list(limit=1).all()[0]
        state.inbox.add(psa.tenant, [Wakeup(entity="ticket", id=ticket.id)], datetime.now(UTC))
        told = {"vendor": "autotask", "state": str(place), "effects": str(effects), "title": "Not sent"}

        assert run({**told, "settings": {**own, **settings}}) == 0

        assert psa.tickets.get(ticket.id).title == ticket.title
    (handling,) = state.eventlog.handlings(ticket.tenant)
    state.dispose()
    assert (handling.stage, handling.attempts) == (HandlingStage.DONE, 1)
    assert [row for row in kept_by_engine(tmp_path / "state.db.dbos") if f'"{ended}"' in row]  # what its step answered


def kept_by_engine(place: Path) -> list[str]:
    """Every row that the engine keeps, as text."""
    with closing(sqlite3.connect(place)) as connection:
        ways = connection.execute("SELECT DISTINCT serialization FROM workflow_status").fetchall()
        assert ways == [("portable_json",)]
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return [str(row) for table in tables for row in connection.execute(f"SELECT * FROM {table}")]
