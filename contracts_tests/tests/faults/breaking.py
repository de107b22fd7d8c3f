"""Which requests a fault server breaks, and how: the suite's own rules, and pages that come small."""

from __future__ import annotations

import kit_autotask
import kit_connectwise
import kit_halopsa

from anypsa_conformance.breaking import BROKEN, ROWS, WHOLE, Breaking
from anypsa_sandbox import Sandbox

__all__ = ["BROKEN", "ROWS", "WHOLE", "Breaking", "small_pages"]


def small_pages(sandbox: Sandbox, breaking: Breaking, rows: int) -> None:
    """Makes any vendor's pages of tickets small."""
    kits = (kit_autotask, kit_connectwise, kit_halopsa)
    small = {one.KIT.adapter.name: one.small_pages for one in kits}
    small[sandbox.dialect.name](sandbox, breaking, rows)
