"""Where writes are written down before they are sent: in memory, or in a store that survives the process."""

from .base import Entry, Journal, Stage
from .memory import MemoryJournal
from .values import dumped, fingerprint, loaded

__all__ = ["Entry", "Journal", "MemoryJournal", "Stage", "dumped", "fingerprint", "loaded"]
