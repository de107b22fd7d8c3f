"""The retry budget: repetitions add at most a fifth to what is sent anyway, whoever asks and however long it lasts."""

from __future__ import annotations

import logging
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anypsa.session.budget import CAPACITY, COST, RetryBudget

FREE = CAPACITY // COST


@pytest.mark.trust("F9")
def test_a_full_budget_is_good_for_so_many_repetitions() -> None:
    budget = RetryBudget("tenant")

    assert [budget.spend() for _ in range(FREE + 5)] == [True] * FREE + [False] * 5


@pytest.mark.trust("F9")
@given(st.lists(st.booleans(), max_size=400))
def test_repetitions_never_add_more_than_a_fifth_and_what_was_saved(events: list[bool]) -> None:
    budget, successes, repeated = RetryBudget("tenant"), 0, 0
    for succeeds in events:
        if succeeds:
            budget.refund()
            successes += 1
        else:
            repeated += budget.spend()
        assert 0 <= budget.left <= FREE
        assert repeated <= FREE + successes / COST


def test_threads_spend_no_more_than_there_is() -> None:
    budget, spent = RetryBudget("tenant"), []

    def hammer() -> None:
        spent.extend(budget.spend() for _ in range(200))

    threads = [threading.Thread(target=hammer) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(spent) == FREE


def test_an_empty_budget_is_told_once_until_it_recovers(caplog: pytest.LogCaptureFixture) -> None:
    budget = RetryBudget("acme")
    with caplog.at_level(logging.WARNING, logger="anypsa"):
        for _ in range(FREE + 10):
            budget.spend()
        assert len(caplog.records) == 1
        for _ in range(COST):
            budget.refund()
        for _ in range(5):
            budget.spend()

    assert len(caplog.records) == 2
    assert all("acme" in record.getMessage() for record in caplog.records)
