"""Paths: what is true of a list whatever its records are to us (wire/halopsa.md 2.0, 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# The key of a list in its envelope.
ENVELOPES: Final[Mapping[str, str]] = {
    "Tickets": "tickets",
    "Actions": "actions",
    "Client": "clients",
    "Users": "users",
    "Asset": "assets",
    "Agent": "agents",
    "Team": "teams",
    "Site": "sites",
    "ClientContract": "contracts",
    "KBArticle": "articles",
    "Attachment": "attachments",
    "Appointment": "appointments",
    "Invoice": "invoices",
    "RecurringInvoice": "invoices",
    "Projects": "tickets",
    "Opportunities": "tickets",
    "Report": "reports",
}
# Lists that know pages; the others are whole at once.
PAGED: Final = frozenset(
    {
        *("Tickets", "Projects", "Opportunities", "Client", "Site", "Users", "Asset", "ClientContract"),
        *("KBArticle", "Appointment", "Invoice", "RecurringInvoice", "Report", "WebhookEvent"),
    }
)
ACTIONS: Final = "Actions"
# Listed by ticket, and not otherwise (2.6, 3.2); their ids count within it.
OF_TICKET: Final = frozenset({ACTIONS, "Attachment"})
# What a list cannot be asked for without.
WITHIN: Final[Mapping[str, str]] = {**dict.fromkeys(OF_TICKET, "ticket_id"), "Lookup": "lookupid"}
# Whose ids are no numbers.
GUIDS: Final = frozenset({"Priority", "Webhook", "WebhookEvent"})
# Records that are picked out of their list: that they can be got by an id, nobody has attested.
PICKED: Final = frozenset(
    {
        *("Status", "Priority", "TicketType", "Category", "SLA", "Workday", "Outcome", "AssetType", "BudgetType"),
        *("CannedText", "Notification", "WebhookEvent"),
    }
)
