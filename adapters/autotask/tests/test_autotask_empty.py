"""Tickets of no company and no status: read, filtered, expanded and refused as what is absent."""

from __future__ import annotations

import pytest
from autotask_vendor import Vendor, connect

from anypsa import Invalid, Psa, State, q

NOTHING = dict.fromkeys(("companyID", "status", "priority", "title", "createDate"))


@pytest.fixture
def vendor() -> Vendor:
    made = Vendor(Companies=2)
    made.add("Tickets", id=1, companyID=2)
    made.add("Tickets", id=2, **NOTHING)
    made.add("Tickets", id=3, **NOTHING, completedDate="2026-03-02T12:00:00Z")
    return made


@pytest.fixture
def psa(vendor: Vendor) -> Psa:
    return connect(vendor)


def ids(psa: Psa, where: object) -> list[str]:
    return [ticket.id for ticket in psa.tickets.list(where)]


def test_an_automation_goes_on_over_a_ticket_of_no_company(psa: Psa) -> None:
    told = [(one.company.name, one.status.label, f"{one.company}/{one.status}") for one in psa.tickets.list()]

    assert told == [(None, "New", "2/New"), (None, None, "/"), (None, None, "/")]
    assert [bool(one.company) and bool(one.status) for one in psa.tickets.list()] == [True, False, False]


def test_company_0_is_a_company(psa: Psa, vendor: Vendor) -> None:
    vendor.add("Companies", id=0, companyName="Ourselves")
    vendor.add("Tickets", id=4, companyID=0)

    (ticket,) = psa.tickets.list(q.company == "0", expand=["company"])

    assert (bool(ticket.company), ticket.company.name, psa.companies.get(ticket.company).name) == (
        True,
        *["Ourselves"] * 2,
    )


def test_a_ticket_without_a_status_is_closed_once_it_is_completed(psa: Psa) -> None:
    assert [ticket.state for ticket in psa.tickets.list()] == [State.OPEN, State.OPEN, State.CLOSED]
    assert ids(psa, q.state == State.CLOSED) == ["3"]
    assert ids(psa, q.state == State.OPEN) == ["1", "2"]
    assert (psa.tickets.count(q.state == State.CLOSED), psa.tickets.count(q.state == State.OPEN)) == (1, 2)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (q.company.is_null(), ["2", "3"]),
        (q.company.is_not_null(), ["1"]),
        (q.company == "2", ["1"]),
        (q.company != "2", ["2", "3"]),
        (q.status == "New", ["1"]),
        (~(q.status == "New"), ["2", "3"]),
        (q.status.not_in(["Complete"]), ["1", "2", "3"]),
    ],
)
def test_what_is_empty_is_absent_in_every_filter(psa: Psa, where: object, found: list[str]) -> None:
    assert ids(psa, where) == found


def test_what_is_empty_is_not_looked_up(psa: Psa, vendor: Vendor) -> None:
    companies = [ticket.company.record for ticket in psa.tickets.list(expand=["company"])]

    assert [company and company.id for company in companies] == ["2", None, None]
    assert [body["filter"][0]["value"] for body in vendor.bodies("POST", "Companies/query")] == [[2]]


def test_what_is_empty_is_refused_before_anything_is_sent(psa: Psa, vendor: Vendor) -> None:
    empty = psa.tickets.get(2)
    before = len(vendor.told)

    for call in (
        lambda: psa.companies.get(empty.company),
        lambda: psa.tickets.create(company=empty.company, title="VPN down"),
        lambda: psa.tickets.update(empty, status=empty.status),
        lambda: psa.tickets.update(empty, title="VPN down", expect={"company": empty.company}),
        lambda: psa.tickets.list(q.company == empty.company),
        lambda: psa.contacts.list(company=empty.company),
    ):
        with pytest.raises(Invalid):
            call()

    assert len(vendor.told) == before


def test_an_update_leaves_what_is_empty_as_it_is(psa: Psa, vendor: Vendor) -> None:
    psa.tickets.update(2, title="VPN down", expect={"company": None, "status": None})

    assert vendor.bodies("PATCH", "Tickets") == [{"id": 2, "title": "VPN down"}]
