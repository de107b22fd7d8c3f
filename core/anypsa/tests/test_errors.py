"""Errors: one tree, everything as attributes, able to travel between processes."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from anypsa import errors
from anypsa.errors import (
    ApprovalPending,
    DeadlineExceeded,
    Denied,
    FilterIgnored,
    Invalid,
    Problem,
    PSAError,
    RateLimited,
    Refused,
    Unintelligible,
    Unreachable,
)
from anypsa.query.tree import NotABoolean

CLASSES = [one for one in vars(errors).values() if isinstance(one, type) and issubclass(one, PSAError)] + [NotABoolean]
OWN: dict[type[PSAError], dict[str, Any]] = {
    Unreachable: {"sent": False},
    DeadlineExceeded: {"sent": False, "phase": "waiting"},
    RateLimited: {"wait": 30.0, "everywhere": False},
}


def one_of(kind: type[PSAError]) -> PSAError:
    return kind(
        "create a ticket",
        said=["vendor's words"],
        problems=[Problem("status", "no", value="9", allowed=("1", "2"))],
        hint="Look.",
        retryable=True,
        status=500,
        **OWN.get(kind, {}),
    )


@pytest.mark.parametrize("travel", [copy.copy, copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
@pytest.mark.parametrize("kind", CLASSES)
def test_errors_travel_with_all_their_attributes(kind: type[PSAError], travel: Any) -> None:
    error = one_of(kind)

    back = travel(error)

    assert type(back) is kind
    assert back.__dict__ == error.__dict__
    assert back.args == error.args
    assert str(back) == str(error)


@pytest.mark.parametrize("kind", CLASSES)
def test_errors_say_what_was_tried_what_was_said_and_what_to_do(kind: type[PSAError]) -> None:
    text = str(one_of(kind))

    assert all(part in text for part in ("create a ticket", "vendor's words", "status", "Look."))


@pytest.mark.parametrize(
    ("kind", "parent"),
    [
        (ApprovalPending, Denied),
        (DeadlineExceeded, Unreachable),
        (FilterIgnored, Unintelligible),
        (RateLimited, Refused),
        (Invalid, Refused),
        (Denied, PSAError),
        (Unreachable, PSAError),
    ],
)
def test_the_tree_stands_as_drawn(kind: type[PSAError], parent: type[PSAError]) -> None:
    assert issubclass(kind, parent)


def test_every_class_of_the_tree_is_drawn() -> None:
    drawn = str(errors.__doc__)

    assert all(kind.__name__ in drawn for kind in CLASSES if kind is not NotABoolean)


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (Unreachable("x"), True),
        (RateLimited("x"), True),
        (errors.VendorFailure("x"), True),
        (DeadlineExceeded("x", phase="waiting"), False),
        (Invalid("x"), False),
        (errors.OutcomeUnknown("x"), False),
        (errors.Incomplete("x"), False),
        (errors.AuthenticationFailed("x"), False),
        (Invalid("x", retryable=True), True),
    ],
)
def test_errors_tell_whether_trying_again_can_help(error: PSAError, retryable: bool) -> None:
    assert error.retryable is retryable


def test_details_are_kept_as_sequences_whatever_they_came_as() -> None:
    error = Invalid("x", said=(word for word in ("a", "b")), problems=iter([Problem(None, "c")]))

    assert error.said == ("a", "b")
    assert error.problems == (Problem(None, "c"),)


def test_a_long_list_of_values_is_cut_in_the_text_and_whole_in_the_attribute() -> None:
    problem = Problem("status", "no", allowed=tuple(f"value{number}" for number in range(50)))

    assert "value49" not in str(problem)
    assert "50" in str(problem)
    assert len(problem.allowed) == 50
