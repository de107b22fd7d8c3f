"""Long lists by ranges of ids: the same rows as along the links, whatever the vendor does with its pages."""

from __future__ import annotations

import json
from typing import Any

import pytest
from autotask_vendor import HTML, Vendor, connect

from anypsa import FilterIgnored, Incomplete, q
from anypsa.wire import Outgoing


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
