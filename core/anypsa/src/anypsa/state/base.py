"""What a state store is: a durable journal and an outbox in one place. Blocking; the session offloads it."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from ..journal import Journal
from ..outbox import Outbox


@runtime_checkable
class StateStore(Protocol):
    """Keeps what must survive the process. May be shared by connections, threads and processes."""

    @property
    def journal(self) -> Journal:
        """Where writes are written down before they are sent."""

    @property
    def outbox(self) -> Outbox:
        """Writes that wait to be sent."""

    def dispose(self) -> None:
        """Gives everything back."""
