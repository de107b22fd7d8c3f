"""once: whatever happens to the answers, every create stands once, and what cannot be told yet can be told later."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any

import pytest
from storms import brew, held
from vendors import OPEN, Vendor

from anypsa import OutcomeUnknown, PSAError, Visibility
from anypsa_conformance import Probe, on_face
from anypsa_sandbox import Sandbox


@dataclass
class Outcomes:
    """What the callers were told, by what they asked for."""

    made: set[str] = field(default_factory=set)
    not_made: set[str] = field(default_factory=set)
    unknown: dict[str, str] = field(default_factory=dict)
    raised: int = 0


async def create(psa: Probe, facts: Vendor, ticket: Any, name: str, outcomes: Outcomes) -> None:
    """One create: every other one of a ticket, every third one without waiting for certainty."""
    number = int(name.rpartition(" ")[2])
    options = {} if number % 3 == 0 else {"settle": "wait"}
    try:
        if number % 2:
            await psa.notes.create(ticket=ticket, body=name, visibility=Visibility.INTERNAL, **options)
        else:
            company = facts.id("company", 0)
            await psa.tickets.create(company=company, title=name, queue="Network", **facts.new_ticket, **options)
        outcomes.made.add(name)
    except OutcomeUnknown as error:
        outcomes.raised += 1
        if error.entry is None:
            outcomes.made.add(name)  # it is written, and could not be read back
        else:
            outcomes.unknown[name] = error.entry
    except PSAError:
        outcomes.not_made.add(name)


async def resolve(psa: Probe, outcomes: Outcomes, seconds: float) -> None:
    """Asks what became of the unknown ones until all is known."""
    end = monotonic() + seconds
    while outcomes.unknown and monotonic() < end:
        for name, entry in list(outcomes.unknown.items()):
            try:
                found = await psa.resolve(entry)
            except PSAError:
                continue
            (outcomes.made if found.happened else outcomes.not_made).add(name)
            del outcomes.unknown[name]


@dataclass(frozen=True)
class Plan:
    """How many creates, how many of them at a time, and how long the vendor takes at most: late commits come within 30
    seconds, `shrunk` by so much, and `settles` is what the library reckons with."""

    number: int
    at_once: int
    seed: int
    settles: float
    shrunk: float = 1.0


SMALL = Plan(number=30, at_once=20, seed=1, settles=2.0, shrunk=40.0)
FULL = Plan(number=1000, at_once=120, seed=2, settles=40.0)


def storm(face: str, facts: Vendor, sandbox: Sandbox, plan: Plan) -> Outcomes:
    outcomes = Outcomes()
    names = [f"storm {plan.seed} {n}" for n in range(plan.number)]
    left = deque(names)

    async def check(psa: Probe) -> None:
        ticket = await psa.tickets.first()
        brew(sandbox, facts, plan.seed, shrunk=plan.shrunk)

        async def work() -> None:
            while left:
                with suppress(IndexError):  # another thread may have been faster
                    await create(psa, facts, ticket, left.popleft(), outcomes)

        # Side by side within side by side: the blocking wire's threads are few for each.
        some = partial(psa.together, [work] * 10)
        await psa.together([some] * (plan.at_once // 10))
        sandbox.control.clear_faults()
        await resolve(psa, outcomes, 60.0 + plan.settles)
        assert list(await psa.unresolved()) == []

    settings = {"deadline": 30.0, "settle_time": plan.settles, "release_lag": 0.0}
    on_face(face, check, facts.name, {**OPEN, **sandbox.settings, **settings})
    world = held(sandbox, names)
    assert outcomes.unknown == {}
    assert outcomes.made | outcomes.not_made == set(names)
    assert {name: count for name, count in world.items() if count > 1} == {}
    assert set(world) == outcomes.made
    return outcomes


@pytest.mark.trust("W1", "F2", "F10")
def test_creates_in_a_storm_stand_once(face: str, facts: Vendor, sandbox: Sandbox) -> None:
    outcomes = storm(face, facts, sandbox, SMALL)

    assert len(outcomes.made) > 20


@pytest.mark.deep
@pytest.mark.trust("W1", "F2", "F10")
def test_a_thousand_creates_in_a_storm_stand_once(
    face: str, facts: Vendor, sandbox: Sandbox, figures: Callable[..., None]
) -> None:
    outcomes = storm(face, facts, sandbox, FULL)

    conditions = {"vendor": facts.name, "face": face, "of": f"{FULL.number:,}", "committed late": "by 1 to 30 s"}
    figures("creates in a storm that made two records, or none where one was told", "0", **conditions)
    figures("creates in a storm whose outcome could not be told at once", str(outcomes.raised), **conditions)
    figures("creates in a storm whose outcome could not be told in the end", "0", **conditions)


@pytest.mark.trust("W2")
def test_ten_callers_with_one_key_make_one_ticket(face: str, facts: Vendor, sandbox: Sandbox) -> None:
    sandbox.control.fault("lose", method="POST", path=facts.ticket_path)

    async def check(psa: Probe) -> set[str]:
        values = {"company": facts.id("company", 0), "title": "one key", "queue": "Network", **facts.new_ticket}
        made = await psa.together([partial(psa.tickets.create, **values, idempotency_key="k") for _ in range(10)])
        return {ticket.id for ticket in made}

    ids = on_face(face, check, facts.name, {**OPEN, **sandbox.settings, "release_lag": 0.0})

    assert len(ids) == 1
    assert held(sandbox, ["one key"]) == {"one key": 1}
