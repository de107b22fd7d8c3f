"""Triage enrichment: what is known of a new ticket's customer, in one internal note, once. On any PSA.

Runs on a sandbox as it stands (`python enrich_new_tickets.py halopsa`), which takes 33 requests on Autotask, 42 on
HaloPSA, 24 on ConnectWise PSA. Half of that is the tenant's lists, which are read once. With an account of your own,
connect by `anypsa.connect(profile="acme")` instead.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import anypsa
from anypsa import Psa, Ticket, Unsupported, Visibility, q
from anypsa_sandbox import Sandbox

HEADING = "What we know about this customer"


def enrich(psa: Psa, since: datetime) -> int:
    """Comments open tickets that were created since; returns how many notes it wrote."""
    written = 0
    fresh = (q.state == "open") & (q.created >= since)
    for ticket in psa.tickets.list(fresh, expand=["company", "contact"], limit=20):
        body = "\n".join([f"{HEADING}:", *facts(psa, ticket)])
        if psa.notes.first(q.body.startswith(HEADING), ticket=ticket) is None:
            psa.notes.create(ticket=ticket, body=body, visibility=Visibility.INTERNAL)
            written += 1
    return written


def facts(psa: Psa, ticket: Ticket) -> Iterator[str]:
    """A line for each thing worth knowing."""
    company = ticket.company.record
    yield f"- company: {ticket.company}" + (f", {company.phone}" if company and company.phone else "")
    contact = ticket.contact.record if ticket.contact else None
    if contact:
        yield f"- contact: {contact.first_name} {contact.last_name}, {contact.email or 'no e-mail address'}"
    whole = psa.tickets.get(ticket)  # some PSAs name asset and contract only here
    if whole.asset:
        asset = psa.assets.get(whole.asset)
        yield f"- asset: {asset.name}, serial number {asset.serial_number or 'unknown'}"
    if whole.contract:
        yield f"- contract: {contract(psa, whole.contract)}"
    for other in psa.tickets.related(whole):
        yield f"- related: {other.number} {other.title} ({other.status})"


def contract(psa: Psa, reference: Any) -> str:
    """A contract's name and kind, and what is left of it where that can be told."""
    found = psa.contracts.get(reference)
    try:
        balance = psa.balance(found)
    except Unsupported:  # this kind has nothing that could be used up
        return f"{found.name} ({found.kind})"
    return f"{found.name} ({found.kind}), {balance.left} {balance.unit} left"


def main(vendor: str = "autotask") -> None:
    """Once writes, twice writes nothing more."""
    since = datetime.fromisoformat("2026-10-01T00:00:00+00:00")
    with Sandbox(vendor, seed=1, tickets=200) as sandbox, anypsa.connect(vendor, **sandbox.settings) as psa:
        with psa.budget(max_requests=500) as used:
            print(f"first run: {enrich(psa, since)} notes, {used.used} requests")
        print(f"second run: {enrich(psa, since)} notes")


if __name__ == "__main__":
    main(*sys.argv[1:])
