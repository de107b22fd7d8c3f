"""kill -9 at any moment between an approval and the end of the run: whoever goes on neither loses nor doubles anything."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from desk import FAST, VENDORS, Desk, running, tickets_of

from anypsa import Patience, PlanStage, Psa, Visibility
from anypsa_automation import State
from anypsa_sandbox import Sandbox

# Runs a plan, and is killed before its transaction of a number ends.
RUNNER = """
import json, os, signal, sys
from sqlalchemy import Engine, event
import anypsa
from anypsa import Patience
from anypsa_automation import State
vendor, settings, where, plan, at = json.loads(sys.argv[1])
left = [at]
def count(connection):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
state = State(where, patience=Patience(lease=0.01, first=0.01, longest=0.05))
event.listen(Engine, "commit", count)
with anypsa.connect(vendor, **settings, state=state, policy="guarded") as psa:
    psa.plans.run(plan)
"""
TURNS = 5
BRIEF = [5, 9]
"""When it is released and nothing is sent, and when something may have been."""
DEEP = pytest.param(list(range(1, 30)), marks=pytest.mark.deep)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.deep)])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """PostgreSQL in `deep`; what its transactions do is asked of both stores by `test_plan_store`."""
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    made: Callable[[], str] = request.getfixturevalue("postgres")
    return made()


@pytest.fixture(params=[VENDORS[0], pytest.param(VENDORS[1], marks=pytest.mark.deep)])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with running(request.param) as sandbox:
        yield sandbox


def killed(desk: Desk, where: str, plan: str, at: int) -> bool:
    """Whether the runner was killed; False if it came to its end before."""
    settings = {**FAST, **desk.sandbox.settings}
    asked = json.dumps([desk.sandbox.dialect.name, settings, where, plan, at])
    done = subprocess.run([sys.executable, "-c", RUNNER, asked], timeout=60, check=False)
    assert done.returncode in (0, -signal.SIGKILL)
    return done.returncode != 0


def went_on(psa: Psa, state: State, plan: str) -> PlanStage:
    """Another process goes on, now and an hour later: what may still be under way is not sent again at once."""
    stage = psa.plans.run(plan).stage
    for _ in range(TURNS):
        if stage is not PlanStage.RUNNING:
            break
        with state.database.transaction() as connection:
            connection.exec_driver_sql("UPDATE anypsa_entries SET touched = touched - 3600000000")
            connection.exec_driver_sql("UPDATE anypsa_items SET due = due - 3600000000, held_until = NULL")
        stage = psa.plans.run(plan).stage
    return stage


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no kill -9")
@pytest.mark.trust("P9")
@pytest.mark.row("N13", call="psa.plans.run(plan)")
@pytest.mark.parametrize("moments", [BRIEF, DEEP])
def test_a_plan_that_is_killed_while_it_begins_is_done_once(
    sandbox: Sandbox, where: str, tmp_path: Path, moments: list[int]
) -> None:
    state = State(where, patience=Patience(lease=0.01, first=0.01, longest=0.05))
    tickets, fared, kills = tickets_of(sandbox), [], 0
    for at in moments:
        desk = Desk(sandbox, tmp_path, next(tickets))
        desk.assign(desk.jane["id"])
        psa = desk.connect(state=state)
        text = f"done at {at}"
        with psa.plan(desk.ticket, why="It is due.") as plan:
            plan.tickets.update(desk.ticket, title=text)
            plan.notes.create(ticket=desk.ticket, body=text, visibility=Visibility.INTERNAL)
        desk.reply(plan.propose())
        psa.plans.settle()
        kills += killed(desk, where, plan.id, at)
        stage = went_on(psa, state, plan.id)
        fared.append((at, stage, desk.notes().count(text), desk.row()["title"] == text))
        desk.close()
    state.dispose()

    assert fared == [(at, PlanStage.DONE, 1, True) for at in moments]
    assert kills > 0
