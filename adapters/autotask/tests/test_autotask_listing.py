"""Listings: every record exactly once, or an error; never a list that is quietly short."""

from __future__ import annotations

import itertools
from typing import Any

import anyio
import pytest
import trio
from autotask_vendor import HTML, LOST, THREADS, UNSENT, Vendor, connect, connect_async, link, page, wire
from mini_sql import KNOWN, clauses

from anypsa import FilterIgnored, Incomplete, Invalid, NotFound, Psa, Unsupported, q


def ids(records: Any) -> list[int]:
    return [int(record.id) for record in records]


def rows(vendor: Vendor, *numbers: int) -> list[dict[str, Any]]:
    return [vendor.tables["Tickets"][number] for number in numbers]


@pytest.fixture
def vendor() -> Vendor:
    made = Vendor(Tickets=7, Companies=3)
    made.page = 3
    made.add("Companies", id=0, companyName="The MSP itself")
    return made


@pytest.fixture
def psa(vendor: Vendor) -> Psa:
    """Page by page along the vendor's links; long lists by ranges of ids are tried in test_autotask_ranges.py."""
    return connect(vendor, side_by_side=False)


@pytest.mark.row("S43", call="psa.tickets.list()")
def test_every_record_is_on_exactly_one_page(psa: Psa) -> None:
    pages = list(psa.tickets.list().pages())

    assert [ids(one) for one in pages] == [[1, 2, 3], [4, 5, 6], [7]]


def test_company_zero_is_listed(psa: Psa) -> None:
    assert ids(psa.companies.list()) == [0, 1, 2, 3]


def test_nothing_is_sent_before_a_list_is_iterated(psa: Psa, vendor: Vendor) -> None:
    psa.tickets.list(q.title == "a")

    assert vendor.told == []


@pytest.mark.row("S41", "S42", call="pager.pages()")
def test_the_next_page_is_asked_for_with_the_same_verb_and_body(psa: Psa, vendor: Vendor) -> None:
    psa.tickets.list(q.queue.is_null()).all()

    first, *others = vendor.bodies("POST", "query") + vendor.bodies("POST", "query/next")
    assert len(others) == 2
    assert all(one == first for one in others)


def test_the_certificate_of_a_whole_list_says_complete(psa: Psa) -> None:
    pager = psa.tickets.list()
    pager.all()

    report = pager.report
    assert (report.complete, report.reason, report.yielded, report.requests) == (True, None, 7, 3)


def test_a_list_that_is_broken_off_is_not_called_complete(psa: Psa) -> None:
    pager = psa.tickets.list()
    next(iter(pager))

    assert pager.report.complete is None


@pytest.mark.row("S44", call="psa.tickets.list(limit=...)")
@pytest.mark.parametrize(("limit", "wanted"), [(0, []), (2, [1, 2]), (3, [1, 2, 3]), (5, [1, 2, 3, 4, 5]), (9, None)])
def test_a_limit_ends_the_list(psa: Psa, limit: int, wanted: list[int] | None) -> None:
    pager = psa.tickets.list(limit=limit)

    assert ids(pager) == (wanted if wanted is not None else list(range(1, 8)))
    assert pager.report.complete is (wanted is None)


@pytest.mark.parametrize("limit", [-1, True, 1.5, "3"])
def test_a_limit_that_is_no_number_is_refused_at_once(psa: Psa, limit: Any) -> None:
    with pytest.raises(Invalid) as caught:
        psa.tickets.list(limit=limit)

    assert caught.value.problems[0].field == "limit"


@pytest.mark.row("S40", call="psa.tickets.list(limit=...)")
def test_a_limit_below_a_page_asks_for_no_more_rows_than_wanted(psa: Psa, vendor: Vendor) -> None:
    psa.tickets.list(q.queue.is_null(), limit=2).all()

    assert vendor.bodies("POST", "query")[0]["maxRecords"] == 2


