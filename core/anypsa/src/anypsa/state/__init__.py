"""State that survives the process, as the library sees it: stores are plugins of the group `anypsa.state`."""

from .base import StateStore

__all__ = ["StateStore"]
