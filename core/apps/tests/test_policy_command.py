"""`anypsa policy`: the matrix is printed as it is tested."""

from __future__ import annotations

import json
from itertools import chain

import pytest
from typer.testing import CliRunner

from anypsa.policy import COLUMNS, CONTRACT_KINDS, MATRIX, TERMS
from anypsa_apps.cli import app
from anypsa_automation.labelled import HELD_OUT, HELD_OUT_ORDINARY
from anypsa_automation.measuring import SETS


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


@pytest.mark.row("S103", call="anypsa policy sensitive")
def test_the_classifier_is_measured_on_texts_that_no_rule_was_written_by() -> None:
    done = CliRunner().invoke(app, ["policy", "sensitive", "--output", "json"])

    told = {row["labelled texts"]: row for row in json.loads(done.stdout)}
    assert set(SETS) <= set(told)
    assert told["held out"]["found"].endswith(f" of {sum(map(len, HELD_OUT.values()))}")
    known = {
        text
        for name, (some, others) in SETS.items()
        if name != "held out"
        for text in (*chain(*some.values()), *others)
    }
    assert known.isdisjoint([*chain(*HELD_OUT.values()), *HELD_OUT_ORDINARY])
