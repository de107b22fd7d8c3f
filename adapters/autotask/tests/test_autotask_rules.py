"""The vendor's rules, against a database in memory that follows them: what is checked before, told after, and made
good where the vendor is known to lie."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import anyio
import pytest
from autotask_vendor import LOST, Vendor, connect, connect_async, value, wire

import anypsa
from anypsa import Conflict, Invalid, OutcomeUnknown, Psa, PSAError, RateLimited, Visibility, q
from anypsa.spi import Action, Answer, Effect, Request
from anypsa.wire import run
from anypsa_autotask.refusals import refusal

ATTESTED = json.loads((Path(__file__).parent.parent / "conformance/attested.json").read_text())
INTERNAL = Visibility.INTERNAL


@pytest.fixture
def vendor() -> Vendor:
    return Vendor(Tickets=2, Companies=3, Contacts=1, Resources=1)


@pytest.fixture
def psa(vendor: Vendor) -> Psa:
    return connect(vendor)


def later(psa: Psa, seconds: float) -> None:
    """Some time passes, which takes none."""
    run(wire(psa).sleep(seconds))


# Errors


@pytest.mark.row("S58", call="anypsa.PSAError")
@pytest.mark.row("S59", call="error.problems, error.said")
@pytest.mark.parametrize("seen", ATTESTED, ids=lambda seen: f"{seen['status']} {seen['when'][:40]}")
def test_every_observed_answer_means_what_it_means_and_keeps_the_vendors_words(seen: Any) -> None:
    request = Request(method=seen["method"], path="Tickets/query", effect=Effect(Action.READ, "ticket"))
    body = seen["body"]
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()

    error = refusal(request, Answer(seen["status"], seen.get("headers", {}), content))

    assert (None if error is None else type(error).__name__) == seen["means"]
    texts = body.get("errors", []) if isinstance(body, dict) else []
    assert error is None or all(text.strip() in str(error) for text in texts)


# Metadata


def refused(field: str) -> Any:
    return 500, {"errors": [f"Value does not reference an existing entity for {field} . "]}


@pytest.mark.row("S60", call="error.problems[0].allowed")
@pytest.mark.row("S57", "S68", call="psa.fields(...)")
def test_a_refused_value_is_told_with_those_there_are_now(psa: Psa, vendor: Vendor) -> None:
    psa.tickets.update(1, queue="Service Desk")
    vendor.picklists["Tickets"]["queueID"] = [value(77, "New Desk")]
    vendor.fails("PATCH", "Tickets", refused("queueID"))

    with pytest.raises(Invalid) as caught:
        psa.tickets.update(1, queue="Service Desk")

    (problem,) = caught.value.problems
    assert (problem.field, problem.value, problem.allowed) == ("queue", "29682833", ("New Desk (id 77)",))
    assert psa.tickets.update(1, queue="New Desk").queue == anypsa.Choice(id="77", label="New Desk")


def test_metadata_is_kept_for_a_while_and_then_asked_for_again(psa: Psa, vendor: Vendor) -> None:
    for _ in range(3):
        psa.tickets.get(1)
    asked = len(vendor.sent("GET", "Tickets/entityInformation/fields"))
    later(psa, 601.0)
    psa.tickets.get(1)

    assert (asked, len(vendor.sent("GET", "Tickets/entityInformation/fields"))) == (1, 2)


@pytest.mark.row("S66", call="psa.tickets.update(custom_fields={...})")
@pytest.mark.parametrize(("word", "id"), [("Golden", "7"), ("golden ", "7"), ("7", "7"), (None, None)])
def test_a_custom_list_is_written_by_label_or_id(psa: Psa, vendor: Vendor, word: Any, id: Any) -> None:
    vendor.udfs.append({"name": "Ranking", "type": "string", "picklistValues": [value(7, "Golden"), value(8, "Old")]})

    psa.tickets.update(1, custom_fields={"ranking": word})

    assert vendor.bodies("PATCH")[-1]["userDefinedFields"] == [{"name": "Ranking", "value": id}]


@pytest.mark.parametrize(
    "where", [q.custom["Ranking"] == "Golden", q.custom["Ranking"].not_in(["7", "Golden"])], ids=str
)
def test_a_custom_list_is_filtered_by_the_ids_that_records_hold(psa: Psa, vendor: Vendor, where: Any) -> None:
    vendor.udfs.append({"name": "Ranking", "type": "string", "picklistValues": [value(7, "Golden"), value(8, "Old")]})

    with pytest.raises(Invalid) as caught:
        psa.tickets.list(where).all()

    assert caught.value.problems[0].allowed == ("7 (Golden)", "8 (Old)")
    assert psa.tickets.list(q.custom["Ranking"] == "7").all() == []


@pytest.mark.parametrize(
    ("name", "wrong"), [("Ranking", "Silver"), ("Ranking", "Old"), ("Seats", "many"), ("Since", "soon"), ("Nope", "x")]
)
def test_a_custom_value_that_cannot_be_is_refused_before_anything_is_sent(
    psa: Psa, vendor: Vendor, name: str, wrong: str
) -> None:
    old = value(8, "Old", isActive=False)
    vendor.udfs += [
        {"name": "Ranking", "type": "string", "picklistValues": [value(7, "Golden"), old]},
        {"name": "Since", "type": "datetime"},
    ]

    with pytest.raises(Invalid) as caught:
        psa.tickets.update(1, custom_fields={name: wrong})

    assert [problem.field for problem in caught.value.problems] == [name]
    assert vendor.writes() == []


def test_what_metadata_demands_forbids_and_limits_is_told_at_once(psa: Psa, vendor: Vendor) -> None:
    vendor.facts["Tickets"] = {
        "purchaseOrderNumber": {"isRequired": True},
        "title": {"length": 5, "dataType": "string"},
        "externalID": {"isReadOnly": True},
    }

    with pytest.raises(Invalid) as created:
        psa.tickets.create(company=1, title="too long")
    with pytest.raises(Invalid) as changed:
        psa.tickets.update(1, title="too long", external_id="x")

    assert {one.field for one in created.value.problems} == {"purchaseOrderNumber", "title"}
    assert {one.field for one in changed.value.problems} == {"title", "external_id"}
    assert vendor.writes() == []


# Moving to another company


def lies(vendor: Vendor, *, stubborn: bool = False, refuses: bool = False) -> None:
    """From now on a contract that is cleared with a change of the company stays (seen live), or always does."""

    def patched(outgoing: Any) -> Any:
        body = json.loads(outgoing.content)
        if refuses and "companyID" in body:
            return 500, {"errors": ["Data violation: contactID is not associated to the companyID"]}
        kept = {"contractID"} if stubborn or "companyID" in body else set()
        vendor.tables["Tickets"][body["id"]] |= {name: body[name] for name in body.keys() - kept}
        return {"itemId": body["id"]}

    vendor.fails("PATCH", "Tickets", patched, times=9)


@pytest.fixture
def moving(vendor: Vendor) -> Vendor:
    """Ticket 1 of company 1, with a contact and a contract of it."""
    vendor.add("Contracts", id=40, companyID=1, contractType=1, status=1)
    vendor.add("Contacts", id=9, companyID=1)
    vendor.tables["Tickets"][1] |= {"companyID": 1, "contractID": 40, "contactID": 9}
    return vendor


@pytest.mark.parametrize("change", [{}, {"contract": None}])
def test_a_move_clears_the_contract_first_since_the_vendor_would_keep_it(moving: Vendor, change: Any) -> None:
    lies(moving)

    moved = connect(moving).tickets.update(1, company=2, **change)

    assert (moved.company.id, moved.contract, moved.contact) == ("2", None, None)


def test_a_contract_that_stays_after_a_move_is_told(moving: Vendor) -> None:
    lies(moving, stubborn=True)

    with pytest.raises(Conflict):
        connect(moving).tickets.update(1, company=2)


def test_a_move_that_is_refused_puts_the_contract_back(moving: Vendor) -> None:
    lies(moving, refuses=True)

    with pytest.raises(Invalid):
        connect(moving).tickets.update(1, company=2)

    assert moving.tables["Tickets"][1]["contractID"] == 40


def test_what_is_the_new_companys_parents_stays(moving: Vendor) -> None:
    moving.tables["Companies"][2]["parentCompanyID"] = 1

    moved = connect(moving).tickets.update(1, company=2)

    assert moved.contract is not None
    assert moved.contact is not None
    assert set(moving.bodies("PATCH")[-1]) == {"id", "companyID"}


# Time


@pytest.fixture
def working(vendor: Vendor) -> Vendor:
    vendor.picklists["TimeEntries"] = {}
    vendor.add("Roles", id=77, name="Engineer", isActive=True)
    vendor.add("ResourceServiceDeskRoles", resourceID=1, roleID=77)
    vendor.add("Contracts", id=40, companyID=7, contractType=4, status=1, timeReportingRequiresStartAndStopTimes=1)
    return vendor


NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "hours"), [(1, 0.0002), (300, 0.0833), (301, 0.0836), (3600, 1.0), (5400, 1.5), (86_399, 23.9997)]
)
def test_hours_are_cut_to_four_places_and_come_back_to_the_second(working: Vendor, seconds: int, hours: float) -> None:
    entry = connect(working).time_entries.create(
        ticket=1, technician="1", duration=timedelta(seconds=seconds), summary="x", worked_on=NINE
    )

    (body,) = working.bodies("POST", "TimeEntries")
    assert (body["hoursWorked"], body["dateWorked"], body["roleID"]) == (hours, "2026-03-01T00:00:00.000Z", 77)
    assert entry.duration == timedelta(seconds=seconds)


def test_a_contract_that_wants_start_and_end_gets_them_or_nothing(working: Vendor) -> None:
    working.tables["Tickets"][1]["contractID"] = 40
    psa = connect(working)

    with pytest.raises(Invalid) as caught:
        psa.time_entries.create(ticket=1, technician="1", duration=timedelta(hours=1), summary="x", worked_on=NINE)
    entry = psa.time_entries.create(
        ticket=1, technician="1", started=NINE, ended=NINE + timedelta(hours=1), summary="x"
    )

    assert [one.field for one in caught.value.problems] == ["started"]
    assert entry.duration == timedelta(hours=1)


def test_the_ticket_names_the_role_of_its_own_technician(working: Vendor) -> None:
    working.tables["Tickets"][1] |= {"assignedResourceID": 1, "assignedResourceRoleID": 66}

    connect(working).time_entries.create(ticket=1, technician="1", duration=timedelta(hours=1), summary="x")

    assert working.bodies("POST", "TimeEntries")[0]["roleID"] == 66


def test_an_entry_is_nobodys_by_default_unless_we_write_in_somebodys_name(working: Vendor) -> None:
    with pytest.raises(Invalid):
        connect(working).time_entries.create(ticket=1, duration=timedelta(hours=1), summary="x")

    connect(working, impersonate=1).time_entries.create(ticket=1, duration=timedelta(hours=1), summary="x")

    assert working.bodies("POST", "TimeEntries")[0]["resourceID"] == 1


def test_an_entry_whose_answer_got_lost_is_found_and_never_sent_again(working: Vendor) -> None:
    psa = connect(working)

    def lost(outgoing: Any) -> Any:
        stored = {"id": 1, "createDateTime": wire(psa).moment().isoformat()}
        working.add("TimeEntries", **{**json.loads(outgoing.content), **stored})
        return LOST

    working.fails("POST", "TimeEntries", lost)

    entry = psa.time_entries.create(
        ticket=1, technician="1", duration=timedelta(minutes=5), summary="x", worked_on=NINE, settle="wait"
    )

    assert (entry.id, len(working.sent("POST", "TimeEntries"))) == ("1", 1)


def test_an_entry_that_never_was_is_not_sent_again_even_when_asked_to_wait(working: Vendor) -> None:
    working.fails("POST", "TimeEntries", LOST)

    with pytest.raises(OutcomeUnknown):
        connect(working).time_entries.create(
            ticket=1, technician="1", duration=timedelta(minutes=5), summary="x", settle="wait"
        )

    assert len(working.sent("POST", "TimeEntries")) == 1


# Balances


def test_a_block_is_what_is_bought_less_what_is_approved_and_what_is_not_posted(vendor: Vendor) -> None:
    over, ahead = "2025-12-31T00:00:00Z", "2026-12-31T00:00:00Z"
    vendor.add("Contracts", id=40, companyID=1, contractType=4, status=1)
    for bought, used, ends, status in (
        (10, 4.25, ahead, 1),
        (5, 0, "2026-01-01T00:00:00Z", 1),
        (7, 0, over, 1),
        (9, 0, ahead, 0),
    ):
        vendor.add("ContractBlocks", contractID=40, hours=bought, hoursApproved=used, endDate=ends, status=status)
    for id, worked, billed, free in (
        (1, 1.1, None, False),
        (2, 0.1, 0.25, False),
        (3, 2, None, True),
        (4, 8, 8, False),
    ):
        vendor.add("TimeEntries", id=id, contractID=40, hoursWorked=worked, hoursToBill=billed, isNonBillable=free)
    vendor.add("BillingItems", contractID=40, timeEntryID=4)
    vendor.add("BillingItems", contractID=40, timeEntryID=None)

    balance = connect(vendor).balance(40)

    assert (balance.bought, balance.used, balance.unposted) == (Decimal(15), Decimal("4.25"), Decimal("1.35"))
    assert balance.left == Decimal("9.40")


# Files


def test_more_than_ten_million_bytes_in_five_minutes_are_held_back(psa: Psa, vendor: Vendor) -> None:
    vendor.picklists["TicketAttachments"] = {"publish": vendor.picklists["TicketNotes"]["publish"]}

    def attached(outgoing: Any) -> Any:
        body = json.loads(outgoing.content)
        return {"itemId": vendor.add("TicketAttachments", **{**body, "id": 1, "ticketID": 1})["id"]}

    vendor.fails("POST", "Tickets/1/Attachments", attached, times=9)
    attach: Callable[[int], Any] = lambda size: psa.attachments.create(  # noqa: E731  # said once, used four times
        ticket=1, name="a", content=b"x" * size, visibility=INTERNAL
    )
    attach(6_000_000)

    with pytest.raises(RateLimited) as caught:
        attach(4_000_001)
    attach(4_000_000)
    later(psa, caught.value.wait or 0.0)
    attach(4_000_001)

    assert len(vendor.sent("POST", "Tickets/1/Attachments")) == 3


@pytest.mark.parametrize("form", ["own path", "the ticket's path", "a list of one"])
def test_content_is_found_wherever_the_vendor_gives_it(psa: Psa, vendor: Vendor, form: str) -> None:
    row = {"id": 5, "ticketID": 1, "title": "a.txt", "publish": 2}
    whole = {**row, "data": b64encode(b"hello").decode()}
    vendor.fails("GET", "TicketAttachments/5", {"item": whole if form == "own path" else row})
    vendor.fails(
        "GET", "Tickets/1/Attachments/5", {"item": whole} if form == "the ticket's path" else {"items": [whole]}
    )

    assert psa.attachments.get(5).content == b"hello"


# Limits


@pytest.mark.row("S47", "S48", call="psa.budget()")
@pytest.mark.parametrize(("used", "delay"), [(4_999, 0.0), (5_000, 0.5), (7_499, 0.5), (7_500, 1.0), (12_000, 1.0)])
def test_the_vendors_count_and_what_it_slows_down_are_in_the_budget(
    psa: Psa, vendor: Vendor, used: int, delay: float
) -> None:
    vendor.threshold = {
        "externalRequestThreshold": 10_000,
        "requestThresholdTimeframe": 60,
        "currentTimeframeRequestCount": used,
    }

    budget = psa.budget()

    assert budget.vendor is not None
    assert (budget.vendor.used, budget.vendor.limit, budget.vendor.seconds) == (used, 10_000, 3600.0)
    assert budget.vendor.delay == delay
    assert budget.left == max(0, min(budget.limit - budget.used, 10_000 - used))


@pytest.mark.row("S49", call="psa.budget().crowded")
@pytest.mark.parametrize(("used", "crowded"), [(1_000, False), (9_000, True)])
def test_others_who_use_up_the_database_are_told(psa: Psa, vendor: Vendor, used: int, crowded: bool) -> None:
    vendor.threshold = {
        "externalRequestThreshold": 10_000,
        "requestThresholdTimeframe": 60,
        "currentTimeframeRequestCount": used,
    }

    assert psa.budget().crowded is crowded


@pytest.mark.parametrize("answer", [{}, {"externalRequestThreshold": 0}, [], {"externalRequestThreshold": "many"}])
def test_a_threshold_of_another_shape_is_unintelligible(psa: Psa, vendor: Vendor, answer: Any) -> None:
    vendor.threshold = answer

    with pytest.raises(PSAError):
        psa.budget()


# Both faces


@pytest.mark.row("S34", call="psa.entity(...).list(...).all()")
def test_an_entity_is_opened_when_it_is_first_used_on_both_faces(vendor: Vendor) -> None:
    for family, row in (("Projects", {"projectName": "Move"}), ("Projects", {"projectName": "Stay"})):
        vendor.add(family, **row)
    vendor.facts["Projects"] = {"id": {"dataType": "long"}, "projectName": {"dataType": "string"}}
    information = {"info": {"canCreate": True, "canUpdate": True, "canQuery": True}}
    vendor.fails("GET", "Projects/entityInformation", information, times=9)
    where = q.projectName == "move"

    blocking = connect(vendor).entity("Projects")
    assert vendor.told == []

    async def awaited() -> Any:
        async with connect_async(vendor) as psa:
            projects = psa.entity("Projects")
            made = await projects.create(projectName="New")
            return [one.projectName async for one in projects.list(where)], made.projectName, await projects.count()

    assert [one.projectName for one in blocking.list(where)] == ["Move"]
    assert anyio.run(awaited) == (["Move"], "New", 3)
    assert blocking.list(where).explain().vendor


@pytest.mark.row("S33", call='psa.request("POST", "Tickets/query", json={"includeFields": [...]})')
@pytest.mark.row("S36", call="psa.tickets.list(...)")
def test_a_query_is_a_post_and_columns_may_be_named_in_a_raw_one(psa: Psa, vendor: Vendor) -> None:
    body = {"filter": [{"op": "gte", "field": "id", "value": 0}], "includeFields": ["id", "title"], "maxRecords": 5}

    answer = psa.request("POST", "Tickets/query", json=body)

    assert len(answer.json()["items"]) == 2
    assert vendor.bodies("POST", "Tickets/query") == [body]
