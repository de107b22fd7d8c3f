"""What automations need: state in SQLite or PostgreSQL (a durable journal, an outbox, an audit trail), sensitive tickets."""

from .sensitive import SensitiveTickets
from .state import State

__all__ = ["SensitiveTickets", "State"]
