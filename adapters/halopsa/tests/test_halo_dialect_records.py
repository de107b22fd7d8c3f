"""The sandbox's records, as the vendor's page describes them (wire/halopsa.md 2.1 to 2.6)."""

from __future__ import annotations

import base64

import httpx2
import pytest
from halo_wire import PAGED, Wire

from anypsa_sandbox import Sandbox

KEYS = {
    "Site": ("sites", "locations", 0),
    "ClientContract": ("contracts", "contracts", 0),
    "KBArticle": ("articles", "articles", 0),
    "Appointment": ("appointments", "appointments", 0),
    "Invoice": ("invoices", "invoices", 0),
    "Client": ("clients", "companies", 1000),
    "Users": ("users", "contacts", 0),
    "Asset": ("assets", "assets", 0),
}


@pytest.mark.parametrize("path", KEYS)
def test_every_record_of_the_world_is_listed_once_and_got_by_its_id(wire: Wire, path: str) -> None:
    key, table, offset = KEYS[path]
    pages = [wire.get(path, **{**PAGED, "page_no": n}, order="id", includeinactive="true")[key] for n in (1, 2)]
    ids = [int(row["id"]) for page in pages for row in page]

    assert ids == [row["id"] + offset for row in wire.world.rows(table)][:200]
    assert int(wire.get(f"{path}/{ids[0]}")["id"]) == ids[0]
    assert wire.get(f"{path}/987654321") is None


def test_a_client_gets_a_main_site_by_itself(wire: Wire) -> None:
    made = wire.post("/Client", {"name": "Zoë's"})
    sites = wire.get("/Site", client_id=made["id"])["sites"]

    assert [site["id"] for site in sites] == [made["main_site_id"]]
    assert sites[0]["client_id"] == float(made["id"])
    assert wire.refused("/Client", {"ref": "x"}) == "Please enter a value for Name"


def test_a_site_and_its_users_belong_to_a_client(wire: Wire) -> None:
    client = wire.post("/Client", {"name": "Acme"})["id"]
    site = wire.post("/Site", {"name": "Büro", "client_id": client, "delivery_address_line1": "1 Main St"})
    user = wire.post("/Users", {"name": "Ada Lovelace", "site_id": site["id"], "emailaddress": "a@b.example"})

    assert (user["firstname"], user["surname"], int(user["client_id"])) == ("Ada", "Lovelace", client)
    assert [one["id"] for one in wire.get("/Users", site_id=site["id"])["users"]] == [user["id"]]
    assert "delivery_address_line1" not in wire.get("/Site", client_id=client)["sites"][0]
    assert (
        wire.get("/Site", client_id=client, includeaddress="true")["sites"][0]["delivery_address_line1"] == "1 Main St"
    )
    assert wire.refused("/Users", {"name": "x"}) == "Please enter a value for Site"
    assert wire.refused("/Site", {"name": "x"}) == "Please enter a value for Client"


def test_only_active_records_are_listed_unless_asked(wire: Wire) -> None:
    site = wire.get("/Site")["sites"][0]["id"]
    wire.post("/Site", {"id": site, "inactive": True})

    assert site not in [one["id"] for one in wire.get("/Site", count=1000)["sites"]]
    assert site in [one["id"] for one in wire.get("/Site", count=1000, includeinactive="true")["sites"]]


def test_the_fields_of_an_asset_are_its_types_and_are_replaced_whole(wire: Wire) -> None:
    rows = wire.world.rows("assets")
    row = next(one for one in rows if one["kind"] == "Server" and one["serial_number"] and one["reference"])
    other = next(one for one in rows if one["kind"] == "Printer" and one["serial_number"])
    fields = {one["name"]: one for one in wire.get(f"/Asset/{row['id']}")["fields"]}
    theirs = {one["name"]: one["id"] for one in wire.get(f"/Asset/{other['id']}")["fields"]}
    changed = wire.post("/Asset", {"id": row["id"], "fields": [{"id": fields["Serial Number"]["id"], "value": "S-1"}]})

    assert fields["Serial Number"]["value"] == row["serial_number"]
    assert theirs["Serial Number"] != fields["Serial Number"]["id"]
    assert {one["name"]: one["value"] for one in changed["fields"]} == {"Serial Number": "S-1"}
    assert (wire.world.row("assets", row["id"]) or {})["reference"] is None
    assert "fields" not in wire.get("/Asset")["assets"][0]


