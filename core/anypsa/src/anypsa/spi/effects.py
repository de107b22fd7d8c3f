"""Effects: what a request does to the customer's data, in neutral words. Policies decide on them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..models import Visibility


class Action(StrEnum):
    """What happens to records. An unknown effect is treated as the worst one can do."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Effect:
    """What a request does: to which entity and record, touching which neutral fields, visible to whom."""

    action: Action
    entity: str
    record: str | None = None
    fields: frozenset[str] = frozenset()
    visibility: Visibility | None = None

    @property
    def writes(self) -> bool:
        """Whether anything may change."""
        return self.action is not Action.READ

    def __str__(self) -> str:
        return f"{self.action} {self.entity}{f' {self.record}' if self.record else ''}"


def reading(entity: str, record: str | None = None) -> Effect:
    """The effect of a request that only reads."""
    return Effect(Action.READ, entity, record)
