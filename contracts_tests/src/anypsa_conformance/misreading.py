"""Checks of input: rows that no vendor should send. An error of ours or a record, never anything else."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from anypsa import PSAError, Ticket
from anypsa.spi import INSTANT

from .breaking import Rewritten, rows
from .checks import FAULTS, check
from .faces import Probe
from .failing import outcome
from .harness import Harness

ODD: Final = (None, True, -1, 10**40, 1.5, "", "text", "\x00", [1], {"a": 1})
DATES: Final = ("", "0001-01-01T00:00:00", "9999-12-31T23:59:59.999", "/Date(1732406400000)/", "2026-11-24", "soon")
SEED: Final = 20261124
TRIES: Final = 40


def changed(harness: Harness, wire: str, id: str, changes: dict[str, Any], told: Any) -> None:
    """Changes the row of a ticket in an answer."""
    for row in rows(told):
        if str(row.get(wire)) == id:
            row.update(changes)
            return


async def got(psa: Probe, harness: Harness, changes: dict[str, Any]) -> Any:
    """A ticket whose row was changed on its way, or the error."""
    harness.breaking.rules.clear()
    wire = harness.adapter.tables["ticket"].by_name["id"].wire
    act = Rewritten(partial(changed, harness, wire, harness.world.ticket, changes))
    harness.breaking.always("GET", harness.ticket_path(), act)
    return await outcome(psa.tickets.get(harness.world.ticket))


@check("input.any_value", promise="errors", needs="tickets.get", drivers=FAULTS)
async def any_value(psa: Probe, harness: Harness) -> None:
    """A value of any type in any field makes a record or an error of ours."""
    dice = random.Random(SEED)  # chooses examples
    names = [one.wire for one in harness.adapter.tables["ticket"].fields]

    async def read(other: Probe) -> None:
        for _ in range(TRIES):
            changes = {dice.choice(names): dice.choice(ODD) for _ in range(2)}
            told = await got(other, harness, changes)
            if isinstance(told, PSAError):
                assert len(str(told)) < 1000, changes
            else:
                assert isinstance(told, Ticket), changes
                assert told.id == harness.world.ticket, changes

    await psa.with_settings({"attempts": 1}, read)


@check("input.times", promise="errors", needs="tickets.get", drivers=FAULTS)
async def times(psa: Probe, harness: Harness) -> None:
    """A time is in UTC, or an error of ours."""
    whole = await psa.tickets.get(harness.world.ticket)
    moments = [one for one in harness.adapter.tables["ticket"].fields if isinstance(one.codec, type(INSTANT))]

    async def read(other: Probe) -> None:
        for text in DATES:
            told = await got(other, harness, {one.wire: text for one in moments})
            assert isinstance(told, PSAError) or in_utc(told), text

    assert in_utc(whole)
    await psa.with_settings({"attempts": 1}, read)


def in_utc(ticket: Ticket) -> bool:
    """Whether every time of a ticket says that it is in UTC."""
    found = [value for value in vars(ticket).values() if isinstance(value, datetime)]
    return all(value.tzinfo is UTC for value in found)
