"""Effects: what a request does to the customer's data, in neutral words. Policies decide on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from .models import Visibility


class Action(StrEnum):
    """What happens to records. An unknown effect is treated as the worst one can do."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a request does: to which entity and record, touching which neutral fields, visible to whom.

    `ticket` is the id of the ticket that it is about, and `status` of the one that the ticket gets, where the request
    tells; `contract` the one that time is booked against, where it is named. `visibility_value` is the tenant's own value for who may read, where a raw request says that. `raw`: it came by `psa.request`, in the vendor's words. Nothing here is a customer's text.
    """

    action: Action
    entity: str
    record: str | None = None
    fields: frozenset[str] = frozenset()
    visibility: Visibility | None = None
    ticket: str | None = None
    status: str | None = None
    raw: bool = False
    visibility_value: str | None = None
    contract: str | None = None

    @property
    def writes(self) -> bool:
        """Whether anything may change."""
        return self.action is not Action.READ

    def __str__(self) -> str:
        return f"{self.action} {self.entity}{f' {self.record}' if self.record else ''}"


def reading(entity: str, record: str | None = None) -> Effect:
    """The effect of a request that only reads."""
    return Effect(Action.READ, entity, record)


def writing(action: Action, entity: str, record: str | None, values: Mapping[str, Any]) -> Effect:
    """The effect of a write of these neutral values."""
    of_ticket = entity == TICKET
    return Effect(
        action,
        entity,
        record,
        frozenset(values),
        values.get("visibility"),
        ticket=record if of_ticket else values.get(TICKET),
        status=values.get("status") if of_ticket else None,
        contract=values.get("contract") if entity == TIME_ENTRY else None,
    )


TICKET: Final = "ticket"
TIME_ENTRY: Final = "time_entry"
