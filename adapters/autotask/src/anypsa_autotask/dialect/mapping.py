"""Mapping: which column of the world each of the vendor's fields shows. Fields not named here live in `extra`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from anypsa_sandbox.world.lists import FIRST_FORM
from anypsa_sandbox.world.words import FORMS


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and the list of choices it takes its values from, if any."""

    name: str
    choices: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """How an entity shows a table; `parent` is the field that its child route names."""

    table: str
    columns: Mapping[str, Column]
    parent: str | None = None


def columns(picks: Mapping[str, tuple[str, str]] | None = None, **plain: str) -> dict[str, Column]:
    chosen = {field: Column(column, choices) for field, (column, choices) in (picks or {}).items()}
    return {field: Column(column) for field, column in plain.items()} | chosen


SHOWN: Final[Mapping[str, Shown]] = {
    "Tickets": Shown(
        "tickets",
        columns(
            {
                "status": ("status", "status"),
                "priority": ("priority", "priority"),
                "queueID": ("queue", "queue"),
                "ticketType": ("type", "type"),
                "issueType": ("category", "category"),
                "subIssueType": ("subcategory", "subcategory"),
                "source": ("source", "source"),
            },
            creatorResourceID="author",
            completedByResourceID="closed_by",
            ticketCategory="form",
            id="id",
            ticketNumber="number",
            title="title",
            description="description",
            companyID="company",
            contactID="contact",
            configurationItemID="asset",
            contractID="contract",
            assignedResourceID="assignee",
            assignedResourceRoleID="role",
            externalID="external_id",
            resolution="resolution",
            estimatedHours="estimated_hours",
            createDate="created",
            lastActivityDate="updated",
            dueDateTime="due",
            completedDate="closed",
        ),
    ),
    "TicketNotes": Shown(
        "notes",
        columns(
            {"noteType": ("kind", "note_kind"), "publish": ("visibility", "visibility")},
            id="id",
            ticketID="ticket",
            title="title",
            description="body",
            creatorResourceID="author",
            createdByContactID="author_contact",
            createDateTime="created",
            lastActivityDate="updated",
        ),
        parent="ticketID",
    ),
    "Companies": Shown(
        "companies",
        columns(
            {"companyType": ("kind", "company_kind")},
            id="id",
            companyName="name",
            companyNumber="number",
            isActive="active",
            phone="phone",
            webAddress="website",
            address1="address",
            city="city",
            postalCode="postal_code",
            ownerResourceID="owner",
            parentCompanyID="parent",
            createDate="created",
            lastActivityDate="updated",
        ),
    ),
    "CompanyLocations": Shown(
        "locations",
        columns(
            id="id",
            companyID="company",
            name="name",
            address1="address",
            city="city",
            postalCode="postal_code",
            isActive="active",
        ),
        parent="companyID",
    ),
    "Contacts": Shown(
        "contacts",
        columns(
            id="id",
            companyID="company",
            firstName="first_name",
            lastName="last_name",
            title="job_title",
            emailAddress="email",
            phone="phone",
            mobilePhone="mobile",
            isActive="active",
            createDate="created",
            lastModifiedDate="updated",
        ),
        parent="companyID",
    ),
    "ConfigurationItems": Shown(
        "assets",
        columns(
            {"configurationItemType": ("kind", "asset_kind")},
            id="id",
            referenceTitle="name",
            companyID="company",
            contactID="contact",
            isActive="active",
            serialNumber="serial_number",
            referenceNumber="reference",
            productID="product",
            location="location",
            notes="remarks",
            installDate="installed",
            warrantyExpirationDate="warranty_until",
            createDate="created",
            lastModifiedTime="updated",
        ),
    ),
    "Resources": Shown(
        "technicians",
        columns(
            id="id",
            firstName="first_name",
            lastName="last_name",
            userName="username",
            email="email",
            title="job_title",
            officePhone="phone",
            isActive="active",
            defaultServiceDeskRoleID="role",
        ),
    ),
    "Roles": Shown("roles", columns(id="id", name="name", isActive="active")),
    "Contracts": Shown(
        "contracts",
        columns(
            {"contractType": ("kind", "contract_kind")},
            id="id",
            companyID="company",
            contractName="name",
            startDate="start",
            endDate="end",
            status="active",
        ),
    ),
    "ContractBlocks": Shown(
        "blocks",
        columns(
            id="id",
            contractID="contract",
            datePurchased="purchased",
            startDate="start",
            endDate="end",
            hours="hours",
            hoursApproved="hours_used",
            hourlyRate="rate",
        ),
        parent="contractID",
    ),
    "BillingCodes": Shown("work_types", columns(id="id", name="name", isActive="active")),
    "TicketCategories": Shown("forms", columns(id="id", name="name", isActive="active", isGlobalDefault="preset")),
    "TimeEntries": Shown(
        "time_entries",
        columns(
            id="id",
            ticketID="ticket",
            resourceID="technician",
            roleID="role",
            billingCodeID="work_type",
            contractID="contract",
            dateWorked="worked",
            startDateTime="starts",
            endDateTime="ends",
            hoursWorked="hours",
            hoursToBill="hours_billed",
            summaryNotes="summary",
            internalNotes="remarks",
            creatorUserID="author",
            createDateTime="created",
            lastModifiedDateTime="updated",
        ),
    ),
    "ResourceRoleQueues": Shown(
        "queue_members",
        columns({"queueID": ("queue", "queue")}, id="id", resourceID="technician"),
        parent="resourceID",
    ),
    "ResourceServiceDeskRoles": Shown(
        "technician_roles",
        columns(id="id", resourceID="technician", roleID="role", isActive="active", isDefault="preset"),
        parent="resourceID",
    ),
    "Products": Shown("products", columns(id="id", name="name", isActive="active")),
}

