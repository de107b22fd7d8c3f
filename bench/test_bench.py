"""The benchmark runs, and every answer in it is right."""

from __future__ import annotations

import pytest

from bench.__main__ import main


@pytest.mark.parametrize(
    "task", ["a", pytest.param("c", marks=pytest.mark.deep), pytest.param("i", marks=pytest.mark.deep)]
)
def test_a_task_gives_right_answers(task: str) -> None:
    assert main([task, "--small", "--only", "ours"]) == 0
