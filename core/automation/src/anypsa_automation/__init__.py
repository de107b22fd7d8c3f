"""What automations need to survive a crash: state in SQLite or PostgreSQL, with a durable journal and an outbox."""

from .state import State

__all__ = ["State"]
