"""Columns: what a table shows of each record, and their shares of the terminal's width."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COLUMNS: Final[Mapping[str, Mapping[str, int]]] = {
    "tickets": {"id": 3, "number": 5, "title": 7, "status": 4, "priority": 3, "queue": 4, "company": 4, "assignee": 4},
    "notes": {"id": 3, "created": 4, "visibility": 3, "author": 4, "title": 5, "body": 9},
    "companies": {"id": 3, "name": 8, "kind": 4, "phone": 4, "city": 4, "active": 2},
    "contacts": {"id": 3, "first_name": 4, "last_name": 4, "email": 7, "phone": 4, "company": 5, "active": 2},
    "assets": {"id": 3, "name": 6, "kind": 4, "serial_number": 5, "company": 5, "active": 2},
    "queues": {"id": 2, "name": 8, "active": 2},
    "technicians": {"id": 3, "first_name": 4, "last_name": 4, "email": 7, "active": 2},
    "contracts": {"id": 3, "name": 8, "kind": 4, "company": 5, "starts": 4, "ends": 4, "active": 2},
    "time_entries": {"id": 3, "worked_on": 4, "ticket": 4, "technician": 5, "duration": 3, "billable": 3, "summary": 8},
    "articles": {"id": 3, "title": 9, "category": 4, "audience": 4, "updated": 4, "active": 2},
    "attachments": {"id": 3, "name": 8, "media_type": 4, "size": 3, "visibility": 3, "ticket": 4},
    "locations": {"id": 3, "name": 6, "address": 7, "city": 4, "company": 5, "primary": 2},
    "history": {"created": 5, "author": 5, "action": 6, "detail": 9},
    "checklist": {"id": 3, "position": 2, "title": 8, "done": 2, "done_by": 4},
    "appointments": {"id": 3, "starts": 4, "ends": 4, "title": 7, "technician": 5, "ticket": 4},
    "projects": {"id": 3, "number": 4, "title": 8, "status": 4, "company": 5, "lead": 5},
    "invoices": {"id": 3, "number": 4, "date": 4, "company": 6, "total": 4, "paid": 4},
}
