"""`anypsa export`: a file that equals what the PSA holds, however often it was interrupted."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest
from typer.testing import CliRunner, Result

import anypsa
from anypsa import Psa, q
from anypsa_apps.cli import app
from anypsa_apps.exporting.store import Store
from anypsa_sandbox import Sandbox

Export = Callable[..., Result]


@pytest.fixture(params=["autotask", pytest.param("halopsa", marks=pytest.mark.deep)])
def sandbox(request: pytest.FixtureRequest, start_sandbox: Callable[..., Sandbox], monkeypatch: Any) -> Sandbox:
    sandbox = start_sandbox(request.param, tickets=60)
    for name, value in {**sandbox.settings, "ledger": "memory"}.items():
        monkeypatch.setenv(f"ANYPSA_{request.param.upper()}_{name.upper()}", value)
    monkeypatch.setenv("ANYPSA_ADAPTER", request.param)
    return sandbox


@pytest.fixture
def psa(sandbox: Sandbox) -> Iterator[Psa]:
    with anypsa.connect(sandbox.dialect.name) as psa:
        yield psa


@pytest.fixture
def export(sandbox: Sandbox, tmp_path: Path, monkeypatch: Any) -> Export:
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> Result:
        result: Result = CliRunner().invoke(app, ["export", *words])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


def lines(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines()]


def all_of(psa: Psa, where: Any = None) -> list[dict[str, Any]]:
    return [json.loads(one.model_dump_json()) for one in psa.tickets.list(where)]


def test_a_file_of_json_lines_holds_every_record_in_order_of_id(export: Export, psa: Psa) -> None:
    export("tickets", "--to", "tickets.ndjson")

    assert lines("tickets.ndjson") == all_of(psa)


def test_a_spreadsheet_holds_every_record_with_its_custom_fields(export: Export, psa: Psa) -> None:
    export("tickets", "--to", "tickets.csv")

    with Path("tickets.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    told = [(row["id"], row["status.label"], json.loads(row["custom_fields"])) for row in rows]
    assert told == [(one.id, one.status.label, dict(one.custom_fields)) for one in psa.tickets.list()]


@pytest.mark.parametrize(("file", "table"), [("all.parquet", "'all.parquet'"), ("all.duckdb", "tickets")])
def test_a_database_holds_every_record_by_types(export: Export, psa: Psa, file: str, table: str) -> None:
    duckdb = pytest.importorskip("duckdb")
    export("tickets", "--to", file)

    with duckdb.connect(file if file.endswith("duckdb") else ":memory:") as database:
        rows = database.sql(f"SELECT id, company_id, epoch(created), estimate FROM {table} ORDER BY id").fetchall()
    tickets = sorted(psa.tickets.list(), key=lambda one: one.id)
    assert rows == [
        (
            one.id,
            one.company.id,
            one.created and one.created.timestamp(),
            one.estimate and one.estimate.total_seconds() / 3600,
        )
        for one in tickets
    ]


def test_a_database_holds_several_collections(export: Export) -> None:
    duckdb = pytest.importorskip("duckdb")
    export("companies", "--to", "all.duckdb")
    export("queues", "--to", "all.duckdb")

    with duckdb.connect("all.duckdb") as database:
        tables = [name for (name,) in database.sql("SHOW TABLES").fetchall()]
    assert tables == ["companies", "queues"]


def test_the_next_time_only_what_changed_is_read(export: Export, psa: Psa) -> None:
    export("tickets", "--to", "tickets.ndjson")
    ticket = psa.tickets.first()
    assert ticket is not None
    psa.tickets.update(ticket, title="Changed since")
    psa.tickets.create(company=ticket.company, title="New since", status=ticket.status, priority="Low")

    said = export("tickets", "--to", "tickets.ndjson").stderr

    assert "1 new, 1 read again, 0 gone" in said
    assert lines("tickets.ndjson") == all_of(psa)


def test_what_does_not_match_any_more_leaves_the_file(export: Export, psa: Psa) -> None:
    export("tickets", "state=open", "--to", "open.ndjson")
    ticket = psa.tickets.first(q.state == "open")
    assert ticket is not None
    closed = psa.tickets.first(q.state == "closed")
    assert closed is not None
    psa.tickets.update(ticket, status=closed.status)

    export("tickets", "state=open", "--to", "open.ndjson")

    assert lines("open.ndjson") == all_of(psa, q.state == "open")


def test_a_filter_that_counts_from_now_is_read_whole_each_time(export: Export) -> None:
    export("tickets", "created>-1000d", "--to", "recent.ndjson")

    assert "60 read again" in export("tickets", "created>-1000d", "--to", "recent.ndjson").stderr


def keys(path: str) -> list[str]:
    return [one["id"] for one in lines(path)]


def remove(sandbox: Sandbox, ids: list[str]) -> None:
    for id in ids:
        sandbox.world().remove("tickets", int(id))


def test_what_was_deleted_leaves_the_file_when_everything_is_read_again(export: Export, sandbox: Sandbox) -> None:
    export("tickets", "--to", "tickets.ndjson")
    gone, *left = keys("tickets.ndjson")
    remove(sandbox, [gone])

    assert keys("tickets.ndjson") == [gone, *left]
    export("tickets", "--to", "tickets.ndjson", "--full")
    assert keys("tickets.ndjson") == left


def test_that_many_are_gone_is_believed_when_somebody_says_so(export: Export, sandbox: Sandbox) -> None:
    export("tickets", "--to", "tickets.ndjson")
    every = keys("tickets.ndjson")
    remove(sandbox, every[:30])

    with pytest.raises(anypsa.Invalid) as refused:
        export("tickets", "--to", "tickets.ndjson", "--full")
    assert refused.value.problems[0].field == "allow_loss"
    assert keys("tickets.ndjson") == every
    export("tickets", "--to", "tickets.ndjson", "--full", "--allow-loss")
    assert keys("tickets.ndjson") == every[30:]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["foo", "--to", "a.csv"], anypsa.Invalid),
        (["tickets", "--to", "a.xls"], anypsa.Invalid),
        (["tickets", "--to", "nowhere/a.csv"], anypsa.ConfigurationError),
        (["tickets", "--to", "theirs.csv"], anypsa.ConfigurationError),
        (["tickets", "state=closed", "--to", "ours.csv"], anypsa.ConfigurationError),
        (["companies", "--to", "ours.csv"], anypsa.ConfigurationError),
    ],
)
def test_what_cannot_be_right_is_refused_and_changes_no_file(
    export: Export, words: list[str], error: type[Exception]
) -> None:
    Path("theirs.csv").write_text("a")
    export("tickets", "state=open", "--to", "ours.csv")
    ours = Path("ours.csv").read_bytes()

    with pytest.raises(error):
        export(*words)
    assert (Path("theirs.csv").read_text(), Path("ours.csv").read_bytes()) == ("a", ours)


def test_two_exports_to_one_file_do_not_mix(export: Export) -> None:
    with Store(Path("tickets.csv.export"), {}), pytest.raises(anypsa.StateUnavailable):
        export("tickets", "--to", "tickets.csv")


KILLED: Final = """
import os, signal, sqlite3, sys
connect, place, done = sqlite3.connect, int(sys.argv.pop(1)), 0

