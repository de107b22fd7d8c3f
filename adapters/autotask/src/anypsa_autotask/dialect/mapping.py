"""Mapping: how an entity shows a table of the world. Fields that no column holds live in the row's `extra`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Column:
    """A column, and the list of choices it takes its values from, if any; or what the server computes, as SQL."""

    name: str
    choices: str | None = None
    sql: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """How an entity shows a table; `parent` is the field that its child route names.

    `fixed` are the columns that tell its rows from the table's others, `where` is another condition of that kind.
    """

    table: str
    columns: Mapping[str, Column]
    parent: str | None = None
    fixed: Mapping[str, Any] = field(default_factory=dict)
    where: str = "1"

    @property
    def condition(self) -> str:
        """Which rows of the table are the entity's, as SQL of our own constants."""
        return " AND ".join([self.where, *(f"\"{name}\" = '{value}'" for name, value in self.fixed.items())])


def columns(picks: Mapping[str, tuple[str, str]] | None = None, **plain: str) -> dict[str, Column]:
    """Columns by field: plain ones, and those with a list."""
    chosen = {name: Column(column, choices) for name, (column, choices) in (picks or {}).items()}
    return {name: Column(column) for name, column in plain.items()} | chosen


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
    "Project": "projects",
    "Task": "tasks",
    "Service": "services",
    "ContractService": "contract_services",
    "TicketCategory": "forms",
    "ArticleCategory": "article_categories",
    "ServiceCall": "visits",
    "Phase": "phases",
    "UserDefinedField": "custom_fields",
}
# What a reference is called in REST, where the attested list has the SOAP name.
RENAMED: Final[Mapping[str, str]] = {
    "Account": "Company",
    "InstalledProduct": "ConfigurationItem",
    "AccountPhysicalLocation": "CompanyLocation",
    "AllocationCode": "BillingCode",
    "ArticleCategory": "KnowledgeBaseCategory",
    "UserDefinedField": "UserDefinedFieldDefinition",
}
# Kinds of which no tenant of this sandbox has any record, so that every reference to one is wrong.
ABSENT: Final = frozenset(
    {
        *("Opportunity", "QuoteItem", "BusinessDivisionSubdivision", "ContractServiceBundle", "ServiceBundle"),
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
    "companyLocationID": "AccountPhysicalLocation",
    "ownerResourceID": "Resource",
    "productID": "Product",
    "resourceID": "Resource",
    "roleID": "Role",
    "ticketID": "Ticket",
    "serviceID": "Service",
    "projectID": "Project",
    "phaseID": "Phase",
    "articleCategoryID": "ArticleCategory",
    "serviceCallID": "ServiceCall",
    "ticketCategory": "TicketCategory",
    "udfFieldID": "UserDefinedField",
}
