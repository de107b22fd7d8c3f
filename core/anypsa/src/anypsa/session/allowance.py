"""Allowances: what a block of the caller's own program may use of the vendor's requests, and what it used."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from ..errors import OverBudget
from ..wire import Lane

# Follows the block into tasks, as deadlines do.
_allowances: Final = ContextVar[tuple["Allowance", ...]]("anypsa_allowances", default=())


class Allowance:
    """A part of the requests of one tenant: at most so many (None counts only), in this lane (None: each in its own)."""

    def __init__(self, tenant: str, most: int | None, lane: Lane | None) -> None:
        self.tenant = tenant
        self.most = most
        self.lane = lane
        self.used = 0
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"<{self.used} of {self.most if self.most is not None else 'any number of'} requests used>"

    @property
    def left(self) -> int | None:
        """How many may still go; None if there is no limit."""
        return None if self.most is None else max(0, self.most - self.used)

    def spend(self, *, anyway: bool) -> None:
        """Counts a request; raises `OverBudget` for one too many, unless it has to go anyway."""
        with self._lock:
            if not anyway and self.most is not None and self.used >= self.most:
                raise OverBudget(
                    "send another request",
                    said=[f"this block may use {self.most}, and has used them"],
                    hint="It was not sent. Raise max_requests=, or ask for less.",
                )
            self.used += 1

    def refund(self) -> None:
        """Takes back a request that was not sent after all."""
        with self._lock:
            self.used -= 1


@contextmanager
def allowed(allowance: Allowance) -> Iterator[Allowance]:
    """What is inside uses an allowance, and those around it."""
    token = _allowances.set((*_allowances.get(), allowance))
    try:
        yield allowance
    finally:
        _allowances.reset(token)


def allowances(tenant: str) -> list[Allowance]:
    """The allowances of the current block for a tenant, the outermost first."""
    return [one for one in _allowances.get() if one.tenant == tenant]


def spend(tenant: str, *, anyway: bool) -> None:
    """Counts a request on all allowances of the current block; raises `OverBudget`, and then counts it on none."""
    counted: list[Allowance] = []
    try:
        for one in allowances(tenant):
            one.spend(anyway=anyway)
            counted.append(one)
    except OverBudget:
        for one in counted:
            one.refund()
        raise


def room(tenant: str) -> int | None:
    """How many requests may still go; None if nothing limits them."""
    return min((left for one in allowances(tenant) if (left := one.left) is not None), default=None)


def lane_of(usual: Lane) -> Lane:
    """The lane that the innermost block with a lane asks for."""
    return next((one.lane for one in reversed(_allowances.get()) if one.lane is not None), usual)
