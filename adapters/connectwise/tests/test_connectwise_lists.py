"""Lists: what the vendor filters, how pages go on, and what is never lost on the way."""

from __future__ import annotations

import random
from typing import Any

import pytest
from connectwise_wire import TICKET, URL, asked, connected, page, told

from anypsa import Choice, Expression, Id, Incomplete, Psa, State, Ticket, Unintelligible, Unsupported, models, q
from anypsa.query import bind, matcher
from anypsa_sandbox import Sandbox

TICKETS = "GET /service/tickets"
MOMENT = "2026-05-01T12:00:00.250+02:00"


def conditions(psa: Psa, where: Any) -> tuple[list[str], bool]:
    """What the vendor is asked for, and whether it is all of the filter."""
    told = psa.tickets.list(where).explain()
    return list(told.vendor), not told.local


@pytest.mark.parametrize(
    ("where", "asked_for", "all_of_it"),
    [
        (q.id == "69", "id=69", True),
        (q.company.in_(["2", "3"]), "company/id in (2,3)", True),
        ((q.state == "open") & (q.assignee == 7), "closedFlag=false; owner/id=7", True),
        (q.state != "closed", "closedFlag=false", True),
        (q.state.in_(["open", "closed"]), "", False),
        ((q.company == 2) | (q.contact == 3), "(company/id=2 or contact/id=3)", True),
        ((q.company == 2) | q.title.contains("vpn"), "", False),
        ((q.company == 2) & q.title.contains("vpn"), "company/id=2", False),
        (q.updated >= MOMENT, "lastUpdated>[2026-05-01T09:59:58Z]", False),
        (q.company != 2, "", False),
        (q.contact.is_null(), "", False),
        (q.company == "007", f"company/id={-(2**31)}", True),
    ],
    ids=str,
)
def test_only_what_is_attested_is_asked_of_the_vendor(where: Any, asked_for: str, *, all_of_it: bool) -> None:
    vendor, whole = conditions(connected({}), where)

    assert ("; ".join(vendor), whole) == (asked_for, all_of_it)


def test_a_status_that_the_profile_calls_closed_is_told_apart_here() -> None:
    waiting = connected({}, states={"waiting": ["12"]})
    closed = connected({}, states={"closed": ["12"]})

    assert conditions(waiting, q.state == "open") == (["closedFlag=false"], False)
    assert conditions(closed, q.state == "open") == ([], False)


def test_a_long_list_of_ids_is_read_in_parts_and_nothing_is_lost() -> None:
    def vendor(request: Any) -> Any:
        wanted = told(request)[1]["conditions"].partition("(")[2].rstrip(")").split(",")
        assert len(request.url) < 2000
        return page([{**TICKET, "id": int(id)} for id in wanted])

    psa = connected({TICKETS: vendor})
    ids = [str(id) for id in range(100_000, 100_400)]
    where = q.id.in_(ids)

    assert [ticket.id for ticket in psa.tickets.list(where)] == ids
    assert [ticket.id for ticket in psa.tickets.get_many(ids)] == ids


def test_pages_go_forward_by_the_vendors_links() -> None:
    following = f"{URL}/v2026_1/apis/3.0/service/tickets?pageSize=1&pageId=69"

    def vendor(request: Any) -> Any:
        second = "pageId" in told(request)[1]
        return page([{**TICKET, "id": 70}]) if second else page([TICKET], f'<{following}>; rel="next"')

    psa = connected({TICKETS: vendor})

    assert [ticket.id for ticket in psa.tickets.list()] == ["69", "70"]
    assert {one.headers["pagination-type"] for one in asked(psa) if told(one)[0] == TICKETS} == {"forward-only"}


def test_of_a_link_that_leads_elsewhere_only_the_place_in_the_list_is_taken() -> None:
    elsewhere = "https://elsewhere.example/v4_6_release/apis/3.0/service/tickets?pageId=69"

    def vendor(request: Any) -> Any:
        second = "pageId" in told(request)[1]
        return page([{**TICKET, "id": 70}]) if second else page([TICKET], f'<{elsewhere}>; rel="next"')

    psa = connected({TICKETS: vendor})
    where = q.company == 2

    assert [ticket.id for ticket in psa.tickets.list(where)] == ["69", "70"]
    assert all(one.url.startswith(URL) for one in asked(psa))
    assert told(asked(psa)[-1])[1]["conditions"] == "company/id=2"


@pytest.mark.parametrize("link", ["<https://psa.example/service/tickets>", f"<{URL}/?pageId=69>"])
def test_a_link_that_leads_nowhere_ends_no_list(link: str) -> None:
    with pytest.raises((Incomplete, Unintelligible)):
        connected({TICKETS: page([TICKET], f'{link}; rel="next"')}).tickets.list().all()


def test_a_later_page_that_does_not_say_how_it_goes_on_is_no_end() -> None:
    following = f"{URL}/v2026_1/apis/3.0/service/tickets?pageId=69"

    def vendor(request: Any) -> Any:
        second = "pageId" in told(request)[1]
        return page([{**TICKET, "id": 70}], None) if second else page([TICKET], f'<{following}>; rel="next"')

    with pytest.raises(Incomplete):
        connected({TICKETS: vendor}).tickets.list().all()


