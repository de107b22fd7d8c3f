"""A rollout at a sandbox: days that pass, technicians of whom it is known what they do, and one automation, written once.

What the figures must be is worked out from the world alone: what tickets hold, what people wrote on them, and what they did.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from desk import FAST

from anypsa import ApprovalPending, Classification, Policy, Psa, Rule, Rules, Ticket, Verdict, Visibility
from anypsa.connecting import assemble, channel
from anypsa.plugins import load
from anypsa.policy.presets import NEVER
from anypsa.wire import BlockingWire
from anypsa_automation import State
from anypsa_automation.stages import Rollout, Stage, Terms
from anypsa_sandbox import Sandbox

LEAD: Final = "lead@msp.example"
RIGHT, OTHER = "Service Desk", "Network"
NOTE: Final = "Looks like one for the service desk."
WORK: Final = "Reset and told."
EDITED: Final = "Ticket Edited"
SMALL: Final = Terms(
    schedule=dict.fromkeys((Stage.SHADOW, Stage.NOTES, Stage.APPROVAL), timedelta(days=2)),
    minimum=3,
    enough=3,
    patience=timedelta(days=2),
    sampled=0.2,
)


class ByTitle:
    """A ticket's category is what its title begins with."""

    def classify(self, ticket: Ticket) -> Classification:
        return Classification(frozenset({ticket.title.partition(":")[0].casefold()}))


def trusted() -> Policy:
    """What an autonomous category may do: no deletes, no notes to customers."""
    return Rules("trusted", (Rule(name="anything else", then=Verdict.AUTO), *NEVER), ByTitle())


def triage(psa: Psa, ticket: Ticket, done: str, technician: str, spent: timedelta) -> None:
    """The automation. It knows neither the vendor nor the stage."""
    psa.notes.create(ticket=ticket, body=NOTE, visibility=Visibility.INTERNAL)
    try:
        routed = psa.tickets.update(ticket, queue=RIGHT, status=done)
    except ApprovalPending:
        return
    assert str(routed.queue) == RIGHT
    psa.time_entries.create(ticket=ticket, technician=technician, summary=WORK, duration=spent)


@dataclass
class Behaviour:
    """How technicians are with a category: how many of 10 tickets they would have routed just as the automation does,
    and from which day on how many else."""

    agree: int
    later: int | None = None
    since: int = 10_000

    def on(self, day: int) -> int:
        return self.agree if self.later is None or day < self.since else self.later


class MovedWire(BlockingWire):
    """A wire on a clock that the test moves ahead."""

    ahead: timedelta = timedelta()

    def moment(self) -> datetime:
        return super().moment() + self.ahead


