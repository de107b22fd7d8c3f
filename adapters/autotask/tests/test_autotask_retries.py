"""Retries: by meaning and not by status; a create is never repeated once it may have happened."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

import pytest
import trio
from autotask_vendor import HOURLY, HTML, LOST, THREADS, UNSENT, Vendor, connect, connect_async, wire
from trio.testing import MockClock

from anypsa import (
    DeadlineExceeded,
    Invalid,
    NotFound,
    OutcomeUnknown,
    PermissionDenied,
    Psa,
    PSAError,
    RateLimited,
    Unintelligible,
    Unreachable,
    VendorFailure,
)
from anypsa.wire import ExchangeFailed, Incoming, Sent

OUTAGES = [UNSENT, LOST, (500, b""), (502, b"<html>"), (503, {}), (504, b""), (200, HTML), (200, b""), (200, b'{"it')]
DEADLOCK = (500, {"errors": ["Transaction was deadlocked on lock resources. Deadlock."]})


@pytest.fixture
def vendor() -> Vendor:
    return Vendor(Tickets=2, Companies=1)


@pytest.fixture
def psa(vendor: Vendor) -> Psa:
    """A connection that has signed in and knows its metadata."""
    made = connect(vendor, release_lag=0)
    made.tickets.get(1)
    made.fields("ticket")
    vendor.told.clear()
    wire(made).slept.clear()
    return made


def create(psa: Psa) -> Any:
    return psa.tickets.create(company=1, title="VPN down")


def refused(psa: Psa, call: Any, kind: type[PSAError] = PSAError) -> Any:
    with pytest.raises(kind) as caught:
        call(psa)
    return caught.value


@pytest.mark.row("S52", call="psa.tickets.list()")
@pytest.mark.parametrize("fault", [*OUTAGES, DEADLOCK], ids=str)
@pytest.mark.trust("F10")
def test_a_read_survives_three_failures(psa: Psa, vendor: Vendor, fault: Any) -> None:
    vendor.fails("GET", "Tickets/2", fault, times=3)

    assert psa.tickets.get(2).id == "2"
    assert len(vendor.sent("GET", "Tickets/2")) == 4


@pytest.mark.parametrize(
    ("fault", "kind"),
    [(LOST, Unreachable), (UNSENT, Unreachable), ((503, b""), VendorFailure), ((200, HTML), Unintelligible)],
    ids=str,
)
def test_a_read_is_given_up_after_four_attempts(psa: Psa, vendor: Vendor, fault: Any, kind: type[PSAError]) -> None:
    vendor.fails("GET", "Tickets/2", fault, times=99)

    error = refused(psa, lambda psa: psa.tickets.get(2), kind)

    assert len(vendor.sent("GET", "Tickets/2")) == 4
    assert error.retryable


def test_a_query_by_post_is_a_read(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "query", LOST, times=3)

    assert len(psa.tickets.list().all()) == 2


def test_the_attempts_are_a_setting(vendor: Vendor) -> None:
    vendor.fails("GET", "Tickets/2", (503, b""), times=99)
    psa = connect(vendor, attempts=2)

    refused(psa, lambda psa: psa.tickets.get(2))

    assert len(vendor.sent("GET", "Tickets/2")) == 2


def test_the_waits_between_attempts_are_random_and_bounded(vendor: Vendor) -> None:
    psa = connect(vendor, release_lag=0)
    vendor.fails("GET", "Tickets/2", (503, b""), times=3)

    psa.tickets.get(2)

    waits = wire(psa).slept
    assert len(set(waits)) == 3
    assert all(0 <= wait <= longest for wait, longest in zip(waits, (0.5, 1.0, 2.0), strict=True))


@pytest.mark.parametrize("fault", [one for one in OUTAGES if one is not UNSENT], ids=str)
@pytest.mark.trust("F2", "F10")
def test_a_create_whose_answer_got_lost_is_not_repeated(psa: Psa, vendor: Vendor, fault: Any) -> None:
    vendor.fails("POST", "Tickets", fault, times=99)

    error = refused(psa, create, OutcomeUnknown)

    assert len(vendor.sent("POST", "Tickets")) == 1
    assert not error.retryable
    assert error.__cause__ is not None


def test_a_create_that_the_vendor_did_and_then_broke_off_stands_once(psa: Psa, vendor: Vendor) -> None:
    def done_and_lost(outgoing: Any) -> ExchangeFailed:
        vendor.answer(outgoing)
        return LOST

    vendor.fails("POST", "Tickets", done_and_lost)

    ticket = create(psa)

    assert len(vendor.tables["Tickets"]) == 3
    assert vendor.tables["Tickets"][int(ticket.id)]["title"] == "VPN down"


def test_an_update_whose_answer_got_lost_is_not_repeated(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("PATCH", "Tickets", LOST, times=99)

    refused(psa, lambda psa: psa.tickets.update(1, title="x"), OutcomeUnknown)

    assert len(vendor.sent("PATCH", "Tickets")) == 1


@pytest.mark.trust("F1")
def test_a_create_that_never_left_is_repeated(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets", UNSENT, times=3)

    assert create(psa).id == "3"
    assert len(vendor.tables["Tickets"]) == 3


def test_a_create_that_never_left_is_no_unknown_outcome(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets", UNSENT, times=99)

    error = refused(psa, create, Unreachable)

    assert not error.sent


@pytest.mark.parametrize("refusal", [THREADS, HOURLY], ids=["threads", "hourly"])
def test_a_create_refused_for_lack_of_room_is_repeated(psa: Psa, vendor: Vendor, refusal: Any) -> None:
    vendor.fails("POST", "Tickets", refusal, times=3)

    assert create(psa).id == "3"
    assert len(vendor.tables["Tickets"]) == 3


def test_a_created_record_that_cannot_be_read_back_is_an_unknown_outcome_with_its_id(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("GET", "Tickets/3", (503, b""), times=99)

    error = refused(psa, create, OutcomeUnknown)

    assert "3" in str(error.hint)
    assert len(vendor.tables["Tickets"]) == 3


@pytest.mark.parametrize("body", [{}, {"itemId": None}, {"item": {}}])
def test_an_accepted_create_without_an_id_is_an_unknown_outcome(psa: Psa, vendor: Vendor, body: Any) -> None:
    vendor.fails("POST", "Tickets", body, times=99)

    error = refused(psa, create, OutcomeUnknown)

    assert not error.retryable
    assert len(vendor.sent("POST", "Tickets")) == 1


@pytest.mark.row("S53", call="psa.tickets.create(...)")
@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (500, "Ticket: Queue ID is required.", Invalid),
        (500, "anything that nobody has seen", Invalid),
        (500, "The logged in Resource does not have the adequate permissions to query", PermissionDenied),
        (500, "No matching records found. The logged in Resource may not have the required permissions", NotFound),
        (400, "malformed", Invalid),
    ],
)
@pytest.mark.parametrize("call", [create, lambda psa: psa.tickets.get(2)], ids=["create", "get"])
def test_a_refusal_with_reasons_is_never_repeated(
    psa: Psa, vendor: Vendor, call: Any, status: int, text: str, kind: type[PSAError]
) -> None:
    vendor.fails("", "Tickets", (status, {"errors": [text]}), times=99)
    vendor.fails("", "Tickets/2", (status, {"errors": [text]}), times=99)

    error = refused(psa, call, kind)

    # A refused value has the metadata read anew, once; the refused request itself is not sent again.
    assert len([one for one in vendor.told if "entityInformation" not in one.url]) == 1
    assert not error.retryable
    assert error.status == status


def waited(psa: Psa, vendor: Vendor, refusal: Any, method: str = "GET", path: str = "Tickets/2") -> float:
    vendor.fails(method, path, refusal)
    before = wire(psa).time
    psa.tickets.get(2)
    return float(wire(psa).time - before)


def with_headers(**headers: str) -> Incoming:
    return Incoming(429, {name.replace("_", "-"): value for name, value in headers.items()}, b"{}")


SERVER_NOW = formatdate(1_000_000_000, usegmt=True)
HINTS = [
    ({"retry_after": "7"}, 7, 7.2),
    ({"retry_after": " 7 "}, 7, 7.2),
    ({"retry_after": "0"}, 0, 0.2),
    ({"retry_after": formatdate(1_000_000_030, usegmt=True), "date": SERVER_NOW}, 30, 30.2),
    ({"retry_after": formatdate(999_999_000, usegmt=True), "date": SERVER_NOW}, 0, 0.2),
    ({"retry_after": formatdate(1_500_000_000, usegmt=True), "date": SERVER_NOW}, 120, 120.2),
    ({"retry_after": "999999999999999999999"}, 120, 120.2),
    ({"retry_after": "1e9"}, 0.5, 1.0),
    ({"retry_after": "-5"}, 0.5, 1.0),
    ({"retry_after": "soon"}, 0.5, 1.0),
    ({"retry_after": "Sun, 06 Nov 1994 08:49:37 +99999999999999"}, 0.5, 1.0),
    ({"retry_after": "3, 4"}, 0.5, 1.0),
    ({"retry_after": ""}, 0.5, 1.0),
    ({}, 0.5, 1.0),
]


@pytest.mark.row("S50", call="psa.tickets.list()")
@pytest.mark.parametrize(("headers", "least", "most"), HINTS, ids=str)
@pytest.mark.trust("F11")
def test_the_vendors_hint_is_waited_for_within_reason(headers: Any, least: float, most: float) -> None:
    vendor = Vendor(Tickets=2)
    psa = connect(vendor, deadline=300, bulk_deadline=300)
    psa.tickets.get(2)

    assert least <= waited(psa, vendor, with_headers(**headers)) <= most


@pytest.mark.row("S51", call="psa.tickets.list()")
@pytest.mark.trust("F12")
def test_a_hint_in_the_text_is_waited_for(psa: Psa, vendor: Vendor) -> None:
    told = (429, {"errors": ["Request threshold exceeded. Try again in 30 seconds."]})

    assert 30 <= waited(psa, vendor, told) <= 30.2


def test_a_429_uses_up_no_attempt(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("GET", "Tickets/2", THREADS, times=10)
    vendor.fails("GET", "Tickets/2", (503, b""), times=3)

    assert psa.tickets.get(2).id == "2"


@pytest.mark.trust("F13")
def test_429_for_ever_ends_as_rate_limited_before_the_deadline(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("GET", "Tickets/2", (429, {"errors": ["Try again in 25 seconds"]}), times=10_000)
    before = wire(psa).time

    error = refused(psa, lambda psa: psa.tickets.get(2), RateLimited)

    assert wire(psa).time - before <= psa.context.settings.deadline
    assert error.retryable
    assert error.wait == 25
    assert error.everywhere


@pytest.mark.row("S54", call="psa.tickets.list()")
@pytest.mark.parametrize("refusal", [THREADS, HOURLY, with_headers(retry_after="0")], ids=["threads", "hourly", "zero"])
@pytest.mark.trust("F13")
def test_429_for_ever_is_not_asked_for_ever(psa: Psa, vendor: Vendor, refusal: Any) -> None:
    vendor.fails("GET", "Tickets/2", refusal, times=10_000)

    refused(psa, lambda psa: psa.tickets.get(2), RateLimited)

    assert len(vendor.sent("GET", "Tickets/2")) <= 30


def test_a_refused_zone_look_up_is_not_asked_in_a_tight_loop(vendor: Vendor) -> None:
    vendor.fails("GET", "zoneInformation", THREADS, times=10_000)
    psa = connect(vendor)

    refused(psa, lambda psa: psa.tickets.get(2), RateLimited)

    assert len(vendor.told) <= 30


@pytest.mark.parametrize("fault", [LOST, UNSENT, (503, b""), (200, HTML)], ids=str)
def test_a_create_that_waits_in_vain_for_a_look_up_was_never_sent(vendor: Vendor, fault: Any) -> None:
    psa = connect(vendor)
    psa.fields("ticket")
    psa.context.session.forget("zone")
    vendor.told.clear()
    vendor.fails("GET", "zoneInformation", fault, times=99)

    error = refused(psa, create)

    assert not isinstance(error, OutcomeUnknown)
    assert [one.method for one in vendor.told] == ["GET"] * 4


def test_a_hint_beyond_the_deadline_ends_the_call_at_once(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("GET", "Tickets/2", with_headers(retry_after="100"), times=99)

    refused(psa, lambda psa: psa.tickets.get(2), RateLimited)

    assert sum(wire(psa).slept) == 0


def test_an_exchange_that_the_deadline_cuts_is_told_as_such(psa: Psa, vendor: Vendor) -> None:
    def cut(request: Any) -> Any:
        wire(psa).time += psa.context.settings.deadline
        raise ExchangeFailed("the deadline passed", Sent.MAYBE, late=True)

    vendor.fails("GET", "Tickets/2", cut, times=99)

    error = refused(psa, lambda psa: psa.tickets.get(2), DeadlineExceeded)

    assert len(vendor.sent("GET", "Tickets/2")) == 1
    assert error.sent


def test_a_create_that_the_deadline_cuts_is_an_unknown_outcome_even_after_a_429(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets", THREADS)
    vendor.fails("POST", "Tickets", ExchangeFailed("the deadline passed", Sent.MAYBE, late=True))

    refused(psa, create, OutcomeUnknown)


def test_a_retry_that_waits_delays_no_other_entity() -> None:
    vendor = Vendor(Tickets=2, Companies=1)
    finished: list[str] = []

    async def main() -> None:
        async with connect_async(vendor) as psa:
            await psa.tickets.get(1)
            await psa.companies.get(1)
            vendor.fails("GET", "Tickets/2", (429, {"errors": ["thread threshold. Try again in 20 seconds"]}))

            async def ticket() -> None:
                await psa.tickets.get(2)
                finished.append("ticket")

            async def company() -> None:
                await trio.sleep(1)
                await psa.companies.get(1)
                finished.append("company")

            async with trio.open_nursery() as nursery:
                nursery.start_soon(ticket)
                nursery.start_soon(company)

    trio.run(main, clock=MockClock(autojump_threshold=0))

    assert finished == ["company", "ticket"]


def moments(refusal: Any) -> dict[str, float]:
    """When a company, and another ticket, were answered after a ticket was refused for twenty seconds at moment 0."""
    vendor = Vendor(Tickets=3, Companies=1)
    seen: dict[str, float] = {}

    async def main() -> None:
        async with connect_async(vendor) as psa:
            await psa.tickets.get(1)
            await psa.companies.get(1)
            vendor.fails("GET", "Tickets/2", refusal)
            start = trio.current_time()

            async def get(name: str, collection: Any, id: int, after: float) -> None:
                await trio.sleep(after)
                await collection.get(id)
                seen[name] = trio.current_time() - start

            async with trio.open_nursery() as nursery:
                nursery.start_soon(get, "refused", psa.tickets, 2, 0)
                nursery.start_soon(get, "ticket", psa.tickets, 3, 1)
                nursery.start_soon(get, "company", psa.companies, 1, 1)

    trio.run(main, clock=MockClock(autojump_threshold=0))
    return seen


def test_a_thread_refusal_pauses_its_entity() -> None:
    seen = moments((429, {"errors": ["thread threshold. Try again in 20 seconds"]}))

    assert seen["ticket"] >= 20
    assert seen["company"] < 2


@pytest.mark.trust("F12")
def test_an_hourly_refusal_pauses_the_whole_tenant() -> None:
    seen = moments((429, {"errors": ["request threshold exceeded. Try again in 20 seconds"]}))

    assert seen["ticket"] >= 20
    assert seen["company"] >= 20
