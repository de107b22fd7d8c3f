"""The desk: what gathers on tickets beside notes and time, what is known, what is planned, and when."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any, Final

from . import words
from .choices import CHOICES
from .filling import Filling
from .values import EPOCH, SPAN

HOUSE_ARTICLES: Final = 2
"""Every so-manieth article is for the MSP's own people."""


def fill_desk(filling: Filling, staff: Sequence[int]) -> None:
    """Tickets' own things first."""
    filling.put("attachments", attachments(filling))
    filling.put("history", history(filling))
    filling.put("checklist_items", checklist(filling))
    filling.put("ticket_technicians", helpers(filling, staff))
    filling.put("ticket_contacts", copied(filling))
    filling.put("deleted_tickets", deleted(staff))
    named = enumerate(words.ARTICLE_CATEGORIES)
    first = 15 + filling.shift
    filling.put(
        "article_categories", ({"id": first + n, "name": name, "active": name != "Archive"} for n, name in named)
    )
    filling.put("articles", articles(filling, staff))
    filling.put("projects", projects(filling, staff))
    filling.put("phases", phases(filling))
    filling.put("tasks", tasks(filling, staff))
    filling.put("appointments", appointments(filling, staff))
    filling.put("visits", visits(filling, staff))
    filling.put("visit_tickets", visit_tickets(filling))


def attachments(filling: Filling) -> Iterator[Mapping[str, Any]]:
    """A file on every 17th ticket, with every kind of name that must not be believed."""
    tickets = filling.asked("SELECT id, created, author FROM tickets WHERE id % 17 = 0 ORDER BY id")
    for n, (ticket, created, author) in enumerate(tickets):
        name, media_type = words.FILES[n % len(words.FILES)]
        content = f"{name}\n".encode() * (1 + n % 4) + bytes((0, 255))
        yield {
            "id": 3_000 + 2 * n,
            "ticket": ticket,
            "name": name,
            "title": name,
            "media_type": media_type,
            "size": len(content),
            "content": base64.b64encode(content).decode(),
            "visibility": "internal" if n % 2 else "public",
            "author": author,
            "created": created,
        }


def history(filling: Filling) -> Iterator[Mapping[str, Any]]:
    tickets = filling.asked("SELECT id, created, author FROM tickets WHERE id % 10 = 0 ORDER BY id")
    numbers = count(500_000)
    for ticket, created, author in tickets:
        for n, (action, detail) in enumerate(words.ACTIONS[: 1 + ticket % len(words.ACTIONS)]):
            when = datetime.fromisoformat(created) + timedelta(minutes=n)
            yield {
                "id": next(numbers),
                "ticket": ticket,
                "technician": author,
                "action": action,
                "detail": detail,
                "created": when,
            }


def checklist(filling: Filling) -> Iterator[Mapping[str, Any]]:
    tickets = filling.asked("SELECT id, created, author FROM tickets WHERE id % 11 = 0 ORDER BY id")
    numbers = count(8_000)
    for ticket, created, author in tickets:
        for n, name in enumerate(words.CHECKLIST[: 1 + ticket % len(words.CHECKLIST)]):
            done = (ticket + n) % 3 == 0
            yield {
                "id": next(numbers),
                "ticket": ticket,
                "name": name,
                "done": done,
                "important": n == 0,
                "position": n + 1,
                "done_by": author if done else None,
                "done_at": created if done else None,
                "created": created,
            }


