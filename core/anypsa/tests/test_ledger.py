"""Ledgers: slots and windows never over their limits, whoever counts; who waits is served in turn; refusals are remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from clocks import Clock, RedisClock, on_clock
from holding import Holding
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anypsa.ledger import Admission, Claim, HostLedger, Ledger, MemoryLedger, Wait, Window, digest
from anypsa.ledger.base import HANDICAP, PATIENCE

HOUR = Window("scope", 1000, 3600.0)
HOMES = ("memory", "host", "redis")


Make = Callable[[Clock], Ledger]


@pytest.fixture(params=HOMES)
def make(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Makes a new, empty ledger whose time the test moves."""
    if request.param == "memory":
        return MemoryLedger
    if request.param == "host":
        return lambda clock: HostLedger(tmp_path_factory.mktemp("ledger"), clock)
    url = request.getfixturevalue("redis_url")
    return lambda clock: on_clock(url, clock)


@pytest.fixture
def clock() -> Clock:
    return RedisClock()


@pytest.fixture
def ledger(make: Make, clock: Clock) -> Iterator[Holding]:
    made = Holding(make(clock))
    yield made
    made.close()


def claim(*keys: str, slots: int = 3, window: Window = HOUR, who: str = "", lane: int = 0) -> Claim:
    return Claim(keys or ("tickets",), slots, window, who, lane)


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


def test_a_full_window_lets_in_nothing_before_its_seconds_have_passed(ledger: Holding, clock: Clock) -> None:
    """The first requests come at the end of a step, the next ones early in theirs."""
    small, step = Window("small", 2, 60.0), 1.0
    clock.time += step * 0.9
    for _ in range(2):
        ledger.release(admitted(ledger.admit(claim(window=small))), 0.0)

    clock.time += 60.0 - step / 4
    assert isinstance(ledger.admit(claim(window=small)), Wait)
    clock.time += 1.5 * step
    assert isinstance(ledger.admit(claim(window=small)), Admission)


def test_a_request_without_limits_needs_no_slot(ledger: Holding) -> None:
    assert isinstance(ledger.admit(Claim((), 1, HOUR)), Admission)


@pytest.mark.parametrize("make", ["memory", "host"], indirect=True)
def test_refused_credentials_are_remembered_for_their_time(ledger: Holding, clock: Clock) -> None:
    ledger.refuse(digest("a"), 300.0)

    assert ledger.refused(digest("a"))
    assert not ledger.refused(digest("b"))
    clock.time += 301
    assert not ledger.refused(digest("a"))


def test_a_digest_shows_nothing_and_does_not_run_parts_together() -> None:
    assert "canary" not in digest("canary")
    assert digest("ab", "c") != digest("a", "bc")


# Lines


def test_who_asked_first_is_served_first(ledger: Holding, clock: Clock) -> None:
    held = admitted(ledger.admit(claim(slots=1)))
    ledger.admit(claim(slots=1, who="first"))
    clock.time += 0.01
    ledger.admit(claim(slots=1, who="second"))
    ledger.release(held, 0.0)

    assert isinstance(ledger.admit(claim(slots=1, who="second")), Wait)
    assert isinstance(ledger.admit(claim(slots=1, who="first")), Admission)


def test_of_two_who_ask_in_the_same_moment_one_is_served_and_then_the_other(ledger: Holding) -> None:
    held = admitted(ledger.admit(claim(slots=1)))
    waiting = [claim(slots=1, who=who) for who in ("one", "other")]
    for one in waiting:
        ledger.admit(one)
    ledger.release(held, 0.0)

    (first,) = [answer for one in waiting if isinstance(answer := ledger.admit(one), Admission)]
    ledger.release(first, 0.0)
    waiting.remove(first.claim)

    assert isinstance(ledger.admit(waiting[0]), Admission)


def test_who_has_just_been_served_comes_after_those_who_wait(ledger: Holding, clock: Clock) -> None:
    held = admitted(ledger.admit(claim(slots=1, who="greedy")))
    ledger.admit(claim(slots=1, who="patient"))
    clock.time += 0.01
    ledger.release(held, 0.0)

    assert isinstance(ledger.admit(claim(slots=1, who="greedy")), Wait)
    assert isinstance(ledger.admit(claim(slots=1, who="patient")), Admission)


