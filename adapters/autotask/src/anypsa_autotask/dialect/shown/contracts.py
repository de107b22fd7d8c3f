"""Contracts, what was bought in advance, and what is billed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..mapping import Shown, columns

BOUGHT: Final = {
    "id": "id",
    "contractID": "contract",
    "datePurchased": "purchased",
    "startDate": "start",
    "endDate": "end",
}
ENTITIES: Final[Mapping[str, Shown]] = {
    "Contracts": Shown(
        "contracts",
        columns(
            {"contractType": ("kind", "contract_kind"), "status": ("active", "contract_state")},
            id="id",
            companyID="company",
            contactID="contact",
            contractName="name",
            contractNumber="number",
            startDate="start",
            endDate="end",
            isDefaultContract="preset",
            lastModifiedDateTime="updated",
        ),
    ),
    "ContractBlocks": Shown(
        "blocks",
        columns(
            {"status": ("active", "contract_state")},
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
    "BillingCodes": Shown(
        "work_types",
        columns({"useType": ("internal", "use_type")}, id="id", name="name", isActive="active"),
    ),
    "ContractRetainers": Shown(
        "retainers",
        columns(
            {"status": ("active", "contract_state")},
            **BOUGHT,
            amount="amount",
            amountApproved="amount_used",
        ),
        parent="contractID",
    ),
    "ContractTicketPurchases": Shown(
        "ticket_purchases",
        columns(
            {"status": ("active", "contract_state")},
            **BOUGHT,
            ticketsPurchased="tickets",
            ticketsUsed="tickets_used",
            perTicketRate="rate",
        ),
        parent="contractID",
    ),
    "ContractServices": Shown(
        "contract_services",
        columns(id="id", contractID="contract", serviceID="service", unitPrice="price", unitCost="cost"),
        parent="contractID",
    ),
    "Services": Shown("services", columns(id="id", name="name", isActive="active", unitPrice="price", unitCost="cost")),
    "Invoices": Shown(
        "invoices",
        columns(
            id="id",
            invoiceNumber="number",
            companyID="company",
            invoiceDateTime="issued",
            dueDate="due",
            invoiceTotal="total",
            totalTaxValue="tax",
            paidDate="paid",
            isVoided="voided",
            createDateTime="created",
        ),
    ),
    "BillingItems": Shown(
        "billing_items",
        columns(
            id="id",
            companyID="company",
            contractID="contract",
            contractBlockID="block",
            ticketID="ticket",
            timeEntryID="time_entry",
            invoiceID="invoice",
            itemName="name",
            quantity="quantity",
            rate="rate",
            totalAmount="amount",
            itemDate="worked",
            postedDate="posted",
        ),
    ),
}
