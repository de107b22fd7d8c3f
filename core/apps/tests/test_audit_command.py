"""`anypsa audit`: one readable table, or JSON with all of it; what it costs is said before, and may be refused."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from anypsa_apps.cli import app
from anypsa_sandbox import Sandbox

WAYS = {"queues": "queue", "fields": "field", "contention": "ours"}


def words(sandbox: Sandbox, what: str) -> list[str]:
    more = [] if what == "contention" else ["--days", "400"]
    return ["audit", what, "--adapter", sandbox.dialect.name, *more]


@pytest.mark.row("S118", call="anypsa audit queues")
@pytest.mark.parametrize("what", WAYS)
def test_each_audit_is_printed_as_a_table_or_as_json(sandbox: Sandbox, what: str) -> None:
    table, listed = (CliRunner().invoke(app, [*words(sandbox, what), "--output", form]) for form in ("table", "json"))

    found = json.loads(listed.stdout)
    rows = found if isinstance(found, list) else [found]
    assert (table.exit_code, listed.exit_code) == (0, 0)
    assert rows and all(WAYS[what] in row for row in rows)
    assert table.stdout.strip()
    assert "request" in table.stderr


@pytest.mark.parametrize("what", ["queues", "fields"])
def test_an_audit_that_takes_more_requests_than_are_allowed_does_not_begin(sandbox: Sandbox, what: str) -> None:
    answer = CliRunner().invoke(app, [*words(sandbox, what), "--max-requests", "0"])

    assert answer.exit_code != 0
    assert "requests" in answer.stderr
    assert not answer.stdout
