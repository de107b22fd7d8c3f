"""ToyPSA's way through the conformance suite."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from toypsa import ToyAdapter
from toypsa.dialect import ToyDialect

from anypsa_conformance import Breaking, Kit, Paths, SignIn
from anypsa_conformance.sandboxed import started


def small_pages(sandbox: Any, breaking: Breaking, rows: int) -> None:
    """Makes pages small."""
    sandbox.control.dialect("pages", rows=rows)


KIT = Kit(
    adapter=ToyAdapter,
    folder=Path(__file__).parent,
    replayed={"url": "http://127.0.0.1:1", "key": "northwind-key"},
    refused={"key": "not-the-key"},
    paths=Paths(
        tickets="/tickets$",
        later_page="/tickets$",
        create_ticket="/tickets$",
        update_ticket=r"/tickets/\d+$",
        update_method="PATCH",
        dropped="queue",
    ),
    small=partial(started, ToyDialect, tickets=60),
    large=partial(started, ToyDialect, tickets=160),
    small_pages=small_pages,
    sign_in=SignIn("/login$", lifetime="seconds"),
)