def test_a_new_asset_needs_its_type_and_its_site(wire: Wire) -> None:
    kind, site = wire.get("/AssetType")[0]["id"], wire.get("/Site")["sites"][0]
    made = wire.post("/Asset", {"assettype_id": kind, "site_id": site["id"], "inventory_number": "TAG-1"})

    assert (made["inventory_number"], made["client_id"]) == ("TAG-1", site["client_id"])
    assert wire.refused("/Asset", {"site_id": site["id"]}) == "Please enter a value for Asset Type"
    assert wire.refused("/Asset", {"assettype_id": kind}) == "Please enter a value for Site"


def test_a_contract_tells_the_hours_left_of_those_bought_in_advance(wire: Wire) -> None:
    rows = wire.get("/ClientContract", count=1000)["contracts"]
    prepaid = {row["id"]: row for row in rows if row["contracttype_name"] == "Block Hours"}
    bought = wire.world.rows("blocks")
    block = next(one for one in bought if one["active"] and one["contract"] in prepaid and one["end"].year > 2027)
    wire.world.change("blocks", block["id"], {"hours_used": block["hours_used"] - 1.5})
    after = wire.get(f"/ClientContract/{block['contract']}")

    assert after["numberofunitsfree"] == pytest.approx(prepaid[block["contract"]]["numberofunitsfree"] + 1.5)
    assert all(("numberofunitsfree" in row) == (row["id"] in prepaid) for row in rows)


def test_an_article_is_found_by_its_body_and_only_the_article_tells_it(wire: Wire) -> None:
    row = wire.world.rows("articles")[1]
    found = wire.get("/KBArticle", search="EMPTY CARTRIDGE")["articles"]

    assert [(one["id"], one["name"]) for one in found] == [(row["id"], row["title"])]
    assert "resolution" not in found[0]
    assert wire.get(f"/KBArticle/{row['id']}")["resolution"] == row["body"]


def test_time_is_an_action_in_hours_at_a_rate_of_lookup_17(wire: Wire) -> None:
    row = next(one for one in wire.world.rows("time_entries") if one["ticket"] is not None)
    before = wire.get("/Actions", ticket_id=row["ticket"])["actions"]
    seeded = next(one for one in before if one["timetaken"])
    rates = {one["id"]: one["name"] for one in wire.get("/Lookup", lookupid=17)}
    rate, outcome = next(iter(rates)), next(one for one in wire.get("/Outcome") if one["outcome"] == "Time Entry")["id"]
    sent = {"ticket_id": row["ticket"], "outcome_id": outcome, "note": "worked", "timetaken": 0.4, "chargerate": rate}
    made = wire.post("/Actions", sent)

    assert (seeded["timetaken"], seeded["note"]) == (row["hours"], row["summary"])
    assert (made["timetaken"], made["chargerate"], made["actionchargehours"]) == (0.4, rate, 0.5)
    assert wire.get("/Actions", ticket_id=row["ticket"])["actions"][:-1] == before
    assert {"hours": 0.4, "summary": "worked"}.items() <= wire.world.rows("time_entries")[-1].items()
    assert wire.refused("/Actions", {**sent, "chargerate": 999}) == "Please enter a value for Charge Rate"


def test_the_numbers_of_actions_stay_when_one_is_deleted(wire: Wire) -> None:
    ticket = next(row["id"] for row in wire.world.rows("tickets"))
    ids = [wire.post("/Actions", {"ticket_id": ticket, "outcome_id": 7, "note": str(n)})["id"] for n in range(3)]
    gone = wire.client.delete(f"/Actions/{ids[1]}", params={"ticket_id": ticket})

    assert gone.status_code == 200
    assert wire.get(f"/Actions/{ids[2]}", ticket_id=ticket)["note"] == "2"
    assert wire.get(f"/Actions/{ids[1]}", ticket_id=ticket) is None
    assert wire.get(f"/Actions/{ids[2]}") is None


def test_an_outcome_hides_and_mails_by_itself_unless_told_otherwise(wire: Wire, sandbox: Sandbox) -> None:
    ticket = wire.world.rows("tickets")[0]["id"]
    outcomes = {one["outcome"]: one["id"] for one in wire.get("/Outcome")}
    hidden = wire.post("/Actions", {"ticket_id": ticket, "outcome_id": outcomes["Internal Note"], "note": "x"})
    mail = {"ticket_id": ticket, "outcome_id": outcomes["Email User"], "note": "x"}
    wire.post("/Actions", {**mail, "sendemail": False})
    quiet = sandbox.control.dialect("mails")
    wire.post("/Actions", mail)

    assert hidden["hiddenfromuser"] is True
    assert (quiet, len(sandbox.control.dialect("mails"))) == ([], 1)


