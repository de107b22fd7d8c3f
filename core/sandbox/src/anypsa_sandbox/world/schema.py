"""Schema: the world's tables. Columns are neutral; `extra` keeps what only one vendor knows, as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "companies": (
        *("name", "number", "kind", "active", "phone", "website", "address", "city", "postal_code"),
        *("owner", "parent", "created", "updated", "custom", "extra"),
    ),
    "locations": (*("company", "name", "address", "city", "postal_code", "phone", "active", "main", "extra"),),
    "contacts": (
        *("company", "first_name", "last_name", "job_title", "email", "phone", "mobile", "active"),
        *("created", "updated", "custom", "extra"),
    ),
    "assets": (
        *("name", "company", "contact", "kind", "active", "serial_number", "reference", "product", "location"),
        *("remarks", "installed", "warranty_until", "created", "updated", "custom", "extra"),
    ),
    "products": ("name", "active", "extra"),
    "roles": ("name", "active", "rate", "extra"),
    "technicians": (
        *("first_name", "last_name", "username", "email", "job_title", "phone", "active", "role", "extra"),
    ),
    "technician_roles": ("technician", "role", "active", "preset", "extra"),
    "queue_members": ("technician", "queue", "role", "extra"),
    "work_types": ("name", "active", "internal", "extra"),
    "forms": ("name", "active", "preset", "extra"),
    "custom_fields": ("subject", "name", "kind", "required", "active", "position", "created", "extra"),
    "custom_items": ("custom_field", "name", "active", "created", "extra"),
    # What customers have agreed to pay for.
    "services": ("name", "active", "price", "cost", "extra"),
    "contracts": (
        *("company", "contact", "name", "number", "kind", "start", "end", "active", "preset", "updated"),
        *("custom", "extra"),
    ),
    "blocks": ("contract", "purchased", "start", "end", "hours", "hours_used", "rate", "active", "extra"),
    "retainers": ("contract", "purchased", "start", "end", "amount", "amount_used", "active", "extra"),
    "ticket_purchases": ("contract", "purchased", "start", "end", "tickets", "tickets_used", "rate", "active", "extra"),
    "contract_services": ("contract", "service", "price", "cost", "extra"),
    "invoices": ("number", "company", "issued", "due", "total", "tax", "paid", "voided", "created", "extra"),
    "billing_items": (
        *("company", "contract", "block", "ticket", "time_entry", "invoice", "name", "quantity", "rate", "amount"),
        *("worked", "posted", "extra"),
    ),
    # Tickets and what gathers on them.
    "tickets": (
        *("number", "title", "description", "status", "priority", "queue", "type", "category", "subcategory"),
        *("source", "company", "contact", "location", "asset", "contract", "project", "assignee", "role"),
        *("work_type", "external_id", "resolution", "estimated_hours", "author", "closed_by", "form"),
        *("created", "updated", "due", "closed", "custom", "extra"),
    ),
    "notes": (
        *("ticket", "title", "body", "kind", "visibility", "author", "author_contact", "created", "updated", "extra"),
    ),
    "time_entries": (
        *("ticket", "task", "kind", "technician", "role", "work_type", "internal_work_type", "contract", "worked"),
        *("starts", "ends", "hours", "hours_offset", "hours_billed", "free", "summary", "remarks", "posted"),
        *("author", "editor", "created", "updated", "extra"),
    ),
    "attachments": (
        *("ticket", "note", "time_entry", "name", "title", "media_type", "size", "content", "visibility"),
        *("author", "author_contact", "created", "extra"),
    ),
    "history": ("ticket", "technician", "action", "detail", "created", "extra"),
    "checklist_items": (
        *("ticket", "name", "done", "important", "position", "done_by", "done_at", "created", "extra"),
    ),
    "charges": (
        *("ticket", "name", "description", "work_type", "quantity", "price", "cost", "free", "charged"),
        *("author", "created", "extra"),
    ),
    "ticket_technicians": ("ticket", "technician", "role", "extra"),
    "ticket_contacts": ("ticket", "contact", "extra"),
    "ticket_assets": ("ticket", "asset", "extra"),
    "deleted_tickets": ("ticket", "number", "title", "deleted_by", "deleted", "extra"),
    # Knowledge, planned work and calendars.
    "article_categories": ("name", "parent", "active", "extra"),
    "articles": (
        *("title", "body", "category", "visibility", "keywords", "link", "active", "author", "editor"),
        *("created", "updated", "extra"),
    ),
    "projects": (
        *("number", "name", "description", "company", "contract", "kind", "status", "lead", "start", "end"),
        *("created", "updated", "custom", "extra"),
    ),
    "phases": ("project", "parent", "name", "description", "start", "end", "created", "updated", "extra"),
    "tasks": (
        *("number", "project", "phase", "title", "description", "kind", "status", "assignee", "role"),
        *("estimated_hours", "start", "end", "author", "created", "updated", "closed", "custom", "extra"),
    ),
    "appointments": (
        "technician",
        "ticket",
        "title",
        "description",
        "start",
        "end",
        "author",
        "created",
        "updated",
        "extra",
    ),
    "visits": (
        *(
            "company",
            "location",
            "description",
            "status",
            "done",
            "start",
            "end",
            "author",
            "created",
            "updated",
            "extra",
        ),
    ),
    "visit_tickets": ("visit", "ticket", "extra"),
    "visit_technicians": ("visit_ticket", "technician", "extra"),
    # Who wants to be told.
    "webhooks": (
        *("subject", "name", "url", "alarm_url", "alarm_email", "secret", "active", "guid", "owner"),
        *("on_create", "on_update", "on_delete", "sequence", "failures", "created", "extra"),
    ),
    "webhook_fields": ("webhook", "subject", "field", "custom_field", "triggers", "shown", "extra"),
    "webhook_exclusions": ("webhook", "subject", "technician", "extra"),
    "webhook_errors": ("webhook", "subject", "message", "payload", "sequence", "created", "extra"),
    # Records that only one vendor knows; `kind` is that vendor's word.
    "others": ("kind", "extra"),
}
MOMENTS: Final = frozenset(
    {
        *("created", "updated", "due", "closed", "installed", "warranty_until", "start", "end", "issued", "paid"),
        *("purchased", "worked", "starts", "ends", "posted", "charged", "deleted", "done_at"),
    }
)
FLAGS: Final = frozenset(
    {
        *("active", "preset", "main", "required", "free", "voided", "done", "important", "triggers", "shown"),
        *("internal", "on_create", "on_update", "on_delete"),
    }
)
INDEXED: Final = (
    *(("notes", "ticket"), ("contacts", "company"), ("assets", "company"), ("tickets", "number")),
    *(("time_entries", "ticket"), ("time_entries", "contract"), ("technician_roles", "technician")),
    *(("blocks", "contract"), ("locations", "company"), ("attachments", "ticket"), ("history", "ticket")),
    *(("checklist_items", "ticket"), ("billing_items", "time_entry"), ("webhooks", "subject"), ("others", "kind")),
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
