"""Where slots, windows and refused credentials are counted: in memory, or for the whole host."""

from .base import POLL, Admission, Claim, Ledger, Wait, Window, digest
from .host import HostLedger
from .memory import MemoryLedger

__all__ = ["POLL", "Admission", "Claim", "HostLedger", "Ledger", "MemoryLedger", "Wait", "Window", "digest"]