def test_a_quick_time_entry_stands_in_the_calendar_too(wire: Wire) -> None:
    ticket, agent = wire.world.rows("tickets")[0]["id"], wire.get("/Agent")[1]["id"]
    entry = {"ticket_id": ticket, "agent_id": agent, "note": "fast"}
    times = {"start_date": "2026-05-01T08:00:00", "end_date": "2026-05-01T08:15:00"}
    made = wire.post("/TimesheetEvent", {**entry, **times})
    listed = wire.get("/TimesheetEvent", agents=agent, start_date="2026-05-01", end_date="2026-05-02")

    assert made["timetaken"] == 0.25
    assert made in listed
    assert wire.get(f"/Actions/{made['action_number']}", ticket_id=ticket)["timetaken"] == 0.25
    assert all(row["agent_id"] == agent for row in listed)


def test_files_of_the_world_are_listed_and_come_down_as_bytes(wire: Wire) -> None:
    row = wire.world.rows("attachments")[0]
    listed = wire.get("/Attachment", ticket_id=row["ticket"])
    content = wire.client.get(f"/Attachment/{row['id']}")

    assert [(one["id"], one["filename"]) for one in listed["attachments"]] == [(row["id"], row["name"])]
    assert content.content == base64.b64decode(row["content"])
    assert wire.client.delete(f"/Attachment/{row['id']}").status_code == 200
    assert wire.get("/Attachment", ticket_id=row["ticket"])["record_count"] == 0


def test_a_file_hangs_on_an_action(wire: Wire) -> None:
    ticket = next(row["id"] for row in wire.world.rows("tickets") if row["id"] % 17)
    action = wire.post("/Actions", {"ticket_id": ticket, "outcome_id": 7, "note": "see file"})["id"]
    data = "data:text/plain;base64," + base64.b64encode(b"x").decode()
    sent = {"ticket_id": ticket, "filename": "a.txt", "data_base64": data}
    made = wire.post("/Attachment", {**sent, "action_id": action}, sent)
    of_action = wire.get("/Attachment", ticket_id=ticket, action_id=action)["attachments"]

    assert made["action_id"] == 0
    assert [(one["filename"], one["action_id"]) for one in of_action] == [("a.txt", action)]


def test_a_link_leads_to_another_host_that_refuses_tokens(wire: Wire, sandbox: Sandbox) -> None:
    sandbox.control.dialect("quirk", name="attachment_links")
    row = wire.world.rows("attachments")[0]
    link = wire.get(f"/Attachment/{row['id']}")["link"]

    assert httpx2.get(link).content == base64.b64decode(row["content"])
    assert not link.startswith(sandbox.urls["api"])
    assert httpx2.get(link, headers=dict(wire.client.headers)).status_code == 400


def test_custom_fields_come_when_asked_for_and_always_with_the_record(wire: Wire) -> None:
    fields = {one["label"]: one for one in wire.get("/FieldInfo") if one["usage"] == 1}
    row = next(one for one in wire.world.rows("tickets") if one["custom"]["Customer Ranking"])
    ranking = fields["Customer Ranking"]
    asked = {"ticketids": row["id"], "include_custom_fields": ranking["id"]}
    (listed,) = wire.get("/Tickets", **asked)["tickets"]
    complete = wire.get(f"/Tickets/{row['id']}")["customfields"]
    values = {one["id"]: one["name"] for one in ranking["values"]}

    assert "customfields" not in wire.get("/Tickets")["tickets"][0]
    assert [one["id"] for one in listed["customfields"]] == [ranking["id"]]
    assert values[listed["customfields"][0]["value"]] == row["custom"]["Customer Ranking"]
    assert listed["customfields"][0]["display"] == row["custom"]["Customer Ranking"]
    assert {one["label"] for one in complete} == set(fields)


@pytest.mark.parametrize("replaced", [False, True])
def test_custom_fields_are_merged_or_replaced(wire: Wire, sandbox: Sandbox, replaced: bool) -> None:
    sandbox.control.dialect("quirk", name="custom_fields_replaced", on=replaced)
    row = next(one for one in wire.world.rows("tickets") if one["custom"]["Customer Ranking"])
    wire.post("/Tickets", {"id": row["id"], "customfields": [{"name": "CFSiteCode", "value": "NEW"}]})
    custom = (wire.world.row("tickets", row["id"]) or {})["custom"]

    assert custom["Site Code"] == "NEW"
    assert custom.get("Customer Ranking") == (None if replaced else row["custom"]["Customer Ranking"])
    assert "does not exist" in wire.refused("/Tickets", {"id": row["id"], "customfields": [{"name": "CFx"}]})


