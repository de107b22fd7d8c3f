"""Beyond the fixtures: the fields of entities that `fixtures/autotask/entity-metadata.json` does not describe, in a short
notation, each entity with the public sources that name its fields.

The name of a type, `*` for required, `r` for read-only, `>Kind` for a reference, a number for the longest text, `pick`
for a picklist. Names and types are the vendor's own (A); what is required is what PHP, made from a live tenant's
metadata, does not let be null (B); what is read-only, refers, or has a length is NET's, of the SOAP era (B).
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

SW26: Final = "vendor's Swagger of 2026: api-evangelist/kaseya, openapi/kaseya-<entity>-api-openapi.yml"
SW20: Final = "vendor's Swagger of 2020: KelvinTegelaar/AutotaskAPI, v1.json"
PHP: Final = "made from a live tenant's metadata in 2023: Anteris-Dev/autotask-client, src/API"
NET: Final = "SOAP classes: moldypenguins/AutotaskNET, AutotaskNET/Entities"


class Fields(NamedTuple):
    """The fields of one entity, and who names them."""

    sources: tuple[str, ...]
    notation: str
    customs: bool = False
    """Whether it can have user-defined fields (NET)."""


FIELDS: Final[dict[str, Fields]] = {
    "Products": Fields(
        (SW20, PHP, NET),
        (
            "billingType integer, chargeBillingCodeID integer, createdByResourceID integer, "
            "createdTime datetime, defaultInstalledProductCategoryID integer, defaultVendorID integer >Account, "
            "description string 2000, doesNotRequireProcurement boolean, externalProductID string 50, "
            "id long *, impersonatorCreatorResourceID integer, internalProductID string 50, isActive boolean *, "
            "isEligibleForRma boolean, isSerialized boolean *, link string 500, manufacturerName string 100, "
            "manufacturerProductName string 50, markupRate double r, msrp double, name string * 100, "
            "periodType integer, priceCostMethod integer, productBillingCodeID integer *, "
            "productCategory integer pick, sku string 50, unitCost double, unitPrice double, "
            "vendorProductNumber string 50"
        ),
    ),
    "ResourceServiceDeskRoles": Fields(
        (SW20, PHP, NET),
        ("id long *, isActive boolean, isDefault boolean, resourceID integer * r >Resource, roleID integer * >Role"),
    ),
    "ResourceRoles": Fields(
        (SW20, PHP, NET),
        (
            "departmentID long r >Department, id long *, isActive boolean r, queueID long r, "
            "resourceID long * r >Resource, roleID long * r >Role"
        ),
    ),
    "ArticlePlainTextContent": Fields(
        (SW26, PHP),
        "contentData string *, id long *",
    ),
    "KnowledgeBaseCategories": Fields(
        (SW26, PHP),
        "description string, id long *, name string *, parentCategoryID integer *",
    ),
    "TicketChecklistItems": Fields(
        (SW26, SW20, PHP, NET),
        (
            "completedByResourceID integer r >Resource, completedDateTime datetime r, id long *, "
            "isCompleted boolean, isImportant boolean, itemName string * 255, knowledgebaseArticleID integer, "
            "position integer, ticketID integer * r >Ticket"
        ),
    ),
    "TicketCharges": Fields(
        (SW20, PHP, NET),
        (
            "billableAmount double r, billingCodeID long >AllocationCode, chargeType integer *, "
            "contractServiceBundleID long >ContractServiceBundle, contractServiceID long >ContractService, "
            "createDate datetime r, creatorResourceID long r >Resource, datePurchased datetime *, "
            "description string 2000, extendedCost double r, id long *, "
            "internalCurrencyBillableAmount double r, internalCurrencyUnitPrice double r, "
            "internalPurchaseOrderNumber string 50, isBillableToCompany boolean, isBilled boolean, "
            "name string * 100, notes string, "
            "organizationalLevelAssociationID integer r >BusinessDivisionSubdivision, productID long >Product, "
            "purchaseOrderNumber string 50, status long r pick, statusLastModifiedBy long r, "
            "statusLastModifiedDate datetime r, ticketID long * >Ticket, unitCost double, unitPrice double, "
            "unitQuantity double *"
        ),
    ),
    "TicketAdditionalContacts": Fields(
        (SW20, PHP, NET),
        "contactID integer * >Contact, id long *, ticketID integer * >Ticket",
    ),
    "TicketAdditionalConfigurationItems": Fields(
        (SW20, PHP),
        "configurationItemID integer * >InstalledProduct, id long *, ticketID integer * >Ticket",
    ),
    "Services": Fields(
        (SW20, PHP, NET),
        (
            "billingCodeID integer * >AllocationCode, createDate datetime r, "
            "creatorResourceID integer r >Resource, description string 400, id long *, "
            "invoiceDescription string 1000, isActive boolean, lastModifiedDate datetime r, "
            "markupRate double r, name string * 100, periodType integer *, serviceLevelAgreementID long pick, "
            "unitCost double, unitPrice double *, updateResourceID integer r >Resource, vendorCompanyID integer"
        ),
    ),
    "Projects": Fields(
        (SW20, PHP, NET),
        (
            "actualBilledHours double r, actualHours double r, changeOrdersBudget double r, "
            "changeOrdersRevenue double r, companyID integer * r >Account, "
            "companyOwnerResourceID integer r >Resource, completedDateTime datetime, "
            "completedPercentage integer r, contractID integer >Contract, createDateTime datetime r, "
            "creatorResourceID integer r >Resource, department integer pick, description string 2000, "
            "duration integer r, endDateTime datetime *, estimatedSalesCost double, estimatedTime double r, "
            "extProjectNumber string, extProjectType integer, id long *, impersonatorCreatorResourceID integer, "
            "laborEstimatedCosts double, laborEstimatedMarginPercentage double r, laborEstimatedRevenue double, "
            "lastActivityDateTime datetime r, lastActivityPersonType integer r, "
            "lastActivityResourceID integer r >Resource, opportunityID integer, "
            "organizationalLevelAssociationID integer >BusinessDivisionSubdivision, "
            "originalEstimatedRevenue double, projectCostEstimatedMarginPercentage double r, "
            "projectCostsBudget double, projectCostsRevenue double, projectLeadResourceID integer >Resource, "
            "projectName string * 100, projectNumber string r 50, projectType integer * pick, "
            "purchaseOrderNumber string 50, sgda double, startDateTime datetime *, status integer * pick, "
            "statusDateTime datetime, statusDetail string 2000"
        ),
        customs=True,
    ),
    "Phases": Fields(
        (SW20, PHP, NET),
        (
            "createDate datetime r, creatorResourceID integer r >Resource, description string 8000, "
            "dueDate datetime, estimatedHours double r, externalID string 50, id long *, isScheduled boolean, "
            "lastActivityDateTime datetime r, parentPhaseID integer >Phase, phaseNumber string r 50, "
            "projectID integer * r >Project, startDate datetime, title string * 255"
        ),
    ),
    "Tasks": Fields(
        (SW20, PHP, NET),
        (
            "assignedResourceID integer >Resource, assignedResourceRoleID integer >Role, "
            "billingCodeID integer >AllocationCode, canClientPortalUserCompleteTask boolean, "
            "companyLocationID integer, completedByResourceID integer r >Resource, "
            "completedByType integer r pick, completedDateTime datetime r, createDateTime datetime r, "
            "creatorResourceID integer r >Resource, creatorType integer r pick, departmentID integer pick, "
            "description string 8000, endDateTime datetime, estimatedHours double, externalID string 50, "
            "hoursToBeScheduled double r, id long *, isTaskBillable boolean, isVisibleInClientPortal boolean, "
            "lastActivityDateTime datetime r, lastActivityPersonType integer r pick, "
            "lastActivityResourceID integer r >Resource, phaseID integer >Phase, priority integer, "
            "priorityLabel integer pick, projectID integer * >Project, purchaseOrderNumber string 50, "
            "remainingHours double, startDateTime datetime, status integer * pick, taskCategoryID integer, "
            "taskNumber string r 50, taskType integer * pick, title string * 255"
        ),
        customs=True,
    ),
    "Appointments": Fields(
        (SW20, PHP, NET),
        (
            "createDateTime datetime r, creatorResourceID integer r >Resource, description string 8000, "
            "endDateTime datetime *, id long *, resourceID integer * >Resource, startDateTime datetime *, "
            "title string * 256, updateDateTime datetime r"
        ),
    ),
    "ServiceCalls": Fields(
        (SW20, PHP, NET),
        (
            "cancelationNoticeHours double r, canceledByResourceID integer, canceledDateTime datetime, "
            "companyID integer * >Account, companyLocationID integer >AccountPhysicalLocation, "
            "createDateTime datetime r, creatorResourceID integer r >Resource, description string 2000, "
            "duration double r, endDateTime datetime *, id long *, impersonatorCreatorResourceID integer, "
            "isComplete integer, lastModifiedDateTime datetime r, startDateTime datetime *, status integer pick"
        ),
    ),
    "ServiceCallTickets": Fields(
        (SW20, PHP, NET),
        "id long *, serviceCallID integer * >ServiceCall, ticketID integer * >Ticket",
    ),
    "ServiceCallTicketResources": Fields(
        (SW20, PHP, NET),
        "id long *, resourceID integer * >Resource, serviceCallTicketID integer * >ServiceCallTicket",
    ),
    "Invoices": Fields(
        (SW20, PHP, NET),
        (
            "batchID integer r, comments string r 4000, companyID integer r >Account, "
            "createDateTime datetime r, creatorResourceID integer r >Resource, dueDate datetime r, "
            "fromDate datetime r, id long *, invoiceDateTime datetime r, "
            "invoiceEditorTemplateID integer r >InvoiceTemplate, invoiceNumber string 100, "
            "invoiceTotal double r, isVoided boolean r, orderNumber string r 20, paidDate datetime, "
            "paymentTerm integer r pick, taxGroup integer r pick, taxRegionName string r 200, "
            "toDate datetime r, totalTaxValue double r, voidedByResourceID integer r >Resource, "
            "voidedDate datetime r, webServiceDate datetime"
        ),
    ),
    "BillingItems": Fields(
        (SW20, PHP, NET),
        (
            "accountManagerWhenApprovedID integer r >Resource, billingCodeID integer r >AllocationCode, "
            "billingItemType integer r pick, companyID integer r >Account, "
            "configurationItemID long r >InstalledProduct, contractBlockID integer r, contractChargeID long r, "
            "contractID integer r >Contract, contractServiceAdjustmentID integer r, "
            "contractServiceBundleAdjustmentID integer r, contractServiceBundleID integer r, "
            "contractServiceBundlePeriodID integer r, contractServiceID integer r, "
            "contractServicePeriodID integer r, description string r 2000, "
            "expenseItemID integer r >ExpenseItem, extendedPrice double r, id long *, "
            "internalCurrencyExtendedPrice double r, internalCurrencyRate double r, "
            "internalCurrencyTaxDollars double r, internalCurrencyTotalAmount double r, "
            "invoiceID integer r >Invoice, itemApproverID integer r >Resource, itemDate datetime r, "
            "itemName string r 255, lineItemFullDescription string r 8000, "
            "lineItemGroupDescription string r 8000, lineItemID long r, milestoneID long r >ContractMilestone, "
            "nonBillable integer r, organizationalLevelAssociationID integer r >BusinessDivisionSubdivision, "
            "ourCost double r, postedDate datetime r, postedOnTime datetime r, projectChargeID long r, "
            "projectID integer r >Project, purchaseOrderNumber string r 50, quantity double r, rate double r, "
            "roleID integer r >Role, serviceBundleID long r >ServiceBundle, serviceID long r >Service, "
            "sortOrderID long r, subType integer r pick, taskID integer r >Task, taxDollars double r, "
            "ticketChargeID long r, ticketID integer r >Ticket, timeEntryID integer r >TimeEntry, "
            "totalAmount double r, vendorID long r >Account, webServiceDate datetime"
        ),
    ),
    "UserDefinedFieldListItems": Fields(
        (SW20, PHP),
        (
            "createDate datetime r, id long *, isActive boolean, udfFieldId long *, valueForDisplay string *, "
            "valueForExport string *"
        ),
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


def has_customs(family: str) -> bool:
    """Whether a family can have user-defined fields, as far as somebody tells."""
    return family in FIELDS and FIELDS[family].customs


def fields(family: str) -> dict[str, dict[str, Any]]:
    """The fields of a family; of one that nobody tells of, the id."""
    notation = FIELDS[family].notation if family in FIELDS else "id long *"
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
