"""Voice: who calls is found while they say their name; their ticket gets the transcript as its first, internal note. On any PSA.

Runs on a sandbox as it stands (`python answer_calls.py halopsa`). The first call takes 9 requests on Autotask, 14 on
HaloPSA, 8 on ConnectWise PSA; from then on, finding a caller takes none, and a call about 4. With an account of your
own, connect by `anypsa.connect(profile="acme")` instead.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence

import anypsa
from anypsa import Contact, Psa, Ticket, Visibility
from anypsa_sandbox import Sandbox

HEADING = "Transcript of the call"
QUEUE, PRIORITY = "Service Desk", "High"


def caller(psa: Psa, heard: str) -> Contact | None:
    """Who that is, if it can be only one; whoever listens asks again otherwise."""
    found = psa.contacts.suggest(heard, limit=2)
    return found[0] if len(found) == 1 else None


def answer(psa: Psa, contact: Contact, title: str, transcript: Sequence[str], call_id: str) -> Ticket:
    """The ticket of a call: one, however often the telephone system tells of it."""
    ticket = psa.tickets.create(
        company=contact.company,
        contact=contact,
        title=title,
        queue=QUEUE,
        priority=PRIORITY,
        idempotency_key=f"call {call_id}",
    )
    psa.notes.create(
        ticket=ticket,
        body="\n".join([f"{HEADING}:", *transcript]),
        visibility=Visibility.INTERNAL,
        idempotency_key=f"transcript {call_id}",
    )
    return ticket


def spoken(contact: Contact) -> Iterator[str]:
    """A name as it is heard, letter by letter."""
    name = contact.name.lower()
    return (name[:end] for end in range(2, len(name) + 1))


def main(vendor: str = "autotask") -> None:
    """One call, of the first who can be told by name."""
    with Sandbox(vendor, seed=1, tickets=60) as sandbox, anypsa.connect(vendor, **sandbox.settings) as psa:
        names = (heard for someone in psa.contacts.list() for heard in spoken(someone))
        heard, contact = next((heard, one) for heard in names if (one := caller(psa, heard)))
        ticket = answer(psa, contact, "Cannot print", ["Caller: the printer is dead."], "2026-11-01-0017")
        print(f"{heard!r} is {contact.name}: ticket {ticket.number}")


if __name__ == "__main__":
    main(*sys.argv[1:])
