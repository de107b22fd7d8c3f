"""Choices: the lists that an MSP defines for itself. A dialect numbers them, for each tenant in another way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a list; `parent` is the value of another list that it depends on."""

    name: str
    active: bool = True
    parent: str | None = None
    default: bool = False


def plain(*names: str) -> tuple[Value, ...]:
    return tuple(Value(name) for name in names)


CHOICES: Final[Mapping[str, Sequence[Value]]] = {
    "status": (
        Value("New", default=True),
        Value("Complete"),
        *plain("In Progress", "Waiting Customer", "Scheduled", "Escalated", "Waiting Vendor"),
        Value("Assigned (old)", active=False),
    ),
    "priority": (*plain("Critical", "High"), Value("Medium", default=True), Value("Low")),
    "queue": (
        *plain("Service Desk", "Network", "Onsite", "Projects", "Security", "Monitoring Alerts"),
        Value("Level 0 (closed down)", active=False),
    ),
    "type": plain("Service Request", "Incident", "Problem", "Change Request", "Alert"),
    "category": plain("Hardware", "Software", "Connectivity", "Accounts"),
    "subcategory": (
        Value("Printer", parent="Hardware"),
        Value("Laptop", parent="Hardware"),
        Value("Other", parent="Hardware"),
        Value("Mail", parent="Software"),
        Value("Office", parent="Software"),
        Value("Other", parent="Software"),
        Value("VPN", parent="Connectivity"),
        Value("Wi-Fi", parent="Connectivity"),
        Value("Password", parent="Accounts"),
        Value("New Starter", parent="Accounts"),
    ),
    "source": plain("Email", "Phone", "Client Portal", "Monitoring"),
    "company_kind": plain("Customer", "Lead", "Prospect", "Vendor", "Partner"),
    "asset_kind": plain("Workstation", "Server", "Printer", "Firewall", "Switch"),
    "note_kind": (Value("Task Notes", default=True), *plain("Task Summary", "Task Detail"), Value("Workflow Rule")),
    "visibility": plain("internal", "public"),
    "contract_kind": plain(
        "Time & Materials", "Fixed Price", "Block Hours", "Retainer", "Recurring Service", "Per Ticket"
    ),
    "time_kind": (Value("Ticket", default=True), *plain("Task", "Regular")),
    "project_kind": plain("Client", "Internal", "Template"),
    "project_status": (Value("New", default=True), *plain("In Progress", "On Hold", "Complete")),
    "task_kind": (Value("Fixed Work", default=True), *plain("Fixed Duration")),
    "visit_status": (Value("New", default=True), *plain("Confirmed", "Complete", "Cancelled")),
}
"""Names may repeat under different parents (`Other`); a stored value is then "parent > name"."""


def key(value: Value) -> str:
    """How a value is stored: its name, with its parent where that is needed to tell it apart."""
    return f"{value.parent} > {value.name}" if value.parent else value.name
