"""Webhooks: who is told of what, and how it looks on the wire (wire/autotask.md 8)."""

from .engine import Hooks

__all__ = ["Hooks"]
