"""complete, under fire: the server changes while it is read, pages are small, and many of them fail."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

import pytest
from breaking import Breaking, small_pages
from editing import EditedListing
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from vendors import OPEN, Vendor

import anypsa
from anypsa import Incomplete, PSAError
from anypsa.testing import FaultServer
from anypsa_conformance import Probe, on_face
from anypsa_sandbox import Sandbox

PLACES = st.integers(0, 10_000)
# Two of a hundred requests are answered 500, one is reset, one cut short, one gets a maintenance page.
WEATHER: Mapping[str, Mapping[str, Any]] = {
    "reply": {"rate": 0.02, "status": 500, "seed": 1},
    "reset": {"rate": 0.01, "seed": 2},
    "truncate": {"rate": 0.01, "seed": 3},
    "html": {"rate": 0.01, "seed": 4},
}


class EditedWhileRead(RuleBasedStateMachine):
    """Pages are read and tickets edited in any order; at the end the listing is held against the server's history."""

    def __init__(self, begin: Callable[[bool], tuple[anypsa.Psa, EditedListing]]) -> None:
        super().__init__()
        self._begin = begin
        self.psa: anypsa.Psa | None = None

    @initialize(open_only=st.booleans())
    def begin(self, open_only: bool) -> None:
        self.psa, self.listing = self._begin(open_only)

    @precondition(lambda self: not self.listing.done)
    @rule()
    def page(self) -> None:
        self.listing.read_a_page()

    @rule()
    def add(self) -> None:
        self.listing.add()

    @rule(place=PLACES)
    def remove(self, place: int) -> None:
        self.listing.remove(place)

    @rule(place=PLACES)
    def rename(self, place: int) -> None:
        self.listing.rename(place)

    @rule(place=PLACES)
    def complete(self, place: int) -> None:
        self.listing.complete(place)

    def teardown(self) -> None:
        if self.psa is None:
            return
        with self.psa:
            found = self.listing.passage()
        assert found.sound, found
        assert self.listing.pager.report.complete


def edited(running: Callable[[str, int], Sandbox], facts: Vendor, examples: int, steps: int) -> None:
    sandbox, breaking = running(facts.name, 60), Breaking()
    with FaultServer(breaking, before=sandbox.url) as between:
        direct = {facts.address: between.url}

        def begin(open_only: bool) -> tuple[anypsa.Psa, EditedListing]:
            running(facts.name, 60)
            breaking.rules.clear()
            small_pages(sandbox, breaking, 10)
            psa = anypsa.connect(facts.name, **{**OPEN, **sandbox.settings, **direct})
            return psa, EditedListing(sandbox, psa, open_only=open_only)

        run_state_machine_as_test(  # type: ignore[no-untyped-call]  # hypothesis leaves it untyped
            lambda: EditedWhileRead(begin),
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                print_blob=True,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.explicit, Phase.generate],  # a step is real HTTP: to shrink a failure takes minutes
            ),
        )


@pytest.mark.trust("P1", "P3", "P4", "P10")
def test_whoever_edits_meanwhile_what_stays_is_seen_once(running: Callable[[str, int], Sandbox], facts: Vendor) -> None:
    edited(running, facts, examples=12, steps=25)


@pytest.mark.deep
@pytest.mark.trust("P1", "P3", "P4", "P10")
def test_whoever_edits_meanwhile_what_stays_is_seen_once_many_times(
    running: Callable[[str, int], Sandbox], facts: Vendor, figures: Callable[..., None]
) -> None:
    edited(running, facts, examples=200, steps=60)
    figures("listings under edits by a state machine that lost or doubled a record", "0", vendor=facts.name, of="200")


def reads_under_random_edits(sandbox: Sandbox, way: Mapping[str, Any], vendor: str, reads: int) -> None:
    dice = random.Random(20261124)
    with anypsa.connect(vendor, **way) as psa:
        for number in range(reads):
            listing = EditedListing(sandbox, psa, open_only=number % 2 == 1)
            while not listing.done:
                for _ in range(dice.randrange(4)):
                    edit = dice.choice((listing.add, listing.remove, listing.rename, listing.complete))
                    edit(*(() if edit == listing.add else (dice.randrange(10_000),)))
                listing.read_a_page()
            assert listing.passage().sound, (number, listing.passage())
            assert listing.pager.report.complete


@pytest.mark.trust("P1")
def test_random_edits_during_paged_reads_lose_nothing(
    sandbox: Sandbox, way: Mapping[str, Any], breaking: Breaking, vendor: str
) -> None:
    small_pages(sandbox, breaking, 40)
    reads_under_random_edits(sandbox, way, vendor, 6)


@pytest.mark.deep
@pytest.mark.trust("P1")
def test_random_edits_during_two_hundred_paged_reads_lose_nothing(
    sandbox: Sandbox, way: Mapping[str, Any], breaking: Breaking, vendor: str, figures: Callable[..., None]
) -> None:
    small_pages(sandbox, breaking, 40)
    reads_under_random_edits(sandbox, way, vendor, 200)
    figures("paged reads under random edits that lost or doubled a record", "0", vendor=vendor, of="200")


