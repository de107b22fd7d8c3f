"""Rules of tickets, and of the people and notes on them (wire/autotask.md 3.3, 5, 9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa_sandbox.world.seeding import API_USER

from .. import texts
from ..stamps import worked
from .situation import Situation

ASSIGNMENT: Final = ("assignedResourceID", "assignedResourceRoleID")
BELONGING: Final = (("contractID", "contracts", "contract"), ("companyLocationID", "locations", "location"))
HELD: Final = "SELECT 1 FROM technician_roles WHERE technician = ? AND role = ? AND active"


def ticket(situation: Situation) -> None:
    """What belongs together on a ticket."""
    assigned(situation)
    queued(situation)
    associated(situation)
    after = situation.after
    fits = str(after.get("subcategory")).startswith(f"{after.get('category')} > ")
    if situation.given.get("subIssueType") is not None and not fits:
        raise texts.no_value("subIssueType")


def moves(given: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether a ticket goes to another company."""
    return "companyID" in given and given["companyID"] != before["company"]


def lies(situation: Situation) -> bool:
    """A null contract beside a new company is dropped, seen live: 200, no check, the old contract stays (5)."""
    given = situation.given
    return (
        situation.switches.contract_lie
        and not situation.new
        and moves(given, situation.before)
        and "contractID" in given
        and given["contractID"] is None
    )


def assigned(situation: Situation) -> None:
    """Resource and role travel together, the role is one of the resource's, and the API user works on nothing (2, 3.3)."""
    if not any(name in situation.given for name in ASSIGNMENT):
        return
    assignee, role = situation.after.get("assignee"), situation.after.get("role")
    if (assignee is None) != (role is None):
        raise texts.Refused(texts.PAIR)
    if assignee is None:
        return
    if assignee == API_USER:
        raise texts.no_reference("assignedResourceID", "Resource")
    if not situation.found(HELD, assignee, role):
        raise texts.Refused(texts.ASSIGNED_ROLE)
    helps = "SELECT 1 FROM ticket_technicians WHERE ticket = ? AND technician = ?"
    if not situation.new and situation.found(helps, situation.before["id"], assignee):
        raise texts.Refused(texts.PRIMARY)


def queued(situation: Situation) -> None:
    """Some tenants demand a queue, or somebody who is assigned."""
    after = situation.after
    if situation.switches.queue_demanded and after.get("queue") is None and after.get("assignee") is None:
        raise texts.Refused(texts.QUEUE)


def associated(situation: Situation) -> None:
    """Contact, contract and location are the company's or its parent's."""
    company = situation.after.get("company")
    family = situation.family(company)
    contact = situation.row("contacts", "contact")
    if contact is not None and contact["company"] not in family:
        raise texts.Refused(texts.CONTACT)
    for field, table, column in BELONGING:
        row = situation.row(table, column)
        if row is not None and row["company"] not in family and not (column == "contract" and lies(situation)):
            raise texts.not_associated(field, row["id"], company)


def note(situation: Situation) -> None:
    """Some categories demand that notes have titles."""
    ticket = situation.row("tickets", "ticket")
    form = situation.world.row("forms", ticket["form"]) if ticket is not None and ticket["form"] is not None else None
    demanded = form is not None and form["name"] == situation.switches.titled_notes
    if demanded and not situation.after.get("title"):
        raise texts.Refused(texts.TITLE)


def helper(situation: Situation) -> None:
    """Who works on a ticket does not help on it as well, and helps in a role of theirs."""
    ticket = situation.row("tickets", "ticket")
    technician, role = situation.after.get("technician"), situation.after.get("role")
    if ticket is not None and ticket["assignee"] == technician:
        raise texts.Refused(texts.PRIMARY)
    if not situation.found(HELD, technician, role):
        raise texts.no_reference("roleID", "Role")


def copied(situation: Situation) -> None:
    """Another contact is one of the same company, too."""
    ticket, contact = situation.row("tickets", "ticket"), situation.row("contacts", "contact")
    if ticket is not None and contact is not None and contact["company"] not in situation.family(ticket["company"]):
        raise texts.Refused(texts.CONTACT)


def time(situation: Situation) -> None:
    """Whoever works does so in a role of theirs, for a contract of the customer, and forward in time."""
    after = situation.after
    role = after.get("role")
    if role is not None and not situation.found(HELD, after.get("technician"), role):
        raise texts.no_reference("roleID", "Role")
    if worked(after) < 0:
        raise texts.Refused(texts.SPENT)
    ticket, contract = situation.row("tickets", "ticket"), situation.row("contracts", "contract")
    if ticket is not None and contract is not None and contract["company"] not in situation.family(ticket["company"]):
        raise texts.not_associated("contractID", contract["id"], ticket["company"])
