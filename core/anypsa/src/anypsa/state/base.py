"""What a state store is: a durable journal, an outbox, plans and an audit trail in one place. Blocking; the session offloads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from ..journal import Journal
from ..outbox import Outbox
from ..plans import PlanStore
from ..policy import Audit, Policy
from ..predictions import Predictions


@runtime_checkable
class StateStore(Protocol):
    """Keeps what must survive the process. May be shared by connections, threads and processes."""

    @property
    def journal(self) -> Journal:
        """Where writes are written down before they are sent."""

    @property
    def outbox(self) -> Outbox:
        """Writes that wait to be sent."""

    @property
    def plans(self) -> PlanStore:
        """Plans, and what became of them."""

    @property
    def audit(self) -> Audit:
        """Where decisions on writes are kept."""

    @property
    def predictions(self) -> Predictions:
        """Where what was only predicted is kept."""

    def governed(self, policy: Policy, categories: Sequence[str]) -> Policy:
        """The policy with what the store knows: that everything was stopped, and how far each of these categories of
        tickets is trusted, if there are any."""

    def dispose(self) -> None:
        """Gives everything back."""
