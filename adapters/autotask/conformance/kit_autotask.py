"""Autotask's way through the conformance suite."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from anypsa.testing.faults import Line, Received
from anypsa_autotask import AutotaskAdapter
from anypsa_conformance import Breaking, Kit, Paths
from anypsa_conformance.sandboxed import started

TECHNICIAN = 10
SANDBOX = {"offsets": {}, "new_ticket": {"priority": "High"}}


@dataclass(frozen=True)
class SmallPages:
    """A vendor that gives at most so many rows at a time, whatever was asked for."""

    rows: int

    def play(self, request: Received, line: Line) -> None:
        head, _, body = request.raw.partition(b"\r\n\r\n")
        asked = json.loads(body)
        asked["maxRecords"] = min(self.rows, asked["maxRecords"])
        smaller = json.dumps(asked).encode()
        lines = [one for one in head.split(b"\r\n") if not one.lower().startswith(b"content-length")]
        raw = b"\r\n".join([*lines, b"content-length: %d" % len(smaller), b"", smaller])
        line.send(line.forward(replace(request, body=smaller, raw=raw)))


def small_pages(sandbox: Any, breaking: Breaking, rows: int) -> None:
    """Makes pages of tickets small."""
    breaking.always("POST", r"/Tickets/query(/next)?$", SmallPages(rows))


def retitle(sandbox: Any, ticket: str, title: str) -> None:
    """A technician changes a ticket's title."""
    body = {"id": int(ticket), "title": title}
    sandbox.control.dialect("act", method="PATCH", path="Tickets", resource=TECHNICIAN, body=body)


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
    address="zone_url",
    small_pages=small_pages,
    retitle=retitle,
)
