"""`anypsa demo`: one automation on the sandboxes of three PSAs, over real HTTP: before, what was done, and after."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

import anypsa
from anypsa import Choice, Company, Psa, Ticket, Visibility, q
from anypsa_sandbox import Sandbox

from ..problems import plain
from .triage import Done, triage, wanted

CUSTOMER: Final = "Acme Dental"
VENDORS: Final = {"autotask": "Autotask", "halopsa": "HaloPSA", "connectwise": "ConnectWise PSA"}
PROGRAM: Final = """for ticket in psa.tickets.list((q.state == "open") & (q.company == acme)):
    rule = rule_for(ticket)
    psa.tickets.update(ticket, queue=rule.queue, priority=rule.priority)
    psa.notes.create(ticket=ticket, body=rule.note, visibility=INTERNAL)"""


@dataclass(frozen=True)
class Run:
    """One run of the automation, on one PSA."""

    vendor: str
    before: Sequence[Ticket]
    after: Sequence[Ticket]
    done: Sequence[Done]
    internal_notes: int
    requests: int
    peak: int


def demo(*, tickets: int, seed: int) -> None:
    """Runs and shows it."""
    console, started = Console(), time.monotonic()
    console.print(Panel(Text(PROGRAM), title="the automation, in short", title_align="left", expand=False))
    runs = [run(console, vendor, tickets=tickets, seed=seed) for vendor in VENDORS]
    console.print(actions(runs[0].done))
    console.print(comparison(runs))
    console.print(summary(runs))
    same = len({frozenset(state(ticket) for ticket in one.after) for one in runs}) == 1
    told = "All PSAs end in the same state." if same else "The PSAs end in different states!"
    console.print(Text(told, style="bold green" if same else "bold red"), f"{time.monotonic() - started:.1f} s in all.")
    if not same:
        raise SystemExit(1)


def run(console: Console, vendor: str, *, tickets: int, seed: int) -> Run:
    """The automation on a fresh sandbox of one vendor."""
    with Sandbox(vendor, tickets=tickets, seed=seed, latency=0.005) as sandbox:
        console.print(
            f"A sandbox speaks {VENDORS[vendor]}'s API on {sandbox.url} ({tickets} tickets).", highlight=False
        )
        with anypsa.connect(vendor, **sandbox.settings) as psa:
            company = customer(psa)
            before = psa.tickets.list(wanted(company)).all()
            done = list(triage(psa, company))
            after = psa.tickets.list(wanted(company)).all()
            notes = [note for one in done for note in psa.notes.list(ticket=one.after) if note.body == one.rule.note]
        internal = sum(note.visibility is Visibility.INTERNAL for note in notes)
        return Run(vendor, before, after, done, internal, len(sandbox.control.calls()), sandbox.control.peak())


def customer(psa: Psa) -> Company:
    """The demo's customer."""
    found = psa.companies.first(q.name == CUSTOMER)
    if found is None:
        raise anypsa.NotFound(f"find {CUSTOMER}", hint="Every sandbox has it; this one was changed.")
    return found


def state(ticket: Ticket) -> tuple[str, str, str]:
    """What the automation changes of a ticket, whatever a PSA numbers it."""
    return ticket.id, str(ticket.queue), str(ticket.priority)


def actions(done: Sequence[Done]) -> Table:
    """What was done, ticket by ticket."""
    table = Table(title="What it did, on all alike", title_justify="left", header_style="bold")
    table.add_column("ticket", no_wrap=True)
    table.add_column("title", no_wrap=True, overflow="ellipsis", max_width=24)
    table.add_column("queue")
    table.add_column("priority", no_wrap=True)
    for one in done:
        queue, priority = change(one.before.queue, one.after.queue), change(one.before.priority, one.after.priority)
        table.add_row(one.after.number, Text(plain(one.after.title)), queue, priority)
    return table


def change(before: Choice | None, after: Choice | None) -> Text:
    """One value before and after."""
    old, new = str(before or "none"), str(after or "none")
    if old == new:
        return Text(new, style="dim")
    return Text.assemble((old, "dim"), " → ", (new, "green"))


def comparison(runs: Sequence[Run]) -> Table:
    """How many of the customer's open tickets wait in which queue, before and after."""
    columns = [("before", runs[0].before), *((f"after, {VENDORS[one.vendor]}", one.after) for one in runs)]
    counts = [Counter(str(ticket.queue or "no queue") for ticket in tickets) for _, tickets in columns]
    table = Table(title=f"Open tickets of {CUSTOMER}", title_justify="left", header_style="bold")
    table.add_column("queue")
    for heading, _ in columns:
        table.add_column(heading, justify="right")
    for queue in sorted(set().union(*counts)):
        table.add_row(queue, *(str(count[queue]) for count in counts))
    return table


def summary(runs: Sequence[Run]) -> Table:
    """What it took."""
    table = Table(title="What it took", title_justify="left", header_style="bold")
    for heading in ("PSA", "tickets changed", "notes read back as internal", "requests", "most at once"):
        table.add_column(heading, justify="left" if heading == "PSA" else "right")
    for one in runs:
        figures = (len(one.done), one.internal_notes, one.requests, one.peak)
        table.add_row(VENDORS[one.vendor], *map(str, figures))
    return table