@dataclass
class Simulation:
    """Some days at a desk."""

    sandbox: Sandbox
    folder: Path
    behaviours: Mapping[str, Behaviour]
    terms: Terms = SMALL
    daily: int = 2
    seed: int = 1
    day: int = 0
    open: list[tuple[int, str, bool]] = field(default_factory=list)
    """Tickets of today: the row, the category, and whether the technicians agree."""
    stages: dict[int, dict[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        name = self.sandbox.dialect.name
        kind = load(name)
        self.dice = random.Random(self.seed)
        self.state = State(self.folder / "state.db", terms=self.terms)
        settings = kind.settings_type.gather(
            {
                **self.sandbox.settings, **FAST, "state": self.state, "policy": trusted(), "propose": True,
                "stages": tuple(self.behaviours), "promoters": (LEAD,),
            },
            {},
        )  # fmt: skip
        self.wire = MovedWire(channel(settings), seed=self.seed)
        self.psa = Psa(assemble(kind, settings, self.wire))
        self.rollout = Rollout(self.psa)
        rows = self.sandbox.world().rows("tickets")
        self.model = next(one for one in rows if one["closed"] is None)
        self.closed = next(one["status"] for one in rows if one["closed"] is not None)
        jane = self.sandbox.world().rows("technicians")[1]
        self.jane, self.name = jane["id"], f"{jane['first_name']} {jane['last_name']}"

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The week that ends now."""
        return self.moment - timedelta(days=7), self.moment

    def close(self) -> None:
        self.psa.close()
        self.state.dispose()

    @property
    def moment(self) -> datetime:
        now: datetime = self.sandbox._frame.clock.moment()
        return now

    def run(self, days: int) -> None:
        """Lets days pass."""
        for _ in range(days):
            self.one_day()

    def one_day(self) -> None:
        self.day += 1
        self.wire.ahead += timedelta(days=1)
        self.sandbox.control.clock(advance=86_400)
        self.people_work()
        for category in self.behaviours:
            for _ in range(self.daily):
                self.comes_in(category)
        for row, _, _ in self.open:
            spent = timedelta(minutes=6 * self.dice.randint(1, 5))
            triage(self.psa, self.psa.tickets.get(str(row)), self.closed, self.name, spent)
        self.people_decide()
        self.rollout.settle()
        for standing in self.rollout.standings():
            if standing.proposed is not None:
                self.rollout.promote(standing.category, by=LEAD)
        self.stages[self.day] = {one.category: str(one.stage) for one in self.rollout.standings()}

    def comes_in(self, category: str) -> None:
        """A ticket comes in, which nobody has routed yet."""
        agrees = self.dice.randrange(10) < self.behaviours[category].on(self.day)
        now = self.moment
        values = {name: value for name, value in self.model.items() if name != "id"}
        told = {"title": f"{category}: {self.day}", "queue": "Monitoring Alerts", "assignee": self.jane, "closed": None}
        new = {**values, **told, "created": now, "updated": now, "number": f"S{self.day}.{len(self.open)}"}
        self.open.append((self.sandbox.world().add("tickets", new), category, agrees))

    def people_work(self) -> None:
        """Technicians route yesterday's tickets as they think right, and close those that are open."""
        for row, _, agrees in self.open:
            self.do(row, "queue", RIGHT if agrees else OTHER)
            self.do(row, "status", self.closed)
            if self.sandbox.world().row("tickets", row)["closed"] is None:  # type: ignore[index]  # it is there
                self.sandbox.world().change("tickets", row, {"closed": self.moment, "updated": self.moment})
        self.open.clear()

    def do(self, row: int, name: str, value: str) -> None:
        """A technician changes a field by hand, which stands in the world's history."""
        world = self.sandbox.world()
        if world.row("tickets", row)[name] != value:  # type: ignore[index]  # it is there
            world.change("tickets", row, {name: value})
            told = {"ticket": row, "technician": self.jane, "action": EDITED, "detail": name, "created": self.moment}
            world.add("history", told)

    def people_decide(self) -> None:
        """Jane answers what is proposed, as she would have routed the ticket."""
        agrees = {row: one for row, _, one in self.open}
        plans = self.psa.plans.list("proposed")
        for plan in plans:
            word = "approve" if agrees[int(plan.ticket)] else "deny"
            values = {"ticket": int(plan.ticket), "kind": "Task Notes", "title": "note", "visibility": "internal"}
            who = {"author": self.jane, "created": self.moment, "updated": self.moment}
            self.sandbox.world().add("notes", {**values, **who, "body": f"{word} {plan.code}"})
        if plans:
            self.psa.plans.settle()
        for plan in self.psa.plans.list("approved"):
            self.psa.plans.run(plan)

    # What must be, by the world alone.

    def tickets(self, category: str) -> Iterator[dict[str, Any]]:
        """The tickets of a category, with the day that they came in on."""
        for row in self.sandbox.world().rows("tickets"):
            name, _, day = row["title"].partition(": ")
            if name == category and day.isdecimal():
                yield {**row, "day": int(day)}

    def stage_on(self, category: str, day: int) -> str:
        """At which stage a category was while tickets of a day came in."""
        return self.stages.get(day - 1, {}).get(category, "shadow")

    def replies(self) -> Mapping[int, str]:
        """What Jane answered, by ticket."""
        words = ("approve", "deny")
        notes = self.sandbox.world().rows("notes")
        return {one["ticket"]: one["body"].split()[0] for one in notes if one["body"].split(" ")[0] in words}

    def rerouted(self) -> frozenset[int]:
        """The tickets whose queue a person has changed, by the world's history."""
        history = self.sandbox.world().rows("history")
        return frozenset(
            one["ticket"] for one in history if one["detail"] == "queue" and one["technician"] == self.jane
        )

    def expected(self, category: str) -> dict[str, int]:
        """How many cases were right, and wrong, of those that can be known by now."""
        replies, rerouted = self.replies(), self.rerouted()
        found = {"agreed": 0, "otherwise": 0, "approved": 0, "denied": 0, "kept": 0, "undone": 0}
        for row in self.tickets(category):
            stage, answer = self.stage_on(category, row["day"]), replies.get(row["id"])
            if answer is not None:
                found["approved" if answer == "approve" else "denied"] += 1
            elif row["closed"] is None:
                continue
            elif stage in (Stage.SHADOW, Stage.NOTES):
                found["agreed" if row["queue"] == RIGHT else "otherwise"] += 1
            elif row["id"] in rerouted:
                found["undone"] += 1
            elif row["created"] <= self.moment - self.terms.patience:
                found["kept"] += 1
        return found
