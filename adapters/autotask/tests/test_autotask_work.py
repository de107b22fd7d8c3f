"""Work: no time entry is longer than what was measured, bundles tickets, or is there twice. On a virtual clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import pytest
import trio
from autotask_vendor import LOST, UNSENT, Vendor, connect, connect_async
from hypothesis import given, settings
from hypothesis import strategies as st
from trio.testing import MockClock

from anypsa import (
    ApprovalPending,
    ConfigurationError,
    Contract,
    ContractKind,
    Denied,
    Invalid,
    Policy,
    Psa,
    PSAError,
    Unreachable,
)
from anypsa.policy import ByContract

RECURRING, BLOCK = 7, 4
ENTRIES = "TimeEntries"


class Desk(Vendor):
    """A vendor that stamps time entries by the clock of whoever is connected."""

    psa: Any = None

    def add(self, table: str, **row: Any) -> dict[str, Any]:
        if table == ENTRIES and self.psa is not None:
            moment = self.psa.context.session.wire.moment()
            row = {
                **dict.fromkeys(("startDateTime", "endDateTime", "internalNotes")),
                "createDateTime": f"{moment:%FT%TZ}",
            } | row
        return super().add(table, **row)


def desk(**contract: Any) -> Desk:
    """Three tickets, the first two under contracts of their own, and a technician with a role."""
    vendor = Desk(Tickets=3, Companies=1, Resources=1, ResourceServiceDeskRoles=1)
    for number in (1, 2):
        told = {"contractName": "c", "contractType": RECURRING, "status": 1, "companyID": 7, **contract}
        vendor.add("Contracts", id=100 + number, **told)
        vendor.tables["Tickets"][number].update(contractID=100 + number, title=f"ticket {number}")
    return vendor


def passes(psa: Psa, seconds: float) -> None:
    """Time passes."""
    wire: Any = psa.context.session.wire
    wire.time += seconds


@contextmanager
def working(psa: Psa, ticket: int = 1, **more: Any) -> Iterator[Any]:
    with psa.work(ticket, technician="1", **more) as work:
        yield work


def stored(vendor: Vendor) -> list[dict[str, Any]]:
    return list(vendor.tables.get(ENTRIES, {}).values())


def lost_afterwards(vendor: Vendor) -> Callable[[Any], Any]:
    def fault(outgoing: Any) -> Any:
        vendor.answer(outgoing)
        return LOST

    return fault


STEPS = st.lists(st.tuples(st.booleans(), st.floats(0, 9_000, allow_nan=False)), max_size=5)
FAULTS = st.sampled_from(["none", "none", "lost before", "lost afterwards", "unreachable", "raises"])
BLOCKS = st.lists(st.tuples(st.integers(1, 3), STEPS, FAULTS), min_size=1, max_size=4)


def is_honest(blocks: list[tuple[int, list[tuple[bool, float]], str]]) -> None:
    """Works through the blocks, with whatever goes wrong, and compares what is stored with what was worked."""
    vendor = desk()
    psa = vendor.psa = connect(vendor)
    spent: list[tuple[int, float]] = []
    for ticket, steps, fault in blocks:
        answer: Any = {"lost before": LOST, "lost afterwards": lost_afterwards(vendor), "unreachable": UNSENT}.get(
            fault
        )
        if answer is not None:
            vendor.fails("POST", ENTRIES, answer)
        work = psa.work(ticket, technician="1")
        with suppress(PSAError, ZeroDivisionError), work:
            for pausing, seconds in steps:
                if pausing:
                    with work.paused():
                        passes(psa, seconds)
                else:
                    passes(psa, seconds)
            if fault == "raises":
                raise ZeroDivisionError
        for _ in range(2):
            with suppress(PSAError):
                work.log()
        vendor._faults.clear()
        spent.append((ticket, sum(seconds for pausing, seconds in steps if not pausing)))
    left = list(spent)
    for row in stored(vendor):
        # Each is of one block: of its ticket, under that ticket's contract, and no longer than it.
        block = next(one for one in left if one[0] == row["ticketID"] and row["hoursWorked"] * 3600 <= one[1] + 1e-6)
        left.remove(block)
        assert row.get("contractID") == {1: 101, 2: 102}.get(row["ticketID"])
        assert row["hoursWorked"] * 3600 > block[1] - 1.4


@pytest.mark.row("S116", "S117", "N15", call="psa.work")
@settings(max_examples=15, derandomize=True)
@given(BLOCKS)
def test_no_entry_is_longer_than_measured_bundled_or_repeated(blocks: Any) -> None:
    is_honest(sorted(blocks, key=lambda one: sum(seconds for pausing, seconds in one[1] if not pausing)))


@pytest.mark.deep
@settings(max_examples=1_500, derandomize=True)
@given(BLOCKS)
def test_no_entry_is_longer_than_measured_bundled_or_repeated_in_many_runs(blocks: Any) -> None:
    is_honest(sorted(blocks, key=lambda one: sum(seconds for pausing, seconds in one[1] if not pausing)))


@pytest.mark.row("S116", "S117", call="psa.work")
def test_what_was_worked_is_logged_to_the_second_without_its_pauses() -> None:
    vendor = desk()
    psa = connect(vendor)

    with working(psa, summary="Restarted it.") as work:
        passes(psa, 61.9)
        with work.paused():
            passes(psa, 500)

    (row,) = stored(vendor)
    assert (work.measured, work.stored) == (timedelta(seconds=61), timedelta(seconds=61))
    assert (row["ticketID"], row["contractID"], row["roleID"], row["summaryNotes"]) == (1, 101, 77, "Restarted it.")
    assert work.differences == ()


def test_less_than_a_second_bills_nobody_and_neither_does_what_is_discarded() -> None:
    vendor = desk()
    psa = connect(vendor)

    with working(psa) as work:
        passes(psa, 0.9)
    with working(psa) as thrown:
        passes(psa, 100)
        thrown.discard()

    assert (work.entry, thrown.entry, stored(vendor)) == (None, None, [])


def test_what_the_vendor_makes_of_it_is_told() -> None:
    vendor = desk()
    vendor.fails("POST", ENTRIES, lambda outgoing: {"itemId": vendor.add(
        ENTRIES, ticketID=1, resourceID=1, roleID=77, hoursWorked=0.25, hoursToBill=0.5, contractID=102, summaryNotes="x")["id"]})  # fmt: skip
    psa = connect(vendor)

    with working(psa) as work:
        passes(psa, 60)

    assert {one.field for one in work.differences} == {"duration", "billed", "contract"}


def test_a_contract_that_wants_both_ends_gets_them_as_far_apart_as_was_worked() -> None:
    vendor = desk(timeReportingRequiresStartAndStopTimes=1)
    psa = connect(vendor)

    with working(psa) as work:
        passes(psa, 90)
        with work.paused():
            passes(psa, 1_000)

    assert work.entry.ended - work.entry.started == timedelta(seconds=90)
    assert len(stored(vendor)) == 1


def test_what_was_worked_in_vain_is_logged_and_the_error_goes_on() -> None:
    vendor = desk()
    psa = connect(vendor)

    with pytest.raises(ZeroDivisionError), working(psa):
        passes(psa, 30)
        raise ZeroDivisionError

    assert len(stored(vendor)) == 1


def test_an_error_is_not_hidden_by_one_of_logging_and_the_log_can_be_tried_again() -> None:
    vendor = desk()
    psa = connect(vendor)
    vendor.fails("POST", ENTRIES, UNSENT, times=10)
    work = psa.work(1, technician="1")

    with pytest.raises(ZeroDivisionError) as caught, work:
        passes(psa, 30)
        raise ZeroDivisionError
    vendor._faults.clear()

    assert caught.value.__notes__
    assert work.log() is not None
    assert work.log() is work.entry
    assert len(stored(vendor)) == 1


def test_who_is_stopped_logs_nothing() -> None:
    vendor = desk()
    psa = connect(vendor)

    with pytest.raises(KeyboardInterrupt), working(psa):
        passes(psa, 30)
        raise KeyboardInterrupt

    assert stored(vendor) == []


def test_a_second_is_one_tickets() -> None:
    vendor = desk()
    psa = connect(vendor)

    with working(psa, 1) as outer:
        passes(psa, 10)
        with pytest.raises(ConfigurationError), working(psa, 2):
            pass
        with outer.paused(), working(psa, 2) as inner:
            passes(psa, 20)
            with pytest.raises(ConfigurationError):
                outer.resume()
        passes(psa, 5)

    assert (outer.measured, inner.measured) == (timedelta(seconds=15), timedelta(seconds=20))


def test_what_may_not_be_logged_is_not_worked_on() -> None:
    vendor = desk(contractType=BLOCK)
    psa = connect(vendor, policy=ByContract(Policy.open))

    with pytest.raises(Denied) as caught, working(psa):
        pytest.fail("it began")

    assert not isinstance(caught.value, ApprovalPending)
    assert stored(vendor) == []


def test_what_wants_an_approval_is_measured_and_waits() -> None:
    vendor = desk()
    psa = connect(vendor, policy="guarded")

    with pytest.raises(ApprovalPending), working(psa) as work:
        passes(psa, 30)

    assert work.measured == timedelta(seconds=30)
    assert stored(vendor) == []


def test_a_word_that_is_wrong_is_told_before_anything_is_worked() -> None:
    psa = connect(desk())

    with pytest.raises(Invalid), working(psa, role="Wizard"):
        pytest.fail("it began")


def test_an_unreachable_vendor_is_told_before_anything_is_worked_or_when_it_ends() -> None:
    vendor = desk()
    psa = connect(vendor)
    vendor.fails("POST", ENTRIES, UNSENT, times=10)

    with pytest.raises(Unreachable), working(psa) as work:
        passes(psa, 30)

    assert work.entry is None


def test_on_the_awaiting_face_it_is_the_loops_time() -> None:
    vendor = desk()

    async def main() -> Any:
        async with connect_async(vendor) as psa:
            async with psa.work(1, technician="1") as work:
                await trio.sleep(90.5)
                with work.paused():
                    await trio.sleep(1_000)
            return work.measured

    measured = trio.run(main, clock=MockClock(autojump_threshold=0))

    assert timedelta(seconds=90) <= measured <= timedelta(seconds=91)
    assert [round(row["hoursWorked"] * 3600) for row in stored(vendor)] == [measured.total_seconds()]


def test_a_contract_is_never_guessed_at() -> None:
    vendor = desk()
    psa = connect(vendor)

    with working(psa, 3) as work:
        passes(psa, 30)

    assert work.entry.contract is None
    assert Contract(tenant="t", id="1", company=work.entry.ticket).kind is ContractKind.UNKNOWN
