"""Webhooks (8): registered with their fields, told in the vendor's words, tried again, and ended when nobody takes them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import pytest

from anypsa_autotask.dialect.webhooks.bodies import raw, signature
from anypsa_sandbox import Sandbox

from .receiver import Receiver, receiving
from .tenant import Tenant
from .test_dialect_writes import refused

SECRET = "0123456789abcdef"
VECTOR = {
    "secretKey": "0123456789abcdef0123456789abcdef",
    "raw_body": (
        '{"Action":"Update","Guid":"a1da62a4-2c49-40a8-8183-69994ce5b3eb","EntityType":"Ticket","Id":351181,'
        '"Fields":{"Title":"Tom \\u0026 Jerry caf\\u00E9"},"EventTime":"2025-09-15T14:57:50Z","SequenceNumber":1,'
        '"PersonID":30691780}'
    ),
    "header": "sha1=3NvcpYDd8KTFluUac+nyW1RvqvU=",
}
"""fixtures/autotask/webhook_signature_vector.json"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody who listens."""
    with receiving() as listening:
        yield listening


def hook(tenant: Tenant, url: str, path: str = "TicketWebhooks", **given: Any) -> Any:
    """Registers a webhook."""
    needed = {
        "name": "ours",
        "webhookUrl": url,
        "deactivationUrl": f"{url}/gone",
        "secretKey": SECRET,
        "isActive": True,
        "sendThresholdExceededNotification": False,
        "isSubscribedToUpdateEvents": True,
    }
    return tenant.client.post(path, json={**needed, **given})


def listen(tenant: Tenant, url: str, *fields: str, path: str = "TicketWebhooks", **given: Any) -> int:
    """A webhook that is ready: it hears of these fields."""
    id: int = hook(tenant, url, path, **given).json()["itemId"]
    for name in fields:
        field = {"fieldID": tenant.pick(f"{path[:-1]}Fields", "fieldID", name), "isSubscribedField": True}
        answer = tenant.client.post(
            f"{path}/{id}/Fields", json={"webhookID": id, "isDisplayAlwaysField": False, **field}
        )
        assert answer.status_code == 200, answer.text
    return id


def retitle(tenant: Tenant, title: str, ticket: int | None = None, **headers: str) -> int:
    """Changes a ticket, and returns its id."""
    id: int = ticket or tenant.world.rows("tickets")[0]["id"]
    answer = tenant.client.patch("Tickets", json={"id": id, "title": title}, headers=headers)
    assert answer.status_code == 200, answer.text
    return id


def settled(sandbox: Sandbox) -> None:
    """Waits until no delivery is under way."""
    asked = (sandbox.control.dialect("pending")["pending"] for _ in range(5_000))
    assert 0 in asked


def test_the_bytes_and_the_signature_are_those_of_the_vector() -> None:
    facts = json.loads(str(VECTOR["raw_body"]))

    assert raw(facts).decode() == VECTOR["raw_body"]
    assert signature(str(VECTOR["secretKey"]), raw(facts)) == VECTOR["header"]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('a"b', r"a\u0022b"),
        ("<o'b> `1+1`", r"\u003Co\u0027b\u003E \u00601\u002B1\u0060"),
        ("back\\slash\\u0041", r"back\\slash\\u0041"),
        ("🎧", r"\uD83C\uDFA7"),
        ("line\nend", r"line\nend"),
    ],
)
def test_text_is_escaped_as_by_dotnet(text: str, written: str) -> None:
    assert raw({"x": text}) == b'{"x":"' + written.encode() + b'"}'
    assert json.loads(raw({"x": text})) == {"x": text}


def test_a_change_of_a_subscribed_field_is_told_and_signed(northwind: Tenant, receiver: Receiver) -> None:
    id = listen(northwind, f"{receiver.url}/in", "Title")

    ticket = retitle(northwind, "Müller & Söhne")

    receiver.wait(1)
    path, headers, body = receiver.came[0]
    told = json.loads(body)
    digest = base64.b64encode(hmac.new(SECRET.encode(), body, hashlib.sha1).digest()).decode()
    assert (path, headers["x-hook-signature"]) == ("/in", f"sha1={digest}")
    assert rb"M\u00FCller \u0026 S\u00F6hne" in body
    assert told | {"EventTime": ""} == {
        "Action": "Update",
        "Guid": northwind.item("TicketWebhooks", id)["webhookGUID"],
        "EntityType": "Ticket",
        "Id": ticket,
        "Fields": {"Title": "Müller & Söhne"},
        "EventTime": "",
        "SequenceNumber": 1,
        "PersonID": 1,
    }


