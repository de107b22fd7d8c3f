"""Tables: Autotask's entities field by field (wire/autotask.md 3.3, fixtures/autotask/entity-metadata.json).

Each of the vendor's field names stands in this package once and nowhere else in the adapter.
"""

from __future__ import annotations

from typing import Final

from .agreements import APPOINTMENTS, ARTICLES, CONTRACTS, INVOICES, PROJECTS
from .customers import ASSETS, COMPANIES, CONTACTS, LOCATIONS, TECHNICIANS
from .desk import ATTACHMENTS, CHECKLIST, HISTORY, NOTES, QUEUES, TICKETS, TIME_ENTRIES

TABLES: Final = {
    table.name: table
    for table in (
        TICKETS,
        NOTES,
        COMPANIES,
        CONTACTS,
        ASSETS,
        TECHNICIANS,
        QUEUES,
        TIME_ENTRIES,
        CONTRACTS,
        ARTICLES,
        ATTACHMENTS,
        LOCATIONS,
        HISTORY,
        CHECKLIST,
        PROJECTS,
        APPOINTMENTS,
        INVOICES,
    )
}

__all__ = [
    "APPOINTMENTS",
    "ARTICLES",
    "ASSETS",
    "ATTACHMENTS",
    "CHECKLIST",
    "COMPANIES",
    "CONTACTS",
    "CONTRACTS",
    "HISTORY",
    "INVOICES",
    "LOCATIONS",
    "NOTES",
    "PROJECTS",
    "QUEUES",
    "TABLES",
    "TECHNICIANS",
    "TICKETS",
    "TIME_ENTRIES",
]
