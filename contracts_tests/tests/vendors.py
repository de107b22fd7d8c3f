"""What the acceptance tests must know of each vendor: paths to make fail, how many requests a list takes, its fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
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
    look_up_error: tuple[int, Any]
    """A refusal of that look-up that trying again does not cure: its status and body."""
    signed: str
    """What only signed requests have in their path."""
    address: str
    """The setting that says where requests go."""
    secret: str
    """The setting that is the password."""
    update_method: str
    open_to_all: str
    """What needs no credentials."""
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
    who: tuple[str, str | None] = ("api@northwind.example", "1")
    """The user name, and the technician behind it, as the vendor tells them."""
    resolution: timedelta = timedelta(milliseconds=1)
    """How finely the vendor tells times."""
    no_queue: str | None = None
    """The queue of tickets that the world has in none."""
    drawn: int = 100
    """How many random filters a run draws: where the vendor filters little, each reads whole lists."""
    smaller: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What to tell the dialect so that a list of thousands takes many pages."""
    slots: int = 100
    lag: float = 0.0

    def known(self, **values: Any) -> dict[str, Any]:
        """Those of some fields of a ticket that this vendor has."""
        lacking = self.without | ({"custom_fields"} if "custom" in self.without else set())
        return {name: value for name, value in values.items() if name not in lacking}

    def seen(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """A ticket of the world's, as far as this vendor can tell it."""
        times = {name: cut(value, self.resolution) for name, value in row.items() if isinstance(value, datetime)}
        return {**row, **times, "queue": row["queue"] or self.no_queue}

    def id(self, name: str, of_world: Any) -> Any:
        """The vendor's id for the world's."""
        return None if of_world is None else str(of_world + self.offsets.get(name, 0))


def cut(moment: datetime, resolution: timedelta) -> datetime:
    """A moment without what is finer."""
    return moment - (moment - datetime.min.replace(tzinfo=UTC)) % resolution


AUTOTASK = Vendor(
    name="autotask",
    list_path="/Tickets/query$",
    later_page="/Tickets/query$",
    ticket_path="/Tickets$",
    look_up="entityInformation/fields",
    look_up_error=(500, {"errors": ["No such luck."]}),
    signed="v1.0/t",
    address="zone_url",
    secret="secret",
    update_method="PATCH",
    open_to_all="zoneInformation$",
    pages_of_ten_thousand=20,
    drops={
        "eq": {"field": "queue", "op": "eq", "value": "Network"},
        "in": {"field": "priority", "op": "in", "value": ["High", "Low"]},
        "notIn": {"field": "status", "op": "notIn", "value": ["New", "In Progress"]},
        "exist": {"field": "contact", "op": "isNotNull"},
        "notExist": {"field": "contact", "op": "isNull"},
    },
    requests_to_expand=7,
    slots=3,
    lag=0.02,
)
HALOPSA = Vendor(
    name="halopsa",
    list_path="/api/Tickets$",
    later_page="/api/Tickets$",
    ticket_path="/api/Tickets$",
    look_up="/api/Team$",
    look_up_error=(400, ["You do not have access to this."]),
    signed="/api/t",
    address="resource_url",
    secret="client_secret",
    update_method="POST",
    open_to_all="/authinfo$",
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
    who=("application", None),
)
CONNECTWISE = Vendor(
    name="connectwise",
    list_path="/service/tickets$",
    later_page="/service/tickets$",
    ticket_path="/service/tickets$",
    look_up="/login/companyinfo/",
    look_up_error=(400, {"code": "InvalidObject", "message": "No such luck."}),
    signed="/apis/3.0/",
    address="url",
    secret="private_key",
    update_method="PATCH",
    open_to_all="/login/companyinfo/",
    pages_of_ten_thousand=10,
    drops={
        "board": {"field": "queue", "op": "eq", "value": "Network"},
        "priority": {"field": "priority", "op": "in", "value": ["High", "Low"]},
        "company": {"field": "company", "op": "eq", "value": "427"},
    },
    requests_to_expand=9,
    offsets={"company": 250, "assignee": 150},
    without=frozenset(
        {
            *("number", "description", "category", "subcategory", "asset", "contract", "resolution", "custom"),
        }
    ),
    who=("northwind", None),
    resolution=timedelta(seconds=1),
    no_queue="Unsorted",
    drawn=32,
    smaller={"pages": {"rows": 100}},
)
VENDORS: Mapping[str, Vendor] = {one.name: one for one in (AUTOTASK, HALOPSA, CONNECTWISE)}
BOTH: tuple[Vendor, ...] = (AUTOTASK, HALOPSA)
"""Those whose broken networks, deliveries and attacks are acted out here; for others the conformance suite does it."""
# The window is tested by itself; elsewhere it must not slow a test down.
# Learning how late slots are freed costs a refusal, and a request more than a test counts.
OPEN: Mapping[str, Any] = {"ledger": "memory", "requests_per_window": 10_000_000, "reserve": 0, "release_lag": 0.03}
