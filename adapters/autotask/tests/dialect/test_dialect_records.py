"""Records and metadata (3.4, 7): how rows and fields look on the wire."""

from __future__ import annotations

import re
from typing import Any

import pytest

from .tenant import Tenant

ALL_ROWS = {"op": "gte", "field": "id", "value": 0}
ENTITIES = ("Tickets", "TicketNotes", "Companies", "Contacts", "ConfigurationItems", "Resources", "Roles", "Contracts")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z")


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_record_shows_every_field_of_its_schema(northwind: Tenant, entity: str) -> None:
    fields = {one["name"] for one in northwind.client.get(f"{entity}/entityInformation/fields").json()["fields"]}

    items = northwind.query(entity, ALL_ROWS).json()["items"]

    assert all(item.keys() - {"userDefinedFields"} == fields for item in items)


def test_ticket_fields_are_all_75(northwind: Tenant) -> None:
    assert len(northwind.client.get("Tickets/entityInformation/fields").json()["fields"]) == 75


def test_user_defined_fields_are_always_a_list_of_texts(northwind: Tenant) -> None:
    for item in northwind.query("Tickets", ALL_ROWS).json()["items"]:
        assert all(one.keys() == {"name", "value"} for one in item["userDefinedFields"])
        assert all(one["value"] is None or isinstance(one["value"], str) for one in item["userDefinedFields"])


def test_times_end_in_z_with_more_and_fewer_digits(northwind: Tenant) -> None:
    dates = [item["createDate"] for item in northwind.query("Tickets", ALL_ROWS).json()["items"]]

    assert all(MOMENT.fullmatch(date) for date in dates)
    assert len({len(date) for date in dates}) >= 3


def test_flags_are_booleans_except_for_contacts(northwind: Tenant) -> None:
    assert {type(item["isActive"]) for item in northwind.query("Companies", ALL_ROWS).json()["items"]} == {bool}
    assert {item["isActive"] for item in northwind.query("Contacts", ALL_ROWS).json()["items"]} == {0, 1}


def test_records_hold_numbers_where_picklists_hold_texts(northwind: Tenant) -> None:
    values = northwind.values("Tickets", "status")

    assert all(isinstance(one["value"], str) and isinstance(one["parentValue"], str) for one in values.values())
    held = {item["status"] for item in northwind.query("Tickets", ALL_ROWS).json()["items"]}
    assert held <= {int(one["value"]) for one in values.values()}


def test_a_picklist_lists_inactive_values_too(northwind: Tenant) -> None:
    assert {one["isActive"] for one in northwind.values("Tickets", "queueID").values()} == {True, False}


def test_new_and_complete_are_the_systems_and_alike_everywhere(northwind: Tenant, contoso: Tenant) -> None:
    for tenant in (northwind, contoso):
        values = tenant.values("Tickets", "status")
        assert {label: one["value"] for label, one in values.items() if one["isSystem"]} == {
            "New": "1",
            "Complete": "5",
        }


@pytest.mark.parametrize(
    ("entity", "field"),
    [
        ("Tickets", "priority"),
        ("Tickets", "queueID"),
        ("Tickets", "source"),
        ("Tickets", "issueType"),
        ("TicketNotes", "publish"),
    ],
)
def test_tenants_number_their_lists_otherwise(northwind: Tenant, contoso: Tenant, entity: str, field: str) -> None:
    one, other = (
        {value["value"] for value in tenant.values(entity, field).values()} for tenant in (northwind, contoso)
    )

    assert not one & other


def test_publish_is_labelled_otherwise_in_each_tenant(northwind: Tenant, contoso: Tenant) -> None:
    numbers = [
        {label: one["value"] for label, one in tenant.values("TicketNotes", "publish").items()}
        for tenant in (northwind, contoso)
    ]

    assert numbers == [
        {"All Autotask Users": "1", "Internal Project Team": "2", "Internal & Co-Managed": "4"},
        {"All Autotask Users": "7", "Internal only": "8", "Internal & Co-Managed": "9"},
    ]


def test_priorities_are_not_ordered_by_severity(northwind: Tenant) -> None:
    by_id = sorted(northwind.values("Tickets", "priority").items(), key=lambda item: int(item[1]["value"]))

    assert [label for label, _ in by_id] == ["High", "Medium", "Low", "Critical"]


def test_a_sub_issue_names_its_parents_value(northwind: Tenant) -> None:
    issues = northwind.values("Tickets", "issueType")

    assert northwind.values("Tickets", "subIssueType")["VPN"]["parentValue"] == issues["Connectivity"]["value"]


def test_two_sub_issues_may_have_the_same_name(northwind: Tenant) -> None:
    fields = northwind.client.get("Tickets/entityInformation/fields").json()["fields"]
    listed = next(one for one in fields if one["name"] == "subIssueType")
    others = [one for one in listed["picklistValues"] if one["label"] == "Other"]

    assert len({one["value"] for one in others}) == len({one["parentValue"] for one in others}) == 2
    assert listed["picklistParentValueField"].lower() == "issuetype"


