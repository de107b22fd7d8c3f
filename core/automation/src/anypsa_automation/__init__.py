"""What automations need: state in SQLite or PostgreSQL (a durable journal, an outbox, an inbox, plans, an audit trail), webhooks
that come in and end as events, sensitive tickets, identity checks."""

from typing import TYPE_CHECKING, Any

from anypsa import ConfigurationError

from .clients import Client, Clients
from .eventlog import EventLog, Handling, HandlingStage
from .events import Drained, Events
from .inbox import Inbox, Wake, WakeStage
from .sensitive import SensitiveTickets
from .state import State
from .verifying import Check, IdentityChecks, Outcome, PretendVerifier, Verifier

if TYPE_CHECKING:
    from .receiver import Hook, Receiver

__all__ = [
    "Client",
    "Clients",
    "Check",
    "Drained",
    "EventLog",
    "Events",
    "Handling",
    "HandlingStage",
    "Hook",
    "IdentityChecks",
    "Inbox",
    "Outcome",
    "PretendVerifier",
    "Receiver",
    "SensitiveTickets",
    "State",
    "Verifier",
    "Wake",
    "WakeStage",
]


def __getattr__(name: str) -> Any:
    """The receiver, when it is first asked for: Starlette comes with an extra."""
    if name in ("Hook", "Receiver"):
        try:
            from . import receiver
        except ImportError as missing:
            hint = 'pip install "anypsa-automation[events]"'
            raise ConfigurationError("receive webhooks", said=[str(missing)], hint=hint) from None
        return getattr(receiver, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
