"""The presets: what may happen by itself, what wants a human, and what does not happen."""

from __future__ import annotations

from typing import Final

from ..effects import Action, Effect
from ..models import Visibility
from .base import Decision, Facts, Policy, Verdict
from .rules import Rule, Rules

WRITES: Final = frozenset({Action.CREATE, Action.UPDATE, Action.DELETE, Action.UNKNOWN})
TRIAGE: Final = frozenset({"priority", "queue", "assignee", "type", "status"})
OF_NOTES: Final = frozenset({"ticket", "title", "body", "kind", "visibility"})
READING: Final = Rule(name="reading", then=Verdict.AUTO, actions=frozenset({Action.READ}))
NEVER: Final = (
    Rule(name="deleting", then=Verdict.DISABLED, actions=frozenset({Action.DELETE})),
    Rule(
        name="notes that customers see",
        then=Verdict.DISABLED,
        actions=frozenset({Action.CREATE, Action.UPDATE}),
        entities=frozenset({"note"}),
        visibility=Visibility.PUBLIC,
    ),
)


class Open(Policy):
    """Allows everything."""

    def __repr__(self) -> str:
        return "Policy.open"

    async def decide(self, effect: Effect, facts: Facts) -> Decision:
        return Decision(Verdict.AUTO, "open: all that the credentials may do")


class ReadOnly(Policy):
    """Allows reads; whatever cannot be told to be one is a write."""

    def __repr__(self) -> str:
        return "Policy.read_only"

    async def decide(self, effect: Effect, facts: Facts) -> Decision:
        if effect.writes:
            return Decision(Verdict.DISABLED, "read_only: writing")
        return Decision(Verdict.AUTO, "read_only: reading")


OPEN: Final = Open()
READ_ONLY: Final = ReadOnly()
GUARDED: Final = Rules(
    "guarded",
    (
        READING,
        *NEVER,
        Rule(name="raw requests that write", then=Verdict.APPROVAL, actions=WRITES, raw=True),
        Rule(name="closing or reopening a ticket", then=Verdict.APPROVAL, actions=WRITES, moves=True),
        Rule(
            name="a ticket's resolution, company or contract",
            then=Verdict.APPROVAL,
            actions=frozenset({Action.UPDATE}),
            entities=frozenset({"ticket"}),
            touching=frozenset({"resolution", "company", "contract"}),
        ),
        Rule(
            name="triage",
            then=Verdict.AUTO,
            actions=frozenset({Action.UPDATE}),
            entities=frozenset({"ticket"}),
            only=TRIAGE,
        ),
        Rule(
            name="internal notes",
            then=Verdict.AUTO,
            actions=frozenset({Action.CREATE, Action.UPDATE}),
            entities=frozenset({"note"}),
            only=OF_NOTES,
            visibility=Visibility.INTERNAL,
        ),
    ),
)
PLAN: Final = Rules("plan", (READING, *NEVER))
PRESETS: Final[dict[str, Policy]] = {"open": OPEN, "guarded": GUARDED, "plan": PLAN, "read_only": READ_ONLY}
