"""Names and values of the vendor's that no neutral field has (wire/autotask.md 3.3), and what derived fields mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from anypsa import models
from anypsa.attachments import safe_name
from anypsa.spi import TEXT, Codec, Context, Pointer, custom_fields

NEW: Final = "1"
COMPLETE: Final = "5"
"""The two statuses of tickets that mean the same in every tenant; all others are the tenant's own."""

IN_FORCE: Final[Mapping[str, bool]] = {"1": True, "0": False}
IN_FORCE_BY_LABEL: Final[Mapping[str, bool]] = {"active": True, "inactive": False}
"""Whether a contract or a purchase is in force, by the vendor's own status where the tenant's list has no such label."""

CONTRACT_KINDS: Final[Mapping[str, models.ContractKind]] = {
    "1": models.ContractKind.TIME_AND_MATERIALS,
    "3": models.ContractKind.FIXED_PRICE,
    "4": models.ContractKind.BLOCK_HOURS,
    "6": models.ContractKind.RETAINER,
    "7": models.ContractKind.RECURRING,
    "8": models.ContractKind.PER_TICKET,
}
"""What a contract's type means. The types are the vendor's; one that is not here (9, umbrella) is unknown."""

IMPERSONATORS: Final = ("impersonatorCreatorResourceID", "impersonatorUpdaterResourceID")
RESOURCE: Final = Pointer(models.Technician)

WORKFLOW_NOTE: Final = "13"
"""The note type that the vendor's workflow rules write with."""

FILE: Final = "FILE_ATTACHMENT"
"""The one kind of attachment that carries its content."""

UDF: Final = "userDefinedFields"
ROLE: Final = "assignedResourceRoleID"
DESK_ROLE: Final = "defaultServiceDeskRoleID"
FULL_PATH: Final = "fullPath"
ATTACHMENT_TYPE: Final = "attachmentType"
START_AND_STOP: Final = "timeReportingRequiresStartAndStopTimes"
"""Wire names that no neutral field has: the list of user-defined fields, a ticket's role, a technician's default one,
an attachment's file and kind, whether a contract wants to know when work began and ended."""

STATES: Final = "state"
VISIBILITIES: Final = "visibility"
"""Keys of the decoding context's labels for what is derived: status → state, publish → visibility."""


COMPLETED: Final = "completedDate"


def state(row: Mapping[str, Any], context: Context) -> models.State:
    """What a status means: Complete is closed, the profile may say more, anything else is open. Of a ticket without a
    status, the day of its completion tells."""
    if row.get("status") is None:
        return models.State.CLOSED if row.get(COMPLETED) else models.State.OPEN
    return models.State(context.labels[STATES].get(str(row.get("status")), models.State.OPEN))


def visibility(row: Mapping[str, Any], context: Context) -> models.Visibility | None:
    """What `publish` means in this tenant; None when its label does not tell."""
    word = context.labels[VISIBILITIES].get(str(row.get("publish")))
    return None if word is None else models.Visibility(word)


def impersonator(row: Mapping[str, Any], context: Context) -> models.Ref[models.Technician] | None:
    """Who wrote a note in its author's name, or changed it in somebody's (2)."""
    for wire in IMPERSONATORS:
        if row.get(wire) not in (None, 0):
            return RESOURCE.decode(row[wire], wire, context)
    return None


def contract_kind(row: Mapping[str, Any], context: Context) -> models.ContractKind:
    """What a contract's type means."""
    return CONTRACT_KINDS.get(str(row.get("contractType")), models.ContractKind.UNKNOWN)


def contract_active(row: Mapping[str, Any], context: Context) -> bool | None:
    """Whether a contract is in force, by its status alone."""
    return in_force(str(row.get("status")), context.labels.get("status", {}))


def in_force(status: str, labels: Mapping[str, str]) -> bool | None:
    """What a status means; None when neither its label nor the vendor tells."""
    told = {id: IN_FORCE_BY_LABEL.get(label.strip().casefold()) for id, label in labels.items()}
    return told.get(status) if any(one is not None for one in told.values()) else IN_FORCE.get(status)


def paid(row: Mapping[str, Any], context: Context) -> bool:
    """Whether an invoice has a day on which it was paid."""
    return bool(row.get("paidDate"))


def udf(row: Mapping[str, Any]) -> dict[str, str | None]:
    """User-defined fields; a row without the list has none."""
    held = row.get(UDF) or ()
    return custom_fields([folded(one) for one in held] if isinstance(held, list) else held)


def folded(body: Any) -> Any:
    """An object with its members by name without case; anything else as it is."""
    return {key.casefold(): value for key, value in body.items()} if isinstance(body, dict) else body


class FileName(Codec):
    """The name of a file, from whoever mailed it: made safe both ways."""

    def decode(self, value: Any, wire: str, context: Context) -> str:
        return safe_name(TEXT.decode(value, wire, context))

    def encode(self, value: str) -> str:
        return safe_name(value)


FILE_NAME: Final = FileName()


@dataclass(frozen=True, slots=True)
class DeskRoles:
    """Which service desk roles a technician has: looked up to assign tickets, and no entity of ours."""

    path: str = "ResourceServiceDeskRoles"
    technician: str = "resourceID"
    role: str = "roleID"
    default: str = "isDefault"
    active: str = "isActive"


@dataclass(frozen=True, slots=True)
class Purchases:
    """What customers bought in advance on a contract: hours, tickets or money."""

    path: str
    bought: str
    used: str
    unit: str
    contract: str = "contractID"
    status: str = "status"
    ends: str = "endDate"


@dataclass(frozen=True, slots=True)
class BillingItems:
    """What was posted for billing; a time entry that is not among them is not billed yet."""

    path: str = "BillingItems"
    contract: str = "contractID"
    time_entry: str = "timeEntryID"


@dataclass(frozen=True, slots=True)
class ArticleText:
    """The text of an article, under the article's own id; written below the article."""

    path: str = "ArticlePlainTextContent"
    write_path: str = "KnowledgeBaseArticles/{article}/PlainTextContent"
    text: str = "contentData"


@dataclass(frozen=True, slots=True)
class Named:
    """An entity that is a list of values to us: what is called what, and what is still in use, where it says."""

    path: str
    label: str = "name"
    active: str | None = "isActive"


@dataclass(frozen=True, slots=True)
class Threshold:
    """The vendor's count of requests."""

    path: str = "ThresholdInformation"
    limit: str = "externalRequestThreshold"
    minutes: str = "requestThresholdTimeframe"
    used: str = "currentTimeframeRequestCount"


DESK_ROLES: Final = DeskRoles()
BILLING_ITEMS: Final = BillingItems()
ARTICLE_TEXT: Final = ArticleText()
THRESHOLD: Final = Threshold()
PURCHASES: Final[Mapping[models.ContractKind, Purchases]] = {
    models.ContractKind.BLOCK_HOURS: Purchases("ContractBlocks", "hours", "hoursApproved", "hours"),
    models.ContractKind.PER_TICKET: Purchases("ContractTicketPurchases", "ticketsPurchased", "ticketsUsed", "tickets"),
    models.ContractKind.RETAINER: Purchases("ContractRetainers", "amount", "amountApproved", "money"),
}
LISTS: Final[Mapping[tuple[str, str], Named]] = {
    ("time_entry", "role"): Named("Roles"),
    ("time_entry", "work_type"): Named("BillingCodes"),
    ("article", "category"): Named("KnowledgeBaseCategories", active=None),
}
"""Fields whose values are records of another entity instead of a picklist."""