@pytest.mark.parametrize(
    ("entity", "name", "create", "update", "delete"),
    [
        ("Tickets", "Ticket", True, True, False),
        ("TicketNotes", "TicketNote", True, True, False),
        ("Contacts", "Contact", True, True, True),
        ("Resources", "Resource", False, True, False),
        ("BillingCodes", "BillingCode", False, False, False),
        ("TicketCategories", "TicketCategory", False, True, False),
    ],
)
def test_the_entity_tells_what_may_be_done(
    northwind: Tenant, entity: str, name: str, create: bool, update: bool, delete: bool
) -> None:
    info = northwind.client.get(f"{entity}/entityInformation").json()["info"]

    assert (info["name"], info["canCreate"], info["canUpdate"], info["canDelete"]) == (name, create, update, delete)
    assert isinstance(info["userAccessForQuery"], str)


def test_user_defined_fields_have_a_type_and_no_data_type(northwind: Tenant) -> None:
    fields = northwind.client.get("Tickets/entityInformation/userDefinedFields").json()["fields"]

    assert {"Site Code", "Badge (old)"} <= {one["name"] for one in fields}
    assert all("type" in one and "dataType" not in one for one in fields)


def ranking(tenant: Tenant) -> dict[str, Any]:
    """The user-defined field of tickets that is a list."""
    fields = tenant.client.get("Tickets/entityInformation/userDefinedFields").json()["fields"]
    return next(one for one in fields if one["isPickList"])


def test_a_user_defined_list_tells_its_values_as_picklists_do(northwind: Tenant, contoso: Tenant) -> None:
    field, other = ranking(northwind), ranking(contoso)

    assert [(one["label"], one["isActive"]) for one in field["picklistValues"]][::3] == [
        ("Golden", True),
        ("Platinum (2019)", False),
    ]
    assert all(isinstance(one["value"], str) for one in field["picklistValues"])
    assert {one["value"] for one in field["picklistValues"]}.isdisjoint(one["value"] for one in other["picklistValues"])


def test_records_hold_the_ids_of_a_list_and_null_for_what_they_lack(northwind: Tenant) -> None:
    field = ranking(northwind)
    labels = {one["value"]: one["label"] for one in field["picklistValues"]}

    for row in northwind.world.rows("tickets")[:20]:
        held = {one["name"]: one["value"] for one in northwind.item("Tickets", row["id"])["userDefinedFields"]}
        assert len(held) == 3
        assert labels.get(held[field["name"]]) == row["custom"].get(field["name"])


def test_files_call_what_is_internal_otherwise_than_notes_do(northwind: Tenant, contoso: Tenant) -> None:
    for tenant in (northwind, contoso):
        notes, files = tenant.values("TicketNotes", "publish"), tenant.values("TicketAttachments", "publish")
        assert {one["value"] for one in notes.values()} == {one["value"] for one in files.values()}
        assert files.keys() == {"All Autotask Users", "Internal Users Only", "Internal & Co-Managed"} != notes.keys()


def test_a_list_is_filtered_by_the_ids_of_its_values(northwind: Tenant) -> None:
    field = ranking(northwind)
    golden = field["picklistValues"][0]["value"]
    wanted = [row["id"] for row in northwind.world.rows("tickets") if row["custom"].get(field["name"]) == "Golden"]

    assert northwind.ids("Tickets", {"op": "eq", "field": field["name"], "value": golden, "udf": True}) == wanted
    assert northwind.ids("Tickets", {"op": "eq", "field": field["name"], "value": "Golden", "udf": True}) == []


@pytest.mark.parametrize("value", ["Golden", "Platinum (2019)", 999_999, -1])
def test_what_is_no_value_in_use_of_a_list_is_refused(northwind: Tenant, value: Any) -> None:
    field, id = ranking(northwind), northwind.world.rows("tickets")[0]["id"]
    ids = {one["label"]: one["value"] for one in field["picklistValues"] if not one["isActive"]}
    given = [{"name": field["name"], "value": ids.get(value, value)}]

    assert northwind.client.patch("Tickets", json={"id": id, "userDefinedFields": given}).status_code == 500


def test_the_items_of_a_list_stand_below_its_definition(northwind: Tenant) -> None:
    kinds = northwind.query("UserDefinedFieldDefinitions", {"op": "eq", "field": "name", "value": "Customer Ranking"})
    items = northwind.client.get(f"UserDefinedFields/{kinds.json()['items'][0]['id']}/ListItems").json()["items"]

    assert [one["valueForDisplay"] for one in items] == ["Golden", "Silver", "Bronze", "Platinum (2019)"]


def test_the_api_user_has_a_resource(northwind: Tenant) -> None:
    by_name = northwind.ids(
        "Resources", {"op": "eq", "field": "userName", "value": northwind.settings["username"].upper()}
    )

    assert len(by_name) == 1


def test_metadata_tells_what_cannot_be_queried(northwind: Tenant) -> None:
    fields = {one["name"]: one for one in northwind.client.get("Tickets/entityInformation/fields").json()["fields"]}

    assert not fields["creatorType"]["isQueryable"]


def test_attested_picklists_are_picklists(northwind: Tenant) -> None:
    fields = {one["name"]: one for one in northwind.client.get("Tickets/entityInformation/fields").json()["fields"]}

    assert fields["serviceLevelAgreementID"]["isPickList"]


def test_contract_types_are_alike_everywhere(northwind: Tenant, contoso: Tenant) -> None:
    assert northwind.pick("Contracts", "contractType", "Retainer") == contoso.pick(
        "Contracts", "contractType", "Retainer"
    )
