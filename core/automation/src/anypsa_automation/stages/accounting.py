"""Accounting: whether the vendor keeps our time entries as they were sent, and which contracts they are billed to."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from anypsa import Psa, TimeEntry, Unsupported
from anypsa.journal import Stage as Written

from ..rows import read, stamp
from ..schema import ENTRIES

if TYPE_CHECKING:
    from ..state import State

SAMPLE: Final = 20
EXACT: Final = timedelta(seconds=36)
"""How far a stored time may be off and be called exact: vendors keep hours with two decimals."""
HOUR: Final = Decimal(3600)


@dataclass(frozen=True)
class TimeAccuracy:
    """A random sample of our time entries: how many the vendor keeps as they were sent, and how far off the others are."""

    sampled: int
    exact: int
    worst: timedelta
    entries: Sequence[str] = ()


@dataclass(frozen=True)
class Billing:
    """Our time under one kind of contract: how much was worked, and how much the vendor bills."""

    entries: int
    worked: Decimal
    billed: Decimal


def ours(psa: Psa, state: State, since: datetime, until: datetime) -> Sequence[tuple[timedelta | None, TimeEntry]]:
    """The time entries that we wrote: what was sent, and what the vendor keeps."""
    wanted = select(ENTRIES.c.record, ENTRIES.c.given).where(
        ENTRIES.c.tenant == psa.tenant,
        ENTRIES.c.entity == "time_entry",
        ENTRIES.c.action == "create",
        ENTRIES.c.stage == str(Written.DONE),
        ENTRIES.c.touched.between(stamp(since), stamp(until)),
    )
    with state.database.transaction() as connection:
        sent = {row.record: read(row.given) for row in connection.execute(wanted)}
    kept = psa.existing("time_entry", sorted(sent)) if sent else {}
    return [(duration_of(sent[id]), one) for id, one in sorted(kept.items()) if isinstance(one, TimeEntry)]


def duration_of(given: Mapping[str, Any]) -> timedelta | None:
    """How long a time entry was that we sent."""
    if given.get("duration") is not None:
        return timedelta(seconds=given["duration"])
    if given.get("started") and given.get("ended"):
        return datetime.fromisoformat(given["ended"]) - datetime.fromisoformat(given["started"])
    return None


def accuracy(entries: Sequence[tuple[timedelta | None, TimeEntry]], *, seed: str) -> TimeAccuracy:
    """A sample of 20, drawn by the seed, of time entries that we sent."""
    told = [(sent, kept) for sent, kept in entries if sent is not None and kept.duration is not None]
    sample = random.Random(seed).sample(told, min(SAMPLE, len(told)))  # a draw that anybody can repeat
    off = [abs(kept.duration - sent) for sent, kept in sample if kept.duration is not None]
    ids = [kept.id for _, kept in sample]
    return TimeAccuracy(len(off), sum(one <= EXACT for one in off), max(off, default=timedelta()), ids)


def billed(psa: Psa, entries: Iterable[TimeEntry]) -> Mapping[str, Billing]:
    """Our time by the kind of contract that it went to."""
    found: dict[str, Billing] = {}
    entries = list(entries)
    ids = sorted({one.contract.id for one in entries if one.contract is not None})
    try:
        contracts: Mapping[str, Any] = psa.existing("contract", ids) if ids else {}
    except Unsupported:
        contracts = {}
    for entry in entries:
        contract = None if entry.contract is None else contracts.get(entry.contract.id)
        kind = "none" if entry.contract is None else "unknown" if contract is None else str(contract.kind)
        before = found.get(kind, Billing(0, Decimal(0), Decimal(0)))
        worked, bills = hours(entry.duration), hours(entry.billed if entry.billable is not False else None)
        found[kind] = Billing(before.entries + 1, before.worked + worked, before.billed + bills)
    return found


def hours(span: timedelta | None) -> Decimal:
    return Decimal(0) if span is None else Decimal(str(span.total_seconds())) / HOUR
