"""A measured rollout: password reset triage, written once, earns its autonomy stage by stage. On any PSA.

Runs on a sandbox as it stands (`python roll_out_password_resets.py halopsa`), where Jane agrees with all of it, and in seconds:
`HASTY` takes the waiting out of the ladder. Without it, the same program takes 61 days at the least.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import anypsa
from anypsa import ApprovalPending, Classification, Psa, Ticket, Visibility, q
from anypsa.policy.presets import GUARDED
from anypsa_automation import State
from anypsa_automation.stages import Rollout, Stage, Terms
from anypsa_automation.stages.showing import markdown
from anypsa_sandbox import Sandbox

CATEGORY, TITLE, LEAD = "password reset", "Password forgotten", "lead@msp.example"
HASTY = Terms(schedule=dict.fromkeys(Stage, timedelta()), patience=timedelta(), minimum=3, enough=3)


class ByTitle:
    """Which tickets are password resets."""

    def classify(self, ticket: Ticket) -> Classification:
        return Classification(frozenset({CATEGORY} if ticket.title == TITLE else ()))


def triage(psa: Psa) -> None:
    """The automation. It knows neither the vendor nor its stage."""
    for ticket in psa.tickets.list((q.state == "open") & (q.title == TITLE)):
        psa.notes.create(ticket=ticket, body="Asks for a password reset.", visibility=Visibility.INTERNAL)
        with suppress(ApprovalPending):  # then Jane is asked on the ticket
            psa.tickets.update(ticket, queue="Service Desk", priority="High")


class Desk:
    """The people at the sandbox: customers who forget passwords, and Jane."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.world = sandbox.world()
        rows = self.world.rows("tickets")
        self.model, done = (next(one for one in rows if bool(one["closed"]) is closed) for closed in (False, True))
        self.done, self.jane = done["status"], self.world.rows("technicians")[1]["id"]

    def ask(self, number: int) -> None:
        now, model = datetime.now(UTC), {name: value for name, value in self.model.items() if name != "id"}
        new = {"title": TITLE, "number": f"P{number}", "assignee": self.jane, "created": now, "updated": now}
        self.world.add("tickets", {**model, **new})

    def answer(self, psa: Psa) -> None:
        for plan in psa.plans.list("proposed"):
            note = {"ticket": int(plan.ticket), "kind": "Task Notes", "title": "note", "visibility": "internal"}
            who = {"author": self.jane, **dict.fromkeys(("created", "updated"), datetime.now(UTC))}
            self.world.add("notes", {**note, **who, "body": f"approve {plan.code}"})

    def work(self) -> None:
        for row in self.world.rows("tickets"):
            if row["title"] == TITLE and row["closed"] is None:
                told = {"queue": "Service Desk", "priority": "High", "status": self.done, "closed": datetime.now(UTC)}
                self.world.change("tickets", row["id"], {**told, "updated": told["closed"]})


def climb(psa: Psa, desk: Desk, *, rounds: int) -> Iterator[str]:
    """Works some rounds, and tells at which stage each was."""
    rollout = Rollout(psa)
    for number in range(0, 3 * rounds, 3):
        yield next((str(one.stage) for one in rollout.standings() if one.category == CATEGORY), "shadow")
        for ticket in range(number, number + 3):
            desk.ask(ticket)
        triage(psa)
        desk.answer(psa)
        psa.plans.settle()
        for plan in psa.plans.list("approved"):
            psa.plans.run(plan)
        desk.work()
        for move in rollout.settle().moves:  # daily, in a real rollout
            rollout.promote(move.standing.category, by=LEAD)  # a person's decision


def main(vendor: str = "autotask") -> None:
    """Climbs the ladder, and shows the week."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(vendor, tickets=50, latency=0) as sandbox:
        state = State(f"{folder}/state.db", terms=HASTY)
        told: dict[str, Any] = {"state": state, "stages": (CATEGORY,), "promoters": (LEAD,), "propose": True}
        with anypsa.connect(vendor, **sandbox.settings, policy=GUARDED.and_also(classifier=ByTitle()), **told) as psa:
            print(*climb(psa, Desk(sandbox), rounds=4), sep="\n")
            print(markdown(Rollout(psa).figures()))
        state.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
