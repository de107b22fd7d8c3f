"""Ledgers: slots and windows never over their limits, whoever counts; refusals are remembered for a while."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from holding import Holding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anypsa.ledger import Admission, Claim, HostLedger, Ledger, MemoryLedger, Wait, Window, digest

HOUR = Window("scope", 1000, 3600.0)


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.time = 50_000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "host"])
def ledger(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Holding]:
    made = Holding(MemoryLedger(clock) if request.param == "memory" else HostLedger(tmp_path, clock))
    yield made
    made.close()


def claim(*keys: str, slots: int = 3, window: Window = HOUR) -> Claim:
    return Claim(keys or ("tickets",), slots, window)


def admitted(answer: Admission | Wait) -> Admission:
    assert isinstance(answer, Admission)
    return answer


def test_no_more_slots_than_the_vendor_has(ledger: Holding) -> None:
    answers = [ledger.admit(claim()) for _ in range(4)]

    assert [type(one) for one in answers] == [Admission, Admission, Admission, Wait]


def test_slots_of_other_keys_are_not_touched(ledger: Holding) -> None:
    for _ in range(3):
        ledger.admit(claim("tickets"))

    assert isinstance(ledger.admit(claim("companies")), Admission)


def test_a_slot_is_free_again_only_after_the_lag(ledger: Holding, clock: Clock) -> None:
    held = admitted(ledger.admit(claim(slots=1)))
    ledger.release(held, 0.5)

    clock.time += 0.4
    assert isinstance(ledger.admit(claim(slots=1)), Wait)
    clock.time += 0.2
    assert isinstance(ledger.admit(claim(slots=1)), Admission)


def test_who_must_wait_is_told_a_span_worth_waiting(ledger: Holding) -> None:
    ledger.admit(claim(slots=1))

    answer = ledger.admit(claim(slots=1))

    assert isinstance(answer, Wait)
    assert 0 < answer.seconds <= 1


def test_a_claim_takes_all_it_needs_or_nothing(ledger: Holding) -> None:
    ledger.admit(claim("tickets", slots=1))

    refused = ledger.admit(claim("companies", "tickets", slots=1))

    assert isinstance(refused, Wait)
    assert isinstance(ledger.admit(claim("companies", slots=1)), Admission)
    assert ledger.used(HOUR) == 2


def test_a_claim_that_the_window_refuses_holds_no_slot(ledger: Holding) -> None:
    small = Window("small", 1, 60.0)
    ledger.release(admitted(ledger.admit(claim(window=small))), 0.0)

    assert isinstance(ledger.admit(claim(window=small)), Wait)

    others = [ledger.admit(claim()) for _ in range(3)]
    assert all(isinstance(one, Admission) for one in others)


def test_the_window_counts_what_was_admitted(ledger: Holding) -> None:
    for _ in range(5):
        ledger.release(admitted(ledger.admit(claim())), 0.0)

    assert ledger.used(HOUR) == 5


def test_windows_of_other_scopes_are_not_touched(ledger: Holding) -> None:
    ledger.admit(claim())

    assert ledger.used(Window("another", 1000, 3600.0)) == 0


def test_a_full_window_lets_in_again_after_the_wait_it_told(ledger: Holding, clock: Clock) -> None:
    small = Window("small", 2, 60.0)
    for _ in range(2):
        ledger.release(admitted(ledger.admit(claim(window=small))), 0.0)

    answer = ledger.admit(claim(window=small))
    assert isinstance(answer, Wait)
    clock.time += answer.seconds + 0.001

    assert isinstance(ledger.admit(claim(window=small)), Admission)


def test_a_request_without_limits_needs_no_slot(ledger: Holding) -> None:
    assert isinstance(ledger.admit(Claim((), 1, HOUR)), Admission)


def test_refused_credentials_are_remembered_for_their_time(ledger: Holding, clock: Clock) -> None:
    ledger.refuse(digest("a"), 300.0)

    assert ledger.refused(digest("a"))
    assert not ledger.refused(digest("b"))
    clock.time += 301
    assert not ledger.refused(digest("a"))


def test_a_digest_shows_nothing_and_does_not_run_parts_together() -> None:
    assert "canary" not in digest("canary")
    assert digest("ab", "c") != digest("a", "bc")


STEPS = st.lists(st.tuples(st.floats(0, 15), st.integers(1, 4)), max_size=40)


def spent_within(make: Callable[[Clock], Ledger], steps: list[tuple[float, int]]) -> None:
    """Moves the clock and asks, again and again; no rolling window may ever hold more than the limit."""
    clock = Clock()
    ledger, small = make(clock), Window("small", 5, 30.0)
    moments: list[float] = []
    for pause, requests in steps:
        clock.time += pause
        for _ in range(requests):
            answer = ledger.admit(claim(window=small, slots=50))
            if isinstance(answer, Admission):
                ledger.release(answer, 0.0)
                moments.append(clock.time)
    ledger.close()
    for end in moments:
        assert sum(1 for moment in moments if end - small.seconds < moment <= end) <= small.limit


@given(STEPS)
def test_no_rolling_window_is_ever_over_its_limit_in_memory(steps: list[tuple[float, int]]) -> None:
    spent_within(MemoryLedger, steps)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_rolling_window_is_ever_over_its_limit_on_the_host(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[float, int]]
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    spent_within(lambda clock: HostLedger(folder, clock), steps)
