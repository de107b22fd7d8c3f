"""What the sandbox's lists can be asked for, reports, and servers of other kinds (wire/halopsa.md 1, 2.4, 2.6, 3.2, 9.1)."""

from __future__ import annotations

import json
from typing import Any

import httpx2
import pytest
from halo_wire import PAGED, Wire

import anypsa
from anypsa_sandbox import Sandbox


def tickets(wire: Wire, **query: Any) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in wire.get("/Tickets", count=1000, includeclosed="true", **query)["tickets"]}


def conditions(*asked: tuple[str, int, str]) -> str:
    return json.dumps([dict(zip(("filter_name", "filter_type", "filter_value"), one, strict=True)) for one in asked])


def test_advanced_search_asks_for_columns_of_the_list(wire: Wire) -> None:
    everything = tickets(wire)
    some = sorted(everything)[:3]

    assert tickets(wire, advanced_search=conditions(("id", 0, ",".join(map(str, some))))).keys() == set(some)
    assert tickets(wire, advanced_search=conditions(("id", 9, str(some[2])))).keys() == set(some[:2])
    vpn = {id for id, row in everything.items() if "vpn" in row["summary"].casefold()}
    assert tickets(wire, advanced_search=conditions(("summary", 4, "VPN"))).keys() == vpn != set()
    assert tickets(wire, advanced_search=conditions(("summary", 5, "VPN"))).keys() == everything.keys() - vpn
    assert wire.client.get("/Tickets", params={"advanced_search": "{"}).status_code == 400


def test_tickets_are_asked_for_by_who_and_by_what_was_noted(wire: Wire) -> None:
    everything = tickets(wire)
    id = next(id for id in everything if wire.world.row("tickets", id)["contact"])
    user = wire.world.row("contacts", wire.world.row("tickets", id)["contact"])
    wire.post("/Actions", {"ticket_id": id, "outcome_id": 7, "note": "a very rare word: xylophone"})

    assert id in tickets(wire, search_user_name=user["last_name"])
    assert tickets(wire, search="xylophone").keys() == set()
    assert tickets(wire, search="xylophone", searchactions="true").keys() == {id}
    assert tickets(wire, mine="true").keys() == {
        one for one, row in everything.items() if wire.world.row("tickets", one)["assignee"] == 1
    }
    assert all(row.keys() == {"id"} for row in tickets(wire, ticketidonly="true").values())
    assert tickets(wire, includetimetaken="true", includelastaction="true")[id]["lastaction"].endswith("xylophone")


def test_a_type_of_asset_tells_its_fields(wire: Wire) -> None:
    asset = next(row for row in wire.get("/Asset", **PAGED)["assets"])
    held = wire.get(f"/Asset/{asset['id']}")["fields"]

    told = {one["id"]: one["name"] for one in wire.get(f"/AssetType/{asset['assettype_id']}")["fields"]}

    assert {one["id"]: one["name"] for one in held}.items() <= told.items()


def test_general_users_are_got_and_listed_where_a_version_shows_them(wire: Wire, sandbox: Sandbox) -> None:
    usual = {row["id"] for row in wire.get("/Users", count=5000, includeinactive="true")["users"]}
    sandbox.control.dialect("quirk", name="general_users")
    more = wire.get("/Users", count=5000, includeinactive="true")["users"]
    general = next(row for row in more if row["id"] not in usual)

    assert general["name"] == "General User"
    assert wire.get(f"/Users/{general['id']}")["site_id"] == general["site_id"]
    left = wire.get("/Users", count=5000, includeinactive="true", exclude_generaluser="true")["users"]
    assert {row["id"] for row in left} == usual
    sandbox.control.dialect("quirk", name="general_users", on=False)
    assert wire.get(f"/Users/{general['id']}")["name"] == "General User"


def test_a_report_finds_by_the_databases_names_and_tells_its_faults(wire: Wire) -> None:
    sql = "SELECT faultid, symptom FROM faults WHERE datecleared IS NULL ORDER BY faultid"
    found = wire.post("/Report", {"name": "mine", "sql": sql, "_loadreportonly": True})["report"]["rows"]
    still_open = sorted(row["id"] for row in wire.world.rows("tickets") if row["closed"] is None)

    assert [row["faultid"] for row in found] == still_open
    for wrong in ("SELECT summary FROM faults", "ATTACH DATABASE 'x' AS x", "DROP TABLE faults"):
        assert wire.post("/Report", {"name": "mine", "sql": wrong, "_loadreportonly": True})["load_error"]
    saved = wire.post("/Report", {"name": "kept", "sql": sql})
    assert wire.get(f"/Report/{saved['id']}", loadreport="true")["report"]["rows"] == found
    assert "kept" in {row["name"] for row in wire.get("/Report")["reports"]}


