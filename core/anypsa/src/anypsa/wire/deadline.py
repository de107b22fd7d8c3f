"""Deadlines: until when the current call may take. Arithmetic only; the wires do the waiting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from ..errors import DeadlineExceeded

FOREVER: Final = float("inf")

# A context variable follows the call into tasks and threads and belongs to no module's state.
_until: Final = ContextVar("anypsa_until", default=FOREVER)


def until() -> float:
    """The moment, on the wire's clock, when the current call must be over."""
    return _until.get()


@contextmanager
def deadline(moment: float) -> Iterator[None]:
    """Ends what is inside at `moment`, or at an outer deadline if that is earlier."""
    token = _until.set(min(moment, _until.get()))
    try:
        yield
    finally:
        _until.reset(token)


def missed(phase: str, tried: str = "finish in time") -> DeadlineExceeded:
    """The error of a deadline that passed while waiting."""
    return DeadlineExceeded(
        tried,
        phase=phase,
        sent=False,
        said=[f"the deadline passed while {phase}"],
        hint="Raise `deadline=` if this is expected.",
    )
