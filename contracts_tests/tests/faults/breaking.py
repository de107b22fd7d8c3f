"""Which requests a fault server breaks, and how: the suite's own rules, and pages that come small."""

from __future__ import annotations

import kit_autotask
import kit_halopsa

from anypsa_conformance.breaking import BROKEN, ROWS, WHOLE, Breaking
from anypsa_sandbox import Sandbox

__all__ = ["BROKEN", "ROWS", "WHOLE", "Breaking", "small_pages"]


def small_pages(sandbox: Sandbox, breaking: Breaking, rows: int) -> None:
    """Makes either vendor's pages of tickets small."""
    kit = kit_halopsa if sandbox.dialect.name == "halopsa" else kit_autotask
    kit.small_pages(sandbox, breaking, rows)
