"""A PSA on your laptop: seeded worlds served over real HTTP in vendors' dialects."""

from .clock import Clock
from .dialects import Call, Dialect, Reply
from .limits import Limits
from .server import Sandbox
from .storms import Storm
from .world import World

__all__ = ["Call", "Clock", "Dialect", "Limits", "Reply", "Sandbox", "Storm", "World"]
