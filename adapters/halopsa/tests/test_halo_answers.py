"""HaloPSA's answers in the ways they are attested to come, scripted: no sandbox of ours stands between (wire/halopsa.md)."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from anypsa import (
    AuthenticationFailed,
    Id,
    Incomplete,
    Invalid,
    NotFound,
    OutcomeUnknown,
    PSAError,
    State,
    Visibility,
    q,
)
from anypsa.models import Sort
from anypsa.spi import Context, Table
from anypsa.testing import scripted
from anypsa.wire import Incoming
from anypsa_halopsa.tables import TABLES

OPEN = {"requests_per_window": 1_000_000, "reserve": 0}
LISTS: Mapping[str, Any] = {
    "team": [{"id": 1, "name": "Service Desk"}, {"id": 2, "name": "Network"}],
    "status": [
        {"id": 1, "name": "New", "type": 0},
        {"id": 9, "name": "Closed", "type": 0},
        {"id": 50, "name": "New", "type": 1},
    ],
    "priority": [
        {"id": f"guid-{sla}-{id}", "priorityid": id, "slaid": sla, "name": name}
        for sla, names in ((1, ("High", "Low")), (2, ("P1", "P2")))
        for id, name in enumerate(names, start=1)
    ],
    "tickettype": [{"id": 1, "name": "Incident", "use": "ticket"}, {"id": 30, "name": "Project", "use": "project"}],
    "category": [{"id": 71, "value": "Hardware>Laptop", "type_id": 1}],
    "lookup": [],
    "assettype": [],
    "outcome": [{"id": 7, "outcome": "Interne Notiz"}, {"id": 12, "outcome": "Note"}],
    "agent": [{"id": 10, "name": "Ann Mary Lee"}],
}


def page(status: int, text: str) -> Incoming:
    return Incoming(status, {"content-type": "text/html"}, text.encode())


@dataclass
class Halo:
    """A tenant. `says` answers in its stead: by method and path, or None for the usual."""

    tickets: list[dict[str, Any]] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)
    says: Callable[[str, str, Mapping[str, str]], Any] = lambda *_: None
    asked: list[str] = field(default_factory=list)
    posted: list[Any] = field(default_factory=list)
    token: Mapping[str, Any] = field(default_factory=lambda: {"access_token": "t", "expires_in": 3600})

    def __call__(self, request: Any) -> Any:
        parts = urlsplit(request.url)
        path, query = parts.path, dict(parse_qsl(parts.query))
        self.asked.append(f"{request.method} {path}")
        said = self.says(request.method, path, query)
        if said is not None:
            return said
        if path.endswith("/authinfo"):
            return {"auth_url": "http://127.0.0.1:9/auth", "tenant_id": ""}
        if path.endswith("/auth/token"):
            return dict(self.token)
        name, _, id = path.removeprefix("/api/").lower().partition("/")
        if request.method == "POST":
            return 201, self.post(json.loads(request.content))
        if name == "tickets":
            return self.listed(query) if not id else next((one for one in self.tickets if str(one["id"]) == id), {})
        if name == "actions":
            found = [one for one in self.actions if str(one["ticket_id"]) == query.get("ticket_id")]
            if id:
                return next((one for one in found if str(one["id"]) == id), (404, None))
            found = found[: int(query.get("count", 50))]
            return {"record_count": len(found), "actions": found}
        return LISTS.get(name, (404, None))

    def listed(self, query: Mapping[str, str]) -> Any:
        found = [one for one in self.tickets if matches(one, query)]
        size, number = int(query["page_size"]), int(query["page_no"])
        rows = found[(number - 1) * size : number * size]
        return {"page_no": number, "page_size": size, "record_count": len(found), "tickets": rows}

    def post(self, body: list[dict[str, Any]]) -> dict[str, Any]:
        self.posted += body
        return body[-1] if "id" in body[-1] else {"id": 1, **body[-1]}

    def connect(self, **settings: Any) -> Any:
        own = {"resource_url": "http://127.0.0.1:9", "client_id": "id", "client_secret": "secret"}
        return scripted("halopsa", self, **{**OPEN, **own, **settings})


def matches(row: Mapping[str, Any], query: Mapping[str, str]) -> bool:
    closed = "dateclosed" in row and not row["dateclosed"].startswith("1900")
    if query.get("open_only") == "true" and closed:
        return False
    if query.get("closed_only") == "true" and not closed:
        return False
    ids, types = query.get("ticketids"), query.get("requesttype")
    return (ids is None or str(row["id"]) in ids.split(",")) and (
        types is None or str(row.get("tickettype_id")) in types.split(",")
    )


def ticket(id: int = 5, **fields: Any) -> dict[str, Any]:
    return {"id": id, "summary": "x", "status_id": 1, "client_id": 21, "tickettype_id": 1, "use": "ticket", **fields}


def only(**fields: Any) -> Any:
    return Halo([ticket(**fields)]).connect().tickets.get(5)


# Rows


@pytest.mark.parametrize("client", [21, 21.0, "21", "21.0"])
def test_ids_come_in_every_spelling(client: Any) -> None:
    assert only(client_id=client).company.id == "21"


@pytest.mark.parametrize("nobody", [{"client_id": None}, {"client_id": ""}, {"client_id": 0}, {"client_id": 1}])
def test_a_ticket_of_nobody_has_an_empty_company_and_breaks_no_list(nobody: Mapping[str, Any]) -> None:
    row = {name: value for name, value in ticket(**nobody).items() if value is not None}
    psa = Halo([row, ticket(id=6)]).connect()

    assert [bool(one.company) for one in psa.tickets.list()] == [False, True]
    assert [one.id for one in psa.tickets.list(q.company.is_null())] == ["5"]


@pytest.mark.parametrize(
    ("where", "found"),
    [(q.company == "1", []), (q.assignee == Id("1"), []), (q.contact == "0", []), (q.company != "1", ["5", "6"])],
)
def test_a_filter_for_what_stands_for_nobody_finds_nobodys_and_is_not_taken_for_ignored(
    where: object, found: list[str]
) -> None:
    psa = Halo([ticket(client_id=1, agent_id=1, user_id=0), ticket(id=6)]).connect()

    assert [one.id for one in psa.tickets.list(where)] == found


def test_a_ticket_for_nobody_is_refused_before_it_is_sent() -> None:
    halo = Halo([ticket()])
    psa = halo.connect()

    for write in (
        lambda: psa.tickets.create(company="1", title="VPN down", type="Incident"),
        lambda: psa.tickets.update(5, company="1"),
    ):
        with pytest.raises(Invalid):
            write()

    assert halo.posted == []


def test_dates_of_long_ago_and_sentinels_are_nothing() -> None:
    found = only(
        dateclosed="1980-06-01T00:00:00", deadlinedate="1900-01-01T00:00:00", agent_id=1, user_id=0, estimate=""
    )

    assert (found.closed, found.due, found.assignee, found.contact, found.estimate) == (None,) * 5
    assert found.state is State.OPEN


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name)
def test_a_number_may_come_as_an_empty_text(table: Table) -> None:
    context = Context("tenant")
    known = {"id": 7, "ticket_id": 3}
    nothing = table.decode({one.wire: None for one in table.fields} | known, context)

    empty = table.decode({one.wire: "" for one in table.fields} | known, context)

    plain = {
        trait.name for trait in table.kind.traits.values() if trait.sort not in (Sort.TEXT, Sort.BOOLEAN, Sort.BYTES)
    }
    assert {name: getattr(empty, name) for name in plain} == {name: getattr(nothing, name) for name in plain}


def test_times_are_utc_without_saying_so() -> None:
    assert only(dateoccurred="2026-09-01T08:00:00.123").created == datetime(2026, 9, 1, 8, 0, 0, 123_000, UTC)


def test_the_last_update_is_read_under_both_names() -> None:
    assert only(lastupdate="2026-09-01T08:00:00").updated == datetime(2026, 9, 1, 8, tzinfo=UTC)


def test_a_ticket_that_only_says_it_was_closed_is_closed() -> None:
    assert only(hasbeenclosed=True).state is State.CLOSED
    assert only(hasbeenclosed=True, dateclosed="1900-01-01T00:00:00").state is State.OPEN


def test_a_team_is_told_by_id_or_by_name() -> None:
    assert (only(team="network").queue.id, only(team="Elsewhere", team_id=2.0).queue.id) == ("2", "2")


def test_a_priority_is_called_as_its_sla_calls_it() -> None:
    assert (only(priority_id=1, sla_id=2).priority.label, only(priority_id=1, sla_id=1).priority.label) == (
        "P1",
        "High",
    )


def test_a_priority_is_found_under_every_name() -> None:
    halo = Halo([ticket(priority_id=2)])
    halo.connect().tickets.update(5, priority="p2")

    assert halo.posted[0]["priority_id"] == 2


def test_a_status_of_projects_is_no_status_of_tickets() -> None:
    halo = Halo([ticket()])
    halo.connect().tickets.update(5, status="New")

    assert halo.posted[0]["status_id"] == 1


def test_a_category_may_come_as_its_path_alone() -> None:
    assert only(category_1="Hardware>Laptop").category.id == "71"


def test_agents_and_users_may_have_one_name_only() -> None:
    (agent,) = Halo().connect().technicians.list()

    assert (agent.first_name, agent.last_name, agent.name, agent.active) == ("Ann Mary", "Lee", "Ann Mary Lee", True)


def test_an_agent_is_assigned_by_that_name() -> None:
    halo = Halo([ticket()])
    halo.connect().tickets.update(5, assignee="ann mary lee")

    assert halo.posted[0]["agent_id"] == 10


def test_projects_and_opportunities_are_no_tickets() -> None:
    others = [{"use": "project", "tickettype_id": 30}, {"use": "opportunity"}, {"use": "", "itil_requesttype_id": 22}]
    rows = [ticket(), *(ticket(id, **other) for id, other in enumerate(others, start=6))]
    psa = Halo(rows).connect()

    assert [one.id for one in psa.tickets.list()] == ["5"]
    assert psa.tickets.count() == 1


# Notes


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two &amp; three</p>", "One\nTwo & three"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<style>p {}</style>x<!-- y -->", "x"),
        ("1 < 2", "1 < 2"),
    ],
)
def test_a_note_that_comes_as_html_alone_is_read_as_text(html: str, text: str) -> None:
    halo = Halo(actions=[{"id": 1, "ticket_id": 5, "note_html": html}])
    (note,) = halo.connect().notes.list(ticket=5)

    assert (note.body, note.visibility) == (text, None)


TYPE: dict[str, Any] = {
    "id": 1,
    "default_team": "Network",
    "default_priority": 0,
    "fields": [
        {"name": "symptom", "label": "Summary", "mandatory": True},
        {"fieldinfo": {"name": "username", "label": "Raised by", "mandatory": True}},
        {"name": "team", "mandatory": True},
        {"name": "priority", "mandatory": True},
        {"name": "CFSite", "label": "Site Code", "mandatory": True},
    ],
}


def test_what_a_type_demands_is_asked_for_as_far_as_it_is_known() -> None:
    """Fields that are called in no way that is known, and those that the type fills in, are no business of ours."""
    halo = Halo(says=lambda method, path, query: TYPE if path.lower().endswith("tickettype/1") else None)

    with pytest.raises(Invalid) as refused:
        halo.connect().tickets.create(company=21, title="x", type="Incident")

    assert {problem.field for problem in refused.value.problems} == {"priority", "CFSite"}
    assert halo.posted == []


@pytest.mark.parametrize("answer", [(200, None), (204, None), {"id": 5}, ticket(5)])
def test_a_deletion_may_be_answered_by_anything(answer: Any) -> None:
    Halo([ticket(5)], says=lambda method, path, query: answer if method == "DELETE" else None).connect().tickets.delete(
        5
    )


def closed(*paths: str) -> Callable[[str, str, Mapping[str, str]], Any]:
    """Lists that the agent may not see: some need an administrator (1.3)."""
    return lambda method, path, query: (403, None) if path.rpartition("/")[2].lower() in paths else None


def test_lists_of_values_that_are_closed_to_the_agent_cost_labels_alone() -> None:
    halo = Halo([ticket(5, priority_id=1, source=3)], says=closed("priority", "lookup", "category", "team"))

    (found,) = halo.connect().tickets.list()

    assert (found.priority.id, found.priority.label, found.status.label) == ("1", None, "New")


@pytest.mark.parametrize(("settings", "outcome"), [({}, 7), ({"outcomes": {"internal": "60"}}, 60)])
def test_a_note_needs_no_list_of_outcomes(settings: Mapping[str, Any], outcome: int) -> None:
    stored = {"ticket_id": 5, "id": 1, "note": "x", "hiddenfromuser": True, "datetime": "2026-03-02T09:00:00"}
    halo = Halo([ticket(5)], [stored], says=closed("outcome"))

    halo.connect(**settings).notes.create(ticket=5, body="x", visibility=Visibility.INTERNAL)

    assert [(one["outcome_id"], one["hiddenfromuser"], one["sendemail"]) for one in halo.posted] == [
        (outcome, True, False)
    ]


def test_more_notes_than_a_list_without_pages_gives_are_all_read() -> None:
    halo = Halo(actions=[{"id": n, "ticket_id": 5, "note": "x"} for n in range(1, 121)])

    assert len(halo.connect().notes.list(ticket=5).all()) == 120


def test_a_list_of_notes_that_is_cut_is_not_taken_for_whole() -> None:
    cut = {"record_count": 80, "actions": [{"id": 1, "ticket_id": 5, "note": "x"}]}
    halo = Halo(says=lambda method, path, query: cut if path.endswith("Actions") else None)

    with pytest.raises(Incomplete):
        halo.connect().notes.list(ticket=5).all()


@pytest.mark.parametrize("id", ["7", "abc", "5:x", "5:1:1", ":1", "5:", "5:01", "٥:1"])
def test_an_id_that_is_not_a_notes_changes_no_note(id: str) -> None:
    halo = Halo(actions=[{"id": 7, "ticket_id": 7, "note": "x"}])

    with pytest.raises((NotFound, Invalid)):
        halo.connect().notes.update(id, body="y")

    assert halo.posted == []


def test_an_internal_note_is_written_with_the_built_in_outcome_where_none_is_known_by_name() -> None:
    lists = {**LISTS, "outcome": [{"id": 7, "outcome": "Interne Notiz"}]}
    stored = {"id": 1, "ticket_id": 5, "note": "x", "hiddenfromuser": True}
    halo = Halo(
        actions=[stored], says=lambda method, path, query: lists["outcome"] if path.endswith("Outcome") else None
    )
    halo.connect().notes.create(ticket=5, body="x", visibility=Visibility.INTERNAL)

    assert halo.posted[0] == {
        "ticket_id": 5,
        "note_html": "x",
        "hiddenfromuser": True,
        "sendemail": False,
        "outcome_id": 7,
    }


RULES: Sequence[str] = ("dont_do_rules", "_isimport", "_prevent_outgoing")
"""What would keep the tenant's own rules and mails from a write (7.16)."""


