"""What the figures of the last week must be, reckoned from the world alone: what tickets hold, what people wrote and did, and
which time entries there are. None of the library's own reckoning is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rollout import NOTE, RIGHT, WORK, Simulation

from anypsa_automation.stages import Stage

WEEK: Final = 7


@dataclass
class Reckoning:
    """The last seven days of a simulation."""

    simulation: Simulation

    def rows(self) -> Sequence[Sequence[str]]:
        """The table, a row for each category."""
        return [self.row(category) for category in sorted(self.simulation.behaviours)]

    def row(self, category: str) -> Sequence[str]:
        acts = [one for one in self.tickets(category) if one["stage"] == Stage.AUTONOMOUS]
        answers = self.answers(category)
        undone = {one["id"] for one in acts if self.fate(one) is False and self.recent(one["day"] + 1)}
        predicted = sum(self.recent(one["day"]) * self.predictions(one["stage"]) for one in self.tickets(category))
        rights = [right for one in self.tickets(category) for right in self.settled(one)]
        figures = (
            sum(answers), len(answers) - sum(answers), sum(self.recent(one["day"]) for one in acts if not one["answer"]), len(undone), predicted,
        )  # fmt: skip
        stage = self.simulation.stages[self.simulation.day].get(category, "shadow")
        return (category, stage, share(sum(rights), len(rights)), *map(str, figures))

    def settled(self, ticket: dict[str, Any]) -> Iterator[bool]:
        """Whether what was predicted or done on a ticket was right, if that became known within the week or holds so far."""
        if ticket["answer"] is not None:
            if self.recent(ticket["day"]):
                yield ticket["answer"] == "approve"
        elif ticket["stage"] in (Stage.SHADOW, Stage.NOTES):
            if self.recent(ticket["day"] + 1):
                yield self.as_people_did(ticket)
        elif ticket["stage"] == Stage.AUTONOMOUS:
            right, patience = self.fate(ticket), self.simulation.terms.patience.days
            known = ticket["day"] + (patience if right else 1)
            if self.recent(known) or (right and known > self.simulation.day and self.recent(ticket["day"])):
                yield right

    def closed(self) -> tuple[int, int]:
        """How many tickets were closed in the week, and how many of them by the automation for good."""
        since, until = self.simulation.span
        rows = [one for one in self.simulation.sandbox.world().rows("tickets") if one["closed"] is not None]
        closed = {one["id"] for one in rows if since <= one["closed"] <= until}
        own = {
            one["id"]
            for category in self.simulation.behaviours
            for one in self.tickets(category)
            if one["stage"] == Stage.AUTONOMOUS and one["answer"] is None and self.fate(one)
        }
        return len(closed & own), len(closed)

    def answered(self) -> int:
        """How many tickets of the week the automation has written on."""
        written = {one["ticket"] for one in self.simulation.sandbox.world().rows("notes") if one["body"] == NOTE}
        since, _ = self.simulation.span
        rows = self.simulation.sandbox.world().rows("tickets")
        return sum(one["id"] in written and one["created"] >= since for one in rows)

    def worked(self) -> tuple[int, float]:
        """How many time entries the automation has written in the week, and their hours."""
        since, until = self.simulation.span
        rows = self.simulation.sandbox.world().rows("time_entries")
        hours = [one["hours"] for one in rows if one["summary"] == WORK and since <= one["created"] <= until]
        return len(hours), sum(hours)

    # What became of one ticket.

    def tickets(self, category: str) -> Iterator[dict[str, Any]]:
        replies = self.simulation.replies()
        for one in self.simulation.tickets(category):
            yield {**one, "stage": self.simulation.stage_on(category, one["day"]), "answer": replies.get(one["id"])}

    def recent(self, day: int) -> bool:
        return self.simulation.day - WEEK < day <= self.simulation.day

    def answers(self, category: str) -> Sequence[bool]:
        return [
            one["answer"] == "approve" for one in self.tickets(category) if one["answer"] and self.recent(one["day"])
        ]

    def fate(self, ticket: dict[str, Any]) -> bool:
        """Whether nobody has undone what happened on a ticket."""
        return ticket["id"] not in self.simulation.rerouted()

    def as_people_did(self, ticket: dict[str, Any]) -> bool:
        return bool(ticket["queue"] == RIGHT)

    def predictions(self, stage: str) -> int:
        """How many writes on a ticket are only predicted: the note, the routing, the time."""
        return {Stage.SHADOW: 3, Stage.NOTES: 2}.get(Stage(stage), 0)


def share(right: int, of: int) -> str:
    return f"{right} of {of}" + (f" ({right / of:.0%})" if of else "")
