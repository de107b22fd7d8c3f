"""`anypsa plans`: people see what waits, run what was approved, and end what is not wanted; nobody approves here."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import anypsa
from anypsa import ApprovalPending, Plan
from anypsa_apps.cli import app
from anypsa_sandbox import Sandbox


@pytest.fixture
def sandbox(start_sandbox: Callable[..., Sandbox], monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    sandbox = start_sandbox("autotask", tickets=60)
    for name, value in {**sandbox.settings, "ledger": "memory", "policy": "guarded"}.items():
        monkeypatch.setenv(f"ANYPSA_AUTOTASK_{name.upper()}", value)
    return sandbox


@pytest.fixture
def plan(sandbox: Sandbox, tmp_path: Path) -> Plan:
    row = next(one for one in sandbox.world().rows("tickets") if one["closed"] is None)
    sandbox.world().change("tickets", row["id"], {"assignee": sandbox.world().rows("technicians")[1]["id"]})
    with anypsa.connect("autotask", state=tmp_path / "state.db") as psa:
        with psa.plan(row["id"], why="\x1b[31mThe queue is stuck.") as plan:
            plan.tickets.update(row["id"], title="Restarted the spooler.")
        return plan.propose()


@pytest.fixture
def command(sandbox: Sandbox, tmp_path: Path) -> Callable[..., Any]:
    def run(*words: str) -> Any:
        return CliRunner().invoke(
            app, ["plans", *words, "--adapter", "autotask", "--state", str(tmp_path / "state.db")]
        )

    return run


def test_plans_are_listed_and_shown(command: Callable[..., Any], plan: Plan) -> None:
    listed = json.loads(command("list", "--stage", "proposed", "--output", "json").stdout)
    shown = command("show", plan.code.lower()).stdout

    assert [one["id"] for one in listed] == [plan.id]
    assert plan.code in command("list").stdout
    assert "Restarted the spooler." in shown
    assert "\x1b" not in shown


def test_what_was_approved_is_run_and_nothing_else(command: Callable[..., Any], plan: Plan, sandbox: Sandbox) -> None:
    assert isinstance(command("run", plan.code).exception, ApprovalPending)
    assert command("run").stdout == ""
    note = {"ticket": int(plan.ticket), "kind": "Task Notes", "title": "n", "visibility": "internal"}
    now = sandbox._frame.clock.moment()
    people = sandbox.world().rows("technicians")
    stamps = {"author": people[1]["id"], "created": now, "updated": now}
    sandbox.world().add("notes", {**note, **stamps, "body": f"approve {plan.code}"})

    assert command("settle").stdout == f"{plan.code} approved\n"
    assert command("run").stdout == f"{plan.code} done\n"


def test_what_became_a_plan_by_itself_is_proposed_from_the_shell(
    command: Callable[..., Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    """The call of an agent, say, whose program is over."""
    row = next(one for one in sandbox.world().rows("tickets") if one["closed"] is None)
    with anypsa.connect("autotask", state=tmp_path / "state.db") as psa, pytest.raises(ApprovalPending) as pending:
        psa.tickets.update(str(row["id"]), title="Spooler stuck")

    assert command("propose", str(pending.value.code)).stdout == f"{pending.value.code} proposed\n"


def test_a_plan_is_ended_and_cannot_be_approved_here(command: Callable[..., Any], plan: Plan) -> None:
    assert command("approve", plan.code).exit_code == 2
    assert command("deny", plan.code, "--reason", "not wanted").stdout == f"{plan.code} denied\n"
    assert isinstance(command("run", plan.code).exception, anypsa.Denied)
