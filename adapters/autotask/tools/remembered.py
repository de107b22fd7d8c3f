"""Remembered: fields of entities whose routes are attested and whose fields are not (C, or I), in a short notation.

The name of a type, `*` for required, `r` for read-only, `>Kind` for a reference, a number for the longest text.
Only what the sandbox needs to show; whoever sends such a field to the vendor wants a better source.
"""

from __future__ import annotations

from typing import Any, Final

FIELDS: Final[dict[str, str]] = {
    "Products": "description string 2000, id long *, isActive boolean *, name string * 100, sku string 50",
    "ResourceServiceDeskRoles": (
        "id long *, isActive boolean, isDefault boolean, resourceID integer * >Resource, roleID integer * >Role"
    ),
    "ResourceRoles": (
        "id long *, isActive boolean r, queueID integer r, resourceID integer r >Resource, roleID integer r >Role"
    ),
    "ArticlePlainTextContent": "contentData string, id long *",
    "KnowledgeBaseCategories": "id long *, isActive boolean, name string * 100, parentCategoryID integer",
    "TicketChecklistItems": (
        "completedByResourceID integer r >Resource, completedDateTime datetime r, id long *, isCompleted boolean, "
        "isImportant boolean, itemName string * 255, knowledgebaseArticleID integer, position integer, "
        "ticketID integer * >Ticket"
    ),
    "TicketCharges": (
        "billingCodeID integer >AllocationCode, createDate datetime r, creatorResourceID integer r >Resource, "
        "datePurchased datetime *, description string 2000, id long *, isBillableToCompany boolean, "
        "name string * 100, ticketID integer * >Ticket, unitCost double, unitPrice double, unitQuantity double *"
    ),
    "TicketAdditionalContacts": "contactID integer * >Contact, id long *, ticketID integer * >Ticket",
    "TicketAdditionalConfigurationItems": (
        "configurationItemID integer * >InstalledProduct, id long *, ticketID integer * >Ticket"
    ),
    "Services": "description string 400, id long *, isActive boolean, name string * 100, unitCost double, unitPrice double *",
    "Projects": (
        "companyID integer * >Account, contractID integer >Contract, createDateTime datetime r, description string 2000, "
        "endDateTime datetime *, id long *, lastActivityDateTime datetime r, projectLeadResourceID integer >Resource, "
        "projectName string * 100, projectNumber string r 50, projectType integer * pick, startDateTime datetime *, "
        "status integer * pick"
    ),
    "Phases": (
        "createDate datetime r, description string 8000, dueDate datetime, id long *, lastActivityDateTime datetime r, "
        "parentPhaseID integer, projectID integer * >Project, startDate datetime, title string * 255"
    ),
    "Tasks": (
        "assignedResourceID integer >Resource, assignedResourceRoleID integer >Role, completedDateTime datetime r, "
        "createDateTime datetime r, creatorResourceID integer r >Resource, description string 8000, "
        "endDateTime datetime, estimatedHours double, id long *, lastActivityDateTime datetime r, phaseID integer, "
        "projectID integer * >Project, startDateTime datetime, status integer * pick, taskNumber string r 50, "
        "taskType integer * pick, title string * 255"
    ),
    "Appointments": (
        "createDateTime datetime r, creatorResourceID integer r >Resource, description string 2000, "
        "endDateTime datetime *, id long *, resourceID integer * >Resource, startDateTime datetime *, "
        "title string * 150, updateDateTime datetime r"
    ),
    "ServiceCalls": (
        "companyID integer * >Account, companyLocationID integer >AccountPhysicalLocation, createDateTime datetime r, "
        "creatorResourceID integer r >Resource, description string 2000, endDateTime datetime *, id long *, "
        "isComplete boolean, lastModifiedDateTime datetime r, startDateTime datetime *, status integer pick"
    ),
    "ServiceCallTickets": "id long *, serviceCallID integer *, ticketID integer * >Ticket",
    "ServiceCallTicketResources": "id long *, resourceID integer * >Resource, serviceCallTicketID integer *",
    "Invoices": (
        "companyID integer r >Account, createDateTime datetime r, dueDate datetime r, id long *, "
        "invoiceDateTime datetime r, invoiceNumber string 20, invoiceTotal double r, isVoided boolean r, "
        "paidDate datetime, totalTaxValue double r"
    ),
    "BillingItems": (
        "companyID integer r >Account, contractBlockID integer r, contractID integer r >Contract, id long *, "
        "invoiceID integer r, itemDate datetime r, itemName string r, postedDate datetime r, quantity double r, "
        "rate double r, ticketID integer r >Ticket, timeEntryID integer r, totalAmount double r"
    ),
}
# Attested in words (wire/autotask.md 3.3 and 8.1) beyond what the fixtures' fields say.
WORDS: Final[dict[str, dict[str, dict[str, Any]]]] = {
    "TicketWebhooks": {
        "deactivationUrl": {"length": 500},
        "isReady": {"readOnly": True},
        "name": {"length": 50},
        "notificationEmailAddress": {"length": 150},
        "secretKey": {"length": 64},
        "webhookGUID": {"readOnly": True},
        "webhookUrl": {"length": 500},
    },
    "KnowledgeBaseArticles": {
        "createdByResourceID": {"readOnly": True},
        "createdDateTime": {"readOnly": True},
        "lastModifiedByResourceID": {"readOnly": True},
        "lastModifiedDateTime": {"readOnly": True},
    },
    "TicketAttachments": {
        "attachDate": {"readOnly": True},
        "attachedByContactID": {"readOnly": True},
        "attachedByResourceID": {"readOnly": True},
        "creatorType": {"readOnly": True},
        "fileSize": {"readOnly": True},
        "parentID": {"readOnly": True},
    },
    "TimeEntries": {"timeEntryType": {"readOnly": True}},
    "TicketSecondaryResources": {
        "resourceID": {"required": True, "reference": "Resource"},
        "roleID": {"required": True, "reference": "Role"},
        "ticketID": {"required": True, "reference": "Ticket"},
    },
    "ContractTicketPurchases": {"ticketsUsed": {"readOnly": True}},
    "ContractRetainers": {"amountApproved": {"readOnly": True}},
}
# Families whose fields are those of another (8.1 tells one body for all webhooks).
ALIKE: Final = {
    **{f"{subject}Webhooks": "TicketWebhooks" for subject in ("Company", "Contact", "ConfigurationItem", "TicketNote")},
    **{
        f"{subject}Webhook{child}": f"TicketWebhook{child}"
        for subject in ("Company", "Contact", "ConfigurationItem", "TicketNote")
        for child in ("Fields", "UdfFields", "ExcludedResources")
        if (subject, child) != ("TicketNote", "UdfFields")
    },
    "TicketNoteAttachments": "TicketAttachments",
    "TimeEntryAttachments": "TicketAttachments",
}
# What error logs are about beside accounts and contacts (the page lists the first two and dots).
MORE: Final = {
    "WebhookEventErrorLogs": (
        "configurationItemWebhookID integer, ticketNoteWebhookID integer, ticketWebhookID integer"
    ),
}


def fields(notation: str) -> dict[str, dict[str, Any]]:
    """The fields that a notation names."""
    return dict(field(*part.split()) for part in notation.split(", "))


def field(name: str, type: str, *marks: str) -> tuple[str, dict[str, Any]]:
    known: dict[str, Any] = {"type": type}
    for mark in marks:
        if mark.startswith(">"):
            known["reference"] = mark[1:]
        elif mark.isdigit():
            known["length"] = int(mark)
        else:
            known[{"*": "required", "r": "readOnly", "pick": "pick"}[mark]] = True
    return name, known
