"""Where slots, windows and refused credentials are counted: in memory, for the whole host, or for all hosts."""

from .address import Address
from .base import POLL, SLOT, Admission, Claim, Ledger, Wait, Window, digest
from .host import HostLedger
from .memory import MemoryLedger
from .redis import RedisLedger

__all__ = [
    "Address",
    "POLL",
    "SLOT",
    "Admission",
    "Claim",
    "HostLedger",
    "Ledger",
    "MemoryLedger",
    "RedisLedger",
    "Wait",
    "Window",
    "digest",
]
