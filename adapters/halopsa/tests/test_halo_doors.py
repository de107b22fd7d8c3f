"""Every door of HaloPSA, over real HTTP: what can be read, written and deleted, and how it looks on the wire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import anypsa
from anypsa import AuthenticationFailed, Conflict, Invalid, NotFound, Unsupported, Visibility, q
from anypsa.models import ContractKind
from anypsa_sandbox import Sandbox
from anypsa_sandbox.server import TENANTS

OPEN: dict[str, Any] = {"ledger": "memory", "requests_per_window": 1_000_000, "reserve": 0}


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox("halopsa", tickets=60) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.control.reset()
    running.control.limits(window_limit=1_000_000, latency=0)
    return running


@pytest.fixture(params=TENANTS)
def psa(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[anypsa.Psa]:
    """Both tenants, which number and name their lists each in its own way."""
    with anypsa.connect("halopsa", **sandbox.settings_for(request.param), **OPEN) as psa:
        yield psa


def ticket_of(psa: anypsa.Psa) -> anypsa.Ticket:
    ticket = psa.tickets.first(q.state == "open")
    assert ticket is not None
    return ticket


@pytest.mark.row("S77", call="psa.time_entries.create | psa.time_entries.update | psa.notes.update")
def test_time_is_an_action_in_hours_that_nobody_is_mailed_about(psa: anypsa.Psa, sandbox: Sandbox) -> None:
    ticket, start = ticket_of(psa), datetime(2026, 3, 2, 9, tzinfo=UTC)
    notes = {note.id for note in psa.notes.list(ticket=ticket)}

    entry = psa.time_entries.create(
        ticket=ticket, summary="looked <into> it", started=start, ended=start + timedelta(minutes=45)
    )
    longer = psa.time_entries.update(entry, duration=timedelta(hours=1), ended=start + timedelta(hours=1))

    assert (entry.duration, entry.started, entry.summary) == (timedelta(minutes=45), start, "looked <into> it")
    assert (longer.id, longer.duration) == (entry.id, timedelta(hours=1))
    assert entry.id.startswith(f"{ticket.id}:")
    assert entry.raw["hiddenfromuser"] is True
    assert entry.id in {one.id for one in psa.time_entries.list(ticket=ticket)}
    assert {note.id for note in psa.notes.list(ticket=ticket)} == notes


def test_time_is_written_for_the_technician_that_is_named(psa: anypsa.Psa) -> None:
    technician = psa.technicians.list(q.active == True).all()[2]  # noqa: E712  # a filter, not a comparison
    entry = psa.time_entries.create(
        ticket=ticket_of(psa), summary="x", duration=timedelta(hours=0.25), technician=technician
    )

    assert entry.technician is not None
    assert entry.technician.id == technician.id


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"duration": timedelta(hours=25)},
        {"started": datetime(2026, 1, 1, tzinfo=UTC)},
        {"duration": timedelta(0)},
    ],
)
def test_time_that_cannot_be_is_refused_before_anything_is_sent(
    psa: anypsa.Psa, sandbox: Sandbox, given: dict[str, Any]
) -> None:
    ticket = ticket_of(psa)
    sandbox.control.clear_log()
    with pytest.raises(Invalid):
        psa.time_entries.create(ticket=ticket, summary="x", **given)

    assert [call for call in sandbox.control.calls() if call["method"] == "POST"] == []


@pytest.mark.row("S75", "S82", call="psa.companies.create | psa.locations.create | psa.contacts.create")
def test_clients_sites_and_users_are_made_and_changed(psa: anypsa.Psa) -> None:
    company = psa.companies.create(name="Blue Yonder", number="BY-1")
    site = psa.locations.create(name="Works", company=company, phone="030 1")
    contact = psa.contacts.create(company=company, first_name="Ann", last_name="Lee", email="ann@by.example")
    there = psa.contacts.create(company=company, first_name="Bob", last_name="Ray", location=site)
    moved = psa.contacts.update(contact, last_name="Ray-Lee", job_title="Head")
    renamed = psa.companies.update(company, name="Blue Yonder Air")

    assert (site.company.id, contact.company.id, there.location.id if there.location else None) == (
        company.id,
        company.id,
        site.id,
    )
    assert (moved.name, moved.job_title, moved.email) == ("Ann Ray-Lee", "Head", "ann@by.example")
    assert (renamed.name, renamed.number) == ("Blue Yonder Air", "BY-1")
    assert {one.id for one in psa.locations.list(q.company == company.id)} >= {site.id}


@pytest.mark.row("S78", call="psa.assets.create | psa.assets.update(custom_fields=...)")
def test_an_asset_keeps_the_neighbours_of_the_field_that_is_written(psa: anypsa.Psa) -> None:
    asset = next(one for one in map(psa.assets.get, psa.assets.list(limit=20)) if len(one.custom_fields) > 1)
    name, *others = asset.custom_fields

    changed = psa.assets.update(asset, custom_fields={name: "something else"}, verify=True)

    assert changed.custom_fields[name] == "something else"
    assert [changed.custom_fields[one] for one in others] == [asset.custom_fields[one] for one in others]
    with pytest.raises(Invalid):
        psa.assets.update(asset, custom_fields={"no such field": "x"})


def test_custom_fields_go_by_their_labels_and_by_the_names_that_the_vendor_gives_them(psa: anypsa.Psa) -> None:
    ticket = psa.tickets.get(ticket_of(psa))
    label, name = next((item["label"], item["name"]) for item in ticket.raw["customfields"] if item["type"] == 0)

    changed = psa.tickets.update(ticket, custom_fields={name: "by name"}, verify=True)

    assert changed.custom_fields[label] == changed.custom_fields[name] == "by name"
    assert name not in set(changed.custom_fields)


def test_an_asset_wants_a_kind_and_finds_its_site(psa: anypsa.Psa) -> None:
    company = psa.companies.first()
    assert company is not None
    with pytest.raises(Invalid):
        psa.assets.create(name="PC-1", company=company)
    made = psa.assets.create(name="PC-1", company=company, kind="Workstation")

    assert (made.name, made.company.id) == ("PC-1", company.id)


@pytest.mark.row("S66", call="psa.tickets.update(custom_fields=...) | q.custom")
def test_custom_fields_of_a_ticket_are_merged_and_filtered(psa: anypsa.Psa) -> None:
    field = next(one for one in psa.fields("ticket") if one.custom and one.holds == "text")
    ticket = ticket_of(psa)
    before = psa.tickets.get(ticket).custom_fields

    changed = psa.tickets.update(ticket, custom_fields={field.name: "XQ-77"}, verify=True)

    assert {**before, field.name: "XQ-77"} == dict(changed.custom_fields)
    assert [one.id for one in psa.tickets.list(q.custom[field.name] == "XQ-77")] == [ticket.id]


def test_a_ticket_gets_another_asset_and_keeps_the_others(psa: anypsa.Psa) -> None:
    ticket = ticket_of(psa)
    assets = psa.assets.list(q.company == ticket.company.id).all() or psa.assets.list(limit=1).all()

    changed = psa.tickets.update(ticket, asset=assets[0])

    assert changed.asset is not None
    assert changed.asset.id == assets[0].id
    assert psa.tickets.update(ticket, asset=None).asset is None


@pytest.mark.row("S79", call="psa.contracts.list | psa.balance")
def test_contracts_mean_what_the_profile_says_and_tell_hours_left(sandbox: Sandbox) -> None:
    with anypsa.connect("halopsa", **sandbox.settings, **OPEN) as psa:
        listed = psa.contracts.list().all()
        free = next(one for one in listed if (one.raw.get("numberofunitsfree") or 0) > 0)
        other = next(one for one in listed if one.type != free.type)
        assert {one.kind for one in listed} == {ContractKind.UNKNOWN}
        assert free.type is not None
        assert other.type is not None
    told: dict[str, Any] = {"block_hours": (free.type.id,), "recurring": (other.type.id,)}
    with anypsa.connect("halopsa", **sandbox.settings, **OPEN, contracts=told) as psa:
        assert psa.contracts.get(free).kind is ContractKind.BLOCK_HOURS
        assert float(psa.balance(free).left) == free.raw["numberofunitsfree"]
        with pytest.raises(Unsupported):
            psa.balance(other)


@pytest.mark.row("S80", call="psa.articles.search")
def test_articles_are_searched_by_the_vendor_and_read_whole(psa: anypsa.Psa) -> None:
    article = psa.articles.first()
    assert article is not None
    found = psa.articles.search(article.title, limit=5)

    assert article.id in {one.id for one in found}
    assert all(one.body for one in found)


def test_a_file_goes_up_and_comes_down_as_it_was(psa: anypsa.Psa) -> None:
    ticket, content = ticket_of(psa), bytes(range(256))
    made = psa.attachments.create(
        ticket=ticket, name="../../etc/passwd", content=content, visibility=Visibility.INTERNAL
    )

    assert (made.name, made.content, made.visibility) == ("passwd", content, Visibility.INTERNAL)
    assert made.id in {one.id for one in psa.attachments.list(ticket=ticket)}
    psa.attachments.delete(made)
    with pytest.raises(NotFound):
        psa.attachments.get(made.id)


def test_an_appointment_is_made_moved_and_deleted_and_never_given_away(psa: anypsa.Psa) -> None:
    one, other = psa.technicians.list(q.active == True).all()[1:3]  # noqa: E712  # a filter, not a comparison
    start = datetime(2030, 5, 6, 9, tzinfo=UTC)
    made = psa.appointments.create(title="On site", starts=start, ends=start + timedelta(hours=1), technician=one)
    moved = psa.appointments.update(made, ends=start + timedelta(hours=2))

    assert (moved.title, moved.ends) == ("On site", start + timedelta(hours=2))
    with pytest.raises(Conflict):
        psa.appointments.update(made, technician=other)
    psa.appointments.delete(made)
    with pytest.raises(NotFound):
        psa.appointments.get(made.id)


@pytest.mark.row("S82", call="psa.projects.list | psa.invoices.list")
def test_projects_are_no_tickets_and_invoices_are_read_with_the_rules_that_make_them(psa: anypsa.Psa) -> None:
    projects, tickets = psa.projects.list().all(), psa.tickets.list().all()
    invoices = psa.invoices.list().all()

    assert projects
    assert not {one.id for one in projects} & {one.id for one in tickets}
    assert psa.projects.get(projects[0]).title == projects[0].title
    assert {one.recurring for one in invoices} == {True, False}
    for recurring in (True, False):
        one = next(invoice for invoice in invoices if invoice.recurring is recurring)
        assert psa.invoices.get(one.id) == one


@pytest.mark.row("S82", call="psa.projects.create | psa.projects.update")
def test_a_project_is_made_as_one_and_its_days_stay(psa: anypsa.Psa) -> None:
    company = psa.companies.first()
    assert company is not None
    begin = datetime(2026, 5, 2, tzinfo=UTC)

    made = psa.projects.create(company=company, title="Move", starts=begin)
    changed = psa.projects.update(made, title="Move on", ends=begin + timedelta(days=9))

    assert (str(made.type), made.starts, changed.starts) == ("Project", begin, begin)
    assert (changed.title, changed.ends) == ("Move on", begin + timedelta(days=9))
    assert made.id in {one.id for one in psa.projects.list()} - {one.id for one in psa.tickets.list()}
    for collection, kind in ((psa.tickets, "Project"), (psa.projects, "Incident")):
        with pytest.raises(Invalid):
            collection.create(company=company, title="x", type=kind)


def test_projects_have_statuses_of_their_own_and_are_filtered_by_what_they_are_found_by(psa: anypsa.Psa) -> None:
    everything = psa.projects.list().all()
    project = psa.projects.update(everything[0], status="In Progress", lead=psa.technicians.first(q.active == True))

    assert str(project.status) == "In Progress"
    for where, passes in (
        (q.status == "In Progress", lambda one: str(one.status) == "In Progress"),
        (q.company == project.company.id, lambda one: one.company.id == project.company.id),
        (q.lead == project.lead, lambda one: one.lead is not None and one.lead.id == project.lead.id),
        (q.type == "Project", lambda one: True),
    ):
        found = {one.id for one in psa.projects.list(where)}
        assert found == {one.id for one in psa.projects.list() if passes(one)} != set()


def test_a_new_record_has_its_own_field_of_a_label_that_others_have_too(psa: anypsa.Psa) -> None:
    company = psa.companies.first()
    assert company is not None

    ticket = psa.tickets.create(company=company, title="x", type="Incident", custom_fields={"Site Code": "T-1"})
    client = psa.companies.create(name="With a field", custom_fields={"Site Code": "C-1"})

    assert (ticket.custom_fields["Site Code"], client.custom_fields["Site Code"]) == ("T-1", "C-1")


def test_a_deleted_ticket_is_gone(psa: anypsa.Psa) -> None:
    ticket = ticket_of(psa)
    psa.tickets.delete(ticket)

    with pytest.raises(NotFound):
        psa.tickets.get(ticket.id)
    assert ticket.id not in {one.id for one in psa.tickets.list()}


@pytest.mark.row("S76", call="psa.tickets.create(type=..., category=..., queue=...)")
def test_what_a_type_demands_is_asked_for_before_anything_is_sent(psa: anypsa.Psa, sandbox: Sandbox) -> None:
    company = psa.companies.first()
    assert company is not None
    for tenant in TENANTS:
        sandbox.control.dialect("mandatory", type="Incident", fields=["categoryid_1", "team"], tenant=tenant)
    with pytest.raises(Invalid) as refused:
        psa.tickets.create(company=company, title="x", type="Incident")
    posted = [call for call in sandbox.control.calls() if call["method"] == "POST" and "ickets" in call["path"]]
    category = next(one for one in psa.fields("ticket") if one.name == "category").options[0].label
    made = psa.tickets.create(company=company, title="x", type="Incident", category=category, queue="Network")

    assert {problem.field for problem in refused.value.problems} == {"category", "queue"}
    assert all(problem.allowed for problem in refused.value.problems)
    assert posted == []
    assert (str(made.type), str(made.category), str(made.queue)) == ("Incident", category, "Network")


@pytest.mark.row("S76", call="psa.tickets.create(type=..., category=..., queue=...)")
def test_a_category_that_the_type_does_not_have_is_refused_with_those_that_it_has(sandbox: Sandbox) -> None:
    sandbox.control.dialect("categories", type="Incident", categories=["Hardware"])
    with anypsa.connect("halopsa", **sandbox.settings, **OPEN) as psa:
        company = psa.companies.first()
        assert company is not None
        with pytest.raises(Invalid) as refused:
            psa.tickets.create(company=company, title="x", type="Incident", category="Software")
        made = psa.tickets.create(company=company, title="x", type="Incident", category="Hardware")

    (problem,) = refused.value.problems
    assert (problem.field, problem.allowed) == ("category", ("Hardware",))
    assert str(made.category) == "Hardware"
    assert len([call for call in sandbox.control.calls("/Tickets") if call["method"] == "POST"]) == 1


@pytest.mark.row("S9", "S11", call="psa.check")
def test_the_check_shows_scopes_granted_beside_those_that_are_needed(sandbox: Sandbox) -> None:
    with anypsa.connect("halopsa", **sandbox.settings, **OPEN, scope="edit:tickets read:customers") as psa:
        details = psa.check().details or {}

    assert (details["scope"], details["scope_asked"]) == ("edit:tickets read:customers",) * 2
    assert "edit:customers" in details["scope_lacking"]
    assert "read:assets" in details["scope_lacking"]
    assert "edit:tickets" not in details["scope_lacking"]


@pytest.mark.row("S9", call="psa.check")
def test_the_agent_behind_the_application_is_told_where_the_server_names_one(sandbox: Sandbox) -> None:
    with anypsa.connect("halopsa", **sandbox.settings, **OPEN) as psa:
        nameless = psa.check()
    sandbox.control.dialect("quirk", name="refresh_token")
    with anypsa.connect("halopsa", **sandbox.settings, **OPEN, scope="all:standard") as psa:
        named = psa.check()
        agent = psa.technicians.get(str(named.technician_id))

    assert (nameless.username, nameless.technician_id) == ("application", None)
    assert (named.username, named.name) == (agent.email, agent.name)


@pytest.mark.row("S12", call='anypsa.connect(profile="...")')
def test_an_application_is_withdrawn_and_the_others_go_on(sandbox: Sandbox) -> None:
    own = {"client_id": "dispatch", "client_secret": "dispatch-secret"}
    sandbox.control.dialect("application", **own)
    with (
        anypsa.connect("halopsa", **{**sandbox.settings, **own}, **OPEN) as dispatch,
        anypsa.connect("halopsa", **sandbox.settings, **OPEN) as reports,
    ):
        assert dispatch.tickets.count() == reports.tickets.count()

        sandbox.control.dialect("withdraw", client_id="dispatch")

        with pytest.raises(AuthenticationFailed):
            dispatch.tickets.count()
        assert reports.tickets.count()
    assert [one["status"] for one in sandbox.control.calls("/auth/token")] == [200, 200, 401]


@pytest.mark.row("S79", "S80", call="psa.contracts.update | psa.articles.update")
def test_contracts_and_articles_are_changed_field_by_field(psa: anypsa.Psa) -> None:
    contract, article = psa.contracts.first(), psa.articles.first()
    assert contract is not None
    assert article is not None

    longer = psa.contracts.update(contract, name="Renewed", ends=datetime(2027, 3, 31, tzinfo=UTC))
    written = psa.articles.update(article, title="How", body="one <b>\ntwo", active=False)

    assert (longer.name, longer.ends, longer.starts) == ("Renewed", datetime(2027, 3, 31, tzinfo=UTC), contract.starts)
    assert (written.title, written.body, written.active) == ("How", "one <b>\ntwo", False)
    with pytest.raises(Unsupported):
        psa.articles.create(title="x", body="y", category="Network")
    with pytest.raises(Unsupported):
        psa.contracts.create(name="x", company=contract.company, type="1", starts=contract.starts, ends=contract.ends)


def test_each_custom_field_is_told_once_with_its_values(psa: anypsa.Psa) -> None:
    told = [one for one in psa.fields("ticket") if one.custom]

    assert len({one.name for one in told}) == len(told) > 0
    assert [option.label for one in told if one.name == "Customer Ranking" for option in one.options]


@pytest.mark.row("S81", call="psa.technicians.list(q.active == True) | psa.tickets.count(assignee=...)")
def test_the_roster_and_what_each_has_on_their_desk(psa: anypsa.Psa) -> None:
    roster = psa.technicians.list(q.active == True).all()

    load = {one.id: psa.tickets.count((q.assignee == one) & (q.state != "closed")) for one in roster}

    held = Counter(str(one.assignee.id) for one in psa.tickets.list(q.state != "closed") if one.assignee)
    assert load == {one.id: held[one.id] for one in roster}
    assert any(load.values())
    assert all(one.name and one.active for one in roster)


@pytest.mark.row("S91", call="psa.webhooks.ensure")
def test_webhooks_are_made_once_told_of_what_is_wanted_and_removed(psa: anypsa.Psa) -> None:
    wanted = {"url": "http://127.0.0.1:9/hook", "secret": "s" * 20}
    (first,) = psa.webhooks.ensure(**wanted, events=["ticket.created", "ticket.updated"])
    (again,) = psa.webhooks.ensure(**wanted, events=["ticket.created"])

    assert sorted(first.events) == ["ticket.created", "ticket.updated"]
    assert (again.id, list(again.events)) == (first.id, ["ticket.created"])
    assert [one.id for one in psa.webhooks.list() if one.name == "anypsa"] == [first.id]
    with pytest.raises(Unsupported):
        psa.webhooks.ensure(**wanted, events=["company.created"])
    psa.webhooks.remove(first.id)
    assert list(psa.webhooks.list()) == []


@pytest.mark.row("S37", "S92", call="psa.tickets.list(q.updated >= ...) | explain")
def test_the_explanation_tells_what_the_vendor_filters(psa: anypsa.Psa) -> None:
    told = psa.tickets.list((q.updated >= datetime(2026, 1, 1, tzinfo=UTC)) & q.title.contains("vpn")).explain()

    assert any("lastupdatefromdate" in one for one in told.vendor)
    assert any("includeclosed" in one for one in told.vendor)
    assert any("title" in one for one in told.local)


def test_the_explanation_tells_what_a_list_costs(psa: anypsa.Psa) -> None:
    pager = psa.tickets.list()

    told = pager.explain(count=True)
    pager.all()

    assert told.rows == pager.report.yielded
    assert 1 <= told.requests <= pager.report.requests


def test_what_is_of_a_ticket_is_listed_by_ticket(psa: anypsa.Psa) -> None:
    for collection in (psa.time_entries, psa.attachments, psa.history):
        with pytest.raises(Unsupported):
            collection.list().all()


EVERY_FIELD: dict[str, Any] = {
    "companies": {"name": "Renamed", "number": "N-1", "website": "https://a.example"},
    "contacts": {"first_name": "Ada", "job_title": "Chief", "email": "a@b.example", "phone": "1", "mobile": "2"},
    "locations": {"name": "Depot", "phone": "3"},
    "assets": {"name": "PC-9", "remarks": "dusty", "warranty_until": datetime(2027, 7, 3, tzinfo=UTC)},
    "tickets": {"title": "t", "description": "d", "due": datetime(2027, 7, 3, 10, tzinfo=UTC), "estimate": timedelta(hours=3)},
    "projects": {"title": "p", "description": "d", "starts": datetime(2026, 7, 3, tzinfo=UTC)},
    "appointments": {"title": "a", "remarks": "r", "ends": datetime(2027, 7, 3, 10, tzinfo=UTC)},
}  # fmt: skip


@pytest.mark.parametrize("name", EVERY_FIELD)
def test_each_field_is_written_alone_and_cleared_where_it_can_be(psa: anypsa.Psa, name: str) -> None:
    collection = getattr(psa, name)
    record = collection.get(collection.first().id)
    kind = collection._kind
    for field, value in EVERY_FIELD[name].items():
        assert getattr(collection.update(record, **{field: value}), field) == value, field
    for field in EVERY_FIELD[name]:
        if field in kind.clearable:
            held = getattr(collection.update(record, **{field: None}), field)
            # A main site without a telephone of its own has that of its client.
            assert held in (None, "") or field == "phone", field
            continue
        with pytest.raises(Invalid):
            collection.update(record, **{field: None})


def test_what_no_ticket_and_no_user_is_without_cannot_be_cleared(psa: anypsa.Psa) -> None:
    ticket, contact = ticket_of(psa), psa.contacts.first()
    assert contact is not None
    for field in ("status", "priority", "queue", "type", "company"):
        with pytest.raises(Invalid) as refused:
            psa.tickets.update(ticket, **{field: None})
        assert [problem.field for problem in refused.value.problems] == [field]
    with pytest.raises(Invalid):
        psa.contacts.update(contact, location=None)
    assert psa.tickets.get(ticket.id).status == ticket.status
