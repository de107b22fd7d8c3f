"""`anypsa audit`: one readable table, or JSON with all of it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from anypsa_apps.cli import app
from anypsa_sandbox import Sandbox

WAYS = {"queues": "queue", "fields": "field", "contention": "ours"}


@pytest.mark.parametrize("sandbox", ["autotask"], indirect=True)
@pytest.mark.parametrize("what", WAYS)
def test_each_audit_is_printed_as_a_table_or_as_json(sandbox: Sandbox, what: str) -> None:
    words = ["audit", what, "--adapter", sandbox.dialect.name]
    more = [] if what == "contention" else ["--days", "400"]

    table, listed = (CliRunner().invoke(app, [*words, *more, "--output", form]) for form in ("table", "json"))

    found = json.loads(listed.stdout)
    rows = found if isinstance(found, list) else [found]
    assert (table.exit_code, listed.exit_code) == (0, 0)
    assert rows and all(WAYS[what] in row for row in rows)
    assert table.stdout.strip()
