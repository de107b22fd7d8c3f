"""The whole adapter against both tenants of the sandbox, whose picklists are numbered differently: one program for
each entity, with labels alone."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

import anypsa
from anypsa import Conflict, Invalid, NotFound, Psa, Unsupported, Visibility, q
from anypsa.models import Company, ContractKind, Technician, Ticket
from anypsa.testing import FaultServer, faults
from anypsa_sandbox import Sandbox

SECRET = "0123456789abcdef"
YEAR = {"starts": datetime(2026, 1, 1, tzinfo=UTC), "ends": datetime(2026, 12, 31, tzinfo=UTC)}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox("autotask", tickets=60) as sandbox:
        yield sandbox


@pytest.fixture(scope="module", params=[0, 1], ids=["first tenant", "second tenant"])
def psa(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[Psa]:
    tenant = sandbox.tenants[request.param]
    with anypsa.connect("autotask", **sandbox.settings_for(tenant), ledger="memory") as psa:
        yield psa


@pytest.fixture(scope="module")
def technician(psa: Psa) -> Technician:
    """A person, who has roles, and not the API user."""
    own = psa.whoami().technician_id
    return next(one for one in psa.technicians.list() if one.active and one.id != own)


@pytest.fixture(scope="module")
def company(psa: Psa, technician: Technician) -> Company:
    return psa.companies.create(name="Fresh & Co", phone="1", owner=technician, kind="Customer")


@pytest.fixture
def ticket(psa: Psa, company: Company) -> Ticket:
    return psa.tickets.create(company=company, title="From a test", priority="High", queue="Service Desk")


ENTITIES = (
    "tickets", "notes", "companies", "contacts", "assets", "queues", "technicians", "time_entries", "contracts",
    "articles", "attachments", "locations", "checklist", "projects", "appointments", "invoices",
)  # fmt: skip


@pytest.mark.row("S71", call="psa.<collection>.get(id)")
@pytest.mark.row("S83", call="psa.companies.list(q.kind == ...)")
@pytest.mark.parametrize("plural", ENTITIES)
def test_every_entity_is_listed_counted_and_read(psa: Psa, plural: str) -> None:
    collection = getattr(psa, plural)

    found = collection.list().all()

    assert found
    assert collection.count() == len(found)
    assert collection.get(found[0]).id == found[0].id
    assert [one.id for one in collection.get_many(found[:3])] == [one.id for one in found[:3]]


@pytest.mark.row("S38", call='psa.tickets.list([{"field": "status", "op": "eq", "value": "New"}], company=acme)')
def test_tickets_are_listed_by_a_filter_as_json_by_a_word_and_by_their_company(psa: Psa, ticket: Ticket) -> None:
    stored = [
        {"field": "status", "op": "eq", "value": ticket.status.label},
        {"field": "title", "op": "contains", "value": "TEST"},
    ]

    found = psa.tickets.list(stored, company=ticket.company).all()

    assert ticket.id in {one.id for one in found}
    assert {(one.company.id, one.status) for one in found} == {(ticket.company.id, ticket.status)}


@pytest.mark.row("S39", call="psa.contacts.list(q.email == ..., company=acme) | psa.assets.list(company=acme)")
def test_contacts_and_assets_are_listed_by_their_company_and_contacts_by_their_address(psa: Psa) -> None:
    contact = next(one for one in psa.contacts.list() if one.email)
    asset = psa.assets.first(q.company.is_not_null())
    assert asset is not None

    assert contact.id in {one.id for one in psa.contacts.list(q.email == str(contact.email).upper())}
    assert {one.company.id for one in psa.contacts.list(company=contact.company)} == {contact.company.id}
    assert {one.company.id for one in psa.assets.list(company=asset.company)} == {asset.company.id}


def test_history_is_told_of_one_ticket_at_a_time(psa: Psa) -> None:
    with pytest.raises(Invalid):
        psa.history.list().all()
    with pytest.raises(Unsupported):
        psa.history.count(ticket=1)

    told = [entry for ticket in psa.tickets.list() for entry in psa.history.list(ticket=ticket)]

    assert told
    assert all(entry.action for entry in told)


@pytest.mark.row("S70", call="psa.companies.create(...)")
@pytest.mark.row("S72", call="psa.companies.update(...)")
def test_companies_are_made_and_changed(psa: Psa, technician: Technician) -> None:
    made = psa.companies.create(name="Made Ltd", phone="5", owner=technician, kind="Customer")

    changed = psa.companies.update(made, city="Malmö")

    assert (changed.name, changed.city, changed.phone) == ("Made Ltd", "Malmö", "5")
    with pytest.raises(Unsupported):
        psa.companies.delete(made)


@pytest.mark.row("S61", call="psa.companies.create(...)")
def test_what_a_company_lacks_is_told_before_anything_is_sent(psa: Psa) -> None:
    with pytest.raises(Invalid) as caught:
        psa.companies.create(name="Lacking")

    assert {"owner", "phone"} <= {problem.field for problem in caught.value.problems}


@pytest.mark.row("S74", call="psa.contacts.delete(contact)")
def test_contacts_are_made_changed_and_deleted_through_their_company(psa: Psa, company: Company) -> None:
    made = psa.contacts.create(company=company, first_name="Åsa", last_name="Öberg", email="asa@fresh.example")

    changed = psa.contacts.update(made, active=False, phone="7")
    psa.contacts.delete(changed)

    assert (made.active, changed.active, changed.phone) == (True, False, "7")
    with pytest.raises(NotFound):
        psa.contacts.get(made)


def test_locations_are_made_changed_and_deleted(psa: Psa, company: Company) -> None:
    made = psa.locations.create(company=company, name="Harbour")

    assert psa.locations.update(made, city="Malmö").city == "Malmö"
    psa.locations.delete(made)
    assert made.id not in [one.id for one in psa.locations.list(company=company)]


def test_an_asset_wants_a_product_which_settings_may_name(psa: Psa, sandbox: Sandbox, company: Company) -> None:
    product = psa.entity("Products").first()
    assert product is not None
    with pytest.raises(Invalid) as caught:
        psa.assets.create(company=company, name="PC")

    made = psa.assets.create(company=company, name="PC", product_id=product.id)

    assert {problem.field for problem in caught.value.problems} == {"product_id"}
    assert made.product_id == product.id
    assert psa.assets.update(made, serial_number="S1").serial_number == "S1"


def test_steps_of_a_ticket_are_made_done_and_deleted(psa: Psa, ticket: Ticket) -> None:
    step = psa.checklist.create(ticket=ticket, title="Call back")

    assert psa.checklist.update(step, done=True).done is True
    psa.checklist.delete(step)
    assert psa.checklist.list(ticket=ticket).all() == []


def test_projects_and_appointments_are_made_and_changed(psa: Psa, company: Company, technician: Technician) -> None:
    project = psa.projects.create(company=company, title="Move", type="Client", status="New", **YEAR)
    nine = datetime(2026, 12, 1, 9, tzinfo=UTC)
    visit = psa.appointments.create(title="Visit", technician=technician, starts=nine, ends=nine + timedelta(hours=1))

    assert psa.projects.update(project, title="Move out").title == "Move out"
    assert psa.appointments.update(visit, title="Second visit").title == "Second visit"
    psa.appointments.delete(visit)
    with pytest.raises(NotFound):
        psa.appointments.get(visit)


# Time


def test_time_is_stored_to_the_second_in_a_role_of_the_technicians(
    psa: Psa, ticket: Ticket, technician: Technician
) -> None:
    worked = timedelta(minutes=5, seconds=1)

    entry = psa.time_entries.create(ticket=ticket, technician=technician, duration=worked, summary="Reset the switch")

    assert entry.duration == worked
    assert entry.role is not None
    assert entry.role.label is not None
    assert psa.time_entries.update(entry, remarks="Old firmware").remarks == "Old firmware"
    psa.time_entries.delete(entry)
    assert psa.time_entries.list(ticket=ticket).all() == []


def test_time_from_start_to_end_is_as_long_as_that(psa: Psa, ticket: Ticket, technician: Technician) -> None:
    nine = datetime(2026, 11, 2, 9, tzinfo=UTC)
    span: dict[str, Any] = {"started": nine, "ended": nine + timedelta(minutes=20)}

    entry = psa.time_entries.create(ticket=ticket, technician=technician, summary="On site", **span)

    assert entry.duration == timedelta(minutes=20)
    assert entry.worked_on == datetime(2026, 11, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"started": datetime(2026, 11, 2, 9, tzinfo=UTC)},
        {"duration": timedelta(0)},
        {"duration": timedelta(hours=25)},
        {
            "duration": timedelta(hours=2),
            "started": datetime(2026, 11, 2, 9, tzinfo=UTC),
            "ended": datetime(2026, 11, 2, 10, tzinfo=UTC),
        },
    ],
)
def test_time_that_contradicts_itself_is_refused(
    psa: Psa, ticket: Ticket, technician: Technician, wrong: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        psa.time_entries.create(ticket=ticket, technician=technician, summary="x", **wrong)

    assert psa.time_entries.list(ticket=ticket).all() == []


def test_a_role_that_the_technician_does_not_have_is_refused_with_those_there_are(
    psa: Psa, ticket: Ticket, technician: Technician
) -> None:
    held = {one.roleID for one in psa.entity("ResourceServiceDeskRoles").list(q.resourceID == technician.id)}
    other = next(one for one in psa.entity("Roles").list() if one.id not in held)

    with pytest.raises(Invalid) as caught:
        psa.time_entries.create(
            ticket=ticket, technician=technician, duration=timedelta(hours=1), summary="x", role=anypsa.Id(other.id)
        )

    assert caught.value.problems[0].field == "role"
    assert caught.value.problems[0].allowed


# Contracts


def test_contracts_have_kinds_and_balances_as_their_kind_has_any(psa: Psa) -> None:
    units = {ContractKind.BLOCK_HOURS: "hours", ContractKind.PER_TICKET: "tickets", ContractKind.RETAINER: "money"}
    kinds = set()
    for contract in psa.contracts.list():
        kinds.add(contract.kind)
        if contract.kind in units:
            balance = psa.balance(contract)
            assert balance.unit == units[contract.kind]
            assert balance.left == balance.bought - balance.used - balance.unposted
        else:
            with pytest.raises(Unsupported):
                psa.balance(contract)

    assert kinds > units.keys()


def test_work_that_is_not_posted_is_taken_off_a_block(psa: Psa, company: Company, technician: Technician) -> None:
    contract = psa.contracts.create(company=company, name="Block", type="Block Hours", **YEAR)
    psa.entity("ContractBlocks").create(
        contractID=contract.id, datePurchased=YEAR["starts"], startDate=YEAR["starts"], endDate=YEAR["ends"],
        hours=10, hourlyRate=100, status="Active",
    )  # fmt: skip
    ticket = psa.tickets.create(
        company=company, title="Billed", priority="High", queue="Service Desk", contract=contract
    )

    entry = psa.time_entries.create(
        ticket=ticket, technician=technician, duration=timedelta(minutes=90), summary="Work", contract=contract
    )

    billed = entry.billed if entry.billed is not None else entry.duration
    assert billed is not None
    balance = psa.balance(contract)
    assert (balance.bought, balance.used) == (Decimal(10), Decimal(0))
    assert balance.unposted == Decimal(str(billed.total_seconds() / 3600))


def test_contracts_are_found_by_kind(psa: Psa) -> None:
    everything = psa.contracts.list().all()

    blocks = psa.contracts.list(q.kind == "block_hours").all()

    assert blocks
    assert {one.id for one in blocks} == {one.id for one in everything if one.kind is ContractKind.BLOCK_HOURS}


# Knowledge


def test_articles_are_found_by_what_they_say_and_carry_their_text(psa: Psa) -> None:
    category = psa.articles.list().all()[0].category
    assert category is not None
    made = psa.articles.create(title="Printers", body="Turn the zyxqwv off and on.", category=category)

    found = psa.articles.search("zyxqwv")

    assert [(one.id, one.body) for one in found] == [(made.id, "Turn the zyxqwv off and on.")]
    assert psa.articles.update(made, body="Buy another.").body == "Buy another."
    psa.articles.delete(made)
    with pytest.raises(NotFound):
        psa.articles.get(made)


def test_an_article_is_internal_unless_somebody_says_otherwise(psa: Psa) -> None:
    category = psa.articles.list().all()[0].category
    assert category is not None

    made = psa.articles.create(title="Ours", body="x", category=category)

    assert made.audience is not None
    assert "internal" in str(made.audience.label).casefold()


def test_files_come_back_as_they_went_under_a_name_that_is_safe(psa: Psa, ticket: Ticket) -> None:
    content = bytes(range(256)) * 40

    made = psa.attachments.create(
        ticket=ticket, name="../../etc/pass:wd", content=content, visibility=Visibility.INTERNAL
    )

    read = psa.attachments.get(made)
    assert (read.content, read.visibility) == (content, Visibility.INTERNAL)
    assert not set(read.name) & set("/\\:")
    assert psa.attachments.list(ticket=ticket).all()[0].content is None
    psa.attachments.delete(made)
    with pytest.raises(NotFound):
        psa.attachments.get(made)


@pytest.mark.parametrize("visibility", Visibility)
def test_files_are_as_visible_as_was_asked_by_their_own_list(psa: Psa, ticket: Ticket, visibility: Visibility) -> None:
    made = psa.attachments.create(ticket=ticket, name="a.txt", content=b"x", visibility=visibility)

    assert psa.attachments.get(made.id).visibility is visibility


def test_a_note_that_co_managed_customers_see_is_called_neither_internal_nor_public(psa: Psa, ticket: Ticket) -> None:
    fields = psa.request("GET", "TicketNotes/entityInformation/fields").json()["fields"]
    lists = {one["name"]: one["picklistValues"] for one in fields if one["isPickList"]}
    shared = next(int(one["value"]) for one in lists["publish"] if one["label"] == "Internal & Co-Managed")
    kind = next(int(one["value"]) for one in lists["noteType"] if not one["isSystem"])
    body = {"title": "t", "description": "d", "noteType": kind, "publish": shared, "ticketID": int(ticket.id)}

    made = psa.request("POST", f"Tickets/{ticket.id}/Notes", json=body).json()["itemId"]

    assert psa.notes.get(made).visibility is None


@pytest.mark.parametrize("content", [b"", b"x" * 7_000_001])
def test_files_beyond_the_vendors_size_are_refused_before_anything_is_sent(
    psa: Psa, ticket: Ticket, content: bytes
) -> None:
    with pytest.raises(Invalid):
        psa.attachments.create(ticket=ticket, name="a.bin", content=content, visibility=Visibility.INTERNAL)


# Belonging


def of_another(psa: Psa, company: Company, relation: str) -> Ticket:
    """A ticket of another company that has such a relation."""
    return next(
        one for one in psa.tickets.list(q.state == "open") if getattr(one, relation) and one.company.id != company.id
    )


@pytest.mark.parametrize("relation", ["contact", "contract", "location"])
def test_what_belongs_to_another_company_is_refused(psa: Psa, company: Company, ticket: Ticket, relation: str) -> None:
    foreign = next(one for one in getattr(psa, f"{relation}s").list() if one.company.id not in ("0", company.id))
    change: Any = {relation: foreign}

    with pytest.raises(Invalid) as caught:
        psa.tickets.update(ticket, **change)

    assert [problem.field for problem in caught.value.problems] == [relation]


def test_a_move_leaves_nothing_of_the_old_company_behind(psa: Psa, company: Company, technician: Technician) -> None:
    other = psa.companies.create(name="Old & Co", phone="1", owner=technician, kind="Customer")
    contract = psa.contracts.create(company=other, name="Old", type="Time & Materials", **YEAR)
    contact = psa.contacts.create(company=other, first_name="Old", last_name="One")
    moving = psa.tickets.create(
        company=other, title="Moves", priority="High", queue="Service Desk", contact=contact, contract=contract
    )

    moved = psa.tickets.update(moving, company=company)

    assert (moved.company.id, moved.contact, moved.contract) == (company.id, None, None)


# Metadata


@pytest.mark.row("S62", call='psa.fields("ticket")')
@pytest.mark.row("S63", call='psa.tickets.create(queue="Service Desk")')
@pytest.mark.row("S69", call='psa.fields("ticket")')
def test_fields_tell_what_a_tenant_has(psa: Psa) -> None:
    known = {one.name: one for one in psa.fields("ticket")}

    assert "Service Desk" in [option.label for option in known["queue"].options]
    assert {option.parent for option in known["subcategory"].options} <= {one.id for one in known["category"].options}


@pytest.mark.row("S64", call='psa.fields("ticket")')
@pytest.mark.row("S65", call='psa.fields("ticket")')
def test_custom_fields_are_told_with_their_types_and_values(psa: Psa) -> None:
    customs = [one for one in psa.fields("ticket") if one.custom]

    assert customs
    assert all(one.holds for one in customs)


@pytest.mark.row("S66", call="psa.tickets.update(custom_fields={...})")
def test_custom_fields_keep_their_neighbours(psa: Psa, ticket: Ticket) -> None:
    customs = [one for one in psa.fields("ticket") if one.custom]
    first, second = [one.name for one in customs if one.holds == "string"][:2]

    psa.tickets.update(ticket, custom_fields={first: "kept"})
    changed = psa.tickets.update(ticket, custom_fields={second: "new"})

    assert (changed.custom_fields[first], changed.custom_fields[second]) == ("kept", "new")
    with pytest.raises(Invalid) as caught:
        psa.tickets.update(ticket, custom_fields={"No Such Field": "x"})
    assert {problem.field for problem in caught.value.problems} == {"No Such Field"}


@pytest.mark.row("S66", call="psa.tickets.update(custom_fields={...})")
def test_a_custom_list_is_written_by_label_and_read_and_filtered_by_id(psa: Psa, ticket: Ticket) -> None:
    listed = next(one for one in psa.fields("ticket") if one.custom and one.options)
    golden = next(one.id for one in listed.options if one.label == "Golden")

    changed = psa.tickets.update(ticket, custom_fields={listed.name: "golden"})

    assert changed.custom_fields[listed.name] == golden
    assert ticket.id in {one.id for one in psa.tickets.list(q.custom[listed.name] == golden)}
    with pytest.raises(Invalid):
        psa.tickets.list(q.custom[listed.name] == "Golden").all()


@pytest.mark.row("S66", call="psa.tickets.update(custom_fields={...})")
def test_a_value_that_is_no_longer_in_use_is_refused_before_anything_is_sent(psa: Psa, ticket: Ticket) -> None:
    listed = next(one for one in psa.fields("ticket") if one.custom and one.options)
    retired = next(one for one in listed.options if not one.active)

    with pytest.raises(Invalid) as caught:
        psa.tickets.update(ticket, custom_fields={listed.name: retired.label})

    assert retired.label not in caught.value.problems[0].allowed
    assert psa.tickets.get(ticket.id).custom_fields[listed.name] is None


@pytest.mark.row("S61", call="psa.tickets.create(...)")
def test_a_text_beyond_its_length_is_refused_before_anything_is_sent(psa: Psa, ticket: Ticket) -> None:
    with pytest.raises(Invalid) as caught:
        psa.tickets.update(ticket, title="x" * 300, external_id="y" * 60)

    assert {problem.field for problem in caught.value.problems} == {"title", "external_id"}


# Webhooks


def test_webhooks_that_are_as_wanted_cost_few_requests(psa: Psa, sandbox: Sandbox) -> None:
    wanted = {"url": "https://receiver.example/once", "secret": SECRET, "events": ["ticket.updated"], "name": "once"}
    first = psa.webhooks.ensure(**wanted)
    before = len(sandbox.control.calls())

    again = psa.webhooks.ensure(**wanted)

    assert again == first
    writes = [
        call for call in sandbox.control.calls()[before:] if "/query" not in call["path"] and call["method"] != "GET"
    ]
    assert [call["method"] for call in writes] == ["PATCH"]  # the secret, which nobody tells
    for one in first:
        psa.webhooks.remove(one.id)


@pytest.mark.row("S85", call="psa.webhooks.ensure(...)")
@pytest.mark.row("S89", call="psa.webhooks.ensure(...)")
def test_webhooks_are_ensured_once_ready_and_without_our_own_changes(psa: Psa) -> None:
    wanted: Any = {"url": "https://hooks.example/at", "secret": SECRET, "name": "ensured"}

    first = psa.webhooks.ensure(events=["ticket.created", "ticket.updated", "note.created"], **wanted)
    second = psa.webhooks.ensure(events=["ticket.created", "note.created"], **wanted)

    assert [one.id for one in first] == [one.id for one in second]
    assert all(one.ready and one.active for one in second)
    assert [list(one.events) for one in second] == [["ticket.created"], ["note.created"]]
    excluded = [one.resourceID for one in psa.entity("TicketWebhookExcludedResources").list()]
    assert psa.whoami().technician_id in [str(one) for one in excluded]
    for one in second:
        psa.webhooks.remove(one.id)
    assert not [one for one in psa.webhooks.list() if one.name == "ensured"]
    with pytest.raises(NotFound):
        psa.webhooks.remove(second[0].id)


@pytest.mark.row("S86", "S87", "S88", call="psa.webhooks.ensure(url=..., secret=...)")
def test_what_is_registered_is_ready_and_delivers_signed_to_the_address_as_it_was_given(
    psa: Psa, sandbox: Sandbox, technician: Technician, ticket: Ticket
) -> None:
    tenant = next(one for one in sandbox.tenants if sandbox.settings_for(one)["username"] == psa.whoami().username)
    change = {"id": int(ticket.id), "title": "Tom & Jerry: café"}

    with FaultServer(lambda request: faults.Answer({})) as receiver:
        url = f"{receiver.url}/hook?secret=queried"
        (hook,) = psa.webhooks.ensure(url=url, secret=SECRET, name="signed", events=["ticket.updated"])
        person = {"tenant": tenant, "resource": int(technician.id)}
        sandbox.control.dialect("act", method="PATCH", path="Tickets", body=change, **person)
        receiver.arrived(1)
        psa.webhooks.remove(hook.id)

    (told,) = receiver.requests
    signature = base64.b64encode(hmac.new(SECRET.encode(), told.body, "sha1").digest()).decode()
    assert hook.ready
    assert told.target == "/hook?secret=queried"
    assert told.headers["x-hook-signature"] == f"sha1={signature}"


def test_entities_without_webhooks_are_refused_by_name_and_nothing_is_registered(psa: Psa) -> None:
    events = ["ticket.created", "time_entry.created"]

    with pytest.raises(Unsupported) as caught:
        psa.webhooks.ensure(url="https://hooks.example/x", secret=SECRET, name="refused", events=events)

    assert "time_entry" in caught.value.tried
    assert not [one for one in psa.webhooks.list() if one.name == "refused"]


# Any entity


@pytest.mark.row("S67", call='psa.entity("Projects")')
@pytest.mark.row("S69", call='psa.entity("BillingCodes")')
def test_any_family_is_read_and_filtered_by_the_vendors_names(psa: Psa) -> None:
    projects = psa.entity("Projects")
    everything = projects.list().all()

    found = projects.list(q.projectName.contains("e")).all()

    assert {one.id for one in found} == {one.id for one in everything if "e" in one.projectName.casefold()}
    assert projects.get(everything[0].id).projectName == everything[0].projectName
    assert projects.count() == len(everything)
    assert everything[0].status.label


@pytest.mark.row("S62", "S63", "S69", call='psa.fields("Projects")')
def test_the_fields_of_any_family_are_told_with_the_tenants_values(psa: Psa) -> None:
    told = {one.name: one for one in psa.fields("Projects")}
    picked = {option.id: option.label for option in told["status"].options}

    assert (told["projectName"].holds, told["projectName"].required) == ("text", True)
    assert (told["id"].writable, told["status"].holds, told["status"].filtered_by_vendor) == (
        False,
        "a label or id",
        "exactly",
    )
    assert {one.status.label for one in psa.entity("Projects").list()} <= set(picked.values())
    assert {one.name for one in psa.fields("projects")} != set(told)
    with pytest.raises(Unsupported):
        psa.fields("Nonsense")


def test_whole_numbers_are_compared_by_the_vendor_as_here(psa: Psa) -> None:
    steps = psa.entity("TicketChecklistItems")
    positions = [one.position for one in steps.list() if one.position is not None]
    middle = sorted(positions)[len(positions) // 2]

    for where, passes in (
        (q.position > middle, lambda at: at > middle),
        (q.position >= middle, lambda at: at >= middle),
        (q.position < middle, lambda at: at < middle),
        (q.position <= middle, lambda at: at <= middle),
    ):
        assert sorted(one.position for one in steps.list(where)) == sorted(filter(passes, positions))


@pytest.mark.row("S70", "S72", "S74", call='psa.entity("TicketAdditionalContacts")')
def test_what_is_read_only_and_required_is_said_when_a_record_is_made(psa: Psa, company: Company) -> None:
    projects = psa.entity("Projects")
    like = projects.first()
    assert like is not None

    made = projects.create(
        companyID=company.id,
        projectName="From a test",
        projectType=like.projectType.id,
        status=like.status.id,
        startDateTime=YEAR["starts"],
        endDateTime=YEAR["ends"],
    )

    assert made.companyID == company.id
    with pytest.raises(Invalid):
        projects.update(made.id, companyID="0")


def test_contacts_are_written_below_their_company_by_any_door(psa: Psa, company: Company) -> None:
    contacts = psa.entity("Contacts")
    made = contacts.create(companyID=company.id, firstName="Ada", lastName="Byron", isActive=True)

    assert contacts.update(made.id, title="Countess").title == "Countess"
    contacts.delete(made.id)


def test_user_defined_fields_of_any_family_are_written_and_filtered(psa: Psa) -> None:
    projects = psa.entity("Projects")
    first = projects.first()
    assert first is not None

    changed = projects.update(first.id, custom_fields={"Site Code": "A", "Customer Ranking": "Silver"})

    ranking = changed.custom_fields["Customer Ranking"]
    found = projects.list((q.custom["Site Code"] == "A") & (q.custom["Customer Ranking"] == ranking)).all()
    assert [one.id for one in found] == [first.id]


def test_children_are_written_below_their_parent(psa: Psa, ticket: Ticket, company: Company) -> None:
    contact = psa.contacts.create(company=company, first_name="Addi", last_name="Tional")
    family = psa.entity("TicketAdditionalContacts")

    made = family.create(ticketID=ticket.id, contactID=contact.id)

    assert [one.contactID for one in family.list(q.ticketID == ticket.id)] == [contact.id]
    family.delete(made)
    with pytest.raises(Unsupported):
        family.update(made, contactID=contact.id)
    with pytest.raises(Invalid) as caught:
        family.create(contactID=contact.id)
    assert "ticketID" in {problem.field for problem in caught.value.problems}


def test_secondary_resources_are_reached_with_their_role(psa: Psa, ticket: Ticket, technician: Technician) -> None:
    role = psa.entity("ResourceServiceDeskRoles").first(q.resourceID == technician.id)
    assert role is not None

    made = psa.entity("TicketSecondaryResources").create(
        ticketID=ticket.id, resourceID=technician.id, roleID=role.roleID
    )

    assert made.resourceID == technician.id


def test_a_family_that_nobody_has_is_unsupported(psa: Psa) -> None:
    for name in ("Nonsense", "../Tickets", ""):
        with pytest.raises(Unsupported):
            psa.entity(name).count()


def test_a_family_without_deletion_refuses_it(psa: Psa, ticket: Ticket) -> None:
    with pytest.raises(Unsupported):
        psa.entity("Tickets").delete(ticket.id)


@pytest.mark.row("S73", call="psa.tickets.update(...)")
def test_an_update_never_clears_what_it_does_not_name(psa: Psa, ticket: Ticket) -> None:
    before = psa.tickets.update(ticket, description="stays", external_id="E-1")

    after = psa.tickets.update(ticket, title="Another")

    assert (after.description, after.external_id, after.queue) == ("stays", "E-1", before.queue)


@pytest.mark.row("S8", call="psa.whoami()")
def test_whoami_is_the_api_users_own_row(psa: Psa) -> None:
    me = psa.whoami()

    assert me.technician_id is not None
    assert psa.technicians.get(me.technician_id).username == me.username


def test_a_stale_expectation_changes_nothing(psa: Psa, ticket: Ticket) -> None:
    with pytest.raises(Conflict):
        psa.tickets.update(ticket, title="x", expect={"title": "something else"})
