"""The clock and the windows on it: the edge of a window is where arithmetic says, whenever the sandbox was started."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from anypsa_sandbox.clock import Clock
from anypsa_sandbox.limits import Counter, Limits

SPANS = st.floats(min_value=0.001, max_value=100_000)


def stopped_at(seconds: float) -> Clock:
    clock = Clock()
    clock.set_scale(0)
    clock.advance(seconds)
    return clock


@given(SPANS, SPANS)
def test_a_window_is_empty_again_after_its_whole_length(start: float, window: float) -> None:
    counter = Counter(stopped_at(start))
    limits = Limits(window=window, window_limit=1)
    counter.spend("tenant", limits)

    counter.clock.advance(window)

    assert counter.spend("tenant", limits)


@given(SPANS, SPANS)
def test_a_window_is_full_just_before_its_end(start: float, window: float) -> None:
    counter = Counter(stopped_at(start))
    limits = Limits(window=window + 0.001, window_limit=1)
    counter.spend("tenant", limits)

    counter.clock.advance(window)

    assert not counter.spend("tenant", limits)


@given(st.lists(SPANS, max_size=5))
def test_the_clock_never_runs_back(spans: list[float]) -> None:
    clock = stopped_at(1)
    moments = [clock.now()]
    for span in spans:
        clock.advance(span)
        moments.append(clock.now())

    assert moments == sorted(moments)
