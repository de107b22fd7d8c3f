"""ConnectWise PSA's way through the conformance suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from anypsa_conformance import Breaking, Kit, Paths, World
from anypsa_conformance.sandboxed import started
from anypsa_connectwise import ConnectWiseAdapter
from anypsa_connectwise.dialect import ConnectWiseDialect

# No id is 0 there, and the sandbox counts companies further on.
OFFSETS = {"company": 250}


class Brief(ConnectWiseDialect):
    """A server that gives fewer rows at a time than it is asked for, so that few tickets make a long list."""

    most = 100


@contextmanager
def sandbox(dialect: type[ConnectWiseDialect], tickets: int) -> Iterator[tuple[Any, World]]:
    """A sandbox of its own, and what is known of it: a ticket's description is a note, too."""
    with started(dialect, tickets=tickets, offsets=OFFSETS) as (running, world):
        described = running.world().row("tickets", int(world.ticket_with_notes))["description"] is not None
        yield running, replace(world, notes=world.notes + described)


def small_pages(sandbox: Any, breaking: Breaking, rows: int) -> None:
    """Makes pages small."""
    sandbox.control.dialect("pages", rows=rows)


KIT = Kit(
    adapter=ConnectWiseAdapter,
    folder=Path(__file__).parent,
    replayed={
        "url": "http://127.0.0.1:1",
        "company": "northwind",
        "public_key": "northwind-public",
        "private_key": "northwind-private",
        "client_id": "3f9d5c1e-0000-4000-8000-00000000c0de",
    },
    refused={"private_key": "not-the-key"},
    paths=Paths(
        tickets="/service/tickets$",
        later_page="/service/tickets$",
        create_ticket="/service/tickets$",
        update_ticket=r"/service/tickets/\d+$",
        update_method="PATCH",
        dropped="board",
    ),
    small=partial(sandbox, ConnectWiseDialect, 60),
    large=partial(sandbox, Brief, 250),
    small_pages=small_pages,
)
