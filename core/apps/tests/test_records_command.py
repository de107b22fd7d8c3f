"""`anypsa tickets`, `notes` and the others: filters and values as words, records as people and programs want them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

import anypsa
from anypsa.models import KINDS
from anypsa_apps.cli import app
from anypsa_apps.problems import told
from anypsa_apps.records.columns import COLUMNS
from anypsa_apps.vocabulary import VERBS
from anypsa_sandbox import Sandbox

Command = Callable[..., Result]


@pytest.fixture(params=["autotask", pytest.param("halopsa", marks=pytest.mark.deep)])
def sandbox(request: pytest.FixtureRequest, start_sandbox: Callable[..., Sandbox], monkeypatch: Any) -> Sandbox:
    sandbox = start_sandbox(request.param, tickets=60)
    for name, value in {**sandbox.settings, "ledger": "memory"}.items():
        monkeypatch.setenv(f"ANYPSA_{request.param.upper()}_{name.upper()}", value)
    monkeypatch.setenv("ANYPSA_ADAPTER", request.param)
    return sandbox


@pytest.fixture
def command(sandbox: Sandbox) -> Command:
    def run(*words: str, input: str | None = None) -> Result:
        return CliRunner().invoke(app, words, input=input)

    return run


def read(command: Command, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(command(*words, "--limit", "0", "-o", "json").stdout)
    return found


def ids(records: list[dict[str, Any]]) -> set[str]:
    return {record["id"] for record in records}


@pytest.fixture
def ticket(command: Command) -> str:
    return str(read(command, "tickets", "list", "state=open")[0]["id"])


def test_every_collection_of_the_library_has_its_commands_and_columns() -> None:
    kinds = {kind.plural: kind for kind in KINDS.values()}

    assert set(VERBS) == set(kinds) == set(COLUMNS)
    assert [plural for plural in VERBS if not COLUMNS[plural].keys() <= kinds[plural].traits.keys()] == []
    assert [plural for plural, verbs in VERBS.items() if ("create" in verbs) != bool(kinds[plural].creatable)] == []
    assert [plural for plural, verbs in VERBS.items() if ("update" in verbs) != bool(kinds[plural].changeable)] == []


def test_all_words_must_hold_and_equal_words_for_one_field_mean_any_of_them(command: Command) -> None:
    high, low = (read(command, "tickets", "list", f"priority={label}") for label in ("High", "Low"))
    both = read(command, "tickets", "list", "priority=High", "priority=Low")

    assert high and low and ids(both) == ids(high) | ids(low)
    assert read(command, "tickets", "list", "priority=High", "priority!=High") == []


def test_an_empty_word_finds_what_has_no_value_and_its_opposite_the_rest(command: Command) -> None:
    none, some = read(command, "tickets", "list", "assignee="), read(command, "tickets", "list", "assignee!=")

    assert {record["assignee"] for record in none} == {None}
    assert all(record["assignee"] for record in some)
    assert len(none) + len(some) == int(command("tickets", "count").stdout)


def test_moments_are_days_whiles_ago_or_iso_times(command: Command) -> None:
    for word in ("created>=2026-01-01", "created>=-5000w", "created>=2020-01-01T00:00:00+02:00"):
        assert int(command("tickets", "count", word).stdout) > 0
    assert int(command("tickets", "count", "created>=-1m").stdout) == 0


@pytest.mark.parametrize(
    "words",
    [
        ("tickets", "list", "stat=open"),
        ("tickets", "list", "nonsense"),
        ("tickets", "list", "created>yesterday"),
        ("tickets", "list", "created>2026-01-01T00:00:00"),
        ("tickets", "list", "created>"),
        ("tickets", "list", "--where", "{"),
        ("tickets", "update", "1", "due=soon"),
        ("tickets", "update", "1", "title=a", "title=b"),
        ("tickets", "update", "1", "priority~High"),
        ("tickets", "update", "1", "title=@no/such/file"),
        ("attachments", "create", "ticket=1", "name=a", "visibility=internal", "content=words"),
        ("tickets", "delete", "1"),
    ],
    ids=" ".join,
)
def test_words_that_mean_nothing_are_refused_before_anything_is_sent(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = {"username": "a", "secret": "b", "integration_code": "c", "discovery_url": "http://127.0.0.1:1"}
    for name, value in {**nobody, "ledger": "memory"}.items():
        monkeypatch.setenv(f"ANYPSA_AUTOTASK_{name.upper()}", value)

    assert told(lambda: CliRunner().invoke(app, [*words, "-a", "autotask"], catch_exceptions=False)) == 2


def test_a_list_says_on_standard_error_whether_it_is_all(command: Command) -> None:
    cut, whole = command("tickets", "list", "--limit", "3"), command("tickets", "list", "--limit", "0")

    assert cut.stderr.startswith("3 tickets (") and whole.stderr == "60 tickets\n"


def test_a_script_changes_reads_and_comments_a_ticket(command: Command, ticket: str, sandbox: Sandbox) -> None:
    changed = command("tickets", "update", ticket, "priority=High", "assignee=", "--expect", "state=open", "-o", "json")
    noted = command("notes", "create", f"ticket={ticket}", "visibility=internal", "body=@-", input="@all: done\n")

    assert json.loads(changed.stdout)["assignee"] is None and noted.exit_code == 0, noted.stderr
    [note] = read(command, "notes", "list", f"ticket={ticket}", "body~@all")
    assert (note["body"], note["visibility"]) == ("@all: done", "internal")


def test_a_change_of_what_is_no_longer_so_is_refused(command: Command, ticket: str) -> None:
    result = command("tickets", "update", ticket, "priority=High", "--expect", "state=closed")

    assert isinstance(result.exception, anypsa.PSAError) and not isinstance(result.exception, anypsa.Unreachable)
    assert command("tickets", "get", ticket, "-o", "json").exit_code == 0


def test_a_file_goes_up_whole(command: Command, ticket: str, tmp_path: Path, sandbox: Sandbox) -> None:
    file = tmp_path / "photo.png"
    file.write_bytes(bytes(range(256)))

    made = command(
        "attachments", "create", f"ticket={ticket}", "name=photo.png", "visibility=internal", f"content=@{file}"
    )

    assert made.exit_code == 0, made.output
    with anypsa.connect(sandbox.dialect.name) as psa:
        [attachment] = psa.attachments.list(ticket=ticket)
        assert psa.attachments.get(attachment).content == bytes(range(256))


def test_csv_has_a_column_for_each_field_and_starts_no_formula(command: Command, ticket: str, sandbox: Sandbox) -> None:
    sandbox.world().change("tickets", int(ticket), {"title": "=cmd|' /C calc'!A0"})

    [row] = csv.DictReader(io.StringIO(command("tickets", "list", f"id={ticket}", "-o", "csv").stdout))

    assert row["title"] == "'=cmd|' /C calc'!A0"
    assert (row["id"], row["state"], row["status.label"], row["company.id"]) == (
        ticket,
        "open",
        *[row[name] for name in ("status.label", "company.id") if row[name]],
    )


def test_fields_and_requests_show_what_the_vendor_has(command: Command, sandbox: Sandbox) -> None:
    fields = {one["name"]: one for one in json.loads(command("fields", "time-entries", "-o", "json").stdout)}
    path = {"autotask": "Version", "halopsa": "Team"}[sandbox.dialect.name]

    assert fields["summary"]["required"] and fields["ticket"]["vendor_name"]
    assert json.loads(command("request", "get", path).stdout)
