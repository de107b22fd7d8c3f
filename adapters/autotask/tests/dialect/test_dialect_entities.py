"""Entities (3.2): every family answers, writes go where the vendor takes them, and what hangs together is shown so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from anypsa_autotask.dialect.schema import entities
from anypsa_sandbox import Sandbox

from .tenant import Tenant
from .test_dialect_writes import plain, refused

EVERYTHING = {"op": "gte", "field": "id", "value": 0}
# Field metadata of these is attested (fixtures/autotask/entity-metadata.json).
ATTESTED = (
    *("Tickets", "TicketNotes", "Companies", "Contacts", "ConfigurationItems", "Resources", "TimeEntries", "Contracts"),
    *("ContractBlocks", "ContractServices", "BillingCodes", "Roles", "TicketAttachments", "KnowledgeBaseArticles"),
    *("TicketWebhooks", "TicketWebhookFields", "TicketWebhookUdfFields", "TicketWebhookExcludedResources"),
    *("TicketNoteWebhooks", "WebhookEventErrorLogs", "CompanyLocations", "ResourceRoleQueues", "TicketCategories"),
    *("TicketSecondaryResources", "DeletedTicketLogs", "ContractTicketPurchases", "ContractRetainers"),
    "UserDefinedFieldDefinitions",
)
START, END = "2026-11-02T00:00:00Z", "2027-11-01T00:00:00Z"


@pytest.mark.parametrize("entity", ATTESTED)
def test_an_attested_entity_is_queried_counted_got_and_described(northwind: Tenant, entity: str) -> None:
    items = northwind.query(entity, EVERYTHING).json()["items"]

    counted = northwind.client.post(f"{entity}/query/count", json={"filter": [EVERYTHING]}).json()
    assert counted == {"queryCount": len(items)}
    for item in items[:1]:
        whole = northwind.item(entity, item["id"])
        assert {**whole, **({"data": None} if "data" in whole else {})} == item
    fields = northwind.client.get(f"{entity}/entityInformation/fields").json()["fields"]
    assert {one["name"] for one in fields} == set(entities()[entity].fields)
    assert northwind.client.get(f"{entity}/entityInformation").json()["info"]["canQuery"] is True


@pytest.mark.parametrize("entity", ["Countries", "PurchaseOrders", "Quotes", "SurveyResults", "OrganizationalLevel1s"])
def test_an_entity_of_which_only_the_routes_are_known_is_empty(northwind: Tenant, entity: str) -> None:
    assert northwind.ids(entity, EVERYTHING) == []
    assert northwind.item(entity, 1) is None
    assert northwind.client.get(f"{entity}/entityInformation").json()["info"]["canCreate"] is False
    assert northwind.client.post(entity, json={}).status_code in (404, 405)


@pytest.mark.parametrize("entity", ["Queues", "Ticket", "Nonsense"])
def test_an_entity_that_there_is_not_is_404(northwind: Tenant, entity: str) -> None:
    for path in (f"{entity}/query", f"{entity}/1", f"{entity}/entityInformation/fields"):
        answer = northwind.client.get(path)
        assert (answer.status_code, set(answer.json())) == (404, {"Message"})


WRITES: dict[str, tuple[str, Callable[[Tenant], dict[str, Any]], bool, bool]] = {
    # entity: where it is created, with what, whether it can be changed, whether it can be deleted (3.2)
    "CompanyLocations": ("Companies/0/Locations", lambda _: {"name": "Büro"}, True, True),
    "TicketChecklistItems": ("Tickets/{ticket}/ChecklistItems", lambda _: {"itemName": "Call"}, True, True),
    "TicketCharges": (
        "Tickets/{ticket}/Charges",
        lambda _: {"name": "Cable", "chargeType": 1, "unitQuantity": 2, "datePurchased": START},
        True,
        True,
    ),
    "ContractBlocks": (
        "Contracts/{contract}/Blocks",
        lambda _: {"datePurchased": START, "startDate": START, "endDate": END, "hours": 10.5, "hourlyRate": 90},
        True,
        False,
    ),
    "ContractTicketPurchases": (
        "Contracts/{contract}/TicketPurchases",
        lambda _: {
            "datePurchased": START,
            "startDate": START,
            "endDate": END,
            "ticketsPurchased": 5,
            "perTicketRate": 9,
        },
        True,
        False,
    ),
    "ContractRetainers": (
        "Contracts/{contract}/Retainers",
        lambda tenant: {
            "datePurchased": START,
            "startDate": START,
            "endDate": END,
            "amount": 500,
            "status": tenant.pick("ContractRetainers", "status", "Active"),
        },
        True,
        False,
    ),
    "ContractServices": (
        "Contracts/{contract}/Services",
        lambda tenant: {"serviceID": tenant.world.rows("services")[0]["id"]},
        True,
        False,
    ),
    "Roles": (
        "Roles",
        lambda _: {"name": "Trainee", "hourlyRate": 40, "hourlyFactor": 1, "isActive": True},
        True,
        False,
    ),
    "KnowledgeBaseArticles": (
        "KnowledgeBaseCategories/{category}/KnowledgeBaseArticles",
        lambda tenant: {
            "title": "How to",
            "publish": tenant.pick("KnowledgeBaseArticles", "publish", "All Autotask Users"),
        },
        True,
        True,
    ),
    "Projects": (
        "Projects",
        lambda tenant: {
            "companyID": 0,
            "projectName": "Move",
            "startDateTime": START,
            "endDateTime": END,
            "projectType": tenant.pick("Projects", "projectType", "Client"),
            "status": tenant.pick("Projects", "status", "New"),
        },
        True,
        False,
    ),
    "Phases": ("Projects/{project}/Phases", lambda _: {"title": "First"}, True, False),
    "Tasks": (
        "Projects/{project}/Tasks",
        lambda tenant: {"title": "Step", "status": 1, "taskType": tenant.pick("Tasks", "taskType", "Fixed Work")},
        True,
        False,
    ),
    "Appointments": (
        "Appointments",
        lambda tenant: {
            "resourceID": someone(tenant)["id"],
            "title": "On site",
            "startDateTime": START,
            "endDateTime": END,
        },
        True,
        True,
    ),
    "ServiceCalls": (
        "ServiceCalls",
        lambda _: {"companyID": 0, "startDateTime": START, "endDateTime": END},
        True,
        True,
    ),
    "TicketSecondaryResources": (
        "Tickets/{ticket}/SecondaryResources",
        lambda tenant: {"resourceID": someone(tenant)["id"], "roleID": someone(tenant)["role"]},
        False,
        True,
    ),
    "TicketAdditionalConfigurationItems": (
        "Tickets/{ticket}/AdditionalConfigurationItems",
        lambda tenant: {"configurationItemID": tenant.world.rows("assets")[0]["id"]},
        False,
        True,
    ),
}
READ_ONLY = ("BillingCodes", "TicketHistory", "DeletedTicketLogs", "BillingItems", "ResourceRoles")


def someone(tenant: Tenant) -> dict[str, Any]:
    """A technician who works."""
    return next(row for row in tenant.world.rows("technicians") if row["active"] and row["role"])


def path_of(tenant: Tenant, template: str) -> str:
    """A path with ids of this tenant's."""
    return template.format(
        ticket=plain(tenant)["id"],
        contract=tenant.world.rows("contracts")[2]["id"],
        category=tenant.world.rows("article_categories")[0]["id"],
        project=tenant.world.rows("projects")[0]["id"],
    )


