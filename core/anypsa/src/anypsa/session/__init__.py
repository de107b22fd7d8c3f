"""The session: everything between an adapter and the wire."""

from .calls import call, traced
from .session import Session

__all__ = ["Session", "call", "traced"]
