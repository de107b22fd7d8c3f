"""The sandbox's second tenant, its switches, its scopes and its webhooks (wire/halopsa.md 6, 9.1)."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from halo_wire import Receiver, Wire

from anypsa_sandbox import Sandbox

NAMED = ("Status", "Team", "TicketType", "Category", "AssetType", "FieldInfo", "Outcome")


@pytest.mark.parametrize("path", NAMED)
def test_the_second_tenant_numbers_its_lists_otherwise(wire: Wire, other: Wire, path: str) -> None:
    first, second = ({row["id"] for row in one.get(path)} for one in (wire, other))

    # The internal note is built in.
    assert first & second <= ({7} if path == "Outcome" else set())


def test_the_second_tenant_numbers_types_of_contracts_charge_rates_and_asset_fields_otherwise(
    wire: Wire, other: Wire
) -> None:
    def numbers(one: Wire) -> list[set[int]]:
        asset = next(row["id"] for row in one.world.rows("assets") if row["serial_number"])
        return [
            {row["contracttype"] for row in one.get("/ClientContract")["contracts"]},
            {row["id"] for row in one.get("/Lookup", lookupid=17)},
            {row["id"] for row in one.get(f"/Asset/{asset}")["fields"]},
        ]

    assert all(ours.isdisjoint(theirs) for ours, theirs in zip(numbers(wire), numbers(other), strict=True))


def test_a_priority_has_a_guid_and_may_be_called_otherwise_in_each_sla(wire: Wire, sandbox: Sandbox) -> None:
    sandbox.control.dialect("quirk", name="priority_names")
    rows = wire.get("/Priority")
    first = wire.get("/Priority", slaid=1)
    slas = {row["sla_id"] for row in wire.get("/Tickets")["tickets"]}

    assert len({row["id"] for row in rows}) == len(rows) == 2 * len(first)
    assert len({row["name"] for row in rows}) == 2 * len({row["priorityid"] for row in rows})
    assert slas == {1, 2}


@pytest.mark.parametrize(("quirk", "type"), [("text_ids", str), ("float_ids", float)])
def test_ids_come_as_text_or_with_a_point(wire: Wire, sandbox: Sandbox, quirk: str, type: Any) -> None:
    sandbox.control.dialect("quirk", name=quirk)
    rows = wire.get("/Tickets")["tickets"]

    assert {row["status_id"].__class__ for row in rows} == {type}


def test_dates_may_be_of_1900_and_appointments_bare(wire: Wire, sandbox: Sandbox) -> None:
    for quirk in ("empty_dates", "bare_appointments"):
        sandbox.control.dialect("quirk", name=quirk)

    assert wire.get("/Tickets")["tickets"][0]["responsedate"] == "1900-01-01T00:00:00"
    assert isinstance(wire.get("/Appointment"), list)


def test_a_switch_can_be_turned_back(wire: Wire, sandbox: Sandbox) -> None:
    sandbox.control.dialect("quirk", name="text_ids")
    sandbox.control.dialect("quirk", name="text_ids", on=False)

    assert {row["status_id"].__class__ for row in wire.get("/Tickets")["tickets"]} == {int}


def test_what_is_mandatory_can_be_set(wire: Wire, sandbox: Sandbox) -> None:
    sandbox.control.dialect("mandatory", type="Incident", fields=["impact", "Site Code"])
    kind = next(one["id"] for one in wire.get("/TicketType") if one["name"] == "Incident")
    ticket = {"summary": "x", "client_id": wire.get("/Client")["clients"][0]["id"], "tickettype_id": kind}
    field = {"name": "CFSiteCode", "value": "ZRH"}

    assert wire.refused("/Tickets", ticket) == "Please enter a value for Impact"
    assert wire.refused("/Tickets", {**ticket, "impact": 1}) == "Please enter a value for Site Code"
    assert wire.post("/Tickets", {**ticket, "impact": 1, "customfields": [field]})["impact"] == 1


@pytest.mark.parametrize(
    ("scope", "path"),
    [
        ("read:kb", "KBArticle"),
        ("read:contracts", "ClientContract"),
        ("read:customers", "Site"),
        ("read:calendar", "Appointment"),
        ("read:timesheets", "TimesheetEvent"),
        ("read:invoices", "RecurringInvoice"),
        ("read:projects", "Projects"),
    ],
)
def test_each_path_needs_its_scope_and_reading_is_not_writing(sandbox: Sandbox, scope: str, path: str) -> None:
    with Wire(sandbox, scope=scope) as allowed, Wire(sandbox, scope="read:software") as stranger:
        read, written = allowed.client.get(f"/{path}"), allowed.client.post(f"/{path}", json=[{}])
        refused = stranger.client.get(f"/{path}")

    assert (read.status_code, written.status_code) == (200, 403)
    assert (refused.status_code, refused.content) == (403, b"")


def subscribed(wire: Wire, url: str, *events: int, **changed: Any) -> str:
    hook = {"name": "ours", "url": url, "authentication_type": 0, **changed}
    id: str = wire.post("/Webhook", hook)["id"]
    for event in events or (61,):
        wire.post("/Notification", {"webhook_id": id, "eventno": event, "type": -2, "delivery_method": 6})
    return id


def told(receiver: Receiver) -> Any:
    """The next body that was delivered."""
    return json.loads(receiver.kept.get(timeout=10)[1])


def renamed(wire: Wire, *titles: str) -> None:
    ticket = wire.world.rows("tickets")[0]["id"]
    for title in titles:
        wire.post("/Tickets", {"id": ticket, "summary": title})


def test_a_webhook_tells_its_events_and_is_changed_by_its_id(wire: Wire, receiver: Receiver) -> None:
    id = subscribed(wire, receiver.url, 3, 61)
    wire.post("/Webhook", {"id": id, "active": False})
    hook = wire.get(f"/Webhook/{id}")
    (first, _) = wire.get("/Notification", webhook_id=id)
    wire.client.delete(f"/Notification/{first['id']}")

    assert (hook["active"], [one["eventno"] for one in hook["events"]]) == (False, [3, 61])
    assert [one["eventno"] for one in wire.get(f"/Webhook/{id}")["events"]] == [61]


def test_a_basic_webhook_signs_in(wire: Wire, receiver: Receiver) -> None:
    subscribed(wire, receiver.url, authentication_type=1, basic_username="us", basic_password="whisper")
    renamed(wire, "one")
    headers, _ = receiver.kept.get(timeout=10)

    assert headers["Authorization"] == "Basic " + base64.b64encode(b"us:whisper").decode()


def test_events_are_batched_to_a_limit_and_the_rest_waits(wire: Wire, sandbox: Sandbox, receiver: Receiver) -> None:
    subscribed(wire, receiver.url, batch_method=1, batch_limit=2, batch_delay_seconds=3600)
    renamed(wire, "one", "two", "three")
    batch = told(receiver)
    sandbox.control.dialect("flush")
    rest = told(receiver)

    assert [event["ticket"]["summary"] for event in batch] == ["one", "two"]
    assert [event["ticket"]["summary"] for event in rest] == ["three"]


def test_a_batch_goes_when_its_time_has_come(wire: Wire, sandbox: Sandbox, receiver: Receiver) -> None:
    subscribed(wire, receiver.url, batch_method=1, batch_limit=9, batch_delay_seconds=60)
    renamed(wire, "one")
    sandbox.control.clock(advance=61)
    wire.get("/Status")

    assert [event["ticket"]["summary"] for event in told(receiver)] == ["one"]


def test_events_may_overtake_each_other(wire: Wire, sandbox: Sandbox, receiver: Receiver) -> None:
    sandbox.control.dialect("quirk", name="out_of_order")
    subscribed(wire, receiver.url)
    renamed(wire, "one", "two")

    assert [told(receiver)["ticket"]["summary"] for _ in range(2)] == ["two", "one"]


def test_closing_a_ticket_by_an_action_is_three_events(wire: Wire, receiver: Receiver) -> None:
    subscribed(wire, receiver.url, 39, 61, 76)
    ticket = next(row["id"] for row in wire.world.rows("tickets") if row["closed"] is None)
    wire.post("/Actions", {"ticket_id": ticket, "outcome_id": 7, "note": "done", "new_status": 9})
    events = [told(receiver) for _ in range(3)]

    assert sorted(event["event"] for event in events) == [39, 61, 76]
    assert next(event for event in events if event["event"] == 61)["action"]["note"] == "done"


def test_the_log_tells_how_a_delivery_ended(wire: Wire, receiver: Receiver) -> None:
    id = subscribed(wire, receiver.url)
    renamed(wire, "one")
    told(receiver)
    other = subscribed(wire, "http://127.0.0.1:9/nobody")
    (entry,) = wire.get("/WebhookEvent", webhook_id=id, count=5)

    assert (entry["entity_id"], json.loads(entry["requestbody"])["event"]) == (wire.world.rows("tickets")[0]["id"], 61)
    assert wire.get("/WebhookEvent", webhook_id=other) == []
