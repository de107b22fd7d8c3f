"""Webhooks of the five entities that have them, with their children (wire/autotask.md 8.1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..mapping import Column, Shown, columns

SUBJECT_TABLES: Final[Mapping[str, str]] = {
    "Company": "companies",
    "Contact": "contacts",
    "ConfigurationItem": "assets",
    "Ticket": "tickets",
    "TicketNote": "notes",
}
SUBJECTS: Final = tuple(SUBJECT_TABLES)
FLAGS: Final = columns(isSubscribedField="triggers", isDisplayAlwaysField="shown")
# Ready means that at least one field triggers it; the server says so itself (8.1).
READY: Final = "EXISTS (SELECT 1 FROM webhook_fields WHERE webhook_fields.webhook = webhooks.id AND triggers)"
# The log names the webhook of these two alone, in both of the vendor's Swaggers.
LOGGED: Final = {"accountWebhookID": "Company", "contactWebhookID": "Contact"}


def webhooks(subject: str) -> dict[str, Shown]:
    """One entity's."""
    fixed = {"subject": subject}
    listed = {"fieldID": ("field", f"fields of {subject}")}
    own = f"{subject}Webhook"
    return {
        f"{own}s": Shown(
            "webhooks",
            columns(
                id="id",
                name="name",
                webhookUrl="url",
                deactivationUrl="alarm_url",
                notificationEmailAddress="alarm_email",
                secretKey="secret",
                isActive="active",
                webhookGUID="guid",
                ownerResourceID="owner",
                isSubscribedToCreateEvents="on_create",
                isSubscribedToUpdateEvents="on_update",
                isSubscribedToDeleteEvents="on_delete",
            )
            | {"isReady": Column("isReady", sql=READY)},
            fixed=fixed,
        ),
        f"{own}Fields": Shown(
            "webhook_fields",
            columns(listed, id="id", webhookID="webhook") | FLAGS,
            parent="webhookID",
            fixed=fixed,
            where="custom_field IS NULL",
        ),
        f"{own}UdfFields": Shown(
            "webhook_fields",
            columns(id="id", webhookID="webhook", udfFieldID="custom_field") | FLAGS,
            parent="webhookID",
            fixed=fixed,
            where="custom_field IS NOT NULL",
        ),
        f"{own}ExcludedResources": Shown(
            "webhook_exclusions",
            columns(id="id", webhookID="webhook", resourceID="technician"),
            parent="webhookID",
            fixed=fixed,
        ),
    }


ENTITIES: Final[Mapping[str, Shown]] = {
    **{path: shown for subject in SUBJECTS for path, shown in webhooks(subject).items()},
    "WebhookEventErrorLogs": Shown(
        "webhook_errors",
        columns(id="id", errorMessage="message", payload="payload", sequenceNumber="sequence", createDateTime="created")
        | {
            name: Column(name, sql=f"CASE subject WHEN '{subject}' THEN webhook END")
            for name, subject in LOGGED.items()
        },
    ),
}
