"""`anypsa policy`: the matrix is printed as it is tested."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from anypsa.policy import COLUMNS, CONTRACT_KINDS, MATRIX, TERMS
from anypsa_apps.cli import app


@pytest.mark.row("S93", call="anypsa policy matrix")
def test_the_matrix_is_printed_whole() -> None:
    done = CliRunner().invoke(app, ["policy", "matrix", "--output", "json"])

    assert json.loads(done.stdout) == [{"what": case.what, **case.expected} for case in MATRIX]


def test_people_get_a_table_with_a_column_for_each_preset() -> None:
    printed = CliRunner().invoke(app, ["policy", "matrix"], env={"COLUMNS": "120"}).stdout.splitlines()

    assert printed[0].split() == ["what", *COLUMNS]
    assert len(printed) == len(MATRIX) + 1


@pytest.mark.row("S115", call="anypsa policy matrix --contracts")
def test_what_contracts_say_is_printed_whole() -> None:
    done = CliRunner().invoke(app, ["policy", "matrix", "--contracts", "--output", "json"])

    printed = {row.pop("what"): row for row in json.loads(done.stdout)}
    assert printed == {one: dict(zip(CONTRACT_KINDS, terms, strict=True)) for one, terms in TERMS.items()}
