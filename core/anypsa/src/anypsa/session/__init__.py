"""The session: everything between an adapter and the wire."""

from .calls import call
from .session import Session

__all__ = ["Session", "call"]