def test_first_is_the_first_that_passes_or_none(psa: Psa) -> None:
    first = psa.tickets.first(q.id.in_(["4", "5"]))

    assert first is not None
    assert first.id == "4"
    assert psa.tickets.first(q.title == "no such") is None


@pytest.mark.trust("P2")
def test_a_page_that_comes_twice_yields_its_records_once(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query/next", lambda _: page(rows(vendor, 2, 3, 4), link("Tickets", 4)))
    pager = psa.tickets.list()

    assert ids(pager) == [1, 2, 3, 4, 5, 6, 7]
    assert pager.report.duplicates == 2


def test_a_record_that_stands_twice_on_a_page_is_yielded_once(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query", lambda _: page(rows(vendor, 1, 1, 2)))

    assert ids(psa.tickets.list()) == [1, 2]


@pytest.mark.trust("P4")
def test_an_empty_page_in_the_middle_does_not_end_the_list(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query", lambda _: page([], link("Tickets", 0)))

    assert ids(psa.tickets.list()) == list(range(1, 8))


@pytest.mark.trust("P2")
def test_a_link_that_comes_again_is_not_followed_in_circles(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query/next", lambda _: page(rows(vendor, 4, 5, 6), link("Tickets", 3)))
    pager = psa.tickets.list()

    with pytest.raises(Incomplete):
        pager.all()
    assert pager.report.complete is not True
    assert pager.report.reason


@pytest.mark.trust("P2")
def test_a_page_that_comes_for_ever_under_new_links_is_not_followed(psa: Psa, vendor: Vendor) -> None:
    numbers = itertools.count(100)
    vendor.fails("POST", "query/next", lambda _: page(rows(vendor, 1, 2, 3), link("Tickets", next(numbers))), times=99)

    with pytest.raises(Incomplete):
        psa.tickets.list().all()

    assert len(vendor.sent("POST", "query/next")) == 1


def test_empty_pages_for_ever_under_one_link_are_not_followed(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query/next", lambda _: page([], link("Tickets", 3)), times=99)

    with pytest.raises(Incomplete):
        psa.tickets.list().all()


def test_a_list_that_went_in_circles_and_goes_on_has_lost_nothing(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query/next", lambda _: page(rows(vendor, 4, 5, 6), link("Tickets", 3)))
    pages = psa.tickets.list().pages()
    seen = ids(next(pages))

    with pytest.raises(Incomplete):
        next(pages)
    for records in pages:
        seen.extend(ids(records))

    assert seen == list(range(1, 8))


@pytest.mark.parametrize("fault", [UNSENT, LOST, (200, HTML), (503, b""), (200, b'{"items": ['), THREADS])
def test_a_page_that_fails_is_asked_for_again(psa: Psa, vendor: Vendor, fault: Any) -> None:
    vendor.fails("POST", "query/next", fault)

    assert ids(psa.tickets.list()) == list(range(1, 8))


def test_a_list_that_failed_goes_on_where_it_was(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query/next", (503, b""), times=4)
    records = iter(psa.tickets.list())
    seen = [next(records).id for _ in range(3)]

    with pytest.raises(Incomplete) as caught:
        next(records)
    seen.extend(record.id for record in records)

    assert caught.value.retryable
    assert seen == [str(number) for number in range(1, 8)]


def test_a_list_that_failed_is_never_called_complete(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query/next", (500, {"errors": ["anything"]}))
    pager = psa.tickets.list()

    with pytest.raises(Incomplete):
        pager.all()

    assert pager.report.complete is not True
    assert pager.report.yielded == 3


def test_the_failure_of_the_first_page_is_told_as_it_is(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query", (500, {"errors": ["Unable to find title in the Ticket Entity"]}))

    with pytest.raises(Invalid) as caught:
        psa.tickets.list().all()

    assert caught.value.problems[0].field == "title"


def test_each_iteration_starts_anew(psa: Psa) -> None:
    pager = psa.tickets.list()
    iterator = iter(pager)
    next(iterator)

    assert ids(pager) == list(range(1, 8))
    assert ids(pager) == list(range(1, 8))


@pytest.mark.parametrize("bad", [{"items": [None]}, {"items": [5]}, {"items": "x"}, {}, {"items": [{"title": "a"}]}])
def test_rows_of_another_shape_are_an_error_and_no_short_list(psa: Psa, vendor: Vendor, bad: Any) -> None:
    vendor.fails("POST", "query/next", {"pageDetails": {"nextPageUrl": None}, **bad}, times=9)

    with pytest.raises(Incomplete):
        psa.tickets.list().all()


def test_a_vendor_that_ignores_a_filter_is_caught_by_a_single_row(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query", lambda _: page(rows(vendor, 1, 2)))

    with pytest.raises(FilterIgnored):
        psa.tickets.list(q.id == "1").all()


def test_a_row_that_changed_meanwhile_is_read_again_and_forgiven(psa: Psa, vendor: Vendor) -> None:
    stale = {**vendor.tables["Tickets"][2], "status": 5}
    vendor.fails("POST", "query", lambda _: page([vendor.tables["Tickets"][1], stale]))
    pager = psa.tickets.list(q.status == 1)

    assert ids(pager) == [1, 2]


def test_a_row_that_is_gone_meanwhile_is_left_out(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query", lambda _: page([{**vendor.tables["Tickets"][2], "status": 5, "id": 99}]))

    assert ids(psa.tickets.list(q.status == 1)) == []


@pytest.mark.parametrize(("count", "caught"), [(19, False), (20, True), (25, True)])
def test_a_first_page_of_twenty_rows_of_which_none_passes_is_no_coincidence(count: int, caught: bool) -> None:
    vendor = Vendor(Tickets=count)
    vendor.fails("POST", "query", lambda _: page([*vendor.tables["Tickets"].values()]))
    pager = connect(vendor).tickets.list(q.title.contains("vpn"))

    if caught:
        with pytest.raises(FilterIgnored):
            pager.all()
    else:
        assert pager.all() == []
        assert pager.report.dropped == count


def test_rows_that_the_vendor_cannot_filter_are_dropped_here_and_counted(psa: Psa, vendor: Vendor) -> None:
    vendor.tables["Tickets"][4]["title"] = "été"
    pager = psa.tickets.list(q.title == "ÉTÉ")

    assert ids(pager) == [4]
    assert pager.report.dropped == 6


def test_an_impossible_filter_asks_the_vendor_nothing(psa: Psa, vendor: Vendor) -> None:
    pager = psa.tickets.list(q.id.in_([]))

    assert pager.all() == []
    assert pager.report.complete is True
    assert vendor.sent("POST") == []


def test_a_long_list_of_ids_is_read_in_parts(vendor: Vendor, psa: Psa) -> None:
    got = ids(psa.tickets.list(q.id.in_([str(number) for number in range(7, 700)])))

    assert got == [7]
    assert len(vendor.sent("POST", "query")) == 4


@pytest.mark.row("S35", call="pager.explain()")
def test_explaining_tells_who_filters_what_and_sends_no_query(psa: Psa, vendor: Vendor) -> None:
    explained = psa.tickets.list((q.queue == 5) & (q.title < "a")).explain()

    assert len(explained.vendor) == len(explained.local) == 1
    assert str(explained)
    assert vendor.sent("POST") == []


def test_explaining_tells_how_many_requests_a_list_takes_at_least(psa: Psa, vendor: Vendor) -> None:
    for number in range(1_000, 2_000):
        vendor.add("Tickets", id=number)
    pager = psa.tickets.list(expand=["company"])

    unasked, told = pager.explain(), pager.explain(count=True)
    few = psa.tickets.list(limit=10).explain(count=True)

    assert (unasked.requests, unasked.rows) == (1, None)
    assert (told.requests, told.rows, few.requests) == (3 + 1, len(vendor.tables["Tickets"]), 1)
    assert few.share < told.share < 0.01
    assert len(vendor.sent("POST", "query/count")) == 2
    pager.all()
    assert pager.report.requests >= told.requests - 1


@pytest.mark.parametrize("bad", [q.nonsense == 1, q.title == 5, {"op": "nor"}, "title eq 5"])
def test_a_filter_that_cannot_be_right_is_refused_before_anything_is_sent(psa: Psa, vendor: Vendor, bad: Any) -> None:
    with pytest.raises(Invalid):
        psa.tickets.list(bad)

    assert vendor.told == []


def test_an_unknown_custom_field_is_refused_with_those_there_are(psa: Psa) -> None:
    with pytest.raises(Invalid) as caught:
        psa.tickets.list(q.custom["Sight Code"] == "a").all()

    assert caught.value.problems[0].allowed == ("Site Code", "Seats")


def test_labels_are_resolved_and_unknown_ones_refused_with_candidates(psa: Psa, vendor: Vendor) -> None:
    vendor.tables["Tickets"][4]["status"] = 8

    assert ids(psa.tickets.list(q.status == "in progress")) == [4]
    with pytest.raises(Invalid) as caught:
        psa.tickets.list(q.status == "In Progres").all()
    assert "In Progress" in caught.value.problems[0].allowed


def test_a_label_that_two_values_share_means_both(psa: Psa, vendor: Vendor) -> None:
    vendor.tables["Tickets"][4]["queueID"] = 9
    vendor.tables["Tickets"][5]["queueID"] = 10

    assert ids(psa.tickets.list(q.queue == "Twin")) == [4, 5]
    assert ids(psa.tickets.list(q.queue != "Twin")) == [1, 2, 3, 6, 7]


def test_a_word_that_is_one_values_id_and_anothers_label_is_refused(psa: Psa) -> None:
    with pytest.raises(Invalid) as caught:
        psa.tickets.list(q.queue == "29682833").all()

    assert len(caught.value.problems[0].allowed) == 2


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_the_async_face_lists_the_same(vendor: Vendor, backend: str) -> None:
    async def main() -> list[int]:
        async with connect_async(vendor) as psa:
            return [int(record.id) async for record in psa.tickets.list()]

    got = trio.run(main) if backend == "trio" else anyio.run(main)

    assert got == list(range(1, 8))


@pytest.mark.row("S29", call="psa.notes.list(ticket=ticket)")
def test_relations_name_their_records_directly(psa: Psa, vendor: Vendor) -> None:
    vendor.add("TicketNotes", ticketID=1)
    vendor.add("TicketNotes", ticketID=2)

    assert ids(psa.notes.list(ticket=2)) == [2]
    with pytest.raises(Invalid):
        psa.notes.list(body="a")


def test_queues_are_the_values_of_the_picklist(psa: Psa) -> None:
    names = [queue.name for queue in psa.queues.list()]

    assert names == ["Service Desk", "29682833", "Twin", "Twin"]
    assert psa.queues.get("8").name == "29682833"
    with pytest.raises(NotFound):
        psa.queues.get("77")


def test_what_the_vendor_does_not_have_is_unsupported_before_anything_is_sent(psa: Psa, vendor: Vendor) -> None:
    with pytest.raises(Unsupported):
        psa.companies.delete(1)

    assert vendor.told == []


def test_no_operator_but_the_thirteen_is_ever_sent(psa: Psa, vendor: Vendor) -> None:
    psa.tickets.list(
        q.title.startswith("a") & (q.queue != 5) & q.created.between("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
    ).all()

    sent = {one["op"] for body in vendor.bodies("POST", "query") for one in clauses(body["filter"])}
    assert sent
    assert sent <= KNOWN


def test_a_list_may_take_longer_than_a_single_call(psa: Psa, vendor: Vendor) -> None:
    slow = (429, {"errors": ["Try again in 50 seconds"]})
    vendor.fails("POST", "query", slow, times=2)

    assert ids(psa.tickets.list()) == list(range(1, 8))
    assert sum(wire(psa).slept) >= 100
