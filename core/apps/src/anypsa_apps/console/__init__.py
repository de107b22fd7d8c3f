"""The console: what waits, what was predicted, what is trusted how far, and what was decided, for the people who answer for it."""

from .access import Access, ByCode, ByProvider
from .app import console

__all__ = ["Access", "ByCode", "ByProvider", "console"]
