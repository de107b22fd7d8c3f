"""The session: everything between an adapter and the wire."""

from .allowance import Allowance, allowed, room
from .calls import call, has_written, traced
from .session import Session

__all__ = ["Allowance", "Session", "allowed", "call", "has_written", "room", "traced"]
