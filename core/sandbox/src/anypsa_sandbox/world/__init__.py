"""The world: one seeded, vendor-neutral MSP in SQLite. Dialects show it; tests know it."""

from .choices import CHOICES, Value
from .world import World

__all__ = ["CHOICES", "Value", "World"]
