"""`anypsa outbox`: people see what waits and why, and decide."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import anypsa
from anypsa import Visibility
from anypsa_apps.cli import app
from anypsa_apps.problems import DEAD_LETTERS, code_of
from anypsa_sandbox import Sandbox


@pytest.fixture
def command(sandbox: Sandbox, tmp_path: Path) -> Callable[..., Any]:
    def run(*words: str) -> Any:
        adapter = ["--adapter", sandbox.dialect.name, "--state", str(tmp_path / "state.db")]
        return CliRunner().invoke(app, ["outbox", *words, *adapter])

    return run


@pytest.fixture
def items(sandbox: Sandbox, tmp_path: Path) -> list[anypsa.Item]:
    with anypsa.connect(sandbox.dialect.name, state=tmp_path / "state.db") as psa:
        good = psa.outbox.notes.create(ticket=psa.tickets.first(), body="good", visibility=Visibility.INTERNAL)
        bad = psa.outbox.notes.create(ticket=999_999_999, body="bad", visibility=Visibility.INTERNAL)
    return [good, bad]


def test_what_is_due_is_drained_and_dead_letters_are_told_by_the_exit_code(
    command: Callable[..., Any], items: list[anypsa.Item], sandbox: Sandbox
) -> None:
    done = command("drain")

    assert done.exit_code == DEAD_LETTERS
    assert sandbox.world().rows("notes")[-1]["body"] == "good"
    assert command("drain").exit_code == 0


def test_items_are_listed_by_stage(command: Callable[..., Any], items: list[anypsa.Item]) -> None:
    command("drain")
    listed = json.loads(command("list", "--stage", "dead", "--output", "json").stdout)

    assert [one["id"] for one in listed] == [items[1].id]
    assert items[1].id[:8] in command("list").stdout


def test_an_item_is_shown_by_the_beginning_of_its_id(command: Callable[..., Any], items: list[anypsa.Item]) -> None:
    assert "bad" in command("show", items[1].id[:8]).stdout


def test_a_dead_letter_is_retried_or_discarded(command: Callable[..., Any], items: list[anypsa.Item]) -> None:
    command("drain")

    assert "waiting" in command("retry", items[1].id).stdout
    assert "discarded" in command("discard", items[1].id).stdout
    assert json.loads(command("list", "--stage", "waiting", "--output", "json").stdout) == []


def test_an_item_that_is_not_there_is_told(command: Callable[..., Any]) -> None:
    error = command("show", "nobody").exception

    assert isinstance(error, anypsa.Invalid)
    assert code_of(error) == 2