@pytest.mark.row("S107", call="psa.tickets.update | psa.notes.create")
def test_the_rules_of_the_psa_are_neither_switched_off_nor_asked_for() -> None:
    stored = {"ticket_id": 5, "id": 1, "note": "x", "hiddenfromuser": True}
    psa = (halo := Halo([ticket(5)], [stored])).connect()
    with suppress(PSAError):  # what the tenant answers does not matter
        psa.tickets.update(5, title="b")
    psa.notes.create(ticket=5, body="x", visibility=Visibility.INTERNAL)

    assert len(halo.posted) == 2
    assert not [name for one in halo.posted for name in one if name in RULES]
    assert [one["sendemail"] for one in halo.posted if "sendemail" in one] == [False]


@pytest.mark.row("S109", call='logging.getLogger("anypsa")')
def test_calls_are_logged_without_secrets_and_without_what_customers_wrote(caplog: pytest.LogCaptureFixture) -> None:
    halo = Halo([ticket(5, summary="canary-title")], token={"access_token": "canary-token", "expires_in": 3600})
    with caplog.at_level(logging.DEBUG):
        psa = halo.connect(client_secret="canary-secret")
        psa.tickets.list(q.title.contains("canary-asked")).all()
        with suppress(PSAError):
            psa.tickets.update(5, title="canary-written")

    told = [record.getMessage() for record in caplog.records if record.name == "anypsa"]
    assert any(one.startswith("GET Tickets") for one in told) and any(one.startswith("POST Tickets") for one in told)
    assert "canary" not in caplog.text