def test_the_assets_of_a_ticket_are_replaced_whole(wire: Wire) -> None:
    ticket, (one, two, three, *_) = (
        wire.world.rows("tickets")[0]["id"],
        [row["id"] for row in wire.world.rows("assets")],
    )
    wire.post("/Tickets", {"id": ticket, "assets": [{"id": one}, {"id": two}]})
    wire.post("/Tickets", {"id": ticket, "assets": [{"id": three}, {"id": two}]})

    assert [asset["id"] for asset in wire.get(f"/Tickets/{ticket}")["assets"]] == [three, two]


def test_an_appointment_gets_another_id_when_it_moves_to_another_agent(wire: Wire) -> None:
    first, second = (row["agent_id"] for row in wire.get("/Appointment")["appointments"][:2])
    sent = {"subject": "Visit", "start_date": "2026-12-01T09:00:00", "end_date": "2026-12-01T10:00:00"}
    made = wire.post("/Appointment", {**sent, "agent_id": first})
    kept = wire.post("/Appointment", {"id": made["id"], "subject": "Visit 2"})
    moved = wire.post("/Appointment", {"id": made["id"], "agent_id": second})

    assert (kept["id"], kept["subject"]) == (made["id"], "Visit 2")
    assert moved["id"] != made["id"]
    assert (moved["subject"], moved["agent_id"]) == ("Visit 2", second)
    assert wire.get(f"/Appointment/{made['id']}") is None


def test_projects_and_opportunities_are_told_apart_from_tickets(wire: Wire) -> None:
    rows = wire.get("/Projects", count=1000)["tickets"]
    offers = wire.get("/Opportunities", count=1000)["tickets"]
    projects = [row for row in rows if row["itil_requesttype_id"] == 22]
    tasks = [row for row in rows if row["itil_requesttype_id"] == 23]

    assert sorted(row["id"] for row in projects) == [row["id"] for row in wire.world.rows("projects")]
    assert {row["parent_id"] for row in tasks} == {row["id"] for row in projects}
    assert {row["use"] for row in rows} == {"project"}
    assert {row["use"] for row in offers} == {"opportunity"}
    assert {row["use"] for row in wire.get("/Tickets")["tickets"]} == {"ticket"}
    assert wire.get(f"/Tickets/{projects[0]['id']}")["use"] == "project"


def test_invoices_have_lines_and_are_only_read(wire: Wire) -> None:
    invoice = wire.get("/Invoice")["invoices"][0]
    recurring = wire.get("/RecurringInvoice")["invoices"]
    services = wire.world.rows("contract_services")

    assert wire.get(f"/Invoice/{invoice['id']}")["lines"]
    assert {row["contract_id"] for row in recurring} == {row["contract"] for row in services}
    assert wire.client.post("/Invoice", json=[{"id": invoice["id"]}]).status_code == 404


def test_a_type_tells_what_its_tickets_must_have_and_it_is_demanded(wire: Wire) -> None:
    client = wire.get("/Client")["clients"][0]["id"]
    kind = next(one for one in wire.get("/TicketType") if one["name"] == "Change Request")["id"]
    mandatory = [one["label"] for one in wire.get(f"/TicketType/{kind}")["fields"] if one["mandatory"]]
    ticket = {"summary": "x", "client_id": client, "tickettype_id": kind}
    category = wire.get("/Category")[0]

    assert mandatory == ["Category"]
    assert wire.refused("/Tickets", ticket) == "Please enter a value for Category"
    assert wire.post("/Tickets", {**ticket, "category_1": category["value"]})["categoryid_1"] == category["id"]
    assert wire.post("/Tickets", {**ticket, "_novalidate": True})["tickettype_id"] == kind


def test_deleted_tickets_are_listed_when_asked_for(wire: Wire) -> None:
    row = wire.world.rows("tickets")[0]
    wire.client.delete(f"/Tickets/{row['id']}", params={"reason": "spam"})
    gone = wire.get("/Tickets", deleted="true", count=1000)["tickets"]

    assert row["id"] in {one["id"] for one in gone}
    assert all(one["inactive"] for one in gone)
    assert row["id"] not in {one["id"] for one in wire.get("/Tickets", count=1000)["tickets"]}
