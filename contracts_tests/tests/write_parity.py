"""Writes docs/reference/parity.md: `uv run python contracts_tests/tests/write_parity.py`."""

from __future__ import annotations

from contextlib import ExitStack

from test_parity import PAGE, differences, page

from anypsa_sandbox import Sandbox

if __name__ == "__main__":
    with ExitStack() as stack:
        told = differences(lambda vendor, tickets: stack.enter_context(Sandbox(vendor, tickets=tickets)))
    PAGE.write_text(page(told), encoding="utf-8")
