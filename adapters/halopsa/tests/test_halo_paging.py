"""Paging backwards: nothing that stays is lost, whatever leaves the list, or is added behind it, while it is read."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anypsa.errors import Unintelligible
from anypsa.spi import Answer
from anypsa_halopsa import paging


def answer(body: Any) -> Answer:
    return Answer(200, {}, json.dumps(body).encode(), "GET Tickets")


class Server:
    """A list that changes between two pages: `changes` are applied one after each answer."""

    def __init__(self, ids: list[int], cap: int, changes: list[tuple[str, int]]) -> None:
        self.ids, self.cap, self.changes = list(ids), cap, list(changes)

    def page(self, number: int, size: int) -> paging.Rows:
        size = min(size, self.cap)
        rows = [{"id": id} for id in self.ids[(number - 1) * size : number * size]]
        found = paging.rows(answer({"record_count": len(self.ids), "tickets": rows}), "tickets")
        if self.changes:
            what, place = self.changes.pop(0)
            if what == "remove" and self.ids:
                self.ids.pop(place % len(self.ids))
            elif what == "add":
                self.ids.append(max(self.ids, default=0) + 1)
        return found


def read(server: Server) -> list[int]:
    found = server.page(1, paging.ASKED)
    seen = [row["id"] for row in found.rows]
    place = paging.after_first(found)
    for _ in range(1_000):
        if place is None:
            return seen
        found = server.page(place.number, place.size)
        seen += [row["id"] for row in found.rows]
        place = paging.after(place, found)
    raise AssertionError("the list does not end")


CHANGES = st.lists(st.tuples(st.sampled_from(["remove", "remove", "add", "nothing"]), st.integers(0, 500)), max_size=30)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 120), st.integers(1, 20), CHANGES)
@pytest.mark.trust("P1", "P3")
def test_every_record_that_stays_is_read(count: int, cap: int, changes: list[tuple[str, int]]) -> None:
    ids = list(range(10, 10 + count))
    server = Server(ids, cap, changes)

    seen = read(server)

    assert set(ids) & set(server.ids) <= set(seen)


def test_a_list_that_does_not_change_takes_one_request_more_than_it_has_pages() -> None:
    ids = list(range(250))
    server = Server(ids, 100, [("nothing", 0)] * 10)

    seen = read(server)

    assert set(seen) == set(ids)
    assert 10 - len(server.changes) == 3 + 1


@pytest.mark.trust("P10")
def test_a_page_size_that_changes_under_way_is_no_end_of_the_list() -> None:
    first = paging.rows(answer({"record_count": 250, "tickets": [{"id": n} for n in range(100)]}), "tickets")
    place = paging.after_first(first)
    short = paging.rows(answer({"record_count": 250, "tickets": [{"id": n} for n in range(50)]}), "tickets")
    assert place is not None
    behind = paging.Place(number=2, size=place.size, count=place.count)

    with pytest.raises(Unintelligible):
        paging.after(behind, short)


@pytest.mark.parametrize(
    "body",
    [
        [{"id": 1}],
        {"tickets": [{"id": 1}]},
        {"results": [{"id": 1}]},
        {"record_count": 1, "somethings": [{"id": 1}]},
        {"id": 1, "name": "alone"},
    ],
)
def test_a_list_is_found_in_every_shape(body: Any) -> None:
    assert [row["id"] for row in paging.rows(answer(body), "tickets").rows] == [1]


@pytest.mark.parametrize("body", [None, 5, "text", {"a": [], "b": []}, {}, [1, 2], {"tickets": {"id": 1}}])
def test_what_is_no_list_is_unintelligible(body: Any) -> None:
    with pytest.raises(Unintelligible):
        paging.rows(answer(body), "tickets")
