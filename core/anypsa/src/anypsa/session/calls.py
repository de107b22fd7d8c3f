"""Calls: what a user's call carries down to every request it causes: its deadline and its lane."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from ..settings import Settings
from ..wire import Lane, Wire, deadline
from .allowance import lane_of

# Follows the call into tasks and threads, as the deadline does.
_lane: Final = ContextVar("anypsa_lane", default=Lane.INTERACTIVE)

_trace: Final = ContextVar["Trace | None"]("anypsa_trace", default=None)


@dataclass
class Trace:
    """What became of the writes that a piece of work sent: whether the vendor accepted any."""

    accepted: bool = False


@contextmanager
def traced() -> Iterator[Trace]:
    """Follows the writes of what is inside."""
    trace = Trace()
    token = _trace.set(trace)
    try:
        yield trace
    finally:
        _trace.reset(token)


def accepted() -> None:
    """Notes that the vendor accepted a write."""
    if (trace := _trace.get()) is not None:
        trace.accepted = True


@dataclass
class Sent:
    """What one call of a user's has sent: whether a write is among it."""

    write: bool = False


_sent: Final = ContextVar["Sent | None"]("anypsa_sent", default=None)


def wrote() -> None:
    """Notes that the current call sent a write: what it sends from now on is needed to know what became of it."""
    if (sent := _sent.get()) is not None:
        sent.write = True


def has_written() -> bool:
    """Whether the current call sent a write."""
    return (sent := _sent.get()) is not None and sent.write


# What a policy has read for the current call: facts are the same for all that the call sends.
_facts: Final = ContextVar["dict[str, Any] | None"]("anypsa_facts", default=None)


def remembered() -> MutableMapping[str, Any]:
    """What is remembered for the current call; outside of one, nothing is."""
    return {} if (facts := _facts.get()) is None else facts


def lane() -> Lane:
    """The lane of the current call."""
    return _lane.get()


@contextmanager
def call(wire: Wire, settings: Settings, as_lane: Lane, *, patience: float = 0.0) -> Iterator[None]:
    """One call of a user's, or one page of a list; `patience` is how much longer than usual it may take."""
    as_lane = lane_of(as_lane)
    seconds = patience + (settings.bulk_deadline if as_lane is Lane.BULK else settings.deadline)
    token, sent = _lane.set(as_lane), _sent.set(_sent.get() or Sent())
    known = _facts.get()
    facts = _facts.set({} if known is None else known)
    try:
        with deadline(wire.now() + seconds):
            yield
    finally:
        _lane.reset(token)
        _sent.reset(sent)
        _facts.reset(facts)
