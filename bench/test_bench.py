"""The benchmark runs, and every answer in it is right."""

from __future__ import annotations

import pytest

from bench.__main__ import main
from bench.measuring import Outcome
from bench.page import Result, verdict
from bench.tasks import TASKS

LOG = {"requests": 215, "refused": 0}


@pytest.mark.parametrize(
    "task", ["a", *(pytest.param(letter, marks=pytest.mark.deep) for letter in ("c", "i", "hooks", "inbox"))]
)
def test_a_task_gives_right_answers(task: str) -> None:
    assert main([task, "--small", "--only", "ours"]) == 0


def test_a_missed_goal_is_told_by_how_much_and_a_met_one_is_not() -> None:
    task = next(one for one in TASKS if one.letter == "a")
    slow, fast = (Result(task, "ours", 100_000, Outcome(seconds=seconds, cpu=2.5), LOG) for seconds in (6.7, 3.35))

    assert "67%" in verdict(slow, [])
    assert verdict(fast, []) == ""