def helpers(filling: Filling, staff: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    """Somebody else on every 13th ticket that has an assignee."""
    own = dict(filling.asked("SELECT id, role FROM technicians"))
    assigned = filling.asked("SELECT id, assignee FROM tickets WHERE assignee IS NOT NULL AND id % 13 = 0 ORDER BY id")
    for n, (ticket, assignee) in enumerate(assigned):
        others = [one for one in staff if one != assignee]
        helper = others[n % len(others)]
        yield {"id": 900 + n, "ticket": ticket, "technician": helper, "role": own[helper]}


def copied(filling: Filling) -> Iterator[Mapping[str, Any]]:
    """A second contact of the same company."""
    pairs = filling.asked(
        "SELECT tickets.id, MIN(contacts.id) FROM tickets JOIN contacts ON contacts.company = tickets.company "
        "WHERE tickets.id % 19 = 0 AND contacts.active AND contacts.id IS NOT tickets.contact "
        "GROUP BY tickets.id ORDER BY tickets.id"
    )
    for n, (ticket, contact) in enumerate(pairs):
        yield {"id": 950 + n, "ticket": ticket, "contact": contact}


def deleted(staff: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    for n, title in enumerate(("Spam: win 100%", "Duplicate of another ticket")):
        yield {
            "id": 12 + n,
            "ticket": 7_000 + n,
            "number": f"T20251201.{n + 1:04}",
            "title": title,
            "deleted_by": staff[n % len(staff)],
            "deleted": EPOCH + timedelta(days=n),
        }


def articles(filling: Filling, staff: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    for n, (title, body) in enumerate(words.ARTICLES):
        created = EPOCH + timedelta(days=7 * n)
        yield {
            "id": 210 + n,
            "title": title,
            "body": body,
            "category": 15 + filling.shift + n % len(words.ARTICLE_CATEGORIES),
            "visibility": "internal" if n % HOUSE_ARTICLES else "public",
            "keywords": title.split()[-1].lower(),
            "active": not title.startswith("Old"),
            "author": staff[n % len(staff)],
            "editor": staff[0],
            "created": created,
            "updated": created + timedelta(days=1),
        }


def projects(filling: Filling, staff: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    companies = [id for (id,) in filling.asked("SELECT id FROM companies WHERE active ORDER BY id")]
    statuses = [one.name for one in CHOICES["project_status"]]
    for n, name in enumerate(words.PROJECTS):
        internal = n == len(words.PROJECTS) - 1
        yield {
            "id": 45 + n,
            "number": f"P2026{n + 1:04}",
            "name": name,
            "description": words.DETAILS[n],
            "company": companies[0] if internal else companies[1 + n],
            "kind": "Internal" if internal else "Client",
            "status": statuses[n % len(statuses)],
            "lead": staff[n % len(staff)],
            "start": EPOCH,
            "end": EPOCH + SPAN / 2,
            "created": EPOCH,
            "updated": EPOCH,
            "custom": {},
        }


def phases(filling: Filling) -> Iterator[Mapping[str, Any]]:
    for n, (project,) in enumerate(filling.asked("SELECT id FROM projects ORDER BY id")):
        yield {
            "id": 70 + n,
            "project": project,
            "name": f"Phase {n + 1}",
            "start": EPOCH,
            "end": EPOCH + SPAN / 4,
            "created": EPOCH,
            "updated": EPOCH,
        }


def tasks(filling: Filling, staff: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    own = dict(filling.asked("SELECT id, role FROM technicians"))
    numbers = count()
    for project, phase in filling.asked("SELECT project, id FROM phases ORDER BY id"):
        for title in words.STEPS:
            n = next(numbers)
            assignee = staff[n % len(staff)] if n % 2 else None
            yield {
                "id": 2_500 + n,
                "number": f"T20260105.{9_000 + n}",
                "project": project,
                "phase": phase if n % 2 else None,
                "title": title,
                "kind": "Fixed Work",
                "status": "New" if n % 3 else "Complete",
                "assignee": assignee,
                "role": None if assignee is None else own[assignee],
                "estimated_hours": 1.5 * (n + 1),
                "start": EPOCH,
                "end": EPOCH + SPAN / 4,
                "author": staff[0],
                "created": EPOCH,
                "updated": EPOCH,
                "closed": None if n % 3 else EPOCH + timedelta(days=n),
                "custom": {},
            }


def appointments(filling: Filling, staff: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    """One a week for everybody, after the seeded time: nobody has been there yet."""
    for n, technician in enumerate((*staff, *staff)):
        start = EPOCH + SPAN + timedelta(days=7 * (n // len(staff)), hours=n % len(staff))
        yield {
            "id": 620 + n,
            "technician": technician,
            "title": "On site" if n % 2 else "Jour fixe: Müller & Söhne",
            "description": None if n % 3 else "Bring the spare switch.",
            "start": start,
            "end": start + timedelta(minutes=45),
            "author": staff[0],
            "created": EPOCH,
            "updated": EPOCH,
        }


def visits(filling: Filling, staff: Sequence[int]) -> Iterator[Mapping[str, Any]]:
    """A visit to the first companies that have a branch."""
    places = filling.asked("SELECT id, company FROM locations WHERE NOT COALESCE(main, 0) AND active ORDER BY id")
    for n, (location, company) in enumerate(places):
        start = EPOCH + SPAN + timedelta(days=1 + n, hours=2)
        yield {
            "id": 330 + n,
            "company": company,
            "location": location,
            "description": "Replace the firewall" if n % 2 else None,
            "status": "New",
            "done": False,
            "start": start,
            "end": start + timedelta(hours=2),
            "author": staff[0],
            "created": EPOCH,
            "updated": EPOCH,
        }


def visit_tickets(filling: Filling) -> Iterator[Mapping[str, Any]]:
    pairs = filling.asked(
        "SELECT visits.id, MIN(tickets.id) FROM visits JOIN tickets ON tickets.company = visits.company "
        "GROUP BY visits.id ORDER BY visits.id"
    )
    for n, (visit, ticket) in enumerate(pairs):
        yield {"id": 340 + n, "visit": visit, "ticket": ticket}