@pytest.mark.parametrize("name", ["northwind", "contoso"])
@pytest.mark.parametrize("entity", WRITES)
def test_an_entity_is_written_where_the_vendor_takes_it(connect: Callable[..., Tenant], name: str, entity: str) -> None:
    tenant = connect(name)
    template, given, changes, deletes = WRITES[entity]
    path, body = path_of(tenant, template), given(tenant)

    answer = tenant.client.post(path, json={"id": 0, **body})

    assert answer.status_code == 200, answer.text
    id = answer.json()["itemId"]
    item = tenant.item(entity, id)
    assert {field: item[field] for field in body if not str(body[field]).endswith("Z")} == {
        field: value for field, value in body.items() if not str(value).endswith("Z")
    }
    assert tenant.client.patch(path, json={"id": id}).status_code == (200 if changes else 405)
    gone = tenant.client.delete(f"{path}/{id}").status_code
    assert (gone, tenant.item(entity, id) is None) == ((200, True) if deletes else (405, False))


@pytest.mark.parametrize("entity", [name for name, (template, *_) in WRITES.items() if "/" in template])
def test_a_child_is_not_written_at_its_root(northwind: Tenant, entity: str) -> None:
    assert northwind.client.post(entity, json={}).status_code in (404, 405)
    assert northwind.client.patch(entity, json={"id": 1}).status_code in (404, 405)


@pytest.mark.parametrize("entity", READ_ONLY)
def test_what_is_read_only_takes_nothing(northwind: Tenant, entity: str) -> None:
    assert northwind.client.post(entity, json={}).status_code in (404, 405)
    assert northwind.client.delete(f"{entity}/1").status_code == 405


def test_time_is_no_child_of_tickets(northwind: Tenant) -> None:
    assert northwind.client.get(f"Tickets/{plain(northwind)['id']}/TimeEntries").status_code == 404


def test_a_ticket_is_never_deleted(northwind: Tenant) -> None:
    assert northwind.client.delete(f"Tickets/{plain(northwind)['id']}").status_code == 405


def test_the_body_of_an_article_is_an_entity_of_its_own(northwind: Tenant) -> None:
    article = northwind.world.rows("articles")[0]

    content = northwind.item("ArticlePlainTextContent", article["id"])
    assert (content["contentData"], "contentData" in northwind.item("KnowledgeBaseArticles", article["id"])) == (
        article["body"],
        False,
    )
    path = f"KnowledgeBaseArticles/{article['id']}/PlainTextContent"
    assert northwind.client.patch(path, json={"id": article["id"], "contentData": "neu & <gut>"}).status_code == 200
    assert northwind.item("ArticlePlainTextContent", article["id"])["contentData"] == "neu & <gut>"


