"""`anypsa stages` and `anypsa figures`: people see where categories stand, move them, stop everything, and read the week."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

import anypsa
from anypsa import ConfigurationError, Denied, Invalid
from anypsa_apps.cli import app
from anypsa_sandbox import Sandbox

LEAD = "lead@msp.example"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox("autotask", tickets=50, latency=0) as sandbox:
        yield sandbox


@pytest.fixture
def command(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs a command on a tenant of which one category is led, and one write was predicted."""
    settings = {**sandbox.settings, "ledger": "memory", "state": str(tmp_path / "state.db")}
    lines = [f"{name} = {json.dumps(value)}" for name, value in settings.items()]
    lines += ['policy = "open"', 'stages = ["licences"]', f'promoters = ["{LEAD}"]']
    (tmp_path / "anypsa.toml").write_text("\n".join(['[acme]\nadapter = "autotask"', *lines]))
    monkeypatch.chdir(tmp_path)
    ticket = next(one["id"] for one in sandbox.world().rows("tickets") if one["closed"] is None)
    with anypsa.connect(profile="acme") as psa:
        psa.tickets.update(str(ticket), queue="Network")
    return lambda *words: CliRunner().invoke(app, [*words, "--profile", "acme"])


def test_a_category_is_proposed_promoted_and_demoted_and_all_of_it_is_on_record(command: Callable[..., Any]) -> None:
    said = [
        command("stages", "propose", "licences", "--by", "jane", "--why", "easy").stdout,
        command("stages", "promote", "licences", "--by", LEAD).stdout,
        command("stages", "demote", "licences", "--by", "jane", "--why", "too early").stdout,
    ]
    listed = json.loads(command("stages", "list", "--output", "json").stdout)
    events = json.loads(command("stages", "events", "--output", "json").stdout)

    assert [one.split(" is at ")[1].split(",")[0].strip() for one in said] == ["shadow", "notes", "shadow"]
    assert {one["category"]: one["stage"] for one in listed} == {"*": "shadow", "licences": "shadow"}
    done = [(one["what"], one["by"]) for one in reversed(events) if one["category"] == "licences"]
    assert done == [("began", None), ("proposed", "jane"), ("promoted", LEAD), ("demoted", "jane")]
    assert "licences" in command("stages", "list").stdout


def test_who_may_not_promotes_nothing_and_lifts_no_stop(command: Callable[..., Any]) -> None:
    assert isinstance(command("stages", "promote", "licences", "--by", "jane", "--why", "x").exception, Denied)
    command("stages", "stop", "--by", "jane", "--why", "odd routing")

    assert "odd routing" in command("stages", "list").stderr
    assert isinstance(command("stages", "resume", "--by", "jane").exception, Denied)
    assert command("stages", "resume", "--by", LEAD).stdout == "writes go on\n"
    assert command("stages", "resume", "--by", LEAD).stdout == "nothing was stopped\n"


@pytest.mark.row("N9", call="anypsa stages replay")
def test_another_policy_is_asked_about_what_is_on_record(command: Callable[..., Any], tmp_path: Path) -> None:
    rule = '[[rules]]\nname = "queues"\nthen = "disabled"\ntouching = ["queue"]\n'
    (tmp_path / "next.toml").write_text(f'preset = "guarded"\n{rule}')
    replayed = command("stages", "replay", "next.toml", "--before", "open", "--output", "json").stdout

    assert json.loads(replayed) == [{"before": "auto", "after": "disabled", "writes": 1}]
    assert isinstance(command("stages", "replay", "missing.toml").exception, ConfigurationError)


@pytest.mark.row("S120", call="anypsa stages compare")
def test_settling_and_comparing_say_what_people_made_of_it(command: Callable[..., Any], sandbox: Sandbox) -> None:
    rows = sandbox.world().rows("tickets")
    ticket, done = (next(one for one in rows if bool(one["closed"]) is closed) for closed in (False, True))
    told = {"queue": "Network", "status": done["status"], "closed": done["closed"]}
    sandbox.world().change("tickets", ticket["id"], told)

    assert "1 right" in command("stages", "settle").stderr
    (row,) = json.loads(command("stages", "compare", "--output", "json").stdout)
    assert (row["category"], row["field"], row["right"], row["of"]) == ("*", "queue", 1, 1)


@pytest.mark.row("S124", call="anypsa figures")
def test_the_figures_of_a_week_are_printed_or_written_with_their_charts(
    command: Callable[..., Any], tmp_path: Path
) -> None:
    page, data = command("figures").stdout, json.loads(command("figures", "--json").stdout)
    written = command("figures", "--to", "week").stdout.splitlines()

    assert page.startswith("# ") and data["categories"][0]["predicted"] == 1
    charts = [tmp_path / one for one in written if one.endswith(".svg")]
    assert len(charts) == 5
    assert {ET.fromstring(one.read_text())[0].tag for one in charts} == {"{http://www.w3.org/2000/svg}title"}  # noqa: S314  # our own
    assert all(f"({one.name})" in (tmp_path / "week" / "figures.md").read_text() for one in charts)


def test_a_week_is_named_as_calendars_do(command: Callable[..., Any]) -> None:
    data = json.loads(command("figures", "--week", "2026-W01", "--json").stdout)

    assert (data["since"][:10], data["until"][:10]) == ("2025-12-29", "2026-01-05")
    assert isinstance(command("figures", "--week", "soon").exception, Invalid)