@pytest.mark.trust("P8")
def test_two_reads_of_an_unchanged_server_are_equal(
    through: Callable[..., Any], sandbox: Sandbox, breaking: Breaking
) -> None:
    small_pages(sandbox, breaking, 50)

    async def check(psa: Probe) -> list[list[str]]:
        return [sorted([ticket.id async for ticket in psa.tickets.list()]) for _ in range(2)]

    first, second = through(check)

    assert first == second
    assert len(first) == 400


@pytest.mark.trust("P4", "P10")
@pytest.mark.parametrize("rows", [1, 7, 100])
def test_pages_smaller_than_asked_for_end_no_list(
    through: Callable[..., Any], running: Callable[[str, int], Sandbox], sandbox: Sandbox, breaking: Breaking, rows: int
) -> None:
    for row in sandbox.world().rows("tickets")[40:]:
        sandbox.world().remove("tickets", row["id"])
    small_pages(sandbox, breaking, rows)

    async def check(psa: Probe) -> tuple[list[int], Any]:
        pager = psa.tickets.list()
        return [int(ticket.id) async for ticket in pager], pager.report.complete

    ids, complete = through(check)

    assert sorted(ids) == [row["id"] for row in sandbox.world().rows("tickets")]
    assert complete


def listed_in_bad_weather(sandbox: Sandbox, face: str, facts: Vendor, *, worse: int = 1) -> tuple[Any, int]:
    """The report of a listing of all tickets, and how many requests failed."""
    for action, values in facts.smaller.items():
        sandbox.control.dialect(action, **values)
    for action, fault in WEATHER.items():
        path = facts.list_path.removesuffix("$")
        sandbox.control.fault(action, path=path, times=None, **{**fault, "rate": fault["rate"] * worse})

    async def check(psa: Probe) -> Any:
        pager = psa.tickets.list()
        ids = [int(ticket.id) async for ticket in pager]
        assert sorted(ids) == [row["id"] for row in sandbox.world().rows("tickets")]
        return pager.report

    report = on_face(face, check, facts.name, {**OPEN, **sandbox.settings})
    return report, len([call for call in sandbox.control.calls() if call["fault"]])


@pytest.mark.trust("F10", "P1")
def test_thousands_of_tickets_come_once_each_in_bad_weather(
    running: Callable[[str, int], Sandbox], face: str, facts: Vendor
) -> None:
    report, faults = listed_in_bad_weather(running(facts.name, 3_000), face, facts, worse=4)

    assert (report.complete, report.yielded) == (True, 3_000)
    assert faults > 0


@pytest.mark.deep
@pytest.mark.trust("F10", "P1")
def test_a_hundred_thousand_tickets_come_once_each_in_bad_weather(
    running: Callable[[str, int], Sandbox], face: str, facts: Vendor, figures: Callable[..., None]
) -> None:
    sandbox = running(facts.name, 100_000)
    began = monotonic()
    report, faults = listed_in_bad_weather(sandbox, face, facts)

    assert (report.complete, report.yielded) == (True, 100_000)
    figures(
        "100,000 tickets under 2 % 500s, 1 % resets, 1 % cut bodies, 1 % HTML pages: all, once",
        f"{monotonic() - began:.0f} s",
        vendor=facts.name,
        face=face,
        failed=str(faults),
    )


@pytest.mark.trust("F5", "F9")
@pytest.mark.parametrize("action", ["reply", "reset", "truncate", "html", "hang"])
def test_when_everything_fails_the_list_ends_with_an_error(
    sandbox: Sandbox, on: Callable[..., Any], facts: Vendor, action: str
) -> None:
    """At the latest at the deadline of a page: what hangs would hang for much longer."""
    sandbox.control.fault(action, path=facts.list_path, times=None, seconds=100.0)

    async def check(psa: Probe) -> tuple[type[PSAError] | None, Any]:
        pager = psa.tickets.list()
        try:
            return None, [ticket async for ticket in pager]
        except PSAError as error:
            return type(error), pager.report.complete

    error, complete = on(check, bulk_deadline=2.0)

    assert error is not None
    assert complete is None


@pytest.mark.trust("F5")
def test_a_list_that_comes_to_a_halt_under_way_is_incomplete_at_its_deadline(
    running: Callable[[str, int], Sandbox], face: str, facts: Vendor
) -> None:
    sandbox = running(facts.name, 3_000)
    sandbox.control.fault("hang", path=facts.list_path.removesuffix("$"), skip=3, times=None, seconds=100.0)

    async def check(psa: Probe) -> tuple[int, Any]:
        pager, seen = psa.tickets.list(), 0
        try:
            async for _ in pager:
                seen += 1
        except Incomplete:
            return seen, pager.report
        return seen, None

    seen, report = on_face(face, check, facts.name, {**OPEN, **sandbox.settings, "bulk_deadline": 2.0})

    assert report is not None
    assert (report.complete, report.yielded) == (None, seen)
    assert 0 < seen < 3_000
