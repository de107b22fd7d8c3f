"""The ladder: what each stage lets happen, how long it lasts, and what it takes to leave it. Data."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Final

from anypsa import Action, Rule, Rules, Verdict, Visibility

OTHERS: Final = "*"
"""The category of all tickets that are of none with a name, and of what concerns no ticket."""


class Stage(StrEnum):
    """How far a category of tickets is trusted.

    In shadow everything is read and nothing written; then internal notes are written; then a person approves each write;
    then what the policy allows happens by itself. What is not written is predicted.
    """

    SHADOW = "shadow"
    NOTES = "notes"
    APPROVAL = "approval"
    AUTONOMOUS = "autonomous"

    @property
    def next(self) -> Stage | None:
        """The stage above; None for the last."""
        following = list(Stage)[list(Stage).index(self) + 1 :]
        return following[0] if following else None


INTERNAL_NOTE: Final = Rule(
    name="an internal note",
    then=Verdict.AUTO,
    actions=frozenset({Action.CREATE}),
    entities=frozenset({"note"}),
    only=frozenset({"ticket", "title", "body", "kind", "visibility"}),
    visibility=Visibility.INTERNAL,
)
ANYTHING: Final = Rule(name="what the policy allows", then=Verdict.AUTO)
LADDER: Final[Mapping[Stage, Rules]] = {
    Stage.SHADOW: Rules("shadow", (), otherwise=Verdict.PREDICT),
    Stage.NOTES: Rules("notes only", (INTERNAL_NOTE,), otherwise=Verdict.PREDICT),
    Stage.APPROVAL: Rules("approval", (INTERNAL_NOTE,), otherwise=Verdict.APPROVAL),
    Stage.AUTONOMOUS: Rules("autonomous", (ANYTHING,)),
}
"""What each stage says of a write. The stricter of this and of the policy counts."""

SCHEDULE: Final[Mapping[Stage, timedelta]] = {
    Stage.SHADOW: timedelta(days=15),
    Stage.NOTES: timedelta(days=16),
    Stage.APPROVAL: timedelta(days=30),
}
"""How long a category stays at a stage at the least: days 0 to 14, 15 to 30, 31 to 60, and autonomous from day 61 on."""


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What it takes to be promoted, and to be demoted.

    Promotion is proposed at a rate of `promoted_at` over `month` of at least `minimum` cases, after the schedule's time.
    Demotion happens below `demoted_below` over `week` of at least `enough` cases. What nobody has undone for `patience`
    counts as right; a prediction is compared then, or when its ticket is closed. Of autonomous tickets, a share of
    `sampled` still asks for approval: which, `seed` and the ticket's id decide.
    """

    schedule: Mapping[Stage, timedelta] = field(default_factory=lambda: SCHEDULE)
    promoted_at: float = 0.9
    demoted_below: float = 0.8
    month: timedelta = timedelta(days=30)
    week: timedelta = timedelta(days=7)
    minimum: int = 20
    enough: int = 5
    patience: timedelta = timedelta(days=7)
    sampled: float = 0.1
    seed: int = 1

    def samples(self, ticket: str | None) -> bool:
        """Whether this ticket is among those that a person looks at. A ticket is as a whole, and always the same."""
        if ticket is None:
            return False
        digest = hashlib.sha256(f"{self.seed}|{ticket}".encode()).digest()
        return int.from_bytes(digest[:8]) < self.sampled * 2**64
