"""What automations need: state in SQLite or PostgreSQL (a durable journal, an outbox, plans, an audit trail), sensitive tickets, identity checks."""

from .sensitive import SensitiveTickets
from .state import State
from .verifying import Check, IdentityChecks, Outcome, PretendVerifier, Verifier

__all__ = ["Check", "IdentityChecks", "Outcome", "PretendVerifier", "SensitiveTickets", "State", "Verifier"]
