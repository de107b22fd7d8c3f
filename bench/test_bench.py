"""The benchmark runs, and every answer in it is right."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from bench import receiving
from bench.__main__ import main
from bench.measuring import Outcome
from bench.page import Result, verdict
from bench.tasks import TASKS

LOG = {"requests": 215, "refused": 0}


@pytest.mark.parametrize("task", ["a", *(pytest.param(letter, marks=pytest.mark.deep) for letter in ("c", "i"))])
def test_a_task_gives_right_answers(task: str) -> None:
    assert main([task, "--small", "--only", "ours"]) == 0


@pytest.mark.deep
def test_the_receiver_loses_nothing_at_200_a_second_and_the_inbox_takes_few_requests(
    figures: Callable[..., None],
) -> None:
    busy = f"{os.getloadavg()[0]:.1f}"
    came, drained = receiving.received(), receiving.drained()

    assert (came.lost, came.answered.statuses) == (0, {204})
    assert drained.handled == drained.events == receiving.EVENTS
    assert drained.requests <= 8 * receiving.EVENTS / 100
    conditions = {"webhooks a second": str(receiving.RATE), "load of the machine before": busy}
    for share in (50, 99):
        within = f"{came.answered.within(share) * 1000:.0f} ms"
        figures(f"the receiver's answer, {share} of 100 within", within, **conditions)
    figures("CPU of the receiver for a webhook", f"{came.cpu * 1000:.2f} ms", **conditions)
    kept = {"events": f"{receiving.EVENTS:,}", "handler asks for": "company and contact", "load before": busy}
    figures("requests for 100 events from the inbox", f"{drained.requests * 100 / receiving.EVENTS:.1f}", **kept)
    figures("events a second from the inbox to a handler", f"{receiving.EVENTS / drained.seconds:.0f}", **kept)


def test_a_missed_goal_is_told_by_how_much_and_a_met_one_is_not() -> None:
    task = next(one for one in TASKS if one.letter == "a")
    slow, fast = (Result(task, "ours", 100_000, Outcome(seconds=seconds, cpu=2.5), LOG) for seconds in (6.7, 3.35))

    assert "67%" in verdict(slow, [])
    assert verdict(fast, []) == ""
