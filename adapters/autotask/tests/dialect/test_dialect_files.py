"""Files (3.3): created below a ticket, a note or a time entry, told by two routes, limited by size and by time."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from anypsa_sandbox import Sandbox

from .tenant import Tenant
from .test_dialect_writes import plain, refused

CONTENT = base64.b64encode("Grüße\0\xff".encode("latin-1")).decode()
MEGABYTES_4 = base64.b64encode(bytes(4_000_000)).decode()


def attach(tenant: Tenant, path: str = "", **given: Any) -> Any:
    """Attaches a file to a ticket."""
    path = path or f"Tickets/{plain(tenant)['id']}/Attachments"
    public = tenant.pick("TicketAttachments", "publish", "All Autotask Users")
    needed = {"id": 0, "attachmentType": "FILE_ATTACHMENT", "fullPath": "ü.txt", "title": "ü.txt", "publish": public}
    return tenant.client.post(path, json={**needed, "data": CONTENT, **given})


def test_a_file_comes_back_as_it_went_by_both_routes(northwind: Tenant) -> None:
    ticket = plain(northwind)["id"]

    id = attach(northwind).json()["itemId"]

    root = northwind.item("TicketAttachments", id)
    child = northwind.client.get(f"Tickets/{ticket}/Attachments/{id}").json()["items"]
    assert (root["data"], child[0]["data"], root["fileSize"]) == (CONTENT, CONTENT, 7)
    assert (root["ticketID"], root["attachedByResourceID"], root["fullPath"]) == (ticket, 1, "ü.txt")


@pytest.mark.parametrize(("wanted", "found"), [("child", (False, True)), ("root", (True, False))])
def test_one_of_the_routes_may_tell_no_content(
    sandbox: Sandbox, northwind: Tenant, wanted: str, found: tuple[bool, bool]
) -> None:
    sandbox.control.dialect("switch", attachment_data=wanted)
    id = attach(northwind).json()["itemId"]

    child = northwind.client.get(f"Tickets/{plain(northwind)['id']}/Attachments/{id}").json()["items"][0]
    assert (northwind.item("TicketAttachments", id)["data"] is not None, child["data"] is not None) == found


def test_lists_tell_no_content(northwind: Tenant) -> None:
    ticket = plain(northwind)["id"]
    id = attach(northwind).json()["itemId"]

    listed = northwind.query("TicketAttachments", {"op": "eq", "field": "id", "value": id}).json()["items"]
    listed += northwind.client.get(f"Tickets/{ticket}/Attachments").json()["items"]
    assert [one["data"] for one in listed] == [None, None]


def test_a_file_of_a_note_is_the_tickets_too(northwind: Tenant) -> None:
    note = northwind.world.rows("notes")[0]

    id = attach(northwind, f"TicketNotes/{note['id']}/Attachments").json()["itemId"]

    assert northwind.item("TicketNoteAttachments", id)["ticketNoteID"] == note["id"]
    assert northwind.item("TicketAttachments", id)["ticketID"] == note["ticket"]


def test_a_file_is_deleted_below_its_ticket(northwind: Tenant) -> None:
    path = f"Tickets/{plain(northwind)['id']}/Attachments"
    id = attach(northwind).json()["itemId"]

    assert northwind.client.delete(f"{path}/{id}").json() == {"itemId": id}
    assert northwind.item("TicketAttachments", id) is None


def test_a_file_without_content_is_refused_and_one_that_is_no_base64(northwind: Tenant) -> None:
    assert "data" in refused(attach(northwind, data=None))
    assert "data" in refused(attach(northwind, data="no base64!"))


def test_a_file_beyond_the_limit_is_refused(northwind: Tenant) -> None:
    refused(attach(northwind, data=base64.b64encode(bytes(7_000_001)).decode()))


def test_ten_million_bytes_in_five_minutes_close_uploads_for_five_minutes(sandbox: Sandbox, northwind: Tenant) -> None:
    sandbox.control.clock(scale=0)
    for _ in range(2):
        assert attach(northwind, data=MEGABYTES_4).status_code == 200

    refused(attach(northwind, data=MEGABYTES_4))
    sandbox.control.clock(advance=299)
    refused(attach(northwind))
    sandbox.control.clock(advance=1)
    assert attach(northwind).status_code == 200
