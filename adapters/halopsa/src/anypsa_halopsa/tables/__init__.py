"""Tables: HaloPSA's entities field by field (wire/halopsa.md 2, fixtures/halopsa/halo_core_schema.json)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa.spi import Table

from ..codecs import whole
from .agreements import APPOINTMENTS, ARTICLES, CONTRACTS, INVOICES, PROJECTS
from .customers import ASSETS, COMPANIES, CONTACTS, LOCATIONS, TECHNICIANS
from .desk import ATTACHMENTS, HISTORY, NOTES, QUEUES, TICKETS, TIME_ENTRIES
from .paths import ACTIONS, ENVELOPES, GUIDS, OF_TICKET, PAGED, PICKED, WITHIN

__all__ = [
    "ACTIONS",
    "APPOINTMENTS",
    "ARTICLES",
    "ASSETS",
    "ATTACHMENTS",
    "COMPANIES",
    "CONTACTS",
    "CONTRACTS",
    "ENVELOPES",
    "GUIDS",
    "HISTORY",
    "INVOICES",
    "LOCATIONS",
    "NOTES",
    "OF_TICKET",
    "OTHER_USES",
    "PAGED",
    "PICKED",
    "PROJECT",
    "PROJECTS",
    "PROJECT_USES",
    "QUEUES",
    "TABLES",
    "TECHNICIANS",
    "TICKETS",
    "TIME_ENTRIES",
    "WITHIN",
    "belongs",
]

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
        PROJECTS,
        APPOINTMENTS,
        INVOICES,
    )
}
# What the list of tickets may hold beside tickets (7.13), and the kind of ticket that is a project.
PROJECT_USES: Final = frozenset({"project", "projects"})
OTHER_USES: Final = PROJECT_USES | {"opportunity", "opportunities", "opps"}
PROJECT: Final = "22"


def belongs(table: Table, row: Mapping[str, Any]) -> bool:
    """Whether a row is what the table holds: projects come as tickets, and what was worked as notes do."""
    use, kind = str(row.get("use") or "").lower(), whole(row.get("itil_requesttype_id"))
    if table is TICKETS:
        return use not in OTHER_USES and not (use == "" and kind == PROJECT)
    if table is PROJECTS:  # the list holds their tasks too
        return kind == PROJECT if kind not in ("None", "0", "-1", "") else use in PROJECT_USES
    if table is NOTES:
        return not timed(row)
    return timed(row) if table is TIME_ENTRIES else True


def timed(row: Mapping[str, Any]) -> bool:
    """Whether an action holds time."""
    try:
        return float(row.get(TIME_ENTRIES.by_name["duration"].wire) or 0) > 0
    except (TypeError, ValueError):
        return False
