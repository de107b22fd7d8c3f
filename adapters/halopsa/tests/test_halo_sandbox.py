"""The sandbox as a stranger's client meets it: nothing of our adapter stands between (wire/halopsa.md 9.1)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

import anypsa
from anypsa import q
from anypsa_halopsa.dialect.dialect import QUIRKS
from anypsa_sandbox import Sandbox

OPEN = {"ledger": "memory", "requests_per_window": 1_000_000, "reserve": 0}


class Client:
    """A client that knows HTTP and the vendor's page, and nothing else. One host has the API and gives out tokens."""

    def __init__(self, sandbox: Sandbox, **form: str) -> None:
        self.base = sandbox.settings["resource_url"]
        self.headers: dict[str, str] = {}
        given = {"grant_type": "client_credentials", "scope": "all", **sandbox.settings, **form}
        self.status, self.token = self("POST", "/auth/token", urlencode(given).encode())
        self.headers = {"authorization": f"Bearer {self.token.get('access_token')}", "content-type": "application/json"}

    def __call__(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        headers = {"content-type": "application/x-www-form-urlencoded", **self.headers}
        answer = httpx2.request(method, f"{self.base}{path}", params=query, content=content, headers=headers)
        return answer.status_code, json.loads(answer.content) if answer.content else None


def test_one_host_gives_out_tokens_and_the_tenant_may_stand_in_the_form(sandbox: Sandbox) -> None:
    client = Client(sandbox, tenant="northwind")

    assert (client.status, client.token["token_type"], client.token["expires_in"]) == (200, "Bearer", 3600)


def test_every_scope_of_the_page_is_known_and_no_other(sandbox: Sandbox) -> None:
    known = "edit:tickets edit:customers read:assets read:contracts read:kb edit:timesheets edit:calendar"

    assert Client(sandbox, scope=known).status == 200
    assert (Client(sandbox, scope="actions").status, Client(sandbox, scope="actions").token["error"]) == (
        400,
        "invalid_scope",
    )
    assert Client(sandbox, client_secret="wrong").status == 401


@pytest.mark.parametrize("flag", ["true", "True"])
def test_flags_are_read_whatever_their_case(sandbox: Sandbox, flag: str) -> None:
    client = Client(sandbox)
    _, paged = client("GET", "/api/Tickets", pageinate=flag, page_no=1, page_size=1000)
    _, unpaged = client("GET", "/API/tickets", page_no=1, page_size=1000)
    _, closed = client("GET", "/api/Tickets", closed_only=flag, count=1000)

    assert (paged["page_size"], paged["record_count"], len(paged["tickets"])) == (100, 130, 100)
    assert unpaged["record_count"] == len(unpaged["tickets"]) == 50
    assert closed["tickets"]
    assert all(not row["dateclosed"].startswith("1900") for row in closed["tickets"])


def test_an_array_is_wanted_and_a_wrong_type_is_no_crash(sandbox: Sandbox) -> None:
    client = Client(sandbox)
    id = sandbox.world().rows("tickets")[0]["id"]

    assert client("POST", "/api/Tickets", {"id": id, "summary": "x"})[0] == 400
    assert client("POST", "/api/Tickets", [{"id": id, "client_id": "abc"}])[0] == 400
    assert client("POST", "/api/Actions", [{"ticket_id": id, "id": 99, "note": "x"}])[0] == 400
    assert client("GET", "/api/Tickets", lastupdatefromdate="soon")[0] == 400
    assert client("PUT", f"/api/Tickets/{id}", {})[0] == 405


def test_an_action_is_counted_in_hours_and_moves_its_ticket(sandbox: Sandbox) -> None:
    client = Client(sandbox)
    id = next(row["id"] for row in sandbox.world().rows("tickets") if row["closed"] is None)
    note = {"ticket_id": id, "outcome_id": 7, "note": "x", "hiddenfromuser": True, "timetaken": 0.25, "new_status": 9}

    status, action = client("POST", "/api/Actions", [note])
    _, ticket = client("GET", f"/api/Tickets/{id}")
    _, listed = client("GET", "/api/Actions", ticket_id=id)

    assert (status, action["timetaken"], action["ticket_id"]) == (201, 0.25, id)
    assert action["id"] == len(listed["actions"])
    assert (listed["ticket_id"], ticket["status_id"]) == (id, 9)
    assert "note_html" not in listed["actions"][0]
    assert client("POST", "/api/Actions", [{"ticket_id": id, "note": "x"}]) == (
        400,
        "An Outcome must be entered for this Action",
    )


def test_actions_are_listed_by_ticket_or_by_days_and_not_otherwise(sandbox: Sandbox) -> None:
    client = Client(sandbox)
    _, nothing = client("GET", "/api/Actions")
    _, everything = client("GET", "/api/Actions", startdate="2000-01-01", enddate="2100-01-01T00:00:00Z")

    assert nothing == {"record_count": 0, "actions": []}
    timed = [row for row in sandbox.world().rows("time_entries") if row["ticket"] is not None]
    assert len(everything["actions"]) == sandbox.world().counts()["notes"] + len(timed)


@pytest.mark.parametrize("quirk", ["team_id", "open_only", "missing_is_empty", "written_is_200", "no_authinfo"])
def test_our_adapter_lives_with_every_quirk(sandbox: Sandbox, quirk: str) -> None:
    sandbox.control.dialect("quirk", name=quirk)
    settings = sandbox.settings | ({"auth_url": sandbox.urls["auth"]} if quirk == "no_authinfo" else {})
    with anypsa.connect("halopsa", **settings, **OPEN) as psa:
        tickets = psa.tickets.list().all()
        changed = psa.tickets.update(tickets[0], title="changed")
        with pytest.raises(anypsa.NotFound):
            psa.tickets.get(99_999_999)

    assert sorted(int(one.id) for one in tickets) == [row["id"] for row in sandbox.world().rows("tickets")]
    assert changed.title == "changed"


EVERYWHERE = (
    *("tickets", "companies", "contacts", "assets", "queues", "technicians", "contracts", "articles", "locations"),
    *("projects", "appointments", "invoices"),
)
OTHERS = sorted(QUIRKS.keys() - {"parameters_refused", "one_token", "retry_after", "no_authinfo", "virtual_directory"})


@pytest.mark.parametrize(
    "quirk", ["parameters_refused", *(pytest.param(one, marks=pytest.mark.deep) for one in OTHERS)]
)
def test_every_list_and_every_record_is_read_with_every_quirk(sandbox: Sandbox, quirk: str) -> None:
    """Among them: only parameters are sent that are known, so that a version that refuses others is read as well."""
    sandbox.control.limits(latency=0)
    with anypsa.connect("halopsa", **sandbox.settings, **OPEN) as psa:
        usual = read(psa)
    sandbox.control.dialect("quirk", name=quirk)
    with anypsa.connect("halopsa", **sandbox.settings, **OPEN) as psa:
        found = read(psa)
        ticket = psa.tickets.list(q.custom["Site Code"] != "nowhere").all()[0]
        note = psa.notes.create(ticket=ticket, body="seen", visibility=anypsa.Visibility.INTERNAL)
        texts = [psa.notes.get(one.id).body for one in psa.notes.list(ticket=ticket)]
        files = [one.id for one in psa.attachments.list(ticket=ticket)]
        psa.notes.delete(note)

    assert found == usual
    assert note.body in texts
    assert all(one.startswith(f"{ticket.id}:") for one in files)


def read(psa: anypsa.Psa) -> dict[str, Any]:
    """Every list, its count, and a record of it by its id."""
    seen: dict[str, Any] = {}
    for name in EVERYWHERE:
        collection = getattr(psa, name)
        everything = sorted(one.id for one in collection.list())
        seen[name] = (everything, collection.count(), collection.get(everything[-1]).id)
    return seen
