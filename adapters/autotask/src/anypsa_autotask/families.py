"""Families: which entities are written below which parent, and how (wire/autotask.md 3.1; fixtures/autotask/
operations-2026.json). A child has no route of its own for writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CHILDREN: Final[Mapping[str, Mapping[str, str]]] = {
    "ChecklistLibraries": {"ChecklistLibraryChecklistItems": "ChecklistItems"},
    "Companies": {
        "CompanyAlerts": "Alerts",
        "CompanyAttachments": "Attachments",
        "CompanyLocations": "Locations",
        "CompanyNotes": "Notes",
        "CompanySiteConfigurations": "SiteConfigurations",
        "CompanyTeams": "Teams",
        "CompanyToDos": "ToDos",
        "Contacts": "Contacts",
    },
    "CompanyNotes": {"CompanyNoteAttachments": "Attachments"},
    "CompanyWebhooks": {
        "CompanyWebhookExcludedResources": "ExcludedResources",
        "CompanyWebhookFields": "Fields",
        "CompanyWebhookUdfFields": "UdfFields",
    },
    "ConfigurationItemCategories": {"ConfigurationItemCategoryUdfAssociations": "UdfAssociations"},
    "ConfigurationItemNotes": {"ConfigurationItemNoteAttachments": "Attachments"},
    "ConfigurationItemWebhooks": {
        "ConfigurationItemWebhookExcludedResources": "ExcludedResources",
        "ConfigurationItemWebhookFields": "Fields",
        "ConfigurationItemWebhookUdfFields": "UdfFields",
    },
    "ConfigurationItems": {
        "ConfigurationItemAttachments": "Attachments",
        "ConfigurationItemBillingProductAssociations": "BillingProductAssociations",
        "ConfigurationItemDnsRecords": "DnsRecords",
        "ConfigurationItemNotes": "Notes",
        "ConfigurationItemRelatedItems": "RelatedItems",
        "ConfigurationItemSslSubjectAlternativeNames": "SslSubjectAlternativeNames",
    },
    "ContactGroups": {"ContactGroupContacts": "Contacts"},
    "ContactWebhooks": {
        "ContactWebhookExcludedResources": "ExcludedResources",
        "ContactWebhookFields": "Fields",
        "ContactWebhookUdfFields": "UdfFields",
    },
    "Contacts": {"ContactBillingProductAssociations": "BillingProductAssociations"},
    "ContractExclusionSets": {
        "ContractExclusionSetExcludedRoles": "ExcludedRoles",
        "ContractExclusionSetExcludedWorkTypes": "ExcludedWorkTypes",
    },
    "ContractNotes": {"ContractNoteAttachments": "Attachments"},
    "Contracts": {
        "ContractBillingRules": "BillingRules",
        "ContractBlockHourFactors": "BlockHourFactors",
        "ContractBlocks": "Blocks",
        "ContractCharges": "Charges",
        "ContractExclusionBillingCodes": "ExclusionBillingCodes",
        "ContractExclusionRoles": "ExclusionRoles",
        "ContractMilestones": "Milestones",
        "ContractNotes": "Notes",
        "ContractRates": "Rates",
        "ContractRetainers": "Retainers",
        "ContractRoleCosts": "RoleCosts",
        "ContractServiceBundleUnits": "ServiceBundleUnits",
        "ContractServiceBundles": "ServiceBundles",
        "ContractServiceUnits": "ServiceUnits",
        "ContractServices": "Services",
        "ContractTicketPurchases": "TicketPurchases",
    },
    "DocumentCategories": {"Documents": "Documents"},
    "Documents": {
        "DocumentAttachments": "Attachments",
        "DocumentChecklistItems": "ChecklistItems",
        "DocumentConfigurationItemAssociations": "ConfigurationItemAssociations",
        "DocumentConfigurationItemCategoryAssociations": "ConfigurationItemCategoryAssociations",
        "DocumentNotes": "Notes",
        "DocumentPlainTextContent": "PlainTextContent",
        "DocumentTagAssociations": "TagAssociations",
        "DocumentTicketAssociations": "TicketAssociations",
        "DocumentToArticleAssociations": "ArticleAssociations",
        "DocumentToDocumentAssociations": "DocumentAssociations",
    },
    "ExpenseItems": {"ExpenseItemAttachments": "Attachments"},
    "ExpenseReports": {"ExpenseReportAttachments": "Attachments"},
    "Expenses": {"ExpenseItems": "Items"},
    "HolidaySets": {"Holidays": "Holidays"},
    "InventoryItems": {"InventoryItemSerialNumbers": "SerialNumbers"},
    "InventoryProducts": {"InventoryStockedItems": "StockedItems"},
    "KnowledgeBaseArticles": {
        "ArticleAttachments": "Attachments",
        "ArticleConfigurationItemCategoryAssociations": "ConfigurationItemCategoryAssociations",
        "ArticleNotes": "Notes",
        "ArticlePlainTextContent": "PlainTextContent",
        "ArticleTagAssociations": "TagAssociations",
        "ArticleTicketAssociations": "TicketAssociations",
        "ArticleToArticleAssociations": "ArticleAssociations",
        "ArticleToDocumentAssociations": "DocumentAssociations",
    },
    "KnowledgeBaseCategories": {"KnowledgeBaseArticles": "KnowledgeBaseArticles"},
    "Opportunities": {"OpportunityAttachments": "Attachments", "SalesOrders": "SalesOrders"},
    "OrganizationalLevelAssociations": {"OrganizationalResources": "Resources"},
    "Products": {"ProductNotes": "Notes", "ProductTiers": "Tiers", "ProductVendors": "Vendors"},
    "ProjectNotes": {"ProjectNoteAttachments": "Attachments"},
    "Projects": {
        "Phases": "Phases",
        "ProjectAttachments": "Attachments",
        "ProjectCharges": "Charges",
        "ProjectNotes": "Notes",
        "Tasks": "Tasks",
    },
    "PurchaseOrderItems": {"PurchaseOrderItemReceiving": "Receiving"},
    "PurchaseOrders": {"PurchaseOrderItems": "Items"},
    "Quotes": {"QuoteItems": "Items"},
    "Resources": {
        "ResourceAttachments": "Attachments",
        "ResourceDailyAvailabilities": "DailyAvailabilities",
        "ResourceRoleDepartments": "RoleDepartments",
        "ResourceRoleQueues": "RoleQueues",
        "ResourceRoles": "Roles",
        "ResourceServiceDeskRoles": "ServiceDeskRoles",
        "ResourceSkills": "Skills",
        "ResourceTimeOffApprovers": "TimeOffApprovers",
        "TimeOffRequests": "TimeOffRequests",
    },
    "SalesOrders": {"SalesOrderAttachments": "Attachments"},
    "ServiceBundles": {"ServiceBundleServices": "Services"},
    "ServiceCallTasks": {"ServiceCallTaskResources": "Resources"},
    "ServiceCallTickets": {"ServiceCallTicketResources": "Resources"},
    "ServiceCalls": {"ServiceCallTasks": "Tasks", "ServiceCallTickets": "Tickets"},
    "ServiceLevelAgreements": {"ServiceLevelAgreementResults": "Results"},
    "Subscriptions": {"SubscriptionPeriods": "Periods"},
    "Tags": {"TagAliases": "Aliases"},
    "TaskNotes": {"TaskNoteAttachments": "Attachments"},
    "Tasks": {
        "TaskAttachments": "Attachments",
        "TaskNotes": "Notes",
        "TaskPredecessors": "Predecessors",
        "TaskSecondaryResources": "SecondaryResources",
    },
    "TicketCategories": {"TicketCategoryFieldDefaults": "FieldDefaults"},
    "TicketNoteWebhooks": {
        "TicketNoteWebhookExcludedResources": "ExcludedResources",
        "TicketNoteWebhookFields": "Fields",
    },
    "TicketNotes": {"TicketNoteAttachments": "Attachments"},
    "TicketWebhooks": {
        "TicketWebhookExcludedResources": "ExcludedResources",
        "TicketWebhookFields": "Fields",
        "TicketWebhookUdfFields": "UdfFields",
    },
    "Tickets": {
        "TicketAdditionalConfigurationItems": "AdditionalConfigurationItems",
        "TicketAdditionalContacts": "AdditionalContacts",
        "TicketAttachments": "Attachments",
        "TicketChangeRequestApprovals": "ChangeRequestApprovals",
        "TicketCharges": "Charges",
        "TicketChecklistItems": "ChecklistItems",
        "TicketNotes": "Notes",
        "TicketRmaCredits": "RmaCredits",
        "TicketSecondaryResources": "SecondaryResources",
        "TicketTagAssociations": "TagAssociations",
    },
    "TimeEntries": {"TimeEntryAttachments": "Attachments"},
    "UserDefinedFields": {"UserDefinedFieldListItems": "ListItems"},
}
"""Below each parent: the child, and what it is called there."""

SINGULARS: Final[Mapping[str, str]] = {
    "Companies": "company",
    "Opportunities": "opportunity",
    "TimeEntries": "timeEntry",
    "TicketCategories": "ticketCategory",
    "DocumentCategories": "documentCategory",
    "KnowledgeBaseCategories": "articleCategory",
    "KnowledgeBaseArticles": "article",
    "ChecklistLibraries": "checklistLibrary",
    "ConfigurationItemCategories": "configurationItemCategory",
    "UserDefinedFields": "udfField",
}
"""What a parent is called in its child's reference to it, where that is more than the word without its last letter."""
WEBHOOK: Final = "webhookID"
ANY: Final = ("parentID",)
"""References to a parent that are called otherwise: of a webhook's children, and of some attachments."""


def child_of(family: str) -> tuple[str, str] | None:
    """The parent of a family, and what the family is called below it; None for one that stands for itself."""
    found = next((parent for parent, children in CHILDREN.items() if family in children), None)
    return None if found is None else (found, CHILDREN[found][family])


def references(parent: str) -> tuple[str, ...]:
    """How a child may call its reference to a parent, the likeliest first."""
    word = SINGULARS.get(parent, parent[:1].lower() + parent[1:].removesuffix("s"))
    return (WEBHOOK,) if parent.endswith("Webhooks") else (f"{word}ID", *ANY)
