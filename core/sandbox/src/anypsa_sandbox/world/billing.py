"""Billing: time that was worked, what was bought in advance, what of it is billed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from . import words
from .filling import Filling
from .values import EPOCH, SPAN

QUARTER: Final = 0.25
MINUTES: Final = (5, 10, 15, 25, 45, 95)
RATE: Final = 110.0


def fill_billing(filling: Filling) -> None:
    """Time first: invoices are about it."""
    filling.put("time_entries", time_worked(filling))
    filling.put("blocks", blocks(filling))
    filling.put("retainers", retainers(filling))
    filling.put("ticket_purchases", ticket_purchases(filling))
    services = enumerate(words.SERVICES)
    first = 60 + filling.shift
    filling.put(
        "services", ({"id": first + n, "name": name, "price": 25.0 + 10 * n, "cost": 11.5} for n, name in services)
    )
    filling.put("contract_services", contract_services(filling))
    filling.put("invoices", invoices(filling))
    filling.put("billing_items", billing_items(filling))
    filling.put("charges", charges(filling))


def time_worked(filling: Filling) -> Iterator[Mapping[str, Any]]:
    """Time on every fourth ticket that somebody has; most of it is posted to billing."""
    worked = filling.asked(
        "SELECT id, assignee, role, contract, created FROM tickets WHERE assignee IS NOT NULL AND id % 4 = 0 ORDER BY id"
    )
    chance = filling.random
    for n, (ticket, technician, role, contract, created) in enumerate(worked):
        minutes = chance.choice(MINUTES)
        starts = datetime.fromisoformat(created)
        ends = starts + timedelta(minutes=minutes)
        yield {
            "id": 4_000 + n,
            "ticket": ticket,
            "kind": "Ticket",
            "technician": technician,
            "role": role,
            "work_type": 900 + filling.shift + n % 4,
            "contract": contract,
            "worked": starts.replace(hour=0, minute=0, second=0, microsecond=0),
            "starts": starts,
            "ends": ends,
            "hours": round(minutes / 60, 4),
            "hours_billed": -(-minutes // 15) * QUARTER,
            "free": n % 9 == 0,
            "summary": chance.choice(words.WORK),
            "remarks": "Interne Notiz: 50% Kulanz" if chance.random() < 0.2 else None,
            "posted": ends + timedelta(hours=1) if chance.random() < 0.6 else None,
            "author": technician,
            "editor": technician,
            "created": ends,
            "updated": ends,
        }


def of_kind(filling: Filling, kind: str) -> list[int]:
    """The contracts of a kind."""
    found = filling.asked("SELECT id FROM contracts WHERE kind = ? ORDER BY id", kind)
    return [id for (id,) in found]


def bought(n: int) -> Mapping[str, Any]:
    """A purchase for the whole time, or one that has run out, or one that was ended early."""
    over = n % 4 == 3
    return {
        "purchased": EPOCH,
        "start": EPOCH - SPAN if over else EPOCH,
        "end": EPOCH if over else EPOCH + 3 * SPAN,
        "active": n % 5 != 4,
    }


def blocks(filling: Filling) -> Iterator[Mapping[str, Any]]:
    """Hours bought in advance, one to three blocks for each contract of that kind."""
    numbers = count()
    for contract in of_kind(filling, "Block Hours"):
        for _ in range(1 + contract % 3):
            n, hours = next(numbers), filling.random.choice((10.0, 20.0, 40.0))
            used = round(hours * filling.random.choice((0, 0.25, 0.9, 1)), 2)
            yield {
                "id": 60 + n,
                "contract": contract,
                "hours": hours,
                "hours_used": used,
                "rate": RATE,
                **bought(n),
            }


def retainers(filling: Filling) -> Iterator[Mapping[str, Any]]:
    numbers = count()
    for contract in of_kind(filling, "Retainer"):
        for _ in range(1 + contract % 2):
            n, amount = next(numbers), filling.random.choice((500.0, 1_200.0, 2_500.0))
            used = round(amount * filling.random.choice((0, 0.333, 1)), 2)
            yield {"id": 20 + n, "contract": contract, "amount": amount, "amount_used": used, **bought(n)}


def ticket_purchases(filling: Filling) -> Iterator[Mapping[str, Any]]:
    for n, contract in enumerate(of_kind(filling, "Per Ticket")):
        tickets = filling.random.choice((5, 10, 25))
        used = filling.random.randint(0, tickets)
        yield {
            "id": 30 + n,
            "contract": contract,
            "tickets": tickets,
            "tickets_used": used,
            "rate": 45.0,
            **bought(n),
        }


def contract_services(filling: Filling) -> Iterator[Mapping[str, Any]]:
    first = 60 + filling.shift
    for n, contract in enumerate(of_kind(filling, "Recurring Service")):
        yield {
            "id": 200 + n,
            "contract": contract,
            "service": first + n % len(words.SERVICES),
            "price": 25.0,
            "cost": 11.5,
        }


def invoices(filling: Filling) -> Iterator[Mapping[str, Any]]:
    """One for each company with posted time; every third is paid, one was voided."""
    billed = filling.asked(
        "SELECT company, SUM(hours_billed) FROM time_entries JOIN tickets ON tickets.id = ticket "
        "WHERE posted IS NOT NULL AND NOT free GROUP BY company ORDER BY company"
    )
    for n, (company, hours) in enumerate(billed):
        issued = EPOCH + SPAN - timedelta(days=n)
        yield {
            "id": 1_000 + n,
            "number": f"{2026_000 + n}",
            "company": company,
            "issued": issued,
            "due": issued + timedelta(days=30),
            "total": round(hours * RATE * 1.081, 2),
            "tax": round(hours * RATE * 0.081, 2),
            "paid": issued + timedelta(days=9) if n % 3 == 0 else None,
            "voided": n == 4,
            "created": issued,
        }


def billing_items(filling: Filling) -> Iterator[Mapping[str, Any]]:
    """Every posted time entry makes one, under an id of its own."""
    bills = dict(filling.asked("SELECT company, id FROM invoices"))
    first_block = dict(filling.asked("SELECT contract, MIN(id) FROM blocks GROUP BY contract"))
    posted = filling.asked(
        "SELECT time_entries.id, ticket, company, time_entries.contract, hours_billed, worked, posted, summary, free "
        "FROM time_entries JOIN tickets ON tickets.id = ticket WHERE posted IS NOT NULL ORDER BY time_entries.id"
    )
    for n, (entry, ticket, company, contract, hours, worked, moment, summary, free) in enumerate(posted):
        yield {
            "id": 77_000 + n,
            "company": company,
            "contract": contract,
            "block": first_block.get(contract),
            "ticket": ticket,
            "time_entry": entry,
            "invoice": None if free else bills.get(company),
            "name": summary,
            "quantity": hours,
            "rate": 0.0 if free else RATE,
            "amount": 0.0 if free else round(hours * RATE, 2),
            "worked": worked,
            "posted": moment,
        }


def charges(filling: Filling) -> Iterator[Mapping[str, Any]]:
    """Material on a few tickets."""
    tickets = filling.asked("SELECT id, created, author FROM tickets WHERE id % 23 = 0 ORDER BY id")
    for n, (ticket, created, author) in enumerate(tickets):
        yield {
            "id": 300 + n,
            "ticket": ticket,
            "name": f"Patch cable {n + 1} m",
            "description": 'Cat. 6, 1/2" plug' if n % 2 else None,
            "quantity": 1 + n % 3,
            "price": 7.5,
            "cost": 3.1,
            "free": n % 5 == 0,
            "charged": created,
            "author": author,
            "created": created,
        }
