"""What the acceptance tests must know of each vendor: paths to make fail, how many requests a list takes, its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Vendor:
    """One vendor's sandbox, as the tests provoke it."""

    name: str
    list_path: str
    """The path of a page of tickets."""
    later_page: str
    """The path of a later page, or the same."""
    ticket_path: str
    """The path to which new tickets are posted."""
    look_up: str
    """A look-up that reading a ticket needs."""
    look_up_error: Any
    signed: str
    """What only signed requests have in their path."""
    pages_of_ten_thousand: int
    drops: Mapping[str, Any]
    """What a server may ignore, and a filter that would find out."""
    requests_to_expand: int
    """What a list of 400 tickets with its relations may take."""
    offsets: Mapping[str, int] = field(default_factory=dict)
    """How far the vendor's ids are from the world's, by neutral field."""
    without: frozenset[str] = frozenset()
    """Neutral fields that this vendor does not have, or holds back in lists."""
    new_ticket: Mapping[str, Any] = field(default_factory=dict)
    foreign: Mapping[str, Any] = field(default_factory=dict)

    def id(self, name: str, of_world: Any) -> Any:
        """The vendor's id for the world's."""
        return None if of_world is None else str(of_world + self.offsets.get(name, 0))


AUTOTASK = Vendor(
    name="autotask",
    list_path="/Tickets/query$",
    later_page="/Tickets/query$",
    ticket_path="/Tickets$",
    look_up="entityInformation/fields",
    look_up_error={"errors": ["No such luck."]},
    signed="v1.0/t",
    pages_of_ten_thousand=20,
    drops={
        "eq": {"field": "queue", "op": "eq", "value": "Network"},
        "in": {"field": "priority", "op": "in", "value": ["High", "Low"]},
        "notIn": {"field": "status", "op": "notIn", "value": ["New", "In Progress"]},
        "exist": {"field": "contact", "op": "isNotNull"},
        "notExist": {"field": "contact", "op": "isNull"},
    },
    requests_to_expand=7,
)
HALOPSA = Vendor(
    name="halopsa",
    list_path="/api/Tickets$",
    later_page="/api/Tickets$",
    ticket_path="/api/Tickets$",
    look_up="/api/Team$",
    look_up_error=["You do not have access to this."],
    signed="/api/t",
    pages_of_ten_thousand=115,
    drops={
        "team": {"field": "queue", "op": "eq", "value": "Network"},
        "status": {"field": "status", "op": "in", "value": ["New", "In Progress"]},
        "client_id": {"field": "company", "op": "eq", "value": "1177"},
        "priority": {"field": "priority", "op": "in", "value": ["High", "Low"]},
    },
    requests_to_expand=24,
    offsets={"company": 1000, "assignee": 100},
    without=frozenset({"number", "subcategory", "asset", "contract", "external_id", "resolution", "custom"}),
    new_ticket={"type": "Incident"},
)
VENDORS: Mapping[str, Vendor] = {one.name: one for one in (AUTOTASK, HALOPSA)}
# The window is tested by itself; elsewhere it must not slow a test down.
# Learning how late slots are freed costs a refusal, and a request more than a test counts.
OPEN: Mapping[str, Any] = {"ledger": "memory", "requests_per_window": 10_000_000, "reserve": 0, "release_lag": 0.03}