def test_reports_need_a_right_to_edit_even_to_be_run(sandbox: Sandbox) -> None:
    with Wire(sandbox, scope="read:reporting") as reader:
        assert reader.client.get("/Report").status_code == 200
        assert reader.client.post("/Report", json=[{"name": "x", "_loadreportonly": True}]).status_code == 403


def test_only_client_credentials_buy_a_token_and_the_server_tells_where(sandbox: Sandbox) -> None:
    told = httpx2.get(f"{sandbox.urls['auth']}/auth/.well-known/openid-configuration").json()
    form = {"client_id": "northwind-application", "client_secret": "northwind-secret", "scope": "all"}

    assert httpx2.post(told["token_endpoint"], data=form).json() == {"error": "unsupported_grant_type"}
    bought = httpx2.post(told["token_endpoint"], data={**form, "grant_type": "client_credentials"})
    assert bought.json()["token_type"] == "Bearer"


@pytest.mark.row("S14", call='anypsa.connect("halopsa", resource_url=..., auth_url=...)')
@pytest.mark.parametrize("named", ["api", "auth", None])
def test_on_premise_all_is_below_a_directory_and_tokens_come_from_where_they_are(
    sandbox: Sandbox, named: str | None
) -> None:
    """A host of one's own, with a separate authorisation server that is named, found out, or that is the API's host."""
    sandbox.control.dialect("quirk", name="virtual_directory")
    settings = {**sandbox.settings, "resource_url": f"{sandbox.urls['api']}/halo", "ledger": "memory"}
    if named is not None:
        settings["auth_url"] = f"{sandbox.urls[named]}/halo/auth"
    with anypsa.connect("halopsa", **settings) as psa:
        told = psa.check().details or {}
        count = psa.tickets.count()

    assert count == len(sandbox.world().rows("tickets"))
    assert told["api"] == f"{sandbox.urls['api']}/halo/api"
    assert told["auth"] == f"{sandbox.urls[named or 'auth']}/halo/auth"
    (call,) = [one for one in sandbox.control.calls("/auth/token") if one["status"] == 200]
    assert call["door"] == (named or "auth")


@pytest.mark.row("S14", call='anypsa.connect("halopsa", resource_url=..., auth_url=...)')
def test_a_directory_that_does_not_say_where_to_sign_in_is_signed_in_to_beside_its_api(sandbox: Sandbox) -> None:
    for quirk in ("virtual_directory", "no_authinfo"):
        sandbox.control.dialect("quirk", name=quirk)
    settings = {**sandbox.settings, "resource_url": f"{sandbox.urls['api']}/halo/api/", "ledger": "memory"}
    with anypsa.connect("halopsa", **settings) as psa:
        assert psa.companies.count()


def test_what_strangers_send_is_taken_as_the_service_takes_it(wire: Wire, sandbox: Sandbox) -> None:
    """Older hosting's address of tokens; any case and a slash at the end; a team by its id; an agent of none."""
    form = {"grant_type": "client_credentials", "scope": "all"}
    own = {"client_id": "northwind-application", "client_secret": "northwind-secret"}
    older = httpx2.post(f"{sandbox.urls['auth']}/token", params={"tenant": "northwind"}, data={**form, **own})
    ticket = next(iter(tickets(wire)))
    network = next(one["id"] for one in wire.get("/Team") if one["name"] == "Network")

    assert older.json()["token_type"] == "Bearer"
    assert wire.client.get(f"/TICKETS/{ticket}/").json()["id"] == ticket
    assert wire.post("/tickets/", {"id": ticket, "team_id": network, "agent_id": 0})["team"] == "Network"
    assert wire.get(f"/Tickets/{ticket}")["agent_id"] == 1
    assert wire.get("/Tickets", count=1)["record_count"] == 1
    assert wire.get("/Tickets", pageinate="true", page_no=1)["page_size"] == 50
    assert wire.client.post("/Tickets", json={"id": ticket}).status_code == 400
