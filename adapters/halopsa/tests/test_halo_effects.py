"""Effects: what raw requests do, in particular who sees what they write, and what a status means beforehand."""

from __future__ import annotations

from typing import Any

import pytest

import anypsa
from anypsa import Action, Visibility, q
from anypsa.wire import run
from anypsa_halopsa.routes import classify
from anypsa_sandbox import Sandbox

HIDDEN = {"ticket_id": 1, "note_html": "a", "hiddenfromuser": True}
SILENT = {**HIDDEN, "sendemail": False}
INTERNAL, PUBLIC = Visibility.INTERNAL, Visibility.PUBLIC


@pytest.mark.parametrize(
    ("items", "visibility"),
    [
        ([SILENT], INTERNAL),
        ([SILENT, SILENT], INTERNAL),
        ([HIDDEN], None),
        ([{"ticket_id": 1, "note_html": "a"}], None),
        ([SILENT, HIDDEN], None),
        ([{**SILENT, "hiddenfromuser": False}], PUBLIC),
        ([SILENT, {**SILENT, "hiddenfromuser": False}], PUBLIC),
        ([{**SILENT, "HiddenFromUser": False}], PUBLIC),
        ([{**HIDDEN, "sendemail": True}], PUBLIC),
        ([{**SILENT, "emailto": "a@b.example"}], PUBLIC),
        ([{**SILENT, "hiddenfromuser": "false"}], None),
        ([{**SILENT, "sendsms": True}], PUBLIC),
    ],
    ids=str,
)
def test_a_raw_note_is_internal_only_if_it_says_so_and_mails_nobody(items: Any, visibility: Visibility | None) -> None:
    assert classify("POST", "Actions", items).visibility is visibility


@pytest.mark.parametrize(
    ("items", "visibility"),
    [
        ([{"showforusers": False}], INTERNAL),
        ([{"showforusers": False}, {"showforusers": True}], PUBLIC),
        ([{"showforusers": False}, {}], None),
        ([{}], None),
    ],
    ids=str,
)
def test_a_raw_file_is_internal_only_if_it_says_so(items: Any, visibility: Visibility | None) -> None:
    assert classify("POST", "Attachment", items).visibility is visibility


def test_a_raw_change_names_the_record_as_we_do() -> None:
    assert classify("POST", "Actions", [{**SILENT, "id": 7, "ticket_id": 5.0}]).record == "5:7"
    assert classify("POST", "Tickets", [{"id": "5.0", "summary": "x"}]).record == "5"
    assert classify("POST", "notification", [{"webhook_id": "u"}]).entity == "webhook"


def test_time_that_customers_may_read_is_neither_a_note_nor_time() -> None:
    booked = {"timetaken": 0.5, "actionarrivaldate": "2026-03-02T09:00:00"}

    assert classify("POST", "Actions", [{**SILENT, **booked}]).entity == "time_entry"
    for items in ([{**HIDDEN, **booked, "hiddenfromuser": False}], [SILENT, {**SILENT, **booked}]):
        assert classify("POST", "Actions", items).action is Action.UNKNOWN


def test_what_a_status_means_is_known_before_a_ticket_has_it() -> None:
    with (
        Sandbox("halopsa", tickets=60) as sandbox,
        anypsa.connect("halopsa", **sandbox.settings, ledger="memory") as psa,
    ):
        for state in (anypsa.State.OPEN, anypsa.State.CLOSED):
            ticket = psa.tickets.first(q.state == str(state))
            assert ticket is not None
            assert run(psa.context.adapter.state(ticket.status.id)) is state
        assert run(psa.context.adapter.state("999999")) is None
