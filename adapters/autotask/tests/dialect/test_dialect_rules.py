"""Rules (3.3, 9) beyond those of every record, and the switches that only some tenants have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from anypsa_sandbox import Sandbox

from .tenant import Tenant
from .test_dialect_entities import NOTE, someone
from .test_dialect_writes import attached, plain, refused

TIMES = {"startDateTime": "2026-11-02T09:00:00Z", "endDateTime": "2026-11-02T09:20:00Z"}


def book(tenant: Tenant, **given: Any) -> Any:
    """Books time on a ticket."""
    who = someone(tenant)
    entry = {"ticketID": plain(tenant)["id"], "resourceID": who["id"], "roleID": who["role"]}
    return tenant.client.post("TimeEntries", json={**entry, **TIMES, **given})


@pytest.mark.parametrize(("name", "billed"), [("northwind", 0.5), ("contoso", 0.4)])
def test_what_is_billed_is_rounded_as_the_tenant_rounds(
    connect: Callable[..., Tenant], name: str, billed: float
) -> None:
    tenant = connect(name)

    item = tenant.item("TimeEntries", book(tenant, hoursToBill=9).json()["itemId"])

    assert (item["hoursWorked"], item["hoursToBill"]) == (0.3333, billed)


def test_an_offset_is_billed_too(northwind: Tenant) -> None:
    id = book(northwind, offsetHours=1).json()["itemId"]

    assert northwind.item("TimeEntries", id)["hoursToBill"] == 1.5


def test_time_is_booked_in_a_role_of_the_resources(northwind: Tenant) -> None:
    who = someone(northwind)
    theirs = {row["role"] for row in northwind.world.rows("technician_roles") if row["technician"] == who["id"]}
    foreign = next(row["id"] for row in northwind.world.rows("roles") if row["id"] not in theirs)

    assert "Role does not exist or is invalid" in refused(book(northwind, roleID=foreign))


def test_time_takes_contract_and_work_type_of_its_ticket(northwind: Tenant) -> None:
    ticket = attached(northwind, "contract", "work_type")

    item = northwind.item("TimeEntries", book(northwind, ticketID=ticket["id"]).json()["itemId"])

    assert (item["contractID"], item["billingCodeID"]) == (ticket["contract"], ticket["work_type"])
    assert (item["dateWorked"], item["timeEntryType"]) == ("2026-11-02T00:00:00Z", 2)


def test_regular_time_has_an_internal_code_and_no_ticket(northwind: Tenant) -> None:
    internal = next(row for row in northwind.world.rows("work_types") if row["internal"])
    regular = {"internalBillingCodeID": internal["id"], "ticketID": None, "roleID": None}

    item = northwind.item("TimeEntries", book(northwind, **regular).json()["itemId"])

    assert (item["ticketID"], item["timeEntryType"]) == (
        None,
        northwind.pick("TimeEntries", "timeEntryType", "Regular"),
    )


def test_time_does_not_end_before_it_starts(northwind: Tenant) -> None:
    refused(book(northwind, endDateTime="2026-11-02T08:00:00Z"))


@pytest.mark.parametrize("missing", ["ticketID", "roleID", "resourceID"])
def test_time_needs_more_than_metadata_says(northwind: Tenant, missing: str) -> None:
    assert missing in refused(book(northwind, **{missing: None}))


def test_whoever_is_assigned_does_not_help_as_well(northwind: Tenant) -> None:
    ticket = next(row for row in northwind.world.rows("tickets") if row["assignee"] and row["assignee"] != 1)
    pair = {"resourceID": ticket["assignee"], "roleID": ticket["role"]}

    refused(northwind.client.post(f"Tickets/{ticket['id']}/SecondaryResources", json=pair))


def test_whoever_helps_is_not_assigned_as_well(northwind: Tenant) -> None:
    helper = next(row for row in northwind.world.rows("ticket_technicians"))
    pair = {"assignedResourceID": helper["technician"], "assignedResourceRoleID": helper["role"]}

    refused(northwind.client.patch("Tickets", json={"id": helper["ticket"], **pair}))


def test_another_contact_is_of_the_same_company(northwind: Tenant) -> None:
    ticket = plain(northwind)
    foreign = next(
        row for row in northwind.world.rows("contacts") if row["company"] != ticket["company"] and row["active"]
    )

    text = refused(
        northwind.client.post(f"Tickets/{ticket['id']}/AdditionalContacts", json={"contactID": foreign["id"]})
    )

    assert text == "Data violation: contactID is not associated to the companyID or its Parent Company.."


def test_a_ticket_does_not_leave_its_location_behind(northwind: Tenant) -> None:
    ticket = attached(northwind, "location")
    move = {"id": ticket["id"], "companyID": 0, "contactID": None, "contractID": None}

    assert "companyLocationID" in refused(northwind.client.patch("Tickets", json=move))
    assert northwind.client.patch("Tickets", json={**move, "companyLocationID": None}).status_code == 200


def test_a_null_contract_in_a_move_is_honoured_by_a_tenant_that_does_not_lie(
    sandbox: Sandbox, northwind: Tenant
) -> None:
    sandbox.control.dialect("switch", contract_lie=False)
    ticket = attached(northwind, "contract")
    cleared = {"contactID": None, "companyLocationID": None, "contractID": None}

    northwind.client.patch("Tickets", json={"id": ticket["id"], "companyID": 0, **cleared})

    assert northwind.item("Tickets", ticket["id"])["contractID"] is None


def test_a_queue_may_be_demanded(sandbox: Sandbox, northwind: Tenant) -> None:
    assert northwind.ticket().status_code == 200
    sandbox.control.dialect("switch", queue_demanded=True)

    assert refused(northwind.ticket()) == "Ticket: Queue ID is required."
    assert northwind.ticket(queueID=northwind.pick("Tickets", "queueID", "Network")).status_code == 200
    pair = {"assignedResourceID": someone(northwind)["id"], "assignedResourceRoleID": someone(northwind)["role"]}
    assert northwind.ticket(**pair).status_code == 200


def test_a_category_may_demand_titles_of_notes(sandbox: Sandbox, northwind: Tenant) -> None:
    sandbox.control.dialect("switch", titled_notes="Alert")
    note = {"description": "d", **{name: northwind.pick("TicketNotes", name, label) for name, label in NOTE.items()}}
    tickets = {
        label: northwind.ticket(ticketCategory=northwind.pick("Tickets", "ticketCategory", label)).json()["itemId"]
        for label in ("Alert", "Standard")
    }

    assert "title" in refused(northwind.client.post(f"Tickets/{tickets['Alert']}/Notes", json=note))
    assert northwind.client.post(f"Tickets/{tickets['Alert']}/Notes", json={**note, "title": "t"}).status_code == 200
    assert northwind.client.post(f"Tickets/{tickets['Standard']}/Notes", json=note).status_code == 200


def test_an_inactive_contact_is_refused_unless_the_switch_says_otherwise(sandbox: Sandbox, northwind: Tenant) -> None:
    contact = next(row for row in northwind.world.rows("contacts") if not row["active"])
    ticket = {"companyID": contact["company"], "contactID": contact["id"]}

    text = refused(northwind.ticket(**ticket))
    assert text == "Reference value on field: contactID of type: Contact does not exist or is invalid."
    sandbox.control.dialect("switch", inactive_references=True)
    assert northwind.ticket(**ticket).status_code == 200


@pytest.mark.parametrize("value", [3, 999])
def test_a_value_of_a_list_that_is_inactive_or_none_is_refused(northwind: Tenant, value: int) -> None:
    assert refused(northwind.ticket(serviceLevelAgreementID=value)) == (
        "Value does not reference an existing entity for serviceLevelAgreementID . "
    )


def test_a_companys_number_is_the_clients_to_write(northwind: Tenant) -> None:
    northwind.client.patch("Companies", json={"id": 0, "companyNumber": "C-1"})

    assert northwind.item("Companies", 0)["companyNumber"] == "C-1"


def test_a_switch_that_there_is_not_is_told(sandbox: Sandbox) -> None:
    for values in ({"queue_demanded": 1}, {"nonsense": True}):
        with pytest.raises(ValueError, match="queue_demanded"):
            sandbox.control.dialect("switch", **values)


def test_a_reset_forgets_switches(sandbox: Sandbox, northwind: Tenant) -> None:
    sandbox.control.dialect("switch", queue_demanded=True)
    sandbox.control.reset()

    assert northwind.ticket().status_code == 200
