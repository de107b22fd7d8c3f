"""As much of Autotask as a list of tickets needs, spoken by a fault server: pages of few rows, and what holds them up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from anypsa.testing.faults import Act, Answer, Received

KNOWN: Final = {"username": "u@example.com", "secret": "s", "integration_code": "c", "requests_per_window": 1_000_000}
SLOTS: Final = 3


@dataclass
class LittleAutotask:
    """The script of a fault server at `url`. `act` is what is done to a request for tickets, whose answer is there."""

    ids: Collection[int]
    page: int
    url: str = ""

    def __call__(self, request: Received) -> Act:
        path = urlsplit(request.target).path.lower()
        if path.endswith("zoneinformation"):
            return Answer({"zoneName": "One", "url": f"{self.url}/ATServicesRest/", "webUrl": self.url, "ci": 1})
        if "entityinformation" in path:
            return Answer({"fields": []})
        if request.method == "GET":
            return self.act(request, Answer({"item": row(int(path.rpartition("/")[2]))}))
        return self.act(request, self.listed(request.json()["filter"]))

    def act(self, request: Received, answer: Answer) -> Act:
        """What is done to a request."""
        return answer

    def listed(self, asked: list[dict[str, Any]]) -> Answer:
        """A page of those whose ids are asked for."""
        low = max([int(one["value"]) + (one["op"] == "gt") for one in asked if one["op"].startswith("g")], default=0)
        high = min([int(one["value"]) for one in asked if one["op"] == "lt"], default=1 << 40)
        found = sorted(id for id in self.ids if low <= id < high)
        link = f"{self.url}/ATServicesRest/V1.0/Tickets/query/next?paging=1" if len(found) > self.page else None
        return Answer({"items": [row(id) for id in found[: self.page]], "pageDetails": {"nextPageUrl": link}})


def row(id: int) -> dict[str, Any]:
    return {"id": id, "ticketNumber": f"T{id}", "title": f"Ticket {id}", "status": 1, "priority": 1, "companyID": 0}
