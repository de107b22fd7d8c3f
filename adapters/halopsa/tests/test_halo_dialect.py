"""The dialect's quirks, over real HTTP and without the adapter (wire/halopsa.md 9.1)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from halo_wire import Receiver

from anypsa_sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox("halopsa", tickets=120) as sandbox:
        yield sandbox


def token(sandbox: Sandbox, **changed: str) -> httpx2.Response:
    form = {"grant_type": "client_credentials", "scope": "all", **sandbox.settings, **changed}
    form.pop("resource_url")
    tenant = form.pop("tenant")
    return httpx2.post(f"{sandbox.urls['auth']}/auth/token", params={"tenant": tenant}, data=form)


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx2.Client]:
    bearer = token(sandbox).json()["access_token"]
    headers = {"authorization": f"Bearer {bearer}"}
    with httpx2.Client(base_url=f"{sandbox.urls['api']}/api", headers=headers) as client:
        yield client


def test_sign_in_takes_a_form_and_refuses_in_its_own_words(sandbox: Sandbox) -> None:
    good, secret, scope = token(sandbox), token(sandbox, client_secret="x"), token(sandbox, scope="everything")

    assert (good.status_code, good.json()["token_type"], good.json()["expires_in"]) == (200, "Bearer", 3600)
    assert (secret.status_code, secret.json()["error"]) == (401, "invalid_client")
    assert (scope.status_code, scope.json()["error"]) == (400, "invalid_scope")
    assert httpx2.post(f"{sandbox.urls['auth']}/auth/token", json={}).status_code == 400
    assert httpx2.get(f"{sandbox.urls['api']}/api/authinfo").json()["auth_url"].startswith("http://127.0.0.1")


def test_without_a_token_there_is_an_empty_401(sandbox: Sandbox) -> None:
    answer = httpx2.get(f"{sandbox.urls['api']}/API/tickets")

    assert (answer.status_code, answer.content) == (401, b"")


def test_there_is_no_put_and_no_patch(client: httpx2.Client) -> None:
    assert {client.put("/Tickets").status_code, client.patch("/Tickets").status_code} == {405}


def test_paging_needs_both_words_and_is_capped(client: httpx2.Client) -> None:
    unpaged = client.get("/Tickets", params={"page_no": 2, "page_size": 10}).json()
    paged = client.get("/Tickets", params={"pageinate": "true", "page_no": 1, "page_size": 1000}).json()
    past = client.get("/Tickets", params={"pageinate": "true", "page_no": 9, "page_size": 100}).json()

    assert (len(unpaged["tickets"]), unpaged["record_count"]) == (50, 50)
    assert (len(paged["tickets"]), paged["record_count"], paged["page_size"]) == (100, 120, 100)
    assert past["tickets"] == []


def test_an_unknown_parameter_is_ignored(client: httpx2.Client) -> None:
    paging = {"pageinate": "true", "page_no": 1, "page_size": 100}
    assert client.get("/Tickets", params={**paging, "tickettype_id": 1, "team_id": 1}).json()["record_count"] == 120


def test_nulls_are_left_out_and_ids_come_in_three_spellings(client: httpx2.Client) -> None:
    rows = client.get("/Tickets", params={"pageinate": "true", "page_no": 1, "page_size": 100}).json()["tickets"]

    assert all(None not in row.values() for row in rows)
    assert {type(row["client_id"]) for row in rows} == {int, float, str}
    assert not any(row["dateoccurred"].endswith("Z") for row in rows)


def test_lists_of_values_are_bare_and_know_no_paging(client: httpx2.Client) -> None:
    first, second = (client.get("/Team", params={"pageinate": "true", "page_no": n}).json() for n in (1, 2))

    assert isinstance(first, list)
    assert first == second


def test_a_priority_comes_once_for_each_sla(client: httpx2.Client) -> None:
    rows = client.get("/Priority").json()

    assert len({row["id"] for row in rows}) == 2 * len({row["priorityid"] for row in rows})


def test_a_post_is_an_array_and_answers_with_its_last_item(client: httpx2.Client, sandbox: Sandbox) -> None:
    company = sandbox.world().rows("companies")[1]["id"] + 1000
    items = [{"summary": "one", "client_id": company}, {"summary": "two", "client_id": company}]
    bare, last = client.post("/Tickets", json=items[0]), client.post("/Tickets", json=items)
    all_of_them = client.post("/Tickets", params={"returnall": "true"}, json=items)

    assert bare.status_code == 400
    assert (last.status_code, last.json()["summary"]) == (201, "two")
    assert "lastupdate" in last.json()
    assert "last_update" not in last.json()
    assert [item["summary"] for item in all_of_them.json()] == ["one", "two"]


def test_actions_without_a_ticket_are_an_empty_list(client: httpx2.Client) -> None:
    assert client.get("/Actions").json() == {"record_count": 0, "actions": []}


def test_an_action_needs_an_outcome_and_counts_within_its_ticket(client: httpx2.Client, sandbox: Sandbox) -> None:
    ticket = sandbox.world().rows("tickets")[0]["id"]
    before = client.get("/Actions", params={"ticket_id": ticket}).json()["record_count"]
    refused = client.post("/Actions", json=[{"ticket_id": ticket, "note": "x"}])
    made = client.post("/Actions", json=[{"ticket_id": ticket, "note": "x", "outcome_id": 7}])

    assert (refused.status_code, refused.json()) == (400, "An Outcome must be entered for this Action")
    assert made.json()["id"] == before + 1


def test_a_time_entry_makes_an_action(client: httpx2.Client, sandbox: Sandbox) -> None:
    ticket = sandbox.world().rows("tickets")[0]["id"]
    entry = {
        "ticket_id": ticket,
        "start_date": "2026-05-01T08:00:00",
        "end_date": "2026-05-01T08:15:00",
        "note": "worked",
    }
    made = client.post("/TimesheetEvent", json=[entry]).json()
    actions = client.get("/Actions", params={"ticket_id": ticket}).json()["actions"]

    assert actions[-1]["note"] == "worked"
    assert actions[-1]["id"] == made["action_number"]


def test_an_attachment_goes_up_as_a_data_uri_and_comes_down_as_bytes(client: httpx2.Client, sandbox: Sandbox) -> None:
    ticket = next(row["id"] for row in sandbox.world().rows("tickets") if row["id"] % 17)
    data = "data:text/plain;base64," + base64.b64encode("Grüße".encode()).decode()
    made = client.post("/Attachment", json=[{"ticket_id": ticket, "filename": "a.txt", "data_base64": data}]).json()
    listed = client.get("/Attachment", params={"ticket_id": ticket}).json()
    content = client.get(f"/Attachment/{made['id']}")

    assert [one["filename"] for one in listed["attachments"]] == ["a.txt"]
    assert (content.text, content.headers["content-type"]) == ("Grüße", "text/plain")
    assert client.post("/Attachment", json=[{"filename": "a.txt", "data_base64": "nonsense"}]).status_code == 400


def test_a_deleted_ticket_can_be_brought_back(client: httpx2.Client, sandbox: Sandbox) -> None:
    row = sandbox.world().rows("tickets")[3]
    gone = client.delete(f"/Tickets/{row['id']}"), client.get(f"/Tickets/{row['id']}")
    back = client.post("/Tickets", json=[{"id": row["id"], "_recover": True, "_validate_updates": True}])

    assert [answer.status_code for answer in gone] == [200, 404]
    assert (back.status_code, back.json()["summary"]) == (201, row["title"])


def test_newer_versions_send_the_teams_id_too(client: httpx2.Client, sandbox: Sandbox) -> None:
    sandbox.control.dialect("quirk", name="team_id")
    rows = client.get("/Tickets", params={"pageinate": "true", "page_no": 1, "page_size": 100}).json()["tickets"]

    assert all(("team_id" in row) == ("team" in row) for row in rows)


def test_the_limit_is_told_in_a_bare_string(client: httpx2.Client, sandbox: Sandbox) -> None:
    sandbox.control.limits(window_limit=0)
    answer = client.get("/Status")

    assert answer.status_code == 429
    assert isinstance(answer.json(), str)
    assert "retry-after" not in answer.headers


def subscribed(client: httpx2.Client, receiver: Receiver, **changed: Any) -> str:
    hook = {"name": "ours", "url": receiver.url, "active": True, "authentication_type": 3}
    hook |= {"authentication_header": "Token", "basic_password": "whisper", **changed}
    id: str = client.post("/Webhook", json=[hook]).json()["id"]
    for event in (3, 61):
        client.post("/Notification", json=[{"webhook_id": id, "eventno": event}])
    return id


def test_a_new_ticket_is_delivered_signed_over_its_raw_bytes(
    client: httpx2.Client, sandbox: Sandbox, receiver: Receiver
) -> None:
    id = subscribed(client, receiver)
    company = sandbox.world().rows("companies")[1]["id"] + 1000
    made = client.post("/Tickets", json=[{"summary": "Größe", "client_id": company}]).json()
    headers, body = receiver.kept.get(timeout=10)

    expected = base64.b64encode(hmac.new(b"whisper", body, hashlib.sha256).digest()).decode()
    assert headers["Token"] == expected
    assert json.loads(body)["ticket"]["id"] == made["id"]
    assert "basic_password" not in client.get("/Webhook").json()[0]
    assert client.delete(f"/Webhook/{id}").status_code == 200


@pytest.mark.parametrize("quirk", ["duplicates", "batches"])
def test_events_may_come_twice_or_in_an_array(
    client: httpx2.Client, sandbox: Sandbox, receiver: Receiver, quirk: str
) -> None:
    sandbox.control.dialect("quirk", name=quirk)
    subscribed(client, receiver)
    row = sandbox.world().rows("tickets")[0]
    client.post("/Tickets", json=[{"id": row["id"], "summary": "changed"}])
    first = json.loads(receiver.kept.get(timeout=10)[1])

    if quirk == "batches":
        assert [event["ticket"]["id"] for event in first] == [row["id"]]
    else:
        assert json.loads(receiver.kept.get(timeout=10)[1]) == first


def test_webhooks_go_to_loopback_only_and_need_an_administrator(client: httpx2.Client, sandbox: Sandbox) -> None:
    refused = client.post("/Webhook", json=[{"name": "x", "url": "https://example.com/hook"}])
    narrow = {"authorization": f"Bearer {token(sandbox, scope='edit:tickets').json()['access_token']}"}

    assert refused.status_code == 400
    assert client.get("/Webhook", headers=narrow).status_code == 403
