"""Retries: what is tried again, how often, after how long, and which error is left at the end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
from wires import Clocked

from anypsa.errors import (
    AuthenticationFailed,
    DeadlineExceeded,
    Invalid,
    OutcomeUnknown,
    PSAError,
    RateLimited,
    Unintelligible,
    Unreachable,
    VendorFailure,
)
from anypsa.session.budget import CAPACITY, COST, RetryBudget
from anypsa.session.retries import LONGEST_PAUSE, LONGEST_SPAN, Trial, certainly_unprocessed, pause_after
from anypsa.spi import Action, Effect, Request
from anypsa.wire import deadline, run

READ = Request.read("GET", "Tickets/{id}", Effect(Action.READ, "ticket"))
CREATE = Request(method="POST", path="Tickets", effect=Effect(Action.CREATE, "ticket"))
IDEMPOTENT = Request(method="PUT", path="Tickets", effect=Effect(Action.UPDATE, "ticket"), safe_to_repeat=True)
CHECKED = Request(method="POST", path="Check", effect=Effect(Action.READ, "ticket"))
"""Only reads, and yet is not to be repeated."""
LOST = Unreachable("reach the vendor", sent=True)
NEVER_SENT = Unreachable("reach the vendor", sent=False)
BROKEN = VendorFailure("get a ticket", status=503)
GARBLED = Unintelligible("understand", retryable=True)
CRAMMED = RateLimited("get a ticket", wait=1.0)
LATE = DeadlineExceeded("finish in time", phase="waiting for a free slot", sent=False)
DONE = "done"


class Tried:
    """A trial whose attempts fare as told, and what it told of them."""

    def __init__(
        self, request: Request, outcomes: Sequence[Any], attempts: int = 4, chance: float = 1.0, tokens: int = CAPACITY
    ) -> None:
        self.wire = Clocked(chance)
        self.budget = RetryBudget("tenant")
        for _ in range((CAPACITY - tokens) // COST):
            self.budget.spend()
        self.trial = Trial(self.wire, request, attempts, self.budget)
        self.told: list[tuple[int, float]] = []
        self.outcomes = list(outcomes)
        self.sent = 0

    async def attempt(self) -> Any:
        outcome = self.outcomes[min(self.sent, len(self.outcomes) - 1)]
        self.sent += 1
        self.trial.number += 1
        if isinstance(outcome, PSAError):
            self.trial.note(outcome)
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def run(self) -> Any:
        """The value, or the error."""
        try:
            return run(
                self.trial.run(
                    self.attempt, lambda state: self.told.append((state.attempt_number, state.upcoming_sleep))
                )
            )
        except Exception as error:  # noqa: BLE001  # handed to the test
            return error


@pytest.mark.parametrize("error", [LOST, NEVER_SENT, BROKEN, GARBLED], ids=lambda error: type(error).__name__)
def test_a_read_is_tried_again_after_growing_spans_and_so_often(error: PSAError) -> None:
    tried = Tried(READ, [error])

    assert tried.run() is error
    assert tried.sent == tried.trial.number == 4
    assert tried.wire.slept == [0.5, 1.0, 2.0]
    assert tried.told == [(1, 0.5), (2, 1.0), (3, 2.0)]


def test_what_works_in_the_end_is_returned() -> None:
    tried = Tried(READ, [LOST, BROKEN, DONE], chance=0.5)

    assert tried.run() == DONE
    assert tried.wire.slept == [0.25, 0.5]


def test_spans_grow_no_longer_than_so_long() -> None:
    tried = Tried(READ, [LOST], attempts=9)
    tried.run()

    assert tried.wire.slept == [0.5, 1, 2, 4, 8, 16, LONGEST_SPAN, LONGEST_SPAN]


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_attempts_count_failures(attempts: int) -> None:
    tried = Tried(READ, [LOST], attempts=attempts)
    tried.run()

    assert tried.sent == attempts


def test_a_refusal_for_lack_of_room_uses_up_no_attempt_and_no_budget_and_the_queue_waits() -> None:
    tried = Tried(READ, [CRAMMED] * 10 + [DONE], attempts=2)

    assert tried.run() == DONE
    assert tried.wire.slept == [0.0] * 10
    assert tried.budget.left == CAPACITY // COST
    assert (tried.trial.refusals, tried.trial.failures) == (10, 0)


def test_a_repetition_costs_the_budget_and_an_empty_one_allows_none() -> None:
    tried = Tried(READ, [LOST], tokens=COST)

    assert tried.run() is LOST
    assert tried.sent == 2
    assert tried.budget.left == 0


@pytest.mark.parametrize(
    ("request_", "error", "sends"),
    [
        (CREATE, LOST, 1),
        (CREATE, BROKEN, 1),
        (CREATE, GARBLED, 1),
        (CREATE, NEVER_SENT, 4),
        (CREATE, Invalid("create a ticket"), 1),
        (IDEMPOTENT, LOST, 4),
        (READ, Unreachable("reach the vendor", sent=False, retryable=False), 1),
        (READ, AuthenticationFailed("sign in"), 1),
        (READ, Unintelligible("understand"), 1),
        (READ, ValueError("a defect"), 1),
    ],
)
def test_only_what_is_safe_and_may_help_is_tried_again(request_: Request, error: Exception, sends: int) -> None:
    tried = Tried(request_, [error])
    tried.run()

    assert tried.sent == sends


@pytest.mark.trust("F10")
@pytest.mark.parametrize("error", [LOST, BROKEN, GARBLED], ids=lambda error: type(error).__name__)
def test_a_write_whose_answer_is_no_answer_is_unknown(error: PSAError) -> None:
    raised = Tried(CREATE, [error]).run()

    assert isinstance(raised, OutcomeUnknown)
    assert raised.status == error.status
    assert raised.said == (str(error),)
    assert raised.hint
    assert str(CREATE.effect) in str(raised)
    assert raised.__cause__ is error


@pytest.mark.parametrize(
    ("request_", "error"),
    [(CREATE, NEVER_SENT), (CREATE, Invalid("create a ticket")), (IDEMPOTENT, LOST), (CHECKED, LOST), (READ, BROKEN)],
)
def test_other_errors_are_left_as_they_are(request_: Request, error: PSAError) -> None:
    assert Tried(request_, [error]).run() is error


def test_who_waited_for_room_until_the_deadline_hears_of_the_refusal() -> None:
    assert Tried(READ, [CRAMMED, LATE]).run() is CRAMMED


@pytest.mark.parametrize("outcomes", [[LATE], [BROKEN, LATE]])
def test_a_deadline_without_a_refusal_is_told_as_it_is(outcomes: list[PSAError]) -> None:
    assert Tried(READ, outcomes).run() is LATE


def test_a_write_that_was_sent_when_the_deadline_passed_is_unknown_whatever_was_refused_before() -> None:
    cut = DeadlineExceeded("finish in time", phase="waiting for the answer", sent=True)

    assert isinstance(Tried(CREATE, [CRAMMED, cut]).run(), OutcomeUnknown)


@pytest.mark.parametrize(("left", "sends"), [(0.5, 1), (0.51, 2), (1.5, 2), (1.51, 3)])
def test_no_attempt_is_begun_that_the_deadline_would_cut(left: float, sends: int) -> None:
    tried = Tried(READ, [LOST])
    with deadline(tried.wire.now() + left):
        assert tried.run() is LOST

    assert tried.sent == sends


@pytest.mark.parametrize("request_", [CREATE, READ])
def test_a_failed_look_up_is_not_tried_again_and_nothing_was_sent(request_: Request) -> None:
    tried = Tried(request_, [DONE])

    async def attempt() -> Any:
        async def look_up() -> None:
            raise LOST

        tried.sent += 1
        return await tried.trial.look_up(look_up())

    tried.attempt = attempt  # type: ignore[method-assign]  # this one looks up first

    assert tried.run() is LOST
    assert tried.sent == 1


def test_after_a_look_up_that_worked_a_lost_write_is_unknown() -> None:
    tried = Tried(CREATE, [LOST])

    async def look_up() -> str:
        return DONE

    assert run(tried.trial.look_up(look_up())) == DONE
    assert isinstance(tried.run(), OutcomeUnknown)


def test_what_the_vendor_cannot_have_acted_on() -> None:
    errors = [CRAMMED, NEVER_SENT, LOST, BROKEN, ValueError()]

    assert [certainly_unprocessed(error) for error in errors] == [True, True, False, False, False]


def limited(wait: float | None, *, everywhere: bool = False) -> RateLimited:
    return RateLimited("get a ticket", wait=wait, everywhere=everywhere)


def test_without_a_hint_pauses_grow_by_half_at_least_and_not_for_ever() -> None:
    assert [pause_after(limited(None), refusals, 1.0) for refusals in (1, 2, 3)] == [0.2, 0.4, 0.8]
    assert pause_after(limited(None), 1, 0.0) == 0.1
    assert pause_after(limited(None), 30, 1.0) == LONGEST_SPAN


def test_a_full_window_takes_longer_than_a_taken_slot() -> None:
    assert [pause_after(limited(None, everywhere=True), refusals, 1.0) for refusals in (1, 2)] == [2.0, 4.0]


@pytest.mark.trust("F11")
@pytest.mark.parametrize(
    ("hint", "pause"), [(7.0, 7.0), (0.0, 0.0), (-5.0, 0.0), (1e9, LONGEST_PAUSE), (math.inf, LONGEST_PAUSE)]
)
def test_a_hint_is_believed_within_reason(hint: float, pause: float) -> None:
    assert pause_after(limited(hint), 1, 0.0) == pause
    assert pause_after(limited(hint), 1, 1.0) == pytest.approx(pause + 0.1)


@pytest.mark.parametrize(("refusals", "pause"), [(2, 0.0), (3, 0.4)])
def test_a_hint_that_leads_to_refusals_is_not_believed_alone(refusals: int, pause: float) -> None:
    assert pause_after(limited(0.0), refusals, 0.0) == pause


def test_a_long_hint_stands_after_many_refusals() -> None:
    assert pause_after(limited(60.0), 5, 0.0) == 60.0