# Values of picklists that are no list of the world's: alike in every tenant of this sandbox.
FIXED_VALUES: Final[Mapping[tuple[str, str], Mapping[int, str]]] = {
    ("Tickets", "ticketCategory"): {FIRST_FORM + n: name for n, name in enumerate(FORMS)},
    ("Tickets", "serviceLevelAgreementID"): {1: "Standard SLA", 2: "Premium SLA"},
    ("Contracts", "status"): {0: "Inactive", 1: "Active"},
    ("Contracts", "timeReportingRequiresStartAndStopTimes"): {0: "No", 1: "Yes"},
}

# The vendor's own names of what a field refers to (SOAP names), and where such records are kept.
REFERRED: Final[Mapping[str, str]] = {
    "Account": "companies",
    "Contact": "contacts",
    "InstalledProduct": "assets",
    "Resource": "technicians",
    "Role": "roles",
    "Ticket": "tickets",
    "Contract": "contracts",
    "Product": "products",
    "AccountPhysicalLocation": "locations",
    "AllocationCode": "work_types",
}
# What a reference is called in REST, where the attested list has the SOAP name.
RENAMED: Final[Mapping[str, str]] = {
    "Account": "Company",
    "InstalledProduct": "ConfigurationItem",
    "AccountPhysicalLocation": "CompanyLocation",
    "AllocationCode": "BillingCode",
}
# Kinds of which no tenant of this sandbox has any record, so that every reference to one is wrong.
ABSENT: Final = frozenset(
    {
        *("Opportunity", "Project", "Task", "QuoteItem", "BusinessDivisionSubdivision"),
        *("ContractService", "ContractServiceBundle", "Service", "ServiceBundle"),
    }
)
# References that the metadata of the SOAP era does not mark (3.3).
UNMARKED: Final[Mapping[str, str]] = {
    "companyID": "Account",
    "contactID": "Contact",
    "configurationItemID": "InstalledProduct",
    "assignedResourceID": "Resource",
    "assignedResourceRoleID": "Role",
    "contractID": "Contract",
    "ownerResourceID": "Resource",
    "productID": "Product",
}
