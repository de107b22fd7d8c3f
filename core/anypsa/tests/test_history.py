"""The checker of histories catches what it is for, and nothing else."""

from __future__ import annotations

import pytest

from anypsa import Denied, Invalid, OutcomeUnknown, PSAError, RateLimited, Unreachable, VendorFailure
from anypsa.testing import History, Outcome, passage


def history(**outcomes: PSAError | None) -> History:
    made = History()
    for name, error in outcomes.items():
        with made.write(name):
            if error is not None:
                raise error
    return made


def test_a_history_without_faults_is_sound() -> None:
    found = history(a=None, b=Invalid("x"), c=OutcomeUnknown("x")).check(["a", "c"])

    assert found.sound
    assert found.unresolved == ("c",)


@pytest.mark.parametrize("outcome", [None, OutcomeUnknown("x")])
def test_what_stands_twice_is_doubled(outcome: PSAError | None) -> None:
    assert history(a=outcome).check(["a", "a"]).doubled == ("a",)


def test_what_was_confirmed_and_is_not_there_is_lost() -> None:
    assert history(a=None).check([]).lost == ("a",)


@pytest.mark.parametrize("error", [Invalid("x"), Denied("x"), RateLimited("x"), Unreachable("x", sent=False)])
def test_what_was_refused_and_is_there_was_done_against_its_word(error: PSAError) -> None:
    assert history(a=error).check(["a"]).against_its_word == ("a",)


@pytest.mark.parametrize("error", [VendorFailure("x"), Unreachable("x"), OutcomeUnknown("x")])
def test_what_may_have_happened_is_unresolved_either_way(error: PSAError) -> None:
    for stored in ([], ["a"]):
        assert history(a=error).check(stored).unresolved == ("a",)


def test_a_program_that_dies_leaves_its_write_unknown() -> None:
    made = History()
    with pytest.raises(KeyboardInterrupt), made.write("a"):
        raise KeyboardInterrupt

    assert made.check(["a"]).unresolved == ("a",)


def test_what_is_learned_later_counts() -> None:
    made = history(a=OutcomeUnknown("x"))
    made.resolved("a", Outcome.OK)

    assert made.check(["a"]).unresolved == ()
    assert made.check([]).lost == ("a",)


def test_a_name_is_written_once() -> None:
    made = history(a=None)

    with pytest.raises(ValueError, match="a"), made.write("a"):
        pass


def test_a_passage_tells_what_was_missed_repeated_and_invented() -> None:
    found = passage(["1", "2", "2", "9"], throughout=["1", "3"], ever=["1", "2", "3"])

    assert (found.missed, found.repeated, found.invented) == (("3",), ("2",), ("9",))
    assert not found.sound
    assert passage(["1", "2"], throughout=["1"], ever=["1", "2", "3"]).sound