# Failures, and what is not asked again


@pytest.mark.row("S53", call="psa.tickets.get(id) | psa.tickets.create(...)")
def test_a_500_is_asked_again_for_a_read_and_never_for_a_write() -> None:
    failures = ["GET", "GET", "POST"]

    def says(method: str, path: str, query: Mapping[str, str]) -> Any:
        if path.endswith(("/Tickets", "/Tickets/5")) and method in failures:
            failures.remove(method)
            return 500, {"ClassName": "System.Exception", "Message": "no such luck"}
        return None

    halo = Halo([ticket()], says=says)
    psa = halo.connect()

    assert psa.tickets.get(5).id == "5"
    with pytest.raises(PSAError) as failed:
        psa.tickets.create(company="21", title="VPN down", type="Incident")
    assert "no such luck" in str(failed.value)
    assert (halo.posted, halo.asked.count("POST /api/Tickets"), failures) == ([], 1, [])


@pytest.mark.row("S57", call='psa.fields("ticket")')
def test_the_lists_of_a_tenant_are_asked_for_once() -> None:
    halo = Halo([ticket(team="Service Desk")])
    psa = halo.connect()
    psa.fields("ticket")
    asked = len(halo.asked)

    psa.fields("ticket")
    psa.tickets.first(q.queue == "Service Desk")

    assert halo.asked[asked:] == ["GET /api/Tickets"]


