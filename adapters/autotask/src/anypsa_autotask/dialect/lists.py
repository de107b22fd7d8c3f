"""Lists: picklists of the vendor's that the world does not know, as each tenant numbers them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Item:
    """One value: its label, its id in the first tenant, and what the world stores for it (itself, if nothing)."""

    label: str
    id: int
    stored: Any = None
    active: bool = True
    everywhere: bool = False
    """Whether the id is the same in every tenant: a system value."""

    @property
    def key(self) -> Any:
        return self.label if self.stored is None else self.stored


OWN: Final[Mapping[str, Sequence[Item]]] = {
    "sla": (Item("Standard SLA", 1), Item("Premium SLA", 2), Item("Bronze (2019)", 3, active=False)),
    # The page gives 0 and 1 (3.3); the second tenant has others, so that a client must go by the label.
    "contract_state": (Item("Inactive", 0, stored=0), Item("Active", 1, stored=1)),
    "yes_no": (Item("No", 0, everywhere=True), Item("Yes", 1, everywhere=True)),
    "contract_category": (Item("Managed Services", 1), Item("Project Work", 2)),
    "billing_preference": (Item("Immediately", 1), Item("Manually", 2), Item("On Timesheet Approval", 3)),
    "payment_type": (Item("Cash", 1), Item("Check", 2), Item("Credit Card", 3)),
    "use_type": (Item("General Allocation Code", 1, stored=0), Item("Internal Allocation Code", 3, stored=1)),
    "billing_code_type": (Item("Normal", 0), Item("System", 1)),
    "person_type": (Item("Resource", 1, everywhere=True), Item("Contact", 2, everywhere=True)),
    "territory": (Item("Local", 11), Item("Remote", 12), Item("Überregional", 13, active=False)),
    "market": (Item("Healthcare", 21), Item("Legal", 22)),
    "name_prefix": (Item("Mr.", 1), Item("Ms.", 2), Item("Dr.", 3)),
    "name_suffix": (Item("Jr.", 1), Item("PhD", 2)),
    "udf_type": (
        *(Item("Company", 1, stored="companies"), Item("Contact", 2, stored="contacts")),
        *(Item("Ticket", 3, stored="tickets"), Item("Configuration Item", 4, stored="assets")),
        *(Item("Contract", 5, stored="contracts"), Item("Project", 6, stored="projects")),
        Item("Task", 7, stored="tasks"),
    ),
    "udf_data_type": (Item("Text (Single Line)", 1, stored="text"), Item("List", 2, stored="list")),
}
# Fields that take their values from such a list and have no column of the world's: the row's `extra` holds the id.
PICKS: Final[Mapping[tuple[str, str], str]] = {
    ("Tickets", "serviceLevelAgreementID"): "sla",
    ("Tickets", "creatorType"): "person_type",
    ("Tickets", "lastActivityPersonType"): "person_type",
    ("ConfigurationItems", "serviceLevelAgreementID"): "sla",
    ("Contracts", "serviceLevelAgreementID"): "sla",
    ("Contracts", "contractCategory"): "contract_category",
    ("Contracts", "billingPreference"): "billing_preference",
    ("Contracts", "timeReportingRequiresStartAndStopTimes"): "yes_no",
    ("ContractBlocks", "paymentType"): "payment_type",
    ("ContractTicketPurchases", "paymentType"): "payment_type",
    ("BillingCodes", "billingCodeType"): "billing_code_type",
    ("Companies", "territoryID"): "territory",
    ("Companies", "marketSegmentID"): "market",
    ("Contacts", "namePrefix"): "name_prefix",
    ("Contacts", "nameSuffix"): "name_suffix",
}
# Picklists whose values are the tenant's records: the list is the table.
RECORDS: Final[Mapping[str, str]] = {"ticketCategory": "forms", "udfFieldID": "custom_fields"}
SPREAD: Final = 3


def numbered(name: str, place: int) -> list[tuple[Item, int]]:
    """A list as the tenant in this place has it."""
    apart = 40 * place + 7 * len(name) * (place > 0)
    return [
        (item, item.id if item.everywhere or place == 0 else item.id + apart + SPREAD * n)
        for n, item in enumerate(OWN[name])
    ]
