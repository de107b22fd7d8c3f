"""Retries: what is worth another attempt, and when. Attempts count failures, the deadline bounds waiting, and a budget
that all calls of a session share bounds what repetitions add to a storm."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from ..errors import DeadlineExceeded, OutcomeUnknown, PSAError, RateLimited, Unintelligible, Unreachable, VendorFailure
from ..spi.exchange import Request
from ..wire import Wire, until
from .budget import RetryBudget

V = TypeVar("V")
# Full jitter: a random part of a doubling span, so that callers who failed together do not return together.
FIRST_SPAN: Final = 0.5
LONGEST_SPAN: Final = 20.0
# A vendor's hint is believed up to this; beyond it is a mistake or an attack.
LONGEST_PAUSE: Final = 120.0
# Hints that led to so many refusals are no longer believed alone: "Retry-After: 0" for ever would be a tight loop.
BELIEVED: Final = 3
SLOT_SPAN: Final = 0.1
WINDOW_SPAN: Final = 1.0


def certainly_unprocessed(error: BaseException) -> bool:
    """Whether the vendor cannot have acted on the request."""
    return isinstance(error, RateLimited) or (isinstance(error, Unreachable) and not error.sent)


def pause_after(error: RateLimited, refusals: int, random: float) -> float:
    """How long to hold back: the vendor's hint with a little jitter, else a growing random span."""
    first = WINDOW_SPAN if error.everywhere else SLOT_SPAN
    span = min(math.ldexp(first, refusals), LONGEST_SPAN) * (0.5 + random / 2)
    if error.wait is None:
        return span
    hint = min(max(error.wait, 0.0), LONGEST_PAUSE) + random * 0.1
    return hint if refusals < BELIEVED else max(hint, span)


class Trial:
    """The attempts at one request."""

    def __init__(self, wire: Wire, request: Request, attempts: int, budget: RetryBudget) -> None:
        self._wire = wire
        self._request = request
        self._attempts = attempts
        self._budget = budget
        self.number = 0
        self.failures = 0
        self.refusals = 0
        self.refusal: RateLimited | None = None
        self.looking_up = False
        self.waited = False

    async def run(self, attempt: Callable[[], Awaitable[V]], told: Callable[[RetryCallState], None]) -> V:
        """Attempts until it works, is not worth it, or the budgets are spent; then the last error is raised."""
        retrying = AsyncRetrying(
            sleep=self._wire.sleep,
            retry=retry_if_exception(self.worth_repeating),
            wait=self.wait,
            stop=self.spent,
            before_sleep=told,
            reraise=True,
        )
        try:
            return await retrying(attempt)
        except PSAError as error:
            verdict = self.verdict(error)
            if verdict is error:
                raise
            raise verdict from error

    async def look_up(self, answer: Awaitable[V]) -> V:
        """What an attempt needs before it is sent. A look-up that fails made attempts of its own, and this request
        was not sent."""
        self.looking_up = True
        value = await answer
        self.looking_up = False
        return value

    def worth_repeating(self, error: BaseException) -> bool:
        """Whether the same request may be sent again, and that may help."""
        if self.looking_up or not isinstance(error, PSAError) or not error.retryable:
            return False
        return self._request.safe_to_repeat or certainly_unprocessed(error)

    def wait(self, state: RetryCallState) -> float:
        """Seconds before the next attempt; after a refusal for lack of room, the queue does the waiting."""
        error = failure(state)
        if isinstance(error, RateLimited):
            return 0.0
        span = min(math.ldexp(FIRST_SPAN, self.failures - 1), LONGEST_SPAN)
        return span * self._wire.random()

    def spent(self, state: RetryCallState) -> bool:
        """Whether a budget is used up."""
        if self._wire.now() + state.upcoming_sleep >= until():
            return True
        if self.failures >= self._attempts:
            return True
        return not isinstance(failure(state), RateLimited) and not self._budget.spend()

    def note(self, error: PSAError) -> None:
        """Counts a failed attempt on the right budget."""
        if isinstance(error, RateLimited):
            self.refusals += 1
            self.refusal = error
        else:
            self.failures += 1

    def verdict(self, error: PSAError) -> PSAError:
        """The error to raise: a write that may have happened is `OutcomeUnknown`, whatever else went wrong."""
        if isinstance(error, DeadlineExceeded) and not error.sent and self.refusal is not None:
            return self.refusal  # what kept the request waiting says more than that it waited too long
        lost = isinstance(error, Unreachable | VendorFailure | Unintelligible) and not certainly_unprocessed(error)
        if self.looking_up or not lost or self._request.safe_to_repeat or not self._request.effect.writes:
            return error
        return OutcomeUnknown(
            f"learn whether the vendor did {self._request.effect}",
            said=[str(error)],
            hint="It may or may not have happened; look before you do it again.",
            status=error.status,
        )


def failure(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None