# Missing records, and answers to writes


@pytest.mark.parametrize("answer", [(404, None), page(404, "<html>no</html>"), {}, {"id": 0}, {"id": -1}, (200, None)])
def test_a_missing_record_is_not_found_however_it_is_said(answer: Any) -> None:
    halo = Halo(says=lambda method, path, query: answer if path.endswith("/99") else None)

    with pytest.raises(NotFound):
        halo.connect().tickets.get(99)


@pytest.mark.parametrize("status", [200, 201])
@pytest.mark.parametrize("shape", [lambda row: row, lambda row: [ticket(4), row]])
def test_the_last_object_or_an_array_answers_a_write(status: int, shape: Callable[[Any], Any]) -> None:
    halo = Halo([ticket()], says=lambda method, *_: (status, shape({"id": 5.0})) if method == "POST" else None)
    halo.says = lambda method, path, query: (
        (status, shape({"id": 5.0})) if method == "POST" and "token" not in path else None
    )

    assert halo.connect().tickets.create(title="x", company=21).id == "5"


@pytest.mark.parametrize("answer", [{}, [], {"id": 0}, {"id": "x"}])
def test_a_create_whose_answer_names_no_record_is_of_unknown_outcome(answer: Any) -> None:
    halo = Halo(says=lambda method, path, query: (201, answer) if method == "POST" and "token" not in path else None)

    with pytest.raises(OutcomeUnknown):
        halo.connect().tickets.create(title="x", company=21)


