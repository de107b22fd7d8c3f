"""Rules: what the vendor refuses to store, each with its own words (wire/autotask.md 3.3, 5, 9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa_sandbox import World
from anypsa_sandbox.world.seeding import API_USER

from . import filters, texts
from .mapping import ABSENT, FIXED_VALUES, REFERRED, RENAMED, UNMARKED
from .schema import EntityFact, FieldFact

ASSIGNMENT: Final = ("assignedResourceID", "assignedResourceRoleID")
PRACTICE: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "TimeEntries": (
        ("ticketID", "taskID"),
        ("dateWorked", "startDateTime"),
        ("roleID",),
        ("hoursWorked", "endDateTime"),
    ),
}
"""What metadata does not call required and the server demands: one of each group (3.3)."""


def complete(entity: EntityFact, given: Mapping[str, Any]) -> None:
    """A new record has everything that is required."""
    for fact in entity.fields.values():
        if fact.required and fact.name != "id" and given.get(fact.name) is None:
            raise texts.required(entity.name, fact.name)
    for group in PRACTICE.get(entity.path, ()):
        if all(given.get(name) is None for name in group):
            raise texts.required(entity.name, group[0])


def not_cleared(entity: EntityFact, given: Mapping[str, Any]) -> None:
    """What is required stays."""
    for name, value in given.items():
        if value is None and name != "userDefinedFields" and entity.fields[name].required:
            raise texts.required(entity.name, name)


def keeps_contract(given: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """A null contract beside a new company is dropped, seen live: 200, no check, the old contract stays (5)."""
    moves = "companyID" in given and given["companyID"] != before["company"]
    return moves and "contractID" in given and given["contractID"] is None


def listed(entity: EntityFact, fact: FieldFact, value: Any) -> None:
    """A picklist that is no list of the world's has the sandbox's few values, or none at all."""
    fixed = FIXED_VALUES.get((entity.path, fact.name))
    if fixed is not None and filters.whole(value) not in fixed:
        raise texts.no_value(fact.name)
    if fixed is None and fact.pick and fact.type == "integer":
        filters.whole(value)
        raise texts.no_value(fact.name)


def short_enough(fact: FieldFact, text: str) -> str:
    """Text within its length."""
    if fact.length is not None and len(text) > fact.length:
        raise texts.Refused(f"Data violation: {fact.name} exceeds the maximum length of {fact.length}.")
    return text


def refers(world: World, fact: FieldFact, id: int) -> None:
    """What is referred to is there, and active."""
    kind = fact.reference or UNMARKED.get(fact.name)
    if kind is None:
        return
    table = REFERRED.get(kind)
    row = world.row(table, id) if table is not None else None
    missing = kind in ABSENT if table is None else row is None or row.get("active") is False
    if missing:
        raise texts.no_reference(fact.name, RENAMED.get(kind, kind))


def ticket(world: World, given: Mapping[str, Any], after: Mapping[str, Any], *, contract_too: bool) -> None:
    """What belongs together on a ticket."""
    assigned(world, given, after)
    associated(world, after, contract_too=contract_too)
    subcategory = after.get("subcategory")
    if given.get("subIssueType") is not None and not str(subcategory).startswith(f"{after.get('category')} > "):
        raise texts.no_value("subIssueType")


def assigned(world: World, given: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Resource and role travel together, the role is one of the resource's, and the API user works on nothing (2, 3.3)."""
    if not any(name in given for name in ASSIGNMENT):
        return
    assignee, role = after.get("assignee"), after.get("role")
    if (assignee is None) != (role is None):
        raise texts.Refused(texts.PAIR)
    if assignee is None:
        return
    if assignee == API_USER:
        raise texts.no_reference("assignedResourceID", "Resource")
    pair = "SELECT 1 FROM technician_roles WHERE technician = ? AND role = ? AND active"
    if world.database.execute(pair, (assignee, role)).fetchone() is None:
        raise texts.Refused(texts.ASSIGNED_ROLE)


def associated(world: World, after: Mapping[str, Any], *, contract_too: bool) -> None:
    """Contact and contract are the company's or its parent's."""
    company = world.row("companies", after["company"]) if after.get("company") is not None else None
    family = {after.get("company"), company["parent"] if company is not None else None} - {None}
    contact = world.row("contacts", after["contact"]) if after.get("contact") is not None else None
    if contact is not None and contact["company"] not in family:
        raise texts.Refused(texts.CONTACT)
    contract = world.row("contracts", after["contract"]) if contract_too and after.get("contract") is not None else None
    if contract is not None and contract["company"] not in family:
        raise texts.not_associated("contractID", after["contract"], after.get("company"))
