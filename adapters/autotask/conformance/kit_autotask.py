"""Autotask's way through the conformance suite."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from anypsa_autotask import AutotaskAdapter
from anypsa_conformance import Kit, Paths
from anypsa_conformance.sandboxed import started

SANDBOX = {"offsets": {}, "new_ticket": {"priority": "High"}}
KIT = Kit(
    adapter=AutotaskAdapter,
    folder=Path(__file__).parent,
    replayed={
        "username": "api@northwind.example",
        "secret": "northwind-secret",
        "integration_code": "NORTHWIND-INTEGRATION-CODE",
        "discovery_url": "http://127.0.0.1:1",
    },
    refused={"secret": "not-the-secret"},
    paths=Paths(
        tickets="/Tickets/query$",
        later_page="/Tickets/query$",
        create_ticket="/Tickets$",
        update_ticket="/Tickets$",
        update_method="PATCH",
        dropped="eq",
    ),
    small=partial(started, "autotask", tickets=60, **SANDBOX),
    large=partial(started, "autotask", tickets=1_200, **SANDBOX),
)
