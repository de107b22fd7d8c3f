"""Relations and choices that a record's row does not name are printed as what is not there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from anypsa import Choice, Ref, State, Ticket, models
from anypsa_apps.exporting.formats import FORMATS
from anypsa_apps.mcp.answers import shown
from anypsa_apps.output import Output, print_record, print_records

TICKET = Ticket(
    tenant="t", id="7", title='"id":""', state=State.OPEN, status=Choice(id=""), company=Ref(tenant="t", id="")
)


def test_json_says_null_and_keeps_the_texts(capsys: Any) -> None:
    print_record(TICKET, models.TICKETS, Output.JSON)

    told = json.loads(capsys.readouterr().out)
    assert (told["company"], told["status"], told["title"], told["state"]) == (None, None, '"id":""', "open")


@pytest.mark.parametrize("output", [Output.TABLE, Output.CSV])
def test_tables_leave_it_out(capsys: Any, output: Output) -> None:
    print_records([TICKET], models.TICKETS, {"company": 1, "status": 1, "id": 1}, output)
    if output is Output.TABLE:
        print_record(TICKET, models.TICKETS, output)

    told = capsys.readouterr().out
    assert "()" not in told
    assert "None" not in told


def test_agents_are_not_told_of_it() -> None:
    assert {"company", "status"}.isdisjoint(shown(TICKET))


def test_a_file_says_null(tmp_path: Path) -> None:
    file = tmp_path / "tickets.ndjson"
    FORMATS[".ndjson"].write([TICKET.model_dump_json()], models.TICKETS, file)

    told = json.loads(file.read_text())
    assert (told["company"], told["status"], told["id"]) == (None, None, "7")
