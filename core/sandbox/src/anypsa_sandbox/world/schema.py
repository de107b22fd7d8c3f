"""Schema: the world's tables. Columns are neutral; `extra` keeps what only one vendor knows, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "companies": (
        *("name", "number", "kind", "active", "phone", "website", "address", "city", "postal_code"),
        *("owner", "parent", "created", "updated", "custom", "extra"),
    ),
    "locations": ("company", "name", "address", "city", "postal_code", "active", "extra"),
    "contacts": (
        *("company", "first_name", "last_name", "job_title", "email", "phone", "mobile", "active"),
        *("created", "updated", "custom", "extra"),
    ),
    "assets": (
        *("name", "company", "contact", "kind", "active", "serial_number", "reference", "product", "location"),
        *("remarks", "installed", "warranty_until", "created", "updated", "custom", "extra"),
    ),
    "products": ("name", "active", "extra"),
    "roles": ("name", "active", "extra"),
    "technicians": (
        *("first_name", "last_name", "username", "email", "job_title", "phone", "active", "role", "extra"),
    ),
    "contracts": ("company", "name", "kind", "start", "end", "active", "extra"),
    "tickets": (
        *("number", "title", "description", "status", "priority", "queue", "type", "category", "subcategory"),
        *("source", "company", "contact", "asset", "contract", "assignee", "role", "external_id", "resolution"),
        *("estimated_hours", "author", "closed_by", "form", "created", "updated", "due", "closed", "custom", "extra"),
    ),
    "technician_roles": ("technician", "role", "active", "preset", "extra"),
    "queue_members": ("technician", "queue", "extra"),
    "work_types": ("name", "active", "extra"),
    "forms": ("name", "active", "preset", "extra"),
    "blocks": ("contract", "purchased", "start", "end", "hours", "hours_used", "rate", "extra"),
    "time_entries": (
        *("ticket", "technician", "role", "work_type", "contract", "worked", "starts", "ends", "hours"),
        *("hours_billed", "summary", "remarks", "author", "created", "updated", "extra"),
    ),
    "notes": (
        *("ticket", "title", "body", "kind", "visibility", "author", "author_contact", "created", "updated", "extra"),
    ),
}
MOMENTS: Final = frozenset(
    {
        *("created", "updated", "due", "closed", "installed", "warranty_until", "start", "end"),
        *("purchased", "worked", "starts", "ends"),
    }
)
FLAGS: Final = frozenset({"active", "preset"})
INDEXED: Final = (
    *(("notes", "ticket"), ("contacts", "company"), ("assets", "company"), ("tickets", "number")),
    *(("time_entries", "ticket"), ("technician_roles", "technician"), ("blocks", "contract")),
)


def statements() -> list[str]:
    """The statements that make the tables."""
    tables = [
        f"CREATE TABLE {table} (id INTEGER PRIMARY KEY, {', '.join(columns)})" for table, columns in quoted().items()
    ]
    return tables + [f"CREATE INDEX {table}_{column} ON {table} ({column})" for table, column in INDEXED]


def quoted() -> dict[str, list[str]]:
    """The columns, quoted: `end` is a word of SQL."""
    return {table: [f'"{column}"' for column in columns] for table, columns in COLUMNS.items()}


def insert(table: str) -> str:
    """The statement that adds a whole row, id first."""
    columns = quoted()[table]
    return f"INSERT INTO {table} (id, {', '.join(columns)}) VALUES ({', '.join('?' * (len(columns) + 1))})"