def test_history_is_asked_for_by_its_ticket_alone(northwind: Tenant) -> None:
    row = northwind.world.rows("history")[0]
    by_ticket = {"op": "eq", "field": "ticketID", "value": row["ticket"]}

    assert row["id"] in northwind.ids("TicketHistory", by_ticket)
    for wrong in ([EVERYTHING], [by_ticket, EVERYTHING], [{**by_ticket, "op": "gte"}]):
        refused(northwind.query("TicketHistory", *wrong))


def test_what_happens_to_a_ticket_stands_in_its_history(northwind: Tenant) -> None:
    id = northwind.ticket().json()["itemId"]
    northwind.client.patch("Tickets", json={"id": id, "title": "new"})

    items = northwind.query("TicketHistory", {"op": "eq", "field": "ticketID", "value": id}).json()["items"]
    assert [one["action"] for one in items] == ["Ticket Created", "Ticket Edited"]
    assert (items[1]["detail"], items[1]["resourceID"]) == ("title", 1)


def test_a_note_moves_the_last_activity_of_its_ticket(northwind: Tenant) -> None:
    ticket = plain(northwind)
    before = northwind.item("Tickets", ticket["id"])["lastActivityDate"]
    kinds = {name: northwind.pick("TicketNotes", name, label) for name, label in NOTE.items()}

    northwind.client.post(f"Tickets/{ticket['id']}/Notes", json={"description": "d", **kinds})

    assert northwind.item("Tickets", ticket["id"])["lastActivityDate"] > before


NOTE = {"noteType": "Task Notes", "publish": "All Autotask Users"}


def test_a_step_that_is_ticked_off_tells_who_and_when(northwind: Tenant) -> None:
    path = f"Tickets/{plain(northwind)['id']}/ChecklistItems"
    id = northwind.client.post(path, json={"itemName": "Call"}).json()["itemId"]

    northwind.client.patch(path, json={"id": id, "isCompleted": True})

    item = northwind.item("TicketChecklistItems", id)
    assert (item["completedByResourceID"], item["completedDateTime"] is None) == (1, False)


def test_posted_time_is_a_billing_item_and_uses_hours_of_a_block(sandbox: Sandbox, northwind: Tenant) -> None:
    world = northwind.world
    block = next(one for one in world.rows("blocks") if one["active"] and one["hours_used"] < one["hours"])
    entry = next(one for one in world.rows("time_entries") if one["posted"] is None)
    world.change("time_entries", entry["id"], {"contract": block["contract"]})

    posted = sandbox.control.dialect("post_time", time_entry=entry["id"])["billing_item"]

    item = northwind.item("BillingItems", posted)
    assert (item["timeEntryID"], item["quantity"]) == (entry["id"], entry["hours_billed"])
    used = sum(one["hours_used"] for one in world.rows("blocks"))
    assert northwind.ids("BillingItems", {"op": "eq", "field": "timeEntryID", "value": entry["id"]}) == [posted]
    assert northwind.item("ContractBlocks", item["contractBlockID"])["hoursApproved"] > 0
    assert used > 0


def test_no_id_of_a_list_fits_the_other_tenant(northwind: Tenant, contoso: Tenant) -> None:
    for entity, field in PICKLISTS:
        mine = {one["value"] for one in northwind.values(entity, field).values() if not one["isSystem"]}
        theirs = {one["value"] for one in contoso.values(entity, field).values() if not one["isSystem"]}
        assert mine, (entity, field)
        assert not mine & theirs, (entity, field)
    for table in ("roles", "work_types", "forms", "technician_roles", "article_categories", "contracts", "services"):
        mine_ids, their_ids = ({row["id"] for row in tenant.world.rows(table)} for tenant in (northwind, contoso))
        assert mine_ids, table
        assert not mine_ids & their_ids, table


PICKLISTS = (
    *(("Tickets", name) for name in ("status", "priority", "queueID", "ticketType", "issueType", "subIssueType")),
    *(("Tickets", name) for name in ("source", "ticketCategory", "serviceLevelAgreementID")),
    *(("TicketNotes", "noteType"), ("TicketNotes", "publish"), ("TicketAttachments", "publish")),
    *(("Contracts", "status"), ("Contracts", "contractCategory"), ("ContractBlocks", "status")),
    *(("BillingCodes", "useType"), ("KnowledgeBaseArticles", "publish"), ("Projects", "status")),
    *(("Companies", "companyType"), ("ConfigurationItems", "configurationItemType"), ("Companies", "territoryID")),
    *(("TicketWebhookFields", "fieldID"), ("UserDefinedFieldDefinitions", "udfType")),
)