@pytest.mark.parametrize(
    ("path", "field", "kind"),
    [
        ("CompanyWebhooks", "City", "Account"),
        ("ContactWebhooks", "LastName", "Contact"),
        ("ConfigurationItemWebhooks", "ReferenceTitle", "InstalledProduct"),
        ("TicketNoteWebhooks", "Title", "TicketNote"),
    ],
)
def test_every_entity_that_has_webhooks_is_told_of_by_its_soap_name(
    northwind: Tenant, receiver: Receiver, path: str, field: str, kind: str
) -> None:
    listen(northwind, receiver.url, field, path=path)
    contact, note = northwind.world.rows("contacts")[0], northwind.world.rows("notes")[0]
    target, id = {
        "Account": ("Companies", 0),
        "Contact": (f"Companies/{contact['company']}/Contacts", contact["id"]),
        "InstalledProduct": ("ConfigurationItems", northwind.world.rows("assets")[0]["id"]),
        "TicketNote": (f"Tickets/{note['ticket']}/Notes", note["id"]),
    }[kind]

    northwind.client.patch(target, json={"id": id, field[:1].lower() + field[1:]: "changed"})

    receiver.wait(1)
    told = receiver.bodies()[0]
    assert (told["EntityType"], told["Id"], told["Fields"]) == (kind, id, {field: "changed"})


def test_a_field_that_is_always_displayed_goes_along(northwind: Tenant, receiver: Receiver) -> None:
    id = listen(northwind, receiver.url, "Title")
    number = {"fieldID": northwind.pick("TicketWebhookFields", "fieldID", "TicketNumber"), "isSubscribedField": False}
    northwind.client.post(f"TicketWebhooks/{id}/Fields", json={"webhookID": id, "isDisplayAlwaysField": True, **number})

    ticket = retitle(northwind, "new")

    receiver.wait(1)
    shown = northwind.item("Tickets", ticket)["ticketNumber"]
    assert receiver.bodies()[0]["Fields"] == {"TicketNumber": shown, "Title": "new"}


def test_a_user_defined_field_is_told_by_its_name(northwind: Tenant, receiver: Receiver) -> None:
    id = hook(northwind, receiver.url).json()["itemId"]
    definition = next(one for one in northwind.world.rows("custom_fields") if one["subject"] == "tickets")
    udf = {"udfFieldID": definition["id"], "isSubscribedField": True, "isDisplayAlwaysField": False}
    assert northwind.client.post(f"TicketWebhooks/{id}/UdfFields", json={"webhookID": id, **udf}).status_code == 200

    values = [{"name": definition["name"], "value": "Zürich"}]
    northwind.client.patch(
        "Tickets", json={"id": northwind.world.rows("tickets")[0]["id"], "userDefinedFields": values}
    )

    receiver.wait(1)
    assert receiver.bodies()[0]["Fields"] == {definition["name"]: "Zürich"}


def test_nothing_is_told_that_nobody_asked_for(northwind: Tenant, receiver: Receiver) -> None:
    listen(northwind, receiver.url, "Title")
    ticket = northwind.world.rows("tickets")[0]["id"]

    northwind.client.patch("Tickets", json={"id": ticket, "description": "not subscribed"})
    northwind.ticket(title="creates are not subscribed")
    retitle(northwind, "told", ticket)

    receiver.wait(1)
    assert [(told["Fields"], told["SequenceNumber"]) for told in receiver.bodies()] == [({"Title": "told"}, 1)]


def test_an_excluded_resource_is_not_told_of(sandbox: Sandbox, northwind: Tenant, receiver: Receiver) -> None:
    id = listen(northwind, receiver.url, "Title")
    northwind.client.post(f"TicketWebhooks/{id}/ExcludedResources", json={"webhookID": id, "resourceID": 1})

    ticket = retitle(northwind, "by the API user")
    sandbox.control.dialect(
        "act", method="PATCH", path="Tickets", resource=10, body={"id": ticket, "title": "by a person"}
    )

    receiver.wait(1)
    assert [(told["PersonID"], told["Fields"]["Title"]) for told in receiver.bodies()] == [(10, "by a person")]


def test_creates_and_deletes_are_told_where_they_are_subscribed_to(
    sandbox: Sandbox, northwind: Tenant, receiver: Receiver
) -> None:
    listen(northwind, receiver.url, "Title", isSubscribedToCreateEvents=True, isSubscribedToDeleteEvents=True)

    id = northwind.ticket(title="short-lived").json()["itemId"]
    receiver.wait(1)
    sandbox.control.dialect("delete_ticket", id=id, resource=10)
    receiver.wait(2)

    told = [(one["Action"], one["Id"], one["PersonID"], one["Fields"]) for one in receiver.bodies()]
    assert told == [("Create", id, 1, {"Title": "short-lived"}), ("Delete", id, 10, {})]
    assert northwind.world.rows("deleted_tickets")[-1]["ticket"] == id


def test_it_is_ready_once_it_has_a_subscribed_field(northwind: Tenant, receiver: Receiver) -> None:
    id = hook(northwind, receiver.url).json()["itemId"]
    before = northwind.item("TicketWebhooks", id)["isReady"]
    field = {"fieldID": northwind.pick("TicketWebhookFields", "fieldID", "Title"), "isSubscribedField": True}
    northwind.client.post(f"TicketWebhooks/{id}/Fields", json={"webhookID": id, **field})

    assert (before, northwind.item("TicketWebhooks", id)["isReady"]) == (False, True)
    assert northwind.ids("TicketWebhooks", {"op": "eq", "field": "isReady", "value": True}) == [id]


