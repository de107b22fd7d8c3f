"""`anypsa demo`: starts a sandbox, runs the automation over real HTTP, shows before, what was done, and after."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

import anypsa
from anypsa import Company, Psa, Ticket, Visibility, q
from anypsa_sandbox import Sandbox

from ..problems import plain
from .triage import Done, triage

CUSTOMER = "Acme Dental"


def demo(*, tickets: int, seed: int) -> None:
    """Runs and shows it."""
    console = Console()
    started = time.monotonic()
    with Sandbox("autotask", tickets=tickets, seed=seed, latency=0.01) as sandbox:
        console.print(f"A sandbox speaks Autotask's API on {sandbox.url} ({tickets} tickets).", highlight=False)
        with anypsa.connect("autotask", **sandbox.settings) as psa:
            company = customer(psa)
            before = open_tickets(psa, company)
            console.print(Panel(Text(PROGRAM), title="the automation, in short", title_align="left", expand=False))
            done = list(triage(psa, company))
            after = open_tickets(psa, company)
            notes = [note for one in done for note in psa.notes.list(ticket=one.after)]
        calls, peak = len(sandbox.control.calls()), sandbox.control.peak()
    console.print(actions(done))
    console.print(comparison(company, before, after))
    written = [note for note in notes if note.body.startswith("Triaged to ")]
    hidden = sum(note.visibility is Visibility.INTERNAL for note in written)
    console.print(
        f"{len(done)} of {len(before)} open tickets changed; {hidden} of {len(written)} notes read back as internal; "
        f"{calls} requests, never more than {peak} at once on one entity; {time.monotonic() - started:.1f} s.",
        highlight=False,
    )


PROGRAM = """for ticket in psa.tickets.list((q.state == "open") & (q.company == acme)):
    rule = rule_for(ticket)
    psa.tickets.update(ticket, queue=rule.queue, priority=rule.priority)
    psa.notes.create(ticket=ticket, body=why, visibility=INTERNAL)"""


def customer(psa: Psa) -> Company:
    """The demo's customer."""
    found = psa.companies.first(q.name == CUSTOMER)
    if found is None:
        raise anypsa.NotFound(f"find {CUSTOMER}", hint="Every sandbox has it; this one was changed.")
    return found


def open_tickets(psa: Psa, company: Company) -> Sequence[Ticket]:
    """The customer's open tickets."""
    return psa.tickets.list((q.state == "open") & (q.company == company)).all()


def actions(done: Sequence[Done]) -> Table:
    """What was done, ticket by ticket."""
    table = Table(title="What it did", title_justify="left", header_style="bold")
    table.add_column("ticket", no_wrap=True)
    table.add_column("title", no_wrap=True, overflow="ellipsis", max_width=24)
    table.add_column("queue")
    table.add_column("priority", no_wrap=True)
    for one in done:
        table.add_row(
            one.after.number,
            Text(plain(one.after.title)),
            change(one.before.queue, one.after.queue),
            change(one.before.priority, one.after.priority),
        )
    return table


def change(before: anypsa.Choice | None, after: anypsa.Choice | None) -> Text:
    """One value before and after."""
    old, new = str(before or "none"), str(after or "none")
    if old == new:
        return Text(new, style="dim")
    return Text.assemble((old, "dim"), " → ", (new, "green"))


def comparison(company: Company, before: Iterable[Ticket], after: Iterable[Ticket]) -> Table:
    """How many open tickets wait in which queue, before and after."""
    counts = [Counter(str(ticket.queue or "no queue") for ticket in some) for some in (before, after)]
    table = Table(title=f"Open tickets of {company.name}", title_justify="left", header_style="bold")
    table.add_column("queue")
    table.add_column("before", justify="right")
    table.add_column("after", justify="right")
    for queue in sorted(counts[0] | counts[1]):
        table.add_row(queue, str(counts[0][queue]), str(counts[1][queue]))
    return table
