"""Paging: nothing that stays is lost, whatever comes, goes, or moves while a list is read; or it fails loudly."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anypsa.errors import Incomplete, Unintelligible
from anypsa.spi import Answer
from anypsa_halopsa import paging


def answer(body: Any) -> Answer:
    return Answer(200, {}, json.dumps(body).encode(), "GET Tickets")


@dataclass
class Server:
    """A list that changes after each answer, and has its own ways of paging.

    `changes`: (what, where), one after each answer. `caps`: the largest page, one after the other, the last for ever.
    `hidden`: ids that are counted, but not shown. `told`: how it tells its count, if at all.
    """

    ids: list[int]
    caps: list[int] = field(default_factory=lambda: [100])
    changes: list[tuple[str, int]] = field(default_factory=list)
    hidden: frozenset[int] = frozenset()
    told: Any = int
    echo: bool = True
    own_size: int | None = None
    repeats: bool = False
    newest_first: bool = False
    answers: int = 0

    def page(self, number: int, size: int) -> paging.Rows:
        cap = self.caps[min(self.answers, len(self.caps) - 1)]
        self.answers += 1
        size = self.own_size or min(size, cap)
        first = 0 if self.repeats else (number - 1) * size
        ordered = sorted(self.ids, reverse=self.newest_first)
        rows = [{"id": id} for id in ordered[first : first + size] if id not in self.hidden]
        past = first >= len(self.ids)
        body: dict[str, Any] = {"tickets": rows}
        if self.echo:
            body |= {"page_no": number, "page_size": size}
        if self.told is not None:
            body["record_count"] = self.told(0 if past else len(self.ids))
        if self.changes:
            self.change(*self.changes.pop(0))
        return paging.rows(answer(body), "tickets")

    def change(self, what: str, where: int) -> None:
        if what in ("remove", "swap") and self.ids:
            self.ids.pop(where % len(self.ids))
        if what == "add":
            self.ids.append(10_000 + self.answers)
        if what in ("insert", "swap"):
            self.ids.append(-max(self.answers, 1))  # as a ticket of long ago that is opened again
        self.ids.sort()


def read(server: Server, asked: int = paging.ASKED) -> list[int]:
    found = server.page(1, asked)
    seen = [row["id"] for row in found.rows]
    place = paging.after_first(asked, found)
    places = set()
    for _ in range(2_000):
        if place is None:
            return seen
        assert repr(place) not in places
        places.add(repr(place))
        found = server.page(place.number, place.size)
        seen += [row["id"] for row in found.rows]
        place = paging.after(place, found)
    raise AssertionError("the list does not end")


CHANGES = st.lists(
    st.tuples(st.sampled_from(["remove", "remove", "add", "insert", "swap", "nothing"]), st.integers(0, 500)),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 120), st.integers(8, 20), CHANGES, st.sampled_from([int, str, float]), st.booleans(), st.booleans()
)
@pytest.mark.trust("P1", "P3")
def test_every_record_that_stays_is_read(
    count: int, cap: int, changes: list[tuple[str, int]], told: Any, echo: bool, newest_first: bool
) -> None:
    ids = list(range(10, 10 + count))
    server = Server(list(ids), [cap], list(changes), told=told, echo=echo, newest_first=newest_first)

    seen = read(server)

    assert set(ids) & set(server.ids) <= set(seen)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 120), st.integers(8, 20), CHANGES)
def test_a_list_without_a_count_is_read_whole_too(count: int, cap: int, changes: list[tuple[str, int]]) -> None:
    ids = list(range(10, 10 + count))
    server = Server(list(ids), [cap], [(what, n) for what, n in changes if what != "swap"], told=None)

    seen = read(server)

    assert set(ids) & set(server.ids) <= set(seen)


def test_one_that_comes_back_while_another_leaves_hides_none() -> None:
    """The count stays the same, and yet a record moves over the boundary."""
    ids = list(range(10, 260))
    server = Server(list(ids), changes=[("swap", 249)] * 6)

    seen = read(server)

    assert set(ids) & set(server.ids) <= set(seen)


def test_a_list_that_does_not_change_takes_few_requests_more_than_it_has_pages() -> None:
    server = Server(list(range(10_000)))

    seen = read(server)

    assert set(seen) == set(range(10_000))
    assert server.answers <= 120


@pytest.mark.trust("P10")
@pytest.mark.parametrize("caps", [[100, 50], [100, 100, 50], [50, 100], [100, 100, 30, 7]])
@pytest.mark.parametrize("echo", [True, False])
def test_a_page_size_that_changes_under_way_loses_nothing(caps: list[int], echo: bool) -> None:
    assert set(read(Server(list(range(250)), caps, echo=echo))) == set(range(250))


@pytest.mark.parametrize("hidden", [{0}, {99, 100, 101}, {249}, set(range(100)), set(range(90, 160))])
@pytest.mark.parametrize("echo", [True, False])
def test_rows_that_are_counted_but_not_shown_hide_no_others(hidden: set[int], echo: bool) -> None:
    server = Server(list(range(250)), hidden=frozenset(hidden), echo=echo)

    assert set(read(server)) == set(range(250)) - hidden


@pytest.mark.parametrize("own_size", [50, 30, 7])
def test_a_vendor_with_a_page_size_of_its_own_is_read_whole(own_size: int) -> None:
    assert set(read(Server(list(range(250)), own_size=own_size), asked=5)) == set(range(250))


@pytest.mark.parametrize("cap", [1, 2, 3, 4])
def test_even_the_smallest_pages_do(cap: int) -> None:
    assert set(read(Server(list(range(60)), [cap]))) == set(range(60))


@pytest.mark.parametrize("count", [0, 1, 7, 50, 100])
@pytest.mark.parametrize("told", [None, int])
def test_a_list_that_ignores_paging_is_whole_at_once(count: int, told: Any) -> None:
    server = Server(list(range(count)), repeats=True, told=told, echo=False, own_size=100)

    assert sorted(set(read(server))) == list(range(count))
    assert server.answers <= 2


def test_a_first_page_for_ever_is_no_list() -> None:
    with pytest.raises(Incomplete):
        read(Server(list(range(717)), repeats=True))


@pytest.mark.parametrize(
    "body",
    [
        [{"id": 1}],
        {"tickets": [{"id": 1}]},
        {"tickets": [{"id": 1}], "columns": [{"name": "summary"}], "page_no": 1},
        {"results": [{"id": 1}]},
        {"record_count": 1, "somethings": [{"id": 1}]},
        {"id": 1, "name": "alone"},
    ],
)
def test_a_list_is_found_in_every_shape(body: Any) -> None:
    assert [row["id"] for row in paging.rows(answer(body), "tickets").rows] == [1]


def test_an_empty_list_may_be_left_out() -> None:
    assert paging.rows(answer({"record_count": 0, "page_no": 3}), "tickets").rows == []


@pytest.mark.parametrize("told", [717, "717", 717.0, "717.0"])
def test_a_count_comes_in_every_spelling(told: Any) -> None:
    assert paging.rows(answer({"record_count": told, "tickets": []}), "tickets").total == 717


@pytest.mark.parametrize("body", [None, 5, "text", {"a": [], "b": []}, {}, [1, 2], {"tickets": {"id": 1}}])
def test_what_is_no_list_is_unintelligible(body: Any) -> None:
    with pytest.raises(Unintelligible):
        paging.rows(answer(body), "tickets")
