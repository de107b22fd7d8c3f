"""Writes (3.2, 3.3, 5, 9): what is stored, what is refused and in which words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from .tenant import Tenant

PAIR = (
    "Data violation: When assigning a Resource, you must assign both a assignedResourceID and assignedResourceRoleID."
)


def refused(answer: Any) -> str:
    """The text of a refusal: always 500, always a list of plain strings."""
    assert answer.status_code == 500, answer.text
    texts = answer.json()["errors"]
    assert all(isinstance(text, str) for text in texts)
    return str(texts[0])


def attached(tenant: Tenant, *columns: str) -> dict[str, Any]:
    """A ticket of a customer that has all of these."""
    rows = tenant.world.rows("tickets")
    return next(row for row in rows if row["company"] != 0 and all(row[column] is not None for column in columns))


def plain(tenant: Tenant) -> dict[str, Any]:
    """A ticket with nothing attached and nobody assigned."""
    rows = tenant.world.rows("tickets")
    return next(row for row in rows if not any(row[name] for name in ("contact", "contract", "asset", "assignee")))


def test_a_create_is_200_with_the_id_alone(northwind: Tenant) -> None:
    answer = northwind.ticket()

    assert (answer.status_code, set(answer.json())) == (200, {"itemId"})
    item = northwind.item("Tickets", answer.json()["itemId"])
    assert item["title"] == "from a test"
    assert item["ticketNumber"].startswith("T")
    assert item["createDate"] == item["lastActivityDate"]


def test_any_writable_field_reads_back(northwind: Tenant) -> None:
    given = {
        "purchaseOrderNumber": "PO [1]",
        "changeInfoField1": "ünïcode ' \" % 🎧 ",
        "estimatedHours": 1.25,
        "externalID": "x",
    }

    id = northwind.ticket(**given).json()["itemId"]

    item = northwind.item("Tickets", id)
    assert {name: item[name] for name in given} == given
    assert northwind.ids("Tickets", {"op": "eq", "field": "purchaseOrderNumber", "value": "po [1]"}) == [id]


@pytest.mark.parametrize("missing", ["companyID", "title", "status", "priority"])
def test_what_is_required_is_demanded(northwind: Tenant, missing: str) -> None:
    assert missing in refused(northwind.ticket(**{missing: None}))


def test_read_only_fields_are_ignored(northwind: Tenant) -> None:
    id = northwind.ticket(ticketNumber="T1", createDate="2020-01-01T00:00:00Z").json()["itemId"]

    item = northwind.item("Tickets", id)
    assert item["ticketNumber"] != "T1"
    assert not item["createDate"].startswith("2020")


def test_a_field_that_there_is_not_is_refused(northwind: Tenant) -> None:
    assert refused(northwind.ticket(titel="x")) == "Unable to find titel in the Ticket Entity"


def test_a_text_that_is_too_long_is_refused(northwind: Tenant) -> None:
    assert northwind.ticket(title="x" * 255).status_code == 200
    assert "title" in refused(northwind.ticket(title="x" * 256))


def test_a_value_that_is_none_or_no_longer_one_is_refused(northwind: Tenant) -> None:
    values = northwind.values("Tickets", "status").values()
    inactive = next(int(one["value"]) for one in values if not one["isActive"])

    for value in (999, inactive):
        assert refused(northwind.ticket(status=value)) == "Value does not reference an existing entity for status . "


def test_a_reference_that_is_missing_or_inactive_is_refused(northwind: Tenant) -> None:
    left = next(row for row in northwind.world.rows("technicians") if not row["active"])

    for id in (999_999, left["id"]):
        text = refused(northwind.ticket(assignedResourceID=id, assignedResourceRoleID=left["role"]))
        assert text.startswith("Reference value on field: assignedResourceID of type: Resource")


@pytest.mark.parametrize("half", ["assignedResourceID", "assignedResourceRoleID"])
def test_resource_and_role_travel_together(northwind: Tenant, half: str) -> None:
    someone = next(row for row in northwind.world.rows("technicians") if row["active"] and row["role"])
    value = someone["id"] if half == "assignedResourceID" else someone["role"]

    assert refused(northwind.ticket(**{half: value})) == PAIR
    pair = {"assignedResourceID": someone["id"], "assignedResourceRoleID": someone["role"]}
    assert northwind.ticket(**pair).status_code == 200


def test_a_patch_changes_only_what_it_names_and_null_clears(northwind: Tenant) -> None:
    before = northwind.item("Tickets", attached(northwind, "contact", "description")["id"])

    answer = northwind.client.patch("Tickets", json={"id": before["id"], "title": "new", "contactID": None})

    after = northwind.item("Tickets", before["id"])
    assert (answer.status_code, answer.json()) == (200, {"itemId": before["id"]})
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"title", "contactID", "lastActivityDate"}


def test_a_put_clears_what_it_does_not_name(northwind: Tenant) -> None:
    before = northwind.item("Tickets", attached(northwind, "contact", "description", "queue")["id"])
    needed = {name: before[name] for name in ("id", "companyID", "title", "status", "priority")}

    northwind.client.put("Tickets", json=needed)

    after = northwind.item("Tickets", before["id"])
    assert (after["description"], after["contactID"], after["queueID"]) == (None, None, None)
    assert after["ticketNumber"] == before["ticketNumber"]


@pytest.mark.parametrize("id", [1, None])
def test_a_patch_of_nothing_is_refused(northwind: Tenant, id: int | None) -> None:
    refused(northwind.client.patch("Tickets", json={"id": id, "title": "x"}))


def test_complete_sets_the_completed_date_and_reopening_clears_it(northwind: Tenant) -> None:
    id = northwind.ticket().json()["itemId"]
    dates = []
    for status in (5, 1):
        northwind.client.patch("Tickets", json={"id": id, "status": status})
        dates.append(northwind.item("Tickets", id)["completedDate"])

    assert dates[0] is not None
    assert dates[1] is None


def test_a_ticket_does_not_leave_its_contact_behind(northwind: Tenant) -> None:
    ticket = attached(northwind, "contact")

    text = refused(northwind.client.patch("Tickets", json={"id": ticket["id"], "companyID": 0}))

    assert text == "Data violation: contactID is not associated to the companyID or its Parent Company.."


def test_nor_its_contract(northwind: Tenant) -> None:
    ticket = attached(northwind, "contract")

    text = refused(northwind.client.patch("Tickets", json={"id": ticket["id"], "companyID": 0, "contactID": None}))

    assert text == f"contractID [{ticket['contract']}] is not associated to companyID [0] or its parent."


def test_a_contact_of_the_parent_company_is_accepted(northwind: Tenant) -> None:
    contact = next(row for row in northwind.world.rows("contacts") if row["company"] != 0 and row["active"])
    northwind.world.change("companies", 0, {"parent": contact["company"]})

    assert northwind.ticket(contactID=contact["id"]).status_code == 200


def test_a_null_contract_in_a_move_is_dropped(northwind: Tenant) -> None:
    ticket = attached(northwind, "contract")

    cleared = {"contactID": None, "companyLocationID": None, "contractID": None}
    answer = northwind.client.patch("Tickets", json={"id": ticket["id"], "companyID": 0, **cleared})

    item = northwind.item("Tickets", ticket["id"])
    assert (answer.status_code, item["companyID"], item["contractID"]) == (200, 0, ticket["contract"])


def test_a_note_is_created_below_its_ticket(northwind: Tenant) -> None:
    ticket = plain(northwind)["id"]
    note = {
        "title": "t",
        "description": "d",
        "publish": northwind.pick("TicketNotes", "publish", "Internal Project Team"),
    }

    id = northwind.client.post(
        f"Tickets/{ticket}/Notes", json={**note, "noteType": northwind.pick("TicketNotes", "noteType", "Task Notes")}
    ).json()["itemId"]

    item = northwind.item("TicketNotes", id)
    assert {name: item[name] for name in note} == note
    assert item["ticketID"] == ticket
    row = northwind.world.row("notes", id)
    assert row is not None
    assert row["visibility"] == "internal"


@pytest.mark.parametrize("missing", ["description", "noteType", "publish"])
def test_a_note_needs_its_fields(northwind: Tenant, missing: str) -> None:
    note = {"description": "d", "publish": 1, "noteType": northwind.pick("TicketNotes", "noteType", "Task Notes")}
    del note[missing]

    assert missing in refused(northwind.client.post(f"Tickets/{plain(northwind)['id']}/Notes", json=note))


def test_a_note_is_not_changed_through_another_ticket(northwind: Tenant) -> None:
    note = northwind.world.rows("notes")[0]
    elsewhere = next(row["id"] for row in northwind.world.rows("tickets") if row["id"] != note["ticket"])

    refused(northwind.client.patch(f"Tickets/{elsewhere}/Notes", json={"id": note["id"], "title": "x"}))


def test_a_contacts_flag_is_an_integer(northwind: Tenant) -> None:
    contact = {"firstName": "Zoë", "lastName": "O'Hara"}

    assert "parsing value: t" in refused(
        northwind.client.post("Companies/0/Contacts", json={**contact, "isActive": True})
    )
    id = northwind.client.post("Companies/0/Contacts", json={**contact, "isActive": 1}).json()["itemId"]
    assert northwind.item("Contacts", id)["isActive"] == 1
    assert northwind.item("Contacts", id)["companyID"] == 0


def test_a_contact_does_not_change_its_company(northwind: Tenant) -> None:
    contact = next(row for row in northwind.world.rows("contacts") if row["company"] != 0)

    northwind.client.patch(f"Companies/{contact['company']}/Contacts", json={"id": contact["id"], "companyID": 0})

    assert northwind.item("Contacts", contact["id"])["companyID"] == contact["company"]


def test_user_defined_fields_keep_their_neighbours(northwind: Tenant) -> None:
    ticket = northwind.world.rows("tickets")[0]

    northwind.client.patch(
        "Tickets", json={"id": ticket["id"], "userDefinedFields": [{"name": "Site Code", "value": "Z"}]}
    )

    row = northwind.world.row("tickets", ticket["id"])
    assert row is not None
    assert row["custom"] == {**ticket["custom"], "Site Code": "Z"}


def test_a_user_defined_field_that_there_is_not_is_refused(northwind: Tenant) -> None:
    refused(northwind.ticket(userDefinedFields=[{"name": "Sight Code", "value": "x"}]))


def test_a_user_defined_field_without_a_name_is_refused(northwind: Tenant) -> None:
    answer = northwind.ticket(userDefinedFields=[{"value": "x"}])

    assert "errors" in answer.json()


def test_a_required_field_is_not_cleared(northwind: Tenant) -> None:
    refused(northwind.client.patch("Tickets", json={"id": plain(northwind)["id"], "title": None}))


def test_the_string_0_is_no_id(northwind: Tenant) -> None:
    refused(northwind.ticket(id="0"))


def test_the_role_must_be_one_of_the_resources(northwind: Tenant) -> None:
    someone = next(row for row in northwind.world.rows("technicians") if row["active"] and row["role"])
    theirs = {row["role"] for row in northwind.world.rows("technician_roles") if row["technician"] == someone["id"]}
    foreign = next(row["id"] for row in northwind.world.rows("roles") if row["id"] not in theirs)

    refused(northwind.ticket(assignedResourceID=someone["id"], assignedResourceRoleID=foreign))


def test_the_api_user_is_not_assigned(northwind: Tenant) -> None:
    account = next(
        row for row in northwind.world.rows("technicians") if row["username"] == northwind.settings["username"]
    )

    refused(northwind.ticket(assignedResourceID=account["id"], assignedResourceRoleID=100))


def test_a_sub_issue_must_belong_to_its_issue(northwind: Tenant) -> None:
    issue = northwind.pick("Tickets", "issueType", "Hardware")

    refused(northwind.ticket(issueType=issue, subIssueType=northwind.pick("Tickets", "subIssueType", "VPN")))


def test_a_reference_to_what_the_tenant_does_not_have_is_refused(northwind: Tenant) -> None:
    refused(northwind.ticket(opportunityID=12_345))


def test_a_ticket_tells_who_created_it(northwind: Tenant) -> None:
    item = northwind.item("Tickets", northwind.ticket().json()["itemId"])

    assert item["creatorResourceID"] == 1


def test_a_record_is_stamped_with_the_servers_own_time(northwind: Tenant) -> None:
    answer = northwind.ticket()
    created = northwind.item("Tickets", answer.json()["itemId"])["createDate"]

    off = parsedate_to_datetime(answer.headers["date"]) - datetime.fromisoformat(created)
    assert abs(off) < timedelta(hours=1)


def test_a_query_under_impersonation_is_refused(northwind: Tenant) -> None:
    someone = {"ImpersonationResourceId": "10"}

    for path in ("Tickets/7602", "Tickets/query"):
        text = refused(northwind.client.get(path, headers=someone))
        assert text == "The logged in Resource does not have the adequate permissions to query this entity type."


def test_a_write_under_impersonation_is_made_by_that_resource(northwind: Tenant) -> None:
    note = {"description": "d", "publish": 1, "noteType": northwind.pick("TicketNotes", "noteType", "Task Notes")}
    path = f"Tickets/{plain(northwind)['id']}/Notes"

    id = northwind.client.post(path, json=note, headers={"ImpersonationResourceId": "10"}).json()["itemId"]

    item = northwind.item("TicketNotes", id)
    assert (item["creatorResourceID"], item["impersonatorCreatorResourceID"]) == (10, 1)


def test_nobody_can_be_impersonated_who_is_not_there_or_has_left(northwind: Tenant) -> None:
    left = next(row["id"] for row in northwind.world.rows("technicians") if not row["active"])
    before = northwind.world.digest()

    for id in (left, 999_999, "x"):
        patch = {"id": plain(northwind)["id"], "title": "x"}
        text = refused(northwind.client.patch("Tickets", json=patch, headers={"ImpersonationResourceId": str(id)}))
        assert "adequate permissions" in text
    assert northwind.world.digest() == before


def test_time_is_booked_on_a_ticket_and_deleted_again(northwind: Tenant) -> None:
    someone = next(row for row in northwind.world.rows("technicians") if row["active"] and row["role"])
    entry = {"ticketID": plain(northwind)["id"], "resourceID": someone["id"], "roleID": someone["role"]}
    times = {"startDateTime": "2026-11-02T09:00:00Z", "endDateTime": "2026-11-02T09:20:00Z"}

    assert "ticketID" in refused(northwind.client.post("TimeEntries", json={"resourceID": someone["id"]}))
    id = northwind.client.post("TimeEntries", json={**entry, **times}).json()["itemId"]

    item = northwind.item("TimeEntries", id)
    assert (item["hoursWorked"], item["hoursToBill"], item["creatorUserID"]) == (0.3333, 0.5, 1)
    assert northwind.client.delete(f"TimeEntries/{id}").json() == {"itemId": id}
    assert northwind.item("TimeEntries", id) is None


def test_what_the_server_writes_itself_cannot_be_given(northwind: Tenant) -> None:
    note = northwind.world.rows("notes")[0]
    given = {"id": note["id"], "createDateTime": "2020-01-01T00:00:00Z", "impersonatorCreatorResourceID": 10}

    northwind.client.patch(f"Tickets/{note['ticket']}/Notes", json=given)

    item = northwind.item("TicketNotes", note["id"])
    assert not item["createDateTime"].startswith("2020")
    assert item["impersonatorCreatorResourceID"] is None


def test_ticket_numbers_go_on_from_the_last_of_the_day(northwind: Tenant) -> None:
    numbers = [northwind.item("Tickets", northwind.ticket().json()["itemId"])["ticketNumber"] for _ in range(2)]

    assert int(numbers[1][-4:]) == int(numbers[0][-4:]) + 1


def test_tenants_do_not_mix(northwind: Tenant, contoso: Tenant) -> None:
    before = contoso.world.digest()

    id = northwind.ticket(title="only in northwind").json()["itemId"]

    assert contoso.world.digest() == before
    assert contoso.item("Tickets", id) is None


def test_the_other_tenants_numbers_do_not_fit(northwind: Tenant, contoso: Tenant) -> None:
    foreign = northwind.pick("Tickets", "queueID", "Network")

    assert "queueID" in refused(contoso.ticket(queueID=foreign))
    assert contoso.ticket(queueID=contoso.pick("Tickets", "queueID", "Network")).status_code == 200


def test_every_connection_sees_what_another_wrote(northwind: Tenant, connect: Callable[..., Tenant]) -> None:
    id = northwind.ticket(title="seen").json()["itemId"]

    assert connect("northwind").item("Tickets", id)["title"] == "seen"


@pytest.mark.parametrize("empty", [None, []])
def test_what_every_model_of_the_swagger_has_is_no_unknown_field(northwind: Tenant, empty: Any) -> None:
    ticket = northwind.world.rows("tickets")[0]
    of_models = {"userDefinedFields": empty, "soapParentPropertyId": None}

    step = {"id": 0, "ticketID": ticket["id"], "itemName": "from a model", **of_models}
    made = northwind.client.post(f"Tickets/{ticket['id']}/ChecklistItems", json=step)
    changed = northwind.client.patch("Tickets", json={"id": ticket["id"], **of_models})

    assert (made.status_code, changed.status_code) == (200, 200)
    after = northwind.world.row("tickets", ticket["id"])
    assert after is not None
    assert after["custom"] == ticket["custom"]
