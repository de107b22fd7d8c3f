"""Accounting: a sample of time entries that anybody can draw again, and how far what is kept is off from what was sent."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anypsa import Ref, TimeEntry
from anypsa_automation.stages.accounting import accuracy

HOUR = timedelta(hours=1)


def pair(number: int, off: timedelta = timedelta()) -> tuple[timedelta, TimeEntry]:
    """What was sent, and what is kept."""
    kept = TimeEntry(
        tenant="acme", id=str(number), ticket=Ref(tenant="acme", id="7"), duration=HOUR + off,
        technician=Ref(tenant="acme", id="1"),
    )  # fmt: skip
    return HOUR, kept


@pytest.mark.row("S125", call="Rollout.figures")
def test_twenty_are_drawn_the_same_by_the_same_seed_and_others_by_another() -> None:
    entries = [pair(number) for number in range(200)]
    one, again, other = (accuracy(entries, seed=seed) for seed in ("a", "a", "b"))

    assert one.sampled == len(set(one.entries)) == 20
    assert one.entries == again.entries != other.entries


def test_what_two_decimals_of_an_hour_cannot_tell_is_exact_and_more_is_not() -> None:
    found = accuracy([pair(1), pair(2, timedelta(seconds=36)), pair(3, timedelta(seconds=-37))], seed="a")

    assert (found.sampled, found.exact, found.worst) == (3, 2, timedelta(seconds=37))
