"""Routes: which paths and verbs exist (3.1, 3.2), and what the others answer (6.1)."""

from __future__ import annotations

import json

import pytest

from .tenant import Tenant

OTHERS = (
    *("TimeEntries", "Products", "ContractBlocks", "BillingCodes", "TicketCategories"),
    *("ResourceRoleQueues", "ResourceServiceDeskRoles", "CompanyLocations"),
)
ALL_ROWS = {"op": "gte", "field": "id", "value": 0}


@pytest.mark.parametrize("path", ["Tickets/{id}", "tickets/{id}", "TICKETS/{id}/"])
def test_paths_ignore_case_and_a_trailing_slash(northwind: Tenant, path: str) -> None:
    id = northwind.ids("Tickets", ALL_ROWS)[0]

    assert northwind.client.get(path.format(id=id)).json()["item"]["id"] == id


@pytest.mark.parametrize("path", ["Nothing", "Nothing/query", "Queues/query", "Tickets/1/TimeEntries"])
def test_an_unknown_path_is_a_404_with_a_message(northwind: Tenant, path: str) -> None:
    answer = northwind.client.get(path)

    assert answer.status_code == 404
    assert set(answer.json()) == {"Message"}


def test_a_name_that_only_begins_like_an_entity_is_a_404(northwind: Tenant) -> None:
    assert northwind.client.get("TicketsFoo").status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "Tickets"),
        ("PATCH", "Tickets/7602"),
        ("PUT", "Tickets/7602"),
        ("DELETE", "Tickets/7602"),
        ("DELETE", "Companies/0"),
        ("POST", "Resources"),
        ("DELETE", "Tickets/7602/Notes/60001"),
    ],
)
def test_a_verb_that_a_path_does_not_take_is_a_405(northwind: Tenant, method: str, path: str) -> None:
    answer = northwind.client.request(method, path)

    assert answer.status_code == 405
    assert answer.json() == {"Message": f"The requested resource does not support http method '{method}'."}


@pytest.mark.parametrize(
    "path", ["Version", "ThresholdInformation", "zoneInformation", "../versioninformation", "Authenticate"]
)
def test_what_belongs_to_no_entity_is_asked_by_get_alone(northwind: Tenant, path: str) -> None:
    assert northwind.client.post(path, json={}).status_code == 405


def test_all_entities_are_described_at_once(northwind: Tenant) -> None:
    described = northwind.client.get("EntityInformation").json()["entityDescriptions"]

    own = northwind.client.get("Tickets/entityInformation").json()
    assert own in described
    assert len({one["info"]["name"] for one in described}) == len(described) > 200


def test_a_search_may_be_named_in_any_case(northwind: Tenant) -> None:
    search = json.dumps({"filter": [ALL_ROWS], "maxRecords": 1})

    answer = northwind.client.get("companies/query", params={"Search": search})

    assert answer.json()["items"][0]["id"] == 0


@pytest.mark.parametrize("path", ["TicketNotes", "Contacts", "CompanyLocations"])
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_children_are_written_below_their_parent_only(northwind: Tenant, method: str, path: str) -> None:
    assert northwind.client.request(method, path, json={}).status_code in (404, 405)


@pytest.mark.parametrize("entity", OTHERS)
def test_other_entities_can_be_read(northwind: Tenant, entity: str) -> None:
    answer = northwind.query(entity, ALL_ROWS)

    assert answer.status_code == 200
    assert answer.json()["items"]


def test_a_missing_record_is_200_with_an_empty_item(northwind: Tenant) -> None:
    answer = northwind.client.get("Tickets/1")

    assert (answer.status_code, answer.json()) == (200, {"item": None})


def test_company_0_is_real(northwind: Tenant) -> None:
    assert northwind.item("Companies", 0)["id"] == 0
    assert 0 not in northwind.ids("Companies", {"op": "gt", "field": "id", "value": 0})
    assert 0 in northwind.ids("Companies", ALL_ROWS)


def test_children_are_listed_below_their_parent(northwind: Tenant) -> None:
    note = northwind.world.rows("notes")[0]
    expected = [row["id"] for row in northwind.world.rows("notes") if row["ticket"] == note["ticket"]]

    answer = northwind.client.get(f"Tickets/{note['ticket']}/Notes").json()

    assert [item["id"] for item in answer["items"]] == expected
    assert answer["pageDetails"]["count"] == len(expected)


def test_a_child_is_not_found_below_another_parent(northwind: Tenant) -> None:
    note = northwind.world.rows("notes")[0]

    assert northwind.client.get(f"Tickets/1/Notes/{note['id']}").json()["items"] == []


def test_a_child_is_not_deleted_through_another_parent(northwind: Tenant) -> None:
    contact = next(row for row in northwind.world.rows("contacts") if row["company"] != 0)

    northwind.client.delete(f"Companies/0/Contacts/{contact['id']}")

    assert northwind.world.row("contacts", contact["id"]) is not None


def test_deleting_a_contact_and_then_again(northwind: Tenant) -> None:
    contact = northwind.world.rows("contacts")[0]
    path = f"Companies/{contact['company']}/Contacts/{contact['id']}"

    done, missing = northwind.client.delete(path), northwind.client.delete(path)

    assert (done.status_code, done.json()) == (200, {"itemId": contact["id"]})
    assert missing.status_code == 500
    assert "No matching records found" in missing.json()["errors"][0]
