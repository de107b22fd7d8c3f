"""complete: every record that stays is yielded exactly once, on every face, or the list fails loudly."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from random_filters import CUSTOM
from vendors import OPEN, Vendor

import anypsa
from anypsa import Incomplete, PSAError, q
from anypsa_conformance import FACES, Probe, on_face
from anypsa_sandbox import Sandbox


@pytest.mark.parametrize("face", FACES, indirect=True)
@pytest.mark.parametrize("tickets", [3_000, pytest.param(10_000, marks=pytest.mark.deep)])
def test_thousands_of_tickets_come_once_each(
    running: Callable[[str, int], Sandbox], face: str, vendor: str, facts: Vendor, tickets: int
) -> None:
    sandbox = running(vendor, tickets)

    async def check(psa: Probe) -> tuple[list[int], Any]:
        pager = psa.tickets.list()
        ids = [int(ticket.id) async for ticket in pager]
        return ids, pager.report

    ids, report = on_face(face, check, vendor, {**OPEN, **sandbox.settings})

    assert sorted(ids) == [row["id"] for row in sandbox.world().rows("tickets")]
    assert (report.complete, report.yielded) == (True, tickets)
    # Reading side by side costs a little more than page by page: a request where two ranges meet. How far idle ones
    # split them is a matter of time.
    pages = facts.pages_of_ten_thousand * tickets // 10_000
    assert pages <= report.requests <= pages * 1.5 + 5


def test_the_house_company_is_listed_found_and_filtered_by(
    sandbox: Sandbox, on: Callable[..., Any], facts: Vendor
) -> None:
    """Company 0 is real, and false in many languages."""
    zero = facts.id("company", 0)
    rows = sandbox.world().rows("tickets")

    async def check(psa: Probe) -> tuple[list[str], str, int]:
        companies = [company.id async for company in psa.companies.list()]
        house = await psa.companies.get(zero)
        own = [ticket async for ticket in psa.tickets.list(q.company == house)]
        return companies, house.id, len(own)

    companies, house, own = on(check)

    assert sorted(companies) == sorted(facts.id("company", row["id"]) for row in sandbox.world().rows("companies"))
    assert (house, own) == (zero, sum(row["company"] == 0 for row in rows))


@pytest.mark.trust("P3")
def test_closing_every_open_ticket_while_listing_them_visits_all(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    open_before = [row["id"] for row in sandbox.world().rows("tickets") if row["status"] != "Complete"]

    async def check(psa: Probe) -> list[int]:
        visited = []
        async for ticket in psa.tickets.list(q.state == "open"):
            visited.append(int(ticket.id))
            await psa.tickets.update(ticket, status="Complete")
        return visited

    assert sorted(on(check)) == open_before
    assert all(row["status"] == "Complete" for row in sandbox.world().rows("tickets"))


def test_a_limit_fetches_no_more_than_it_needs(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    async def check(psa: Probe) -> tuple[int, Any]:
        pager = psa.tickets.list(limit=10)
        return len([ticket async for ticket in pager]), pager.report

    count, report = on(check)

    assert (count, report.complete, report.requests) == (10, False, 1)


def test_a_limit_within_the_last_page_does_not_claim_to_be_complete(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    async def check(psa: Probe) -> tuple[int, Any]:
        pager = psa.tickets.list((q.state == "open") & q.title.contains("vpn"), limit=3)
        return len([ticket async for ticket in pager]), pager.report

    count, report = on(check)

    assert (count, report.complete) == (3, False)


@pytest.mark.parametrize("action", ["html", "truncate", "reset", "empty"])
@pytest.mark.trust("F4", "F14")
def test_a_page_that_fails_once_is_read_again(
    sandbox: Sandbox, on: Callable[..., Any], facts: Vendor, action: str
) -> None:
    sandbox.control.fault(action, path=facts.list_path, times=1)

    async def check(psa: Probe) -> int:
        return len([ticket async for ticket in psa.tickets.list()])

    assert on(check) == 400


@pytest.mark.trust("F4")
def test_a_list_that_breaks_off_is_never_short_without_an_error(
    running: Callable[[str, int], Sandbox], face: str, vendor: str, facts: Vendor
) -> None:
    sandbox = running(vendor, 3_000)
    sandbox.control.fault("html", path=facts.later_page, skip=3, times=None)

    async def check(psa: Probe) -> tuple[int, type[PSAError] | None, Any]:
        pager, count = psa.tickets.list(), 0
        try:
            async for _ in pager:
                count += 1
        except PSAError as error:
            return count, type(error), pager.report
        return count, None, pager.report

    settings = {**OPEN, **sandbox.settings, "attempts": 2}
    count, error, report = on_face(face, check, vendor, settings)

    assert (error, report.complete, report.yielded) == (Incomplete, None, count)
    assert 0 < count < 3_000
    assert report.reason


def test_a_blocking_pager_goes_on_across_the_end_of_an_event_loop(
    running: Callable[[str, int], Sandbox], vendor: str
) -> None:
    sandbox = running(vendor, 3_000)
    with anypsa.connect(vendor, **sandbox.settings, **OPEN) as psa:
        tickets = iter(psa.tickets.list())

        async def some(count: int) -> list[str]:
            return [next(tickets).id for _ in range(count)]

        first = asyncio.run(some(700))
        second = asyncio.run(some(700))
        rest = [ticket.id for ticket in tickets]

    ids = [int(id) for id in [*first, *second, *rest]]
    assert sorted(ids) == [row["id"] for row in sandbox.world().rows("tickets")]


def test_expanding_fills_every_relation_in_a_few_requests(
    sandbox: Sandbox, on: Callable[..., Any], facts: Vendor
) -> None:
    relations = [name for name in ("company", "contact", "asset", "assignee") if name not in facts.without]

    async def check(psa: Probe) -> list[Any]:
        await psa.tickets.first()
        sandbox.control.clear_log()
        return [ticket async for ticket in psa.tickets.list(expand=relations)]

    tickets = on(check)

    names = {facts.id("company", row["id"]): row["name"] for row in sandbox.world().rows("companies")}
    assert all(ticket.company.record.name == names[ticket.company.id] for ticket in tickets)
    assert all(ticket.contact is None or ticket.contact.record.id == ticket.contact.id for ticket in tickets)
    assert len(sandbox.control.calls()) <= facts.requests_to_expand


def test_get_many_keeps_the_order_and_names_what_is_missing(sandbox: Sandbox, on: Callable[..., Any]) -> None:
    ids = [str(row["id"]) for row in sandbox.world().rows("tickets")][:300][::-1]

    async def check(psa: Probe) -> list[str]:
        found = await psa.tickets.get_many(ids)
        with pytest.raises(anypsa.NotFound) as missing:
            await psa.tickets.get_many([ids[0], "999999999"])
        assert "999999999" in str(missing.value.problems[0])
        return [ticket.id for ticket in found]

    assert on(check) == ids


def test_every_neutral_field_is_what_the_world_holds(sandbox: Sandbox, on: Callable[..., Any], facts: Vendor) -> None:
    async def check(psa: Probe) -> list[Any]:
        return sorted([ticket async for ticket in psa.tickets.list()], key=lambda ticket: int(ticket.id))

    for ticket, row in zip(on(check), map(facts.seen, sandbox.world().rows("tickets")), strict=True):
        assert int(ticket.id) == row["id"]
        assert ticket.title == row["title"]
        assert ticket.company.id == facts.id("company", row["company"])
        assert (ticket.assignee and ticket.assignee.id) == facts.id("assignee", row["assignee"])
        assert ticket.status.label == row["status"]
        assert (ticket.created, ticket.due, ticket.closed) == (row["created"], row["due"], row["closed"])
        assert (ticket.queue and ticket.queue.label) == row["queue"]
        assert (ticket.contact and int(ticket.contact.id)) == row["contact"]
        for name, value in {"number": ticket.number, "description": ticket.description}.items():
            assert name in facts.without or value == row[name]
        for name in () if "custom" in facts.without else CUSTOM:
            assert ticket.custom_fields.get(name) == row["custom"].get(name)