def test_an_earlier_lane_passes_a_later_one(ledger: Holding, clock: Clock) -> None:
    held = admitted(ledger.admit(claim(slots=1)))
    ledger.admit(claim(slots=1, who="bulk", lane=1))
    clock.time += 0.01
    ledger.admit(claim(slots=1, who="interactive"))
    ledger.release(held, 0.0)

    assert isinstance(ledger.admit(claim(slots=1, who="bulk", lane=1)), Wait)
    assert isinstance(ledger.admit(claim(slots=1, who="interactive")), Admission)


def test_a_later_lane_that_waited_long_is_passed_no_more(ledger: Holding, clock: Clock) -> None:
    held = admitted(ledger.admit(claim(slots=1)))
    asked = 0.0
    while asked <= HANDICAP:
        ledger.admit(claim(slots=1, who="bulk", lane=1))
        clock.time += PATIENCE / 2
        asked += PATIENCE / 2
    ledger.admit(claim(slots=1, who="interactive"))
    ledger.release(held, 0.0)

    assert isinstance(ledger.admit(claim(slots=1, who="interactive")), Wait)
    assert isinstance(ledger.admit(claim(slots=1, who="bulk", lane=1)), Admission)


def test_who_stops_asking_holds_up_nobody_for_long(ledger: Holding, clock: Clock) -> None:
    held = admitted(ledger.admit(claim(slots=1)))
    ledger.admit(claim(slots=1, who="dead"))
    ledger.release(held, 0.0)

    assert isinstance(ledger.admit(claim(slots=1, who="alive")), Wait)
    clock.time += PATIENCE + 0.01
    assert isinstance(ledger.admit(claim(slots=1, who="alive")), Admission)


def test_who_withdraws_holds_up_nobody(ledger: Holding, clock: Clock) -> None:
    held = admitted(ledger.admit(claim(slots=1)))
    ledger.admit(claim(slots=1, who="gone"))
    ledger.release(held, 0.0)
    ledger.withdraw(claim(slots=1, who="gone"))

    assert isinstance(ledger.admit(claim(slots=1, who="alive")), Admission)


# Any order of events

EVENTS = st.lists(
    st.tuples(st.sampled_from(["ask", "ask", "release", "pass"]), st.integers(0, 5), st.integers(0, 400)), max_size=60
)
SMALL = Window("small", 7, 3.0)
FEW = settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


@FEW
@given(events=EVENTS)
def test_whatever_happens_no_slot_is_given_twice_and_no_rolling_window_goes_over(
    make: Make, events: list[tuple[str, int, int]]
) -> None:
    clock = RedisClock()
    ledger = make(clock)
    held: list[Admission] = []
    resting: list[float] = []
    moments: list[float] = []
    for event, number, thousandths in events:
        if event == "pass":
            clock.time += thousandths / 100
        elif event == "release" and held:
            ledger.release(held.pop(number % len(held)), thousandths / 1000)
            resting.append(clock.time + thousandths / 1000)
        elif event == "ask":
            answer = ledger.admit(claim(window=SMALL, who=str(number), lane=number % 2))
            if isinstance(answer, Admission):
                held.append(answer)
                moments.append(clock.time)
                resting = [moment for moment in resting if moment > clock.time]
                assert len(held) + len(resting) <= 3
    for one in held:
        ledger.release(one, 0.0)
    ledger.close()
    for end in moments:
        assert sum(1 for moment in moments if end - SMALL.seconds < moment <= end) <= SMALL.limit


@FEW
@given(lanes=st.lists(st.integers(0, 1), min_size=1, max_size=8))
def test_whoever_keeps_asking_is_served_in_order_of_lane_and_arrival(make: Make, lanes: list[int]) -> None:
    clock = RedisClock()
    ledger, served = make(clock), []
    waiting = [claim(slots=1, who=f"{place}", lane=lane) for place, lane in enumerate(lanes)]
    now = admitted(ledger.admit(claim(slots=1)))
    for one in waiting:
        ledger.admit(one)
        clock.time += 0.001
    while waiting:
        ledger.release(now, 0.0)
        # The last in line asks first, and in vain.
        answers = [(one, ledger.admit(one)) for one in reversed(waiting)]
        ((one, answer),) = [(one, answer) for one, answer in answers if isinstance(answer, Admission)]
        now = admitted(answer)
        served.append(int(one.who))
        waiting.remove(one)
    ledger.release(now, 0.0)
    ledger.close()

    assert served == sorted(range(len(lanes)), key=lambda place: (lanes[place], place))