def test_an_id_that_is_no_number_is_refused_in_our_words() -> None:
    with pytest.raises(PSAError):
        Halo([ticket()]).connect().tickets.update("abc", title="x")


@pytest.mark.parametrize(
    ("answer", "field", "words"),
    [
        ((400, "Please enter a value for Summary"), "title", "Please enter a value for Summary"),
        (page(400, "Please enter a value for Category"), None, "Please enter a value for Category"),
        ((400, {"ClassName": "System.Exception", "Message": "Boom"}), None, "Boom"),
        ((400, {"error": {"error_description": "deep"}}), None, "deep"),
        ((400, {"resultCode": 3, "errorMessage": "said so"}), None, "said so"),
        ((400, {"[0].id": "not a number"}), "id", "not a number"),
        ((400, {"status_id": ["is wrong"], "summary": ["is long"]}), "title", "is long"),
    ],
)
def test_a_refusal_keeps_the_vendors_words_and_names_our_field(answer: Any, field: str | None, words: str) -> None:
    halo = Halo(says=lambda method, path, query: answer if method == "POST" and "token" not in path else None)

    with pytest.raises(Invalid) as refused:
        halo.connect().tickets.update(5, title="x")

    assert words in str(refused.value)
    assert field is None or field in {problem.field for problem in refused.value.problems}


def test_a_limit_that_is_told_is_kept_from_then_on() -> None:
    text = b'"Rate Limit Reached - 300 Requests per rolling 5 minute window"'
    refused = [Incoming(429, {}, text)]
    halo = Halo([ticket()], says=lambda method, path, query: refused.pop() if refused and path.endswith("/5") else None)
    psa = halo.connect(requests_per_window=500, reserve=100, deadline=300)
    before = psa.budget()

    psa.tickets.get(5)

    assert (before.limit, before.window.total_seconds()) == (400, 180)
    assert (psa.budget().limit, psa.budget().window.total_seconds()) == (240, 300)


