"""Plans in the state store: what waits for somebody's approval, and everything that happened to it."""

from .store import DurablePlans

__all__ = ["DurablePlans"]
