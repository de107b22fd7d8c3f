"""Checks of limits under load and refusal: slots, storms, and a vendor that says "too many" in every form."""

from __future__ import annotations

from functools import partial
from typing import Any, Final

from anypsa import DeadlineExceeded, PSAError, RateLimited, Ticket
from anypsa.testing import faults

from .checks import FAULTS, check
from .faces import Probe
from .failing import SOON, ids_of, outcome, patiently
from .harness import Harness

STORM: Final = 12
HINTS: Final = ("0", "-5", "1e9", "soon", "", "1, 2", "Wed, 21 Oct 2015 07:28:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT")
"""What may stand in `Retry-After`."""
LESS_THAN_ASKED: Final = 10.0
BRIEF: Final = 0.5
"""Seconds in which a call either goes on at once or has to wait for too long."""


@check("faults.slot", promise="limits", needs="tickets.get", drivers=FAULTS, survives=("F21",))
async def slot(psa: Probe, harness: Harness) -> None:
    """Who waits for a slot until the deadline sends nothing, and the error says so."""

    async def crowded(other: Probe) -> list[Any]:
        ids = await patiently(lambda: ids_of(other.tickets.list(limit=2)))
        harness.breaking.always("GET", harness.ticket_path(f"({'|'.join(ids)})"), faults.Hang(60))
        return await other.together([partial(outcome, other.tickets.get(id)) for id in ids])

    # Without a lag, the slot of the one that began first may still be had in the moment before the other's deadline.
    errors = await psa.with_settings({"slots": 1, "deadline": SOON, "release_lag": 0.1, "gathering": False}, crowded)

    assert {type(error) for error in errors} == {DeadlineExceeded}
    assert sorted(error.sent for error in errors) == [False, True]


@check("faults.storm", promise="limits", needs="tickets.get", drivers=FAULTS, survives=("F9",))
async def storm(psa: Probe, harness: Harness) -> None:
    """When everything fails, not every failure is repeated: a storm is not made worse."""

    async def stormed(other: Probe) -> list[Any]:
        await other.tickets.get(harness.world.ticket)
        harness.server.requests.clear()
        harness.breaking.always("GET", harness.ticket_path(), faults.Answer({}, 503))
        return [await outcome(other.tickets.get(harness.world.ticket)) for _ in range(STORM)]

    errors = await psa.with_settings({"attempts": 3}, stormed)

    assert all(isinstance(error, PSAError) for error in errors)
    assert STORM < len(harness.server.requests) < 3 * STORM


@check("faults.refused_for_ever", promise="limits", needs="tickets.get", drivers=FAULTS, survives=("F11", "F13"))
async def refused_for_ever(psa: Probe, harness: Harness) -> None:
    """A vendor that goes on saying "too many" is asked as often as it said, and named in the end."""
    harness.breaking.always("GET", harness.ticket_path(), faults.Answer("slow down", 429, {"retry-after": "1"}))

    async def busy(other: Probe) -> Any:
        return await outcome(other.tickets.get(harness.world.ticket))

    error = await psa.with_settings({"deadline": 2.5}, busy)

    assert isinstance(error, RateLimited)
    assert error.wait == 1
    assert 1 <= len(harness.server.sent("GET", harness.world.ticket)) <= 4


@check("faults.odd_hints", promise="limits", needs="tickets.get", drivers=FAULTS, survives=("F11",), provisional=True)
async def odd_hints(psa: Probe, harness: Harness) -> None:
    """Whatever a refusal says of when to come back, the call goes on, or ends in an error of ours at its deadline."""
    refusals = [faults.Answer("slow down", 429, {"retry-after": hint}) for hint in HINTS]

    async def refused(other: Probe) -> Any:
        await patiently(lambda: other.tickets.get(harness.world.ticket_with_notes))
        return await outcome(other.tickets.get(harness.world.ticket))

    harness.breaking.once("GET", harness.ticket_path(), *refusals)
    told = [await psa.with_settings({"deadline": BRIEF}, refused) for _ in HINTS]

    assert all(isinstance(one, Ticket | RateLimited | DeadlineExceeded) for one in told)


@check("faults.pause", promise="limits", needs="companies.get", drivers=FAULTS, survives=("F12",), provisional=True)
async def pause(psa: Probe, harness: Harness) -> None:
    """A vendor that tells one caller to wait is left alone by all callers."""
    busy = faults.Answer({"errors": ["Request threshold exceeded."]}, 429, {"retry-after": "60"})

    async def paused(other: Probe) -> list[Any]:
        await other.tickets.get(harness.world.ticket)
        harness.breaking.once("GET", harness.ticket_path(), busy)
        refused = await outcome(other.tickets.get(harness.world.ticket))
        harness.server.requests.clear()
        return [refused, await outcome(other.companies.get(harness.world.company))]

    refused, held = await psa.with_settings({"deadline": LESS_THAN_ASKED}, paused)

    assert isinstance(refused, RateLimited)
    assert isinstance(held, DeadlineExceeded)
    assert harness.server.requests == []