def test_a_limit_may_be_told_in_plain_text() -> None:
    said = [page(429, "Rate Limit Reached")]
    halo = Halo([ticket()], says=lambda method, path, query: said.pop() if said and path.endswith("/5") else None)
    psa = halo.connect(deadline=120)
    before = psa.context.session.wire.now()

    psa.tickets.get(5)

    assert psa.context.session.wire.now() - before >= 60


# Closed tickets


@pytest.mark.parametrize("honoured", [True, False])
def test_closed_tickets_are_listed_whatever_the_list_holds_back(honoured: bool) -> None:
    rows = [ticket(id, dateclosed="2026-01-01T00:00:00" if id % 2 else "1900-01-01T00:00:00") for id in range(1, 31)]
    halo = Halo(rows)

    def holding_back(method: str, path: str, query: Mapping[str, str]) -> Any:
        asked = query.keys() & ({"closed_only", "open_only", "includeclosed"} if honoured else {"closed_only"})
        return halo.listed({**query, "open_only": "true"}) if path.endswith("/Tickets") and not asked else None

    halo.says = holding_back
    psa = halo.connect()

    assert sorted(int(one.id) for one in psa.tickets.list()) == list(range(1, 31))
    assert psa.tickets.count() == 30
    assert [one.id for one in psa.tickets.get_many(["1", "2"])] == ["1", "2"]


def test_a_status_that_the_profile_calls_closed_is_found_among_those() -> None:
    psa = Halo([ticket(status_id=9)]).connect(states={"closed": ["9"]})

    assert [one.id for one in psa.tickets.list(q.state == "closed")] == ["5"]


def test_any_moment_can_be_asked_for() -> None:
    earliest = datetime.min.replace(tzinfo=UTC)

    assert (
        len(Halo([ticket(last_update="2026-01-01T00:00:00")]).connect().tickets.list(q.updated > earliest).all()) == 1
    )


# Signing in


@pytest.mark.parametrize(
    "answer", [(404, None), page(404, "no"), (401, None), (403, None), page(200, "<html>"), {"x": 1}]
)
def test_a_server_that_does_not_say_where_to_sign_in_is_signed_in_to_all_the_same(answer: Any) -> None:
    halo = Halo([ticket()], says=lambda method, path, query: answer if path.endswith("authinfo") else None)

    assert halo.connect().tickets.get(5).id == "5"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://127.0.0.1:9/", "http://127.0.0.1:9/auth/"])
def test_tokens_are_found_with_and_without_auth_in_the_address(url: str) -> None:
    halo = Halo([ticket()], says=lambda method, path, query: (404, None) if path == "/token" else None)

    assert halo.connect(auth_url=url).tickets.get(5).id == "5"


@pytest.mark.parametrize(
    "more",
    [
        {"token_type": "bearer", "refresh_token": "r", "id_token": "i", "scope": "all"},
        {"expires_in": "3600"},
        {"expires_in": 0},
        {"expires_in": None},
        {"Access_Token": "t", "Token_Type": "bearer", "Expires_In": 3600.0},
    ],
)
def test_a_token_may_come_with_anything_beside_it(more: Mapping[str, Any]) -> None:
    halo = Halo([ticket()], token={"access_token": "t", **more} if "Access_Token" not in more else more)
    psa = halo.connect()

    assert [psa.tickets.get(5).id for _ in range(3)] == ["5"] * 3
    assert halo.asked.count("POST /auth/token") == 1


def test_a_call_that_is_refused_twice_does_not_lock_the_connection() -> None:
    """The token was refused, and the credentials were not: the next call may well be answered."""
    refused = [(401, None)] * 2
    halo = Halo([ticket()], says=lambda method, path, query: refused.pop() if refused and path.endswith("/5") else None)
    psa = halo.connect()

    with pytest.raises(AuthenticationFailed):
        psa.tickets.get(5)

    assert psa.tickets.get(5).id == "5"


@pytest.mark.parametrize("path", ["Tickets/5", "/api/Tickets/5", "/API/Tickets/5"])
def test_a_raw_path_may_be_copied_from_anywhere(path: str) -> None:
    assert Halo([ticket()]).connect().request("GET", path).json()["id"] == 5
