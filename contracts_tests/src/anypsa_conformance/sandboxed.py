"""Known data of a sandbox: read off its world, never off what an adapter says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from .harness import World

QUEUE = "Network"
WORD = "VPN"
TECHNICIAN = "Tara Fields"
NONE: Final[Mapping[str, Any]] = {}


def known(sandbox: Any, *, offsets: Mapping[str, int] = NONE, new_ticket: Mapping[str, Any] = NONE) -> World:
    """What is known of a sandbox's first tenant; `offsets` are how far the vendor's ids are from the world's."""
    world = sandbox.world()
    tickets, notes = world.rows("tickets"), world.rows("notes")
    queued = [row for row in tickets if row["queue"] == QUEUE]
    company = world.row("companies", queued[0]["company"])
    noted = notes[0]["ticket"]
    return World(
        ticket=str(queued[0]["id"]),
        ticket_title=queued[0]["title"],
        missing_ticket="999999999",
        company=str(company["id"] + offsets.get("company", 0)),
        company_name=company["name"],
        queue=QUEUE,
        tickets_in_queue=len(queued),
        open_in_queue=sum(row["status"] != "Complete" for row in queued),
        word=WORD,
        tickets_with_word=sum(WORD.casefold() in row["title"].casefold() for row in tickets),
        tickets_outside_queue=len(tickets) - len(queued),
        ticket_with_notes=str(noted),
        notes=sum(row["ticket"] == noted for row in notes),
        technician=TECHNICIAN,
        unassigned_ticket=str(next(row["id"] for row in tickets if row["assignee"] is None)),
        new_ticket=new_ticket,
    )


@contextmanager
def started(
    vendor: Any, *, tickets: int, offsets: Mapping[str, int] = NONE, new_ticket: Mapping[str, Any] = NONE
) -> Iterator[tuple[Any, World]]:
    """A sandbox of its own, and what is known of it; `vendor` is the name of a dialect, or a dialect."""
    from anypsa_sandbox import Sandbox

    with Sandbox(vendor, tickets=tickets) as sandbox:
        yield sandbox, known(sandbox, offsets=offsets, new_ticket=new_ticket)


def toml(world: World) -> str:
    """The known data as a file."""
    lines = ["# What is known of the recorded tenant; written by anypsa-conformance record."]
    table: list[str] = []
    for name, value in vars(world).items():
        if isinstance(value, Mapping):
            table += [f"\n[{name}]", *(f"{key} = {quoted(one)}" for key, one in value.items())]
        else:
            lines.append(f"{name} = {quoted(value)}")
    return "\n".join([*lines, *table]) + "\n"


def quoted(value: Any) -> str:
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
