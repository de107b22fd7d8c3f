"""A program that is killed: it writes through the outbox, or with keys on the durable journal, and starts over.

Started with one argument, JSON: the face, the vendor, its settings, the state's path, how it writes, how much.
"""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import Any

from storms import FAST
from vendors import OPEN, VENDORS, Vendor

import anypsa
from anypsa import Patience, Visibility
from anypsa_automation import State
from anypsa_conformance import Probe, on_face

PATIENCE = Patience(lease=1.0, first=0.05, longest=0.3, attempts=1000)


def names(number: int) -> list[str]:
    """What it writes: per ticket two notes, to be written in this order."""
    return [text for n in range(number) for text in (f"killed {n}", f"first of {n}", f"second of {n}")]


def ticket_values(facts: Vendor, n: int) -> dict[str, Any]:
    return {
        "company": facts.id("company", 0),
        "title": f"killed {n}",
        "queue": "Network",
        "idempotency_key": f"ticket {n}",
        **facts.new_ticket,
    }


async def by_outbox(psa: Probe, facts: Vendor, number: int) -> None:
    """Puts all into the outbox, however often it starts, and drains it until nothing waits."""
    internal = Visibility.INTERNAL
    for n in range(number):
        item = await psa.outbox.tickets.create(**ticket_values(facts, n))
        for body in (f"first of {n}", f"second of {n}"):
            await psa.outbox.notes.create(ticket=item, body=body, visibility=internal, idempotency_key=body)
    say("ready")
    while (await psa.outbox.drain()).waiting:
        pass  # what is not due yet will be soon
    assert list(await psa.outbox.items(stage="dead")) == []


async def by_journal(psa: Probe, facts: Vendor, number: int) -> None:
    """Writes each with a key, and waits for certainty."""
    say("ready")

    async def one(n: int) -> None:
        ticket = await made(partial(psa.tickets.create, **ticket_values(facts, n), settle="wait"))
        for body in (f"first of {n}", f"second of {n}"):
            values = {"body": body, "visibility": Visibility.INTERNAL, "idempotency_key": body, "settle": "wait"}
            await made(partial(psa.notes.create, ticket=ticket, **values))

    await psa.together([partial(one, n) for n in range(number)])


async def made(create: Any) -> Any:
    """Asks again until it stands: with a key that never makes two."""
    while True:
        try:
            return await create()
        except anypsa.PSAError as error:
            if not (error.retryable or isinstance(error, anypsa.OutcomeUnknown | anypsa.Unreachable)):
                raise


def say(word: str) -> None:
    sys.stdout.write(word + "\n")
    sys.stdout.flush()


def main() -> None:
    told = json.loads(sys.argv[1])
    facts = VENDORS[told["vendor"]]
    way = {"outbox": by_outbox, "journal": by_journal}[told["way"]]
    state = State(told["state"], patience=PATIENCE)
    settings = {**OPEN, **FAST, "deadline": 2.0, **told["settings"], "state": state}
    on_face(told["face"], partial(way, facts=facts, number=told["number"]), facts.name, settings)
    state.dispose()
    say("done")


if __name__ == "__main__":
    main()
