"""A trial: a sandbox with something to look at, all of which came about as it would at a customer's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import anypsa
from anypsa import ApprovalPending, Policy, Psa, Rule, Rules, Ticket, Verdict, q
from anypsa.policy.presets import NEVER
from anypsa_automation.stages.controller import Rollout
from anypsa_sandbox import Sandbox

WATCHED, ASKED, QUIET = "hardware", "accounts", "software"
"""Categories: one in shadow, one that asks for approvals, and one of which nothing happened."""
TRUSTED: Final = Rules("trusted", (Rule(name="what no rule forbids", then=Verdict.AUTO), *NEVER))
MOST: Final = 8


@contextmanager
def trial(vendor: str, *, tickets: int, seed: int) -> Iterator[tuple[Psa, str]]:
    """A tenant, and the e-mail address of the technician who looks at the console."""
    with Sandbox(vendor, tickets=tickets, seed=seed, latency=0.0) as sandbox, TemporaryDirectory() as folder:
        person = sandbox.world().rows("technicians")[1]
        settings: dict[str, Any] = {
            "state": Path(folder) / "console.db",
            "policy": TRUSTED,
            "stages": (WATCHED, ASKED, QUIET),
            "promoters": (person["email"],),
            "propose": True,
            "actor": "triage",
        }
        with anypsa.connect(vendor, **sandbox.settings, **settings) as psa:
            fill(psa, sandbox, person)
            yield psa, person["email"]


def fill(psa: Psa, sandbox: Sandbox, person: dict[str, Any]) -> None:
    """Lets an automation work, and technicians do what they would have done anyway."""
    rollout = Rollout(psa)
    for why in ("the trial begins there", "the trial goes on there"):
        rollout.promote(ASKED, by=person["email"], why=why)
    found = psa.tickets.list(q.state == "open").all()
    for ticket in of(found, ASKED):
        sandbox.world().change("tickets", int(ticket.id), {"assignee": person["id"]})
        with suppress(ApprovalPending):
            psa.tickets.update(ticket, priority="High")
    watched = of(found, WATCHED)
    for ticket in watched:
        psa.tickets.update(ticket, queue="Service Desk", priority="High")
    with anypsa.connect(sandbox.dialect.name, **sandbox.settings, policy=Policy.open) as people:
        done = next(str(one.status) for one in people.tickets.list(q.state == "closed"))
        for place, ticket in enumerate(watched):
            queue = "Network" if place % 4 == 3 else "Service Desk"
            people.tickets.update(ticket, queue=queue, priority="High", status=done)
    rollout.settle()


def of(tickets: list[Ticket], category: str) -> list[Ticket]:
    return [one for one in tickets if str(one.category).casefold() == category][:MOST]
