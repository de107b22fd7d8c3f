"""Writing: only what was named is sent, and labels mean one value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from autotask_vendor import Vendor, connect, link, page

from anypsa import (
    Company,
    Id,
    Invalid,
    Name,
    Psa,
    PSAError,
    Ref,
    Unsupported,
)


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


def created(vendor: Vendor) -> Any:
    return vendor.bodies("POST", "Tickets")[-1]


def changed(vendor: Vendor) -> Any:
    return vendor.bodies("PATCH")[-1]


def test_unknown_arguments_are_refused_all_at_once_and_before_anything_is_sent(psa: Psa, vendor: Vendor) -> None:
    wrong: Any = {"titel": "a", "company": 1, "title": 5, "due": datetime(2026, 1, 1), "number": "T1"}

    assert set(problems(lambda: psa.tickets.create(**wrong))) == {"titel", "title", "due", "number"}
    assert vendor.told == []


@pytest.mark.parametrize("given", [{}, {"title": "a"}, {"company": 1}, {"title": None, "company": 1}])
def test_missing_arguments_are_named_before_anything_is_sent(psa: Psa, vendor: Vendor, given: Any) -> None:
    missing = {"title", "company"} - {name for name, one in given.items() if one is not None}

    assert set(problems(lambda: psa.tickets.create(**given))) == missing
    assert vendor.told == []


def test_positional_arguments_are_refused(psa: Psa) -> None:
    create: Any = psa.tickets.create

    with pytest.raises(Invalid):
        create("VPN down")


def test_objects_of_another_tenant_are_refused_before_anything_is_sent(psa: Psa, vendor: Vendor) -> None:
    foreign = Company(tenant="another", id="1")

    assert set(problems(lambda: psa.tickets.create(company=foreign, title="a"))) == {"company"}
    with pytest.raises(Invalid):
        psa.tickets.update(Ref(tenant="another", id="1"), title="a")
    assert vendor.told == []


def test_objects_and_ids_are_taken_alike(psa: Psa, vendor: Vendor) -> None:
    acme = psa.companies.get(1)
    for company in (acme, "1", 1, Ref[Company](tenant=psa.tenant, id="1")):
        psa.tickets.create(company=company, title="a")

    assert [body["companyID"] for body in vendor.bodies("POST", "Tickets")] == [1] * 4


def test_a_created_record_comes_back_as_the_vendor_stored_it(psa: Psa) -> None:
    ticket = psa.tickets.create(company=1, title="VPN down", queue="Service Desk")

    assert (ticket.id, ticket.title) == ("3", "VPN down")
    assert ticket.queue is not None
    assert ticket.queue.label == "Service Desk"


def test_a_create_sends_what_was_named_and_what_the_vendor_demands(psa: Psa, vendor: Vendor) -> None:
    psa.tickets.create(company=1, title="a", estimate=timedelta(minutes=90), due=datetime(2026, 3, 1, tzinfo=UTC))

    sent = created(vendor)

    assert sent.pop("externalID").startswith("anypsa:")  # to find it by, if the answer gets lost
    assert sent == {
        "id": 0,
        "companyID": 1,
        "title": "a",
        "estimatedHours": 1.5,
        "dueDateTime": "2026-03-01T00:00:00.000Z",
        "status": 1,
        "priority": 2,
    }


def test_an_external_id_of_the_users_own_is_left_alone(psa: Psa, vendor: Vendor) -> None:
    psa.tickets.create(company=1, title="a", external_id="RMM-7")

    assert created(vendor)["externalID"] == "RMM-7"


def test_markers_can_be_switched_off(vendor: Vendor) -> None:
    connect(vendor, markers=False).tickets.create(company=1, title="a")

    assert "externalID" not in created(vendor)


def test_an_update_sends_only_what_was_named_at_the_collection(psa: Psa, vendor: Vendor) -> None:
    psa.tickets.update(1, title="b")

    assert changed(vendor) == {"id": 1, "title": "b"}
    assert vendor.sent("PATCH")[0].url.endswith("/v1.0/Tickets")
    assert vendor.sent("PUT") == []


def test_none_clears(psa: Psa, vendor: Vendor) -> None:
    psa.tickets.update(1, queue=None, contact=None)

    assert changed(vendor) == {"id": 1, "queueID": None, "contactID": None}


def test_custom_fields_keep_their_neighbours(psa: Psa, vendor: Vendor) -> None:
    psa.tickets.update(1, custom_fields={"Site Code": "A", "Seats": None})

    assert changed(vendor)["userDefinedFields"] == [
        {"name": "Site Code", "value": "A"},
        {"name": "Seats", "value": None},
    ]


@pytest.mark.parametrize("bad", ["Site Code", {"Site Code": 5}, {5: "a"}, ["a"]])
def test_custom_fields_are_names_and_texts(psa: Psa, bad: Any) -> None:
    assert set(problems(lambda: psa.tickets.update(1, custom_fields=bad))) == {"custom_fields"}


def test_an_update_of_nothing_is_refused(psa: Psa, vendor: Vendor) -> None:
    with pytest.raises(Invalid):
        psa.tickets.update(1)

    assert vendor.told == []


@pytest.mark.parametrize(
    ("queue", "id"),
    [
        ("Service Desk", 29682833),
        (" service desk ", 29682833),
        (29682833, 29682833),
        (Id("29682833"), 29682833),
        (Name("29682833"), 8),
        ("8", 8),
    ],
)
def test_a_value_is_named_by_label_or_id(psa: Psa, vendor: Vendor, queue: Any, id: int) -> None:
    psa.tickets.update(1, queue=queue)

    assert changed(vendor)["queueID"] == id


@pytest.mark.parametrize(
    ("field", "word", "candidates"),
    [
        ("queue", "29682833", {"Service Desk (id 29682833)", "29682833 (id 8)"}),
        ("queue", "Twin", {"Twin (id 9)", "Twin (id 10)"}),
        ("status", "Nonsense", {"New", "Complete", "In Progress"}),
        ("status", 777, {"New", "Complete", "In Progress"}),
        ("status", "Old", {"New", "Complete", "In Progress"}),
        ("status", 12, {"New", "Complete", "In Progress"}),
        ("subcategory", "Other", {"Other (id 20)", "Other (id 21)"}),
        ("assignee", "Nobody Here", {"Jane Doe"}),
    ],
)
def test_a_word_that_means_no_one_value_is_refused_with_candidates(
    psa: Psa, vendor: Vendor, field: str, word: Any, candidates: set[str]
) -> None:
    change: Any = {field: word}

    assert set(problems(lambda: psa.tickets.update(1, **change))[field]) == candidates
    assert vendor.writes() == []


@pytest.mark.parametrize(("category", "id"), [("Hardware", 20), ("Software", 21)])
def test_what_depends_on_another_value_is_resolved_under_it(psa: Psa, vendor: Vendor, category: str, id: int) -> None:
    psa.tickets.update(1, subcategory="Other", category=category)

    assert changed(vendor)["subIssueType"] == id


@pytest.mark.parametrize(("category", "id"), [(10, 20), (11, 21)])
def test_what_depends_on_another_value_is_resolved_under_that_of_the_record(
    psa: Psa, vendor: Vendor, category: int, id: int
) -> None:
    vendor.add("Tickets", id=1, issueType=category)
    psa.tickets.update(1, subcategory="Other")

    assert changed(vendor)["subIssueType"] == id


def test_a_technician_travels_with_a_role(psa: Psa, vendor: Vendor) -> None:
    psa.tickets.update(1, assignee="Jane Doe")

    assert changed(vendor) == {"id": 1, "assignedResourceID": 1, "assignedResourceRoleID": 77}


def test_taking_the_technician_off_takes_the_role_off(psa: Psa, vendor: Vendor) -> None:
    psa.tickets.update(1, assignee=None)

    assert changed(vendor) == {"id": 1, "assignedResourceID": None, "assignedResourceRoleID": None}


def test_a_technician_without_a_role_is_refused(psa: Psa, vendor: Vendor) -> None:
    vendor.tables["Resources"][1]["defaultServiceDeskRoleID"] = None

    assert set(problems(lambda: psa.tickets.update(1, assignee="Jane Doe"))) == {"assignee"}


def test_a_role_written_as_text_is_sent_as_a_number(psa: Psa, vendor: Vendor) -> None:
    vendor.tables["Resources"][1]["defaultServiceDeskRoleID"] = "77"

    psa.tickets.update(1, assignee="Jane Doe")

    assert changed(vendor)["assignedResourceRoleID"] == 77


ROLES = [
    ([{"roleID": 5}], 5),
    ([{"roleID": 5}, {"roleID": 6, "isDefault": True}], 6),
    ([{"roleID": 5}, {"roleID": 6, "isActive": False}], 5),
    ([{"roleID": 5}, {"roleID": 6}], None),
    ([{"roleID": 5, "resourceID": 2}], None),
]


@pytest.mark.parametrize(("held", "role"), ROLES)
def test_a_technician_without_a_default_role_gets_the_one_marked_or_the_only_one(
    psa: Psa, vendor: Vendor, held: Any, role: int | None
) -> None:
    vendor.tables["Resources"][1]["defaultServiceDeskRoleID"] = None
    for row in held:
        vendor.add("ResourceServiceDeskRoles", **row)

    if role is None:
        assert set(problems(lambda: psa.tickets.update(1, assignee="Jane Doe"))) == {"assignee"}
    else:
        psa.tickets.update(1, assignee="Jane Doe")
        assert changed(vendor)["assignedResourceRoleID"] == role


def test_technicians_on_pages_that_go_in_circles_are_an_error(psa: Psa, vendor: Vendor) -> None:
    same = page([vendor.tables["Resources"][1]], link("Resources", 1))
    vendor.fails("POST", "Resources/query", lambda _: same, times=999)
    vendor.fails("POST", "Resources/query/next", lambda _: same, times=999)

    with pytest.raises(PSAError):
        psa.tickets.update(1, assignee="Jane Doe")

    assert len(vendor.sent("POST")) <= 3


def test_tickets_cannot_be_deleted_and_nothing_is_sent(psa: Psa, vendor: Vendor) -> None:
    with pytest.raises(Unsupported):
        psa.tickets.delete(1)

    assert vendor.told == []


def test_impersonation_is_for_writes_only(vendor: Vendor) -> None:
    psa = connect(vendor, impersonate=29)

    psa.tickets.update(1, title="b")
    psa.tickets.list().all()
    psa.request("PATCH", "Tickets", json={"id": 1, "title": "c"})
    psa.request("POST", "Tickets/query", json={"filter": [{"op": "gte", "field": "id", "value": 0}], "maxRecords": 5})

    carried = [one for one in vendor.told if "ImpersonationResourceId" in one.headers]
    assert carried == vendor.writes()
