"""HaloPSA's way through the conformance suite."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from anypsa_conformance import Breaking, Kit, Paths, SignIn
from anypsa_conformance.sandboxed import started
from anypsa_halopsa import HaloAdapter

# Client 1 is "Unknown", so that clients of the sandbox are counted from 1000.
SANDBOX = {"offsets": {"company": 1000}, "new_ticket": {"type": "Incident"}}


def small_pages(sandbox: Any, breaking: Breaking, rows: int) -> None:
    """Makes pages of tickets small."""
    sandbox.control.dialect("cap", rows=rows)


KIT = Kit(
    adapter=HaloAdapter,
    folder=Path(__file__).parent,
    replayed={
        "resource_url": "http://127.0.0.1:1",
        "tenant": "northwind",
        "client_id": "northwind-application",
        "client_secret": "northwind-secret",
    },
    refused={"client_secret": "not-the-secret"},
    paths=Paths(
        tickets="/api/Tickets$",
        later_page="/api/Tickets$",
        create_ticket="/api/Tickets$",
        update_ticket="/api/Tickets$",
        update_method="POST",
        dropped="team",
    ),
    small=partial(started, "halopsa", tickets=60, **SANDBOX),
    large=partial(started, "halopsa", tickets=400, **SANDBOX),
    address="resource_url",
    small_pages=small_pages,
    sign_in=SignIn("/auth/token$", lifetime="expires_in", address="auth_url", door="auth", below="/auth"),
)