def test_what_only_the_server_says_of_a_webhook_is_ignored(northwind: Tenant, receiver: Receiver) -> None:
    id = hook(northwind, receiver.url, isReady=True, webhookGUID="mine").json()["itemId"]

    item = northwind.item("TicketWebhooks", id)
    assert item["isReady"] is False
    assert item["webhookGUID"] != "mine"


def test_the_same_webhook_twice_is_refused_even_asleep(northwind: Tenant, receiver: Receiver) -> None:
    hook(northwind, receiver.url, isActive=False)

    refused(hook(northwind, receiver.url, name="another name"))
    other = {"isSubscribedToUpdateEvents": False, "isSubscribedToCreateEvents": True}
    assert hook(northwind, receiver.url, **other).status_code == 200
    assert hook(northwind, receiver.url, "CompanyWebhooks").status_code == 200


@pytest.mark.parametrize("missing", ["name", "webhookUrl", "deactivationUrl", "secretKey", "isActive"])
def test_a_webhook_needs_its_fields(northwind: Tenant, missing: str) -> None:
    assert missing in refused(hook(northwind, "http://127.0.0.1:9/", **{missing: None}))


def test_a_secret_of_more_than_64_characters_is_refused(northwind: Tenant) -> None:
    assert "secretKey" in refused(hook(northwind, "http://127.0.0.1:9/", secretKey="x" * 65))


def test_a_level_without_the_right_creates_no_webhooks(sandbox: Sandbox, northwind: Tenant) -> None:
    sandbox.control.dialect("switch", webhooks_allowed=False)

    assert "adequate permissions to create" in refused(hook(northwind, "http://127.0.0.1:9/"))


def test_notes_have_no_user_defined_fields_to_subscribe_to(northwind: Tenant) -> None:
    assert northwind.client.get("TicketNoteWebhookUdfFields/query/count").status_code == 404
    assert northwind.client.post("TicketNoteWebhooks/1/UdfFields", json={}).status_code == 404


def test_deleting_a_webhook_ends_it_with_its_children(northwind: Tenant, receiver: Receiver) -> None:
    id = listen(northwind, receiver.url, "Title")

    assert northwind.client.delete(f"TicketWebhooks/{id}").json() == {"itemId": id}

    assert northwind.world.rows("webhook_fields") == []
    retitle(northwind, "nobody listens")
    assert receiver.came == []


def test_a_failed_delivery_is_tried_five_times_half_a_minute_apart_then_logged(
    sandbox: Sandbox, northwind: Tenant, receiver: Receiver
) -> None:
    sandbox.control.clock(scale=0)
    receiver.status = 503
    listen(northwind, receiver.url, "Title")

    retitle(northwind, "unheard")
    for attempt in range(1, 6):
        receiver.wait(attempt)
        sandbox.control.clock(advance=30)
    settled(sandbox)

    assert len({body for _, _, body in receiver.came}) == 1
    log = northwind.query("WebhookEventErrorLogs", {"op": "gte", "field": "id", "value": 0}).json()["items"][0]
    assert (log["accountWebhookID"], log["contactWebhookID"], log["sequenceNumber"]) == (None, None, 1)
    assert log["payload"].encode() == receiver.came[0][2]


def test_later_events_wait_for_the_one_before(sandbox: Sandbox, northwind: Tenant, receiver: Receiver) -> None:
    sandbox.control.clock(scale=0)
    receiver.status = 500
    listen(northwind, receiver.url, "Title")

    ticket = retitle(northwind, "first")
    receiver.wait(1)
    retitle(northwind, "second", ticket)
    receiver.status = 200
    sandbox.control.clock(advance=30)
    receiver.wait(3)

    assert [told["Fields"]["Title"] for told in receiver.bodies()] == ["first", "first", "second"]


def test_25_failures_in_a_row_end_a_webhook_and_tell_the_other_address(
    sandbox: Sandbox, northwind: Tenant, receiver: Receiver
) -> None:
    sandbox.control.clock(scale=1_000_000)
    receiver.status = 500
    id = listen(northwind, f"{receiver.url}/in", "Title", deactivationUrl=f"{receiver.url}/gone")

    for n in range(25):
        retitle(northwind, f"title {n}")
    receiver.wait(1, "/gone")

    told = json.loads(next(body for path, _, body in receiver.came if path == "/gone"))
    assert (told["Action"], "EntityType" in told) == ("Deactivated", False)
    assert northwind.item("TicketWebhooks", id)["isActive"] is False
    assert northwind.world.counts()["webhook_errors"] == 25


def test_an_address_beyond_this_machine_is_registered_and_never_called(sandbox: Sandbox, northwind: Tenant) -> None:
    listen(northwind, "https://receiver.example/hook", "Title")

    retitle(northwind, "x")

    assert sandbox.control.dialect("pending") == {"pending": 0}
