"""Writes: patches say what changes, boards decide about statuses, notes say who may read them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from connectwise_wire import TICKET, asked, connected, page

from anypsa import Invalid, NotFound, OutcomeUnknown, Psa, Visibility, VisibilityBreached, q
from anypsa.spi import Action
from anypsa_sandbox import Sandbox

ONE = "/service/tickets/69"
NOTES = "/service/tickets/69/notes"
NOTE = {"id": 5, "ticketId": 69, "text": "For us.", "dateCreated": "2026-03-08T21:00:00Z", "internalAnalysisFlag": True}


def sent(psa: Psa, method: str) -> list[Any]:
    """The bodies that were sent by a method."""
    return [json.loads(bytes(one.content)) for one in asked(psa) if one.method == method]


def test_a_patch_names_what_changes_and_removes_what_is_cleared() -> None:
    psa = connected({f"GET {ONE}": TICKET, f"PATCH {ONE}": TICKET})
    psa.tickets.update("69", title="VPN is up", assignee=None, contact="70", due="2026-04-01T08:00:00.5+02:00")

    assert sent(psa, "PATCH") == [
        [
            {"op": "replace", "path": "summary", "value": "VPN is up"},
            {"op": "remove", "path": "owner"},
            {"op": "replace", "path": "contact", "value": {"id": 70}},
            {"op": "replace", "path": "requiredDate", "value": "2026-04-01T06:00:00Z"},
        ]
    ]


def test_a_description_can_be_given_to_a_new_ticket_only() -> None:
    psa = connected({f"GET {ONE}": TICKET, "POST /service/tickets": {"id": 69}})
    psa.tickets.create(title="VPN down", company="2", description="Since this morning.")

    with pytest.raises(Invalid):
        psa.tickets.update("69", description="No longer.")
    assert sent(psa, "POST")[0]["initialDescription"] == "Since this morning."
    assert sent(psa, "PATCH") == []


@pytest.mark.parametrize("answer", [{}, {"id": "x"}, {"id": True}, [], None], ids=str)
def test_a_create_whose_answer_names_no_record_is_unknown_and_not_sent_again(answer: Any) -> None:
    psa = connected({"POST /service/tickets": (201, answer), "GET /service/tickets": page([])}, settle_time=0)

    with pytest.raises(OutcomeUnknown):
        psa.tickets.create(title="VPN down", company="2")
    assert len(sent(psa, "POST")) == 1


# Boards


def ticket_on(sandbox: Sandbox, queue: str, status: str) -> str:
    """A ticket of the world's on a board, with a status."""
    row = next(row for row in sandbox.world().rows("tickets") if row["queue"] == queue)
    sandbox.control.world(tenant="northwind", table="tickets", id=row["id"], change={"status": status})
    return str(row["id"])


def test_a_status_is_that_of_the_tickets_own_board(sandbox: Sandbox, psa: Psa) -> None:
    network, onsite = (ticket_on(sandbox, queue, "New") for queue in ("Network", "Onsite"))
    changed = [psa.tickets.update(id, status="Escalated") for id in (network, onsite)]

    assert [ticket.status.label for ticket in changed] == ["Escalated"] * 2
    assert len({ticket.status.id for ticket in changed}) == 2
    assert psa.tickets.update(network, title="moved on", expect={"status": "Escalated"}).title == "moved on"


def test_a_ticket_takes_status_and_type_to_another_board_by_name(sandbox: Sandbox, psa: Psa) -> None:
    id = ticket_on(sandbox, "Network", "Waiting Customer")
    before = psa.tickets.update(id, type="Incident")
    after = psa.tickets.update(id, queue="Onsite")

    assert (after.queue.label, after.status.label, after.type.label) == ("Onsite", "Waiting Customer", "Incident")
    assert after.status.id != before.status.id
    assert after.type.id != before.type.id


def test_a_move_to_a_board_without_the_status_is_refused_before_it_is_sent(sandbox: Sandbox, psa: Psa) -> None:
    id = ticket_on(sandbox, "Network", "Escalated")
    sandbox.control.dialect("board", name="Onsite", without=["Escalated"])
    sandbox.control.clear_log()

    with pytest.raises(Invalid) as refused:
        psa.tickets.update(id, queue="Onsite")

    assert [one.field for one in refused.value.problems] == ["status"]
    assert "New" in refused.value.problems[0].allowed
    assert not [call for call in sandbox.control.calls() if call["method"] != "GET"]
    assert psa.tickets.update(id, queue="Onsite", status="New").queue.label == "Onsite"


def test_a_status_of_another_board_is_refused_in_our_words(sandbox: Sandbox, psa: Psa) -> None:
    network, onsite = (psa.tickets.get(ticket_on(sandbox, queue, "New")) for queue in ("Network", "Onsite"))

    with pytest.raises(Invalid) as refused:
        psa.tickets.update(network, status=onsite.status)
    assert [one.field for one in refused.value.problems] == ["status"]