def test_an_endpoint_without_links_is_read_by_ids(sandbox: Sandbox, psa: Psa) -> None:
    sandbox.control.dialect("quirk", name="no_links")
    sandbox.control.dialect("pages", rows=40)
    pager = psa.tickets.list(q.state == "open")
    open_ones = {str(row["id"]) for row in sandbox.world().rows("tickets") if row["status"] != "Complete"}

    assert {ticket.id for ticket in pager} == open_ones
    assert pager.report.complete
    assert pager.report.yielded == len(open_ones)


def test_filters_mean_here_what_they_mean_in_the_world(sandbox: Sandbox, psa: Psa) -> None:
    rows = sandbox.world().rows("tickets")
    moment = rows[60]["updated"]
    cases = {
        "network": (q.queue == "Network", lambda row: row["queue"] == "Network"),
        "not network": (q.queue != "Network", lambda row: row["queue"] != "Network"),
        "new": (q.status == "New", lambda row: row["status"] == "New"),
        "old": (q.updated < moment, lambda row: row["updated"].replace(microsecond=0) < moment),
        "either": (
            (q.priority == "High") | q.title.contains("VPN"),
            lambda row: row["priority"] == "High" or "vpn" in row["title"].casefold(),
        ),
        "nobody's": (q.assignee.is_null() & (q.state == "open"), lambda row: row["assignee"] is None and open_(row)),
        "of nobody": (q.company == "999999", lambda row: False),
    }
    for name, (where, holds) in cases.items():
        wanted = {str(row["id"]) for row in rows if holds(row)}
        assert (name, {ticket.id for ticket in psa.tickets.list(where)}) == (name, wanted)
        assert (name, psa.tickets.count(where)) == (name, len(wanted))


def open_(row: Any) -> bool:
    return bool(row["status"] != "Complete")


def test_whatever_is_asked_no_ticket_is_lost(psa: Psa) -> None:
    everything = psa.tickets.list().all()
    dice = random.Random(20261124)  # chooses examples
    for _ in range(40):
        where = filter_of(dice, everything)
        holds = matcher(bind(where, models.TICKETS, everything[0].tenant))

        assert {one.id for one in psa.tickets.list(where)} == {one.id for one in everything if holds(one)}, where


def filter_of(dice: random.Random, tickets: list[Ticket], depth: int = 2) -> Expression:
    """A filter by what some tickets hold."""
    if depth and dice.random() < 0.6:
        one, other = (filter_of(dice, tickets, depth - 1) for _ in range(2))
        return dice.choice([one & other, one | other, ~one])
    name = dice.choice(
        ("id", "state", "status", "queue", "priority", "type", "company", "contact", "assignee", "updated")
    )
    field, values = getattr(q, name), [value(dice.choice(tickets), name) for _ in range(3)]
    wanted = [one for one in values if one is not None]
    if not wanted:
        return field.is_null()
    if name == "updated":
        return dice.choice([field < wanted[0], field >= wanted[0], field.between(min(wanted), max(wanted))])
    return dice.choice([field == wanted[0], field != wanted[0], field.in_(wanted), field.not_in(wanted)])


def value(ticket: Ticket, name: str) -> Any:
    """What a ticket holds, as filters take it."""
    held = getattr(ticket, name)
    return Id(held.id) if isinstance(held, Choice) else held


def test_who_is_told_what_about_a_record(psa: Psa, sandbox: Sandbox) -> None:
    row = next(row for row in sandbox.world().rows("contacts") if row["email"] and row["mobile"])
    contact = psa.contacts.get(str(row["id"]))
    asset = psa.assets.first(q.kind == "Server")
    ticket = psa.tickets.first(q.status == "Complete")

    assert (contact.name, contact.email, contact.phone) == (
        f"{row['first_name']} {row['last_name']}",
        row["email"],
        row["phone"],
    )
    assert asset is not None
    assert (asset.kind.label, asset.company.name is not None) == ("Server", True)
    assert ticket is not None
    assert (ticket.state, ticket.closed is not None, ticket.created < ticket.updated) == (State.CLOSED, True, True)


def test_a_contact_of_nobodys_ends_no_list() -> None:
    psa = connected({"GET /company/contacts": page([{"id": 3, "firstName": "Ada", "inactiveFlag": False}])})
    (contact,) = psa.contacts.list()

    assert (bool(contact.company), contact.active) == (False, True)
    assert [one.id for one in psa.contacts.list(q.company.is_null())] == ["3"]


def test_notes_are_listed_by_ticket_and_the_description_is_the_first(sandbox: Sandbox, psa: Psa) -> None:
    ticket = next(row for row in sandbox.world().rows("tickets") if row["description"])
    first, *_ = psa.notes.list(ticket=str(ticket["id"]))

    assert first.body == ticket["description"]
    assert psa.notes.get(first) == first
    with pytest.raises(Unsupported):
        psa.notes.list().all()
