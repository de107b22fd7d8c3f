"""Long lists by ranges of ids: the same rows as along the links, whatever the vendor does with its pages."""

from __future__ import annotations

import json
import random
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from autotask_vendor import HTML, Vendor, connect, connect_async, wire
from hypothesis import given, settings
from hypothesis import strategies as st

from anypsa import FilterIgnored, Incomplete, q
from anypsa.wire import Incoming, Outgoing


@pytest.fixture
def vendor() -> Vendor:
    made = Vendor(Tickets=40, Companies=3)
    made.page = 3
    for number in range(1_000, 1_010):
        made.add("Tickets", id=number)
    return made


def ids(records: Any) -> list[int]:
    return [int(record.id) for record in records]


def test_every_record_comes_once_in_order_over_a_hole(vendor: Vendor) -> None:
    psa = connect(vendor)

    assert ids(psa.tickets.list()) == [*range(1, 41), *range(1_000, 1_010)]


def test_company_zero_is_listed(vendor: Vendor) -> None:
    vendor.add("Companies", id=0, companyName="The MSP itself")

    assert ids(connect(vendor).companies.list()) == [0, 1, 2, 3]


def test_no_link_is_followed_and_every_later_page_names_its_first_id(vendor: Vendor) -> None:
    connect(vendor).tickets.list(q.queue.is_null()).all()

    first, *later = vendor.bodies("POST", "Tickets/query")
    assert vendor.sent("POST", "query/next") == []
    assert first["filter"] == [{"op": "notExist", "field": "queueID"}]
    assert all(one["filter"][0] == first["filter"][0] for one in later)
    assert all(one["filter"][1]["op"] == "gte" for one in later)


def test_a_short_list_costs_one_request(vendor: Vendor) -> None:
    connect(vendor).companies.list().all()

    assert len(vendor.sent("POST", "Companies/query")) == 1


def test_a_small_limit_is_read_along_the_link(vendor: Vendor) -> None:
    assert ids(connect(vendor).tickets.list(limit=5)) == [1, 2, 3, 4, 5]
    assert len(vendor.sent("POST", "query")) == 1


def test_a_list_whose_relations_fail_while_its_next_page_is_read_loses_nothing(vendor: Vendor) -> None:
    psa = connect(vendor, attempts=1)
    pages = psa.tickets.list(limit=8, expand=["company"]).pages()
    vendor.fails("POST", "Companies/query", (200, HTML))

    with pytest.raises(Incomplete):
        next(pages)
    found = [ticket for page in pages for ticket in page]

    assert ids(found) == [*range(1, 9)]
    assert len(vendor.sent("POST", "Companies/query")) == 2
    assert len(vendor.sent("POST", "query/next")) == 2


def test_a_page_that_fails_for_good_ends_the_list_as_incomplete_and_it_goes_on_from_there(vendor: Vendor) -> None:
    psa = connect(vendor, attempts=1)
    pager = psa.tickets.list()
    pages = pager.pages()
    seen = ids(next(pages))
    vendor.fails("POST", "Tickets/query", (200, HTML))

    with pytest.raises(Incomplete):
        for page in pages:
            seen.extend(ids(page))
    for page in pages:
        seen.extend(ids(page))

    assert seen == [*range(1, 41), *range(1_000, 1_010)]
    assert pager.report.complete


def test_a_vendor_that_ignores_where_a_page_begins_is_found_out(vendor: Vendor) -> None:
    def ignoring(outgoing: Outgoing) -> Any:
        body = json.loads(outgoing.content)
        body["filter"] = [one for one in body["filter"] if one["op"] != "gte" or one["value"] == 0] or [
            {"op": "gte", "field": "id", "value": 0}
        ]
        return vendor.answer(Outgoing(outgoing.method, outgoing.url, outgoing.headers, json.dumps(body).encode()))

    vendor.fails("POST", "Tickets/query", ignoring, times=99)

    with pytest.raises(FilterIgnored):
        connect(vendor).tickets.list().all()


def test_a_vendor_whose_lists_have_no_order_is_read_along_its_links(vendor: Vendor) -> None:
    def shuffled(outgoing: Outgoing) -> Any:
        answer = vendor.answer(outgoing)
        answer["items"].reverse()
        return answer

    vendor.page = 100
    vendor.fails("POST", "Tickets/query", shuffled, times=99)

    assert sorted(ids(connect(vendor).tickets.list())) == [*range(1, 41), *range(1_000, 1_010)]


SPACES = st.one_of(
    st.just(set[int]()),
    st.sets(st.integers(0, 60), max_size=1),
    st.sets(st.integers(0, 90), max_size=60),
    st.sets(st.integers(0, 10**9), max_size=60),
    st.tuples(st.integers(0, 40), st.integers(1, 10**6)).map(
        lambda hole: {*range(hole[0]), *range(hole[0] + hole[1], hole[0] + hole[1] + 40)}
    ),
)
"""Ids close together and far apart, with a hole, one alone, none."""


class Moving:
    """A vendor whose records come and go between two answers, and who counts how many requests are under way."""

    def __init__(self, ids: set[int], page: int, seed: int) -> None:
        self.vendor = Vendor()
        self.vendor.page = page
        for id in ids:
            self.vendor.add("Tickets", id=id)
        self.stayed, self.ever = set(ids), set(ids)
        self.most = self.under_way = 0
        self.chance = random.Random(seed)

    async def exchange(self, outgoing: Outgoing) -> Incoming:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        for _ in range(self.chance.randint(1, 4)):
            await anyio.lowlevel.checkpoint()
        answer = self.vendor(outgoing)
        self.under_way -= 1
        self.change()
        return answer if isinstance(answer, Incoming) else Incoming(200, {}, json.dumps(answer).encode())

    def change(self) -> None:
        """Somebody adds a ticket, or deletes one."""
        tickets = self.vendor.tables["Tickets"]
        if tickets and self.chance.random() < 0.3:
            gone = self.chance.choice(sorted(tickets))
            del tickets[gone]
            self.stayed.discard(gone)
        if self.chance.random() < 0.3 and (id := self.chance.randint(0, 2 * max(tickets, default=50))) not in self.ever:
            self.vendor.add("Tickets", id=id)
            self.ever.add(id)


def listed_while_it_moves(ids: set[int], page: int, seed: int) -> None:
    moving = Moving(ids, page, seed)
    got: list[int] = []

    async def main() -> None:
        async with connect_async(moving.vendor, release_lag=0) as psa:
            wire(psa).exchange = moving.exchange
            got.extend([int(ticket.id) async for ticket in psa.tickets.list()])

    anyio.run(main)
    assert got == sorted(set(got))
    assert moving.stayed <= set(got) <= moving.ever
    assert moving.most <= 3


@settings(max_examples=12)
@given(ids=SPACES, page=st.integers(1, 9), seed=st.integers(0, 10**6))
def test_what_stays_comes_once_in_order_with_three_requests_under_way_at_most(
    ids: set[int], page: int, seed: int
) -> None:
    listed_while_it_moves(ids, page, seed)


@pytest.mark.deep
@settings(max_examples=600)
@given(ids=SPACES, page=st.integers(1, 40), seed=st.integers(0, 10**6))
def test_what_stays_comes_once_in_order_in_many_spaces(ids: set[int], page: int, seed: int) -> None:
    listed_while_it_moves(ids, page, seed)
