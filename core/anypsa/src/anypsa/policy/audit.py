"""The audit trail: what a policy decided, on what, for whom. Blocking; the session offloads it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ..effects import Effect
from .base import Decision, Verdict


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision. It holds ids and names of fields, and none of a customer's text.

    `approval` is the plan whose approval answered a verdict of *approval*; without one, nothing was sent.
    """

    id: str
    tenant: str
    moment: datetime
    effect: Effect
    decision: Decision
    actor: str | None = None
    stage: str | None = None
    approval: str | None = None

    @property
    def outcome(self) -> str:
        """What came of it: it was "allowed" or "approved", it is "held back" until somebody approves, it was "predicted",
        or it was "refused"."""
        if self.decision.verdict is Verdict.PREDICT:
            return "predicted"
        if self.decision.verdict is Verdict.APPROVAL:
            return "held back" if self.approval is None else "approved"
        return "allowed" if self.decision.verdict is Verdict.AUTO else "refused"


class Audit(Protocol):
    """Keeps decisions. Raises `StateUnavailable` if it cannot, and then what was decided on does not happen."""

    def note(self, decided: Decided) -> None:
        """Keeps a decision, before anything is sent."""