def count(statement):
    global done
    done += 1
    if done == place:
        os.kill(os.getpid(), signal.SIGKILL)

def traced(*args, **options):
    connection = connect(*args, **options)
    connection.set_trace_callback(count)
    return connection

sqlite3.connect = traced
from anypsa_apps.cli import main
main()
"""
"""Exports, and is killed when it executes so many statements on its store."""


PROGRESS: Final = re.compile(r"[1-9][\d,]* tickets, [\d,]+ requests, [\d,]+ left for now")


def watched(*command: str) -> tuple[int, str]:
    """Runs a program whose standard error people look at; how it ended, and what they saw."""
    import pty  # not there on Windows

    shown, terminal = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=terminal, env=environment) as program:
        os.close(terminal)
        said = b""
        with suppress(OSError):  # the terminal goes with the program
            while some := os.read(shown, 65_536):
                said += some
        os.close(shown)
    return program.returncode, said.decode(errors="replace")


@pytest.mark.skipif(sys.platform == "win32", reason="not run: nothing is killed like this there")
@pytest.mark.parametrize(
    ("vendor", "tickets", "kills"),
    [
        ("autotask", 1_300, 2),
        pytest.param("autotask", 100_000, 12, marks=pytest.mark.deep),
        pytest.param("halopsa", 100_000, 12, marks=pytest.mark.deep),
    ],
)
def test_an_export_that_is_killed_goes_on_and_the_file_equals_the_world(
    start_sandbox: Callable[..., Sandbox],
    monkeypatch: Any,
    tmp_path: Path,
    figures: Callable[..., None],
    vendor: str,
    tickets: int,
    kills: int,
) -> None:
    sandbox = start_sandbox(vendor, tickets=tickets)
    for name, value in {**sandbox.settings, "ledger": "memory"}.items():
        monkeypatch.setenv(f"ANYPSA_{vendor.upper()}_{name.upper()}", value)
    monkeypatch.setenv("ANYPSA_ADAPTER", vendor)
    monkeypatch.chdir(tmp_path)
    random, began = Random(20261125), time.monotonic()
    export = [sys.executable, "-c", KILLED]
    words = ["export", "tickets", "--to", "tickets.ndjson"]

    runs = [watched(*export, str(random.randint(20, 2 * tickets // kills)), *words) for _ in range(kills)]
    with anypsa.connect(vendor) as psa:
        moved = psa.tickets.first()
        assert moved is not None
        psa.tickets.update(moved, title="Changed while the export lay dead")
        runs.append(watched(*export, "-1", *words))
        took = time.monotonic() - began

        assert [ended for ended, _ in runs] == [-signal.SIGKILL] * kills + [0]
        assert any(PROGRESS.search(said) for _, said in runs)
        written, world = lines("tickets.ndjson"), all_of(psa)
        assert written == world
    told = {"vendor": vendor, "killed": f"{kills} times"}
    figures(
        f"export of {tickets:,} tickets: records in the file that are not the world's, or the other way", "0", **told
    )
    figures(f"export of {tickets:,} tickets: all runs until the file was there", f"{took:.0f} s", **told)
