"""`anypsa events`: webhooks are registered, received and handled, and people see what came of them."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import anypsa
from anypsa import Wakeup
from anypsa_apps.cli import app
from anypsa_apps.webhooks import SILENT
from anypsa_automation import Events, State
from anypsa_sandbox import Sandbox

TRIES = 3_000


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def command(sandbox: Sandbox, place: Path) -> Callable[..., Any]:
    def run(*words: str) -> Any:
        return CliRunner().invoke(app, ["events", *words, "--adapter", sandbox.dialect.name, "--state", str(place)])

    return run


def secrets(place: Path, sandbox: Sandbox) -> list[str]:
    state = State(place)
    with anypsa.connect(sandbox.dialect.name) as psa:
        found = [one.get_secret_value() for one in state.webhook_secrets.valid(psa.tenant)]
    state.dispose()
    return found


@pytest.mark.row("S85", call="anypsa events setup URL")
def test_setup_registers_and_shows_the_secret_once(command: Callable[..., Any], sandbox: Sandbox, place: Path) -> None:
    first, again = (command("setup", "http://127.0.0.1:1/hooks", "--wait", "0") for _ in range(2))
    (secret,) = secrets(place, sandbox)

    with anypsa.connect(sandbox.dialect.name) as psa:
        (hook,) = [one for one in psa.webhooks.list() if one.name == "anypsa"]
        assert hook.url == f"http://127.0.0.1:1/hooks/{psa.tenant}"
    assert (first.exit_code, again.exit_code) == (0, 0)
    assert secret in first.output
    assert secret not in again.output


@pytest.mark.row("S85", call="anypsa events setup URL")
@pytest.mark.parametrize("sandbox", ["halopsa"], indirect=True)
def test_what_cannot_be_registered_is_told_with_what_to_do_by_hand(command: Callable[..., Any]) -> None:
    told = command("setup", "http://127.0.0.1:1", "--event", "contract.updated", "--wait", "0")

    assert told.exit_code == 0
    assert "not registered" in told.output


@pytest.mark.parametrize("sandbox", ["halopsa"], indirect=True)
def test_setup_tries_whether_a_webhook_comes(command: Callable[..., Any], sandbox: Sandbox) -> None:
    with anypsa.connect(sandbox.dialect.name) as psa:
        ticket = psa.tickets.first()
    assert ticket is not None
    port = free_port()

    came = command("setup", f"http://127.0.0.1:{port}", "--port", str(port), "--touch", ticket.id)
    lost = command("setup", "http://127.0.0.1:1", "--port", str(free_port()), "--touch", ticket.id, "--wait", "0.2")

    assert (came.exit_code, lost.exit_code) == (0, SILENT)
    with anypsa.connect(sandbox.dialect.name) as psa:
        assert psa.tickets.get(ticket.id).title == ticket.title


@pytest.fixture
def dead(sandbox: Sandbox, place: Path) -> str:
    """An event that a handler failed with for good."""
    state = State(place)
    with anypsa.connect(sandbox.dialect.name, state=state) as psa:
        events = Events(state, [psa])
        events.on("ticket.*", name="triage")(lambda event: 1 / 0)
        ticket = psa.tickets.first()
        assert ticket is not None
        state.inbox.add(psa.tenant, [Wakeup(entity="ticket", id=ticket.id)], datetime.now(UTC))
        events.drain()
        (waiting,) = state.eventlog.handlings(psa.tenant)
        state.eventlog.hold(psa.tenant, "test", 9, waiting.due, waiting.due)
        state.eventlog.end("test", waiting, waiting.due, error="ZeroDivisionError")
    state.dispose()
    return waiting.event.id


@pytest.mark.parametrize("sandbox", ["halopsa"], indirect=True)
def test_dead_letters_are_listed_and_replayed(command: Callable[..., Any], dead: str) -> None:
    listed = command("list", "--dead", "--output", "json")
    replayed = command("replay", dead[:8])
    after = command("list", "--dead", "--output", "json")

    (told,) = json.loads(listed.stdout)
    assert (told["id"], told["kind"]) == (dead, "ticket.updated")
    assert replayed.exit_code == 0
    assert json.loads(after.stdout) == []
    assert command("replay", "zzz").exit_code != 0
    assert command("list").exit_code == 0


@pytest.mark.parametrize("sandbox", ["halopsa"], indirect=True)
def test_serving_receives_and_handles_until_it_is_interrupted(
    command: Callable[..., Any], sandbox: Sandbox, place: Path, tmp_path: Path
) -> None:
    program, told = tmp_path / "program.py", tmp_path / "told"
    program.write_text(
        "def handlers(events):\n"
        "    @events.on('ticket.updated')\n"
        "    def told(ticket, company):\n"
        f"        open({str(told)!r}, 'a').write(ticket.title + '\\n')\n"
    )
    port = free_port()
    command("setup", f"http://127.0.0.1:{port}", "--wait", "0")
    serving = subprocess.Popen(
        [sys.executable, "-m", "anypsa_apps", "events", "serve", str(program), "--port", str(port), "--poll", "0"]
        + ["--adapter", sandbox.dialect.name, "--state", str(place)],
        env=os.environ,
    )
    try:
        assert any(listens(port) for _ in range(TRIES))
        with anypsa.connect(sandbox.dialect.name) as somebody:
            ticket = somebody.tickets.first()
            assert ticket is not None
            somebody.tickets.update(ticket.id, title="Is anybody there?")
        assert any(happened(told) for _ in range(TRIES))
    finally:
        serving.send_signal(signal.SIGINT)
        serving.wait(30)

    assert told.read_text() == "Is anybody there?\n"


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def listens(port: int) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0 or threading.Event().wait(0.02)


def happened(told: Path) -> bool:
    return (told.exists() and bool(told.read_text())) or threading.Event().wait(0.02)