def test_a_new_ticket_needs_its_board_for_a_status(psa: Psa) -> None:
    company = psa.companies.first(q.name == "Acme Dental")
    assert company is not None

    with pytest.raises(Invalid):
        psa.tickets.create(title="x", company=company, status="New")
    made = psa.tickets.create(title="x", company=company, status="New", queue="Security")
    assert (made.queue.label, made.status.label) == ("Security", "New")


# Notes


@pytest.mark.parametrize("wanted", list(Visibility))
def test_who_may_read_a_note_is_said_in_full_and_nobody_is_mailed(wanted: Visibility) -> None:
    public = wanted is Visibility.PUBLIC
    flags = {"detailDescriptionFlag": public, "internalAnalysisFlag": not public, "resolutionFlag": False}
    psa = connected({f"POST {NOTES}": {"id": 5}, f"GET {NOTES}/5": {**NOTE, **flags}})
    note = psa.notes.create(ticket="69", body="For us.", visibility=wanted)

    assert (note.id, note.visibility) == ("69:5", wanted)
    assert sent(psa, "POST") == [{"text": "For us.", **flags, "processNotifications": False}]


@pytest.mark.parametrize(
    "stored", [{"detailDescriptionFlag": True}, {"resolutionFlag": True}, {"internalAnalysisFlag": False}], ids=str
)
def test_a_note_that_was_stored_otherwise_is_set_right_told_and_ends_all_writing_of_notes(
    stored: dict[str, bool],
) -> None:
    psa = connected({f"POST {NOTES}": {"id": 5}, f"GET {NOTES}/5": {**NOTE, **stored}, f"PATCH {NOTES}/5": NOTE})
    for _ in range(2):
        with pytest.raises(VisibilityBreached):
            psa.notes.create(ticket="69", body="For us.", visibility=Visibility.INTERNAL)

    assert len(sent(psa, "POST")) == 1
    assert [{one["path"]: one["value"] for one in patch} for patch in sent(psa, "PATCH")] == [
        {"detailDescriptionFlag": False, "internalAnalysisFlag": True, "resolutionFlag": False}
    ]


def test_a_ticket_is_deleted_and_gone(psa: Psa) -> None:
    ticket = psa.tickets.first()
    assert ticket is not None

    psa.tickets.delete(ticket)

    with pytest.raises(NotFound):
        psa.tickets.get(ticket.id)


def test_notes_are_changed_and_deleted_within_their_ticket(sandbox: Sandbox, psa: Psa) -> None:
    ticket = str(sandbox.world().rows("tickets")[0]["id"])
    note = psa.notes.create(ticket=ticket, body="For us.", visibility=Visibility.INTERNAL)
    changed = psa.notes.update(note, body="For you.", visibility=Visibility.PUBLIC)

    assert (changed.id, changed.body, changed.visibility) == (note.id, "For you.", Visibility.PUBLIC)
    psa.notes.delete(note)
    with pytest.raises(NotFound):
        psa.notes.get(note)


# Raw requests


@pytest.mark.parametrize(
    ("method", "path", "body", "does"),
    [
        ("GET", "service/tickets/69/notes", None, (Action.READ, "note", None, set())),
        ("GET", "system/documents", None, (Action.READ, "system/documents", None, set())),
        ("POST", "service/tickets", {"summary": "x"}, (Action.CREATE, "ticket", None, {"title"})),
        ("PATCH", "service/tickets/69", [{"path": "/status/id"}], (Action.UPDATE, "ticket", "69", {"status"})),
        ("PUT", "company/companies/2", {"name": "x"}, (Action.UPDATE, "company", "2", {"name"})),
        ("DELETE", "service/tickets/69", None, (Action.DELETE, "ticket", "69", set())),
        ("POST", "service/tickets/69/merge", {}, (Action.UNKNOWN, "ticket", "69", set())),
        ("POST", "service/tickets/69", {}, (Action.UNKNOWN, "ticket", "69", set())),
        ("POST", "time/entries", {}, (Action.UNKNOWN, "time/entries", None, set())),
        ("DELETE", "service/tickets", None, (Action.UNKNOWN, "ticket", None, set())),
    ],
)
def test_what_a_raw_request_does(method: str, path: str, body: Any, does: Any) -> None:
    effect = connected({}).context.adapter.classify(method, path, body)

    assert (effect.action, effect.entity, effect.record, set(effect.fields)) == does


def test_a_raw_note_tells_who_may_read_it() -> None:
    classify = connected({}).context.adapter.classify

    assert classify("POST", NOTES[1:], {"detailDescriptionFlag": True}).visibility is Visibility.PUBLIC
    assert classify("POST", NOTES[1:], {"text": "x"}).visibility is None


def test_a_raw_path_may_be_copied_from_the_documentation() -> None:
    psa = connected({f"GET {ONE}": TICKET})

    assert psa.request("GET", "/v4_6_release/apis/3.0/service/tickets/69").json()["id"] == 69
