"""The session: everything between an adapter and the wire."""

from .allowance import Allowance, allowed, room
from .approvals import Grant, Planning, granting
from .calls import call, has_written, traced
from .session import Session

__all__ = ["Allowance", "Grant", "Planning", "Session", "allowed", "call", "granting", "has_written", "room", "traced"]
