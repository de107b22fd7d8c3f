"""Notes: visible to whom was said and to nobody else, whatever the tenant calls it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from autotask_vendor import Vendor, connect, value

from anypsa import (
    ConfigurationError,
    Invalid,
    OutcomeUnknown,
    Psa,
    Visibility,
    VisibilityBreached,
)

INTERNAL, PUBLIC = Visibility.INTERNAL, Visibility.PUBLIC


@pytest.fixture
def vendor() -> Vendor:
    return Vendor(Tickets=2, Companies=1, Resources=1)


@pytest.fixture
def psa(vendor: Vendor) -> Psa:
    return connect(vendor)


def problems(call: Callable[[], Any]) -> dict[str | None, tuple[str, ...]]:
    """Which fields a refused call names, and what is allowed for each."""
    with pytest.raises(Invalid) as caught:
        call()
    return {problem.field: problem.allowed for problem in caught.value.problems}


def changed(vendor: Vendor) -> Any:
    return vendor.bodies("PATCH")[-1]


def note(psa: Psa, visibility: Any = INTERNAL, **more: Any) -> Any:
    return psa.notes.create(ticket=1, body="Looking into it.", visibility=visibility, **more)


LISTS = {
    "stock": [value(1, "All Autotask Users"), value(2, "Internal Project Team")],
    "swapped": [value(1, "Internal Only"), value(7, "All Autotask Users")],
    "inactive": [
        value(1, "Internal Only", isActive=False),
        value(4, " INTERNAL USERS "),
        value(5, "All Autotask Users"),
    ],
}
MEANT = {("stock", INTERNAL): 2, ("stock", PUBLIC): 1, ("swapped", INTERNAL): 1, ("swapped", PUBLIC): 7,
         ("inactive", INTERNAL): 4, ("inactive", PUBLIC): 5}  # fmt: skip


@pytest.mark.parametrize(("tenant", "wanted"), MEANT)
def test_visibility_is_resolved_by_the_tenants_own_labels(vendor: Vendor, tenant: str, wanted: Visibility) -> None:
    vendor.picklists["TicketNotes"]["publish"] = LISTS[tenant]

    stored = note(connect(vendor), wanted)

    assert vendor.bodies("POST", "Notes")[0]["publish"] == MEANT[tenant, wanted]
    assert stored.visibility is wanted


UNTOLD = [
    [],
    [value(1, "Everyone"), value(2, "Us")],
    [value(1, "Internal Only"), value(2, "Internal Users"), value(3, "All Autotask Users")],
    [value(1, "Internal Only", isActive=False), value(3, "All Autotask Users")],
]


@pytest.mark.parametrize("labels", UNTOLD, ids=range(4))
def test_a_note_is_refused_where_its_visibility_cannot_be_told(psa: Psa, vendor: Vendor, labels: Any) -> None:
    vendor.picklists["TicketNotes"]["publish"] = labels

    with pytest.raises(ConfigurationError) as caught:
        note(psa)

    assert caught.value.problems[0].field == "visibility"
    assert vendor.writes() == []


def test_the_profile_tells_what_labels_do_not(vendor: Vendor) -> None:
    vendor.picklists["TicketNotes"]["publish"] = UNTOLD[1]

    stored = note(connect(vendor, visibility={"internal": "2"}))

    assert vendor.bodies("POST", "Notes")[0]["publish"] == 2
    assert stored.visibility is INTERNAL


@pytest.mark.parametrize(
    "metadata",
    [
        {"fields": [{"name": "publish", "isPickList": False, "picklistValues": None}]},
        (500, {"errors": ["The logged in Resource does not have the adequate permissions to query this entity type."]}),
    ],
    ids=["no picklist", "hidden"],
)
def test_the_profile_alone_tells_where_metadata_does_not(vendor: Vendor, metadata: Any) -> None:
    vendor.fails("GET", "TicketNotes/entityInformation/fields", metadata, times=99)
    psa = connect(vendor, visibility={"internal": "2"})

    stored = note(psa)

    assert vendor.bodies("POST", "Notes")[0]["publish"] == 2
    assert stored.visibility is INTERNAL
    with pytest.raises(ConfigurationError):
        note(psa, PUBLIC)


def test_no_note_type_is_sent_where_none_is_known(vendor: Vendor) -> None:
    vendor.picklists["TicketNotes"]["noteType"] = []

    note(connect(vendor))

    assert "noteType" not in vendor.bodies("POST", "Notes")[0]


def test_the_profile_cannot_make_one_value_internal_and_public(vendor: Vendor) -> None:
    vendor.picklists["TicketNotes"]["publish"] = LISTS["stock"]
    psa = connect(vendor, visibility={"internal": "1", "public": "1"})

    with pytest.raises(ConfigurationError):
        note(psa, INTERNAL)
    assert vendor.writes() == []


@pytest.mark.parametrize("given", [{}, {"visibility": None}])
def test_a_note_without_a_visibility_is_refused(psa: Psa, vendor: Vendor, given: Any) -> None:
    create: Any = psa.notes.create

    assert set(problems(lambda: create(ticket=1, body="a", **given))) == {"visibility"}
    assert vendor.told == []


def test_a_visibility_that_there_is_not_is_refused(psa: Psa, vendor: Vendor) -> None:
    assert set(problems(lambda: note(psa, "secret"))) == {"visibility"}
    assert vendor.told == []


def test_a_note_is_written_through_its_ticket_by_a_type_no_workflow_uses(psa: Psa, vendor: Vendor) -> None:
    note(psa)

    assert vendor.writes()[0].url.endswith("/v1.0/Tickets/1/Notes")
    assert vendor.bodies("POST", "Notes")[0] == {
        "id": 0,
        "ticketID": 1,
        "description": "Looking into it.",
        "title": "Looking into it.",
        "noteType": 3,
        "publish": 2,
    }


def careless(vendor: Vendor, *, obeys: bool) -> None:
    """From now on the vendor stores every new note for all to read; obeying updates or not."""

    def stored(outgoing: Any) -> Any:
        answer = vendor.answer(outgoing)
        vendor.tables["TicketNotes"][answer["itemId"]]["publish"] = 1
        return answer

    vendor.fails("POST", "Tickets/1/Notes", stored, times=9)
    if not obeys:
        vendor.fails("PATCH", "Tickets/1/Notes", (500, {"errors": ["no"]}), times=9)


@pytest.mark.parametrize(("obeys", "left"), [(True, 2), (False, 1)])
def test_a_note_stored_for_all_to_read_is_told_and_undone_where_possible(
    psa: Psa, vendor: Vendor, obeys: bool, left: int
) -> None:
    careless(vendor, obeys=obeys)

    with pytest.raises(VisibilityBreached) as caught:
        note(psa)

    assert "1" in caught.value.tried
    assert vendor.tables["TicketNotes"][1]["publish"] == left


def test_after_a_breach_no_further_note_is_written(psa: Psa, vendor: Vendor) -> None:
    careless(vendor, obeys=True)
    with pytest.raises(VisibilityBreached):
        note(psa)
    before = len(vendor.told)

    for _ in range(2):
        with pytest.raises(VisibilityBreached):
            note(psa)

    assert len(vendor.told) == before


def test_after_a_breach_tickets_are_still_written(psa: Psa, vendor: Vendor) -> None:
    careless(vendor, obeys=True)
    with pytest.raises(VisibilityBreached):
        note(psa)

    assert psa.tickets.update(1, title="b").title == "b"


def test_a_note_stored_with_a_value_that_means_nothing_known_is_a_breach(psa: Psa, vendor: Vendor) -> None:
    def stored(outgoing: Any) -> Any:
        answer = vendor.answer(outgoing)
        vendor.tables["TicketNotes"][answer["itemId"]]["publish"] = 99
        return answer

    vendor.fails("POST", "Tickets/1/Notes", stored)

    with pytest.raises(VisibilityBreached):
        note(psa)


def test_a_note_whose_visibility_cannot_be_read_back_is_an_unknown_outcome(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("GET", "TicketNotes/1", (503, b""), times=99)

    with pytest.raises(OutcomeUnknown):
        note(psa)

    assert len(vendor.tables["TicketNotes"]) == 1


def test_changing_a_note_keeps_and_checks_its_visibility(psa: Psa, vendor: Vendor) -> None:
    stored = note(psa)

    again = psa.notes.update(stored, body="Found it.", visibility=PUBLIC)

    assert changed(vendor) == {"id": 1, "description": "Found it.", "publish": 1}
    assert vendor.sent("PATCH")[0].url.endswith("/v1.0/Tickets/1/Notes")
    assert again.visibility is PUBLIC
