"""One tenant as the tests see it: its client, its world, and short words for what they do most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from anypsa_sandbox import World


@dataclass(frozen=True)
class Tenant:
    """One tenant's client, its world, and short words for what tests do most."""

    client: httpx2.Client
    world: World
    settings: Mapping[str, str]

    def query(self, entity: str, *conditions: Mapping[str, Any], **model: Any) -> httpx2.Response:
        """A query by POST."""
        return self.client.post(f"{entity}/query", json={"filter": list(conditions), **model})

    def ids(self, entity: str, *conditions: Mapping[str, Any]) -> list[int]:
        """The ids of the first page that matches."""
        answer = self.query(entity, *conditions)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    def item(self, entity: str, id: int) -> dict[str, Any]:
        """One record."""
        found: dict[str, Any] = self.client.get(f"{entity}/{id}").json()["item"]
        return found

    def values(self, entity: str, field: str) -> dict[str, Mapping[str, Any]]:
        """The values of a picklist, by label."""
        fields = self.client.get(f"{entity}/entityInformation/fields").json()["fields"]
        listed = next(one for one in fields if one["name"] == field)["picklistValues"]
        return {one["label"]: one for one in listed}

    def pick(self, entity: str, field: str, label: str) -> int:
        """The number that a record holds for a label."""
        return int(self.values(entity, field)[label]["value"])

    def ticket(self, **given: Any) -> httpx2.Response:
        """Creates a ticket of the house, with everything it needs."""
        needed = {"id": 0, "companyID": 0, "title": "from a test", "status": 1}
        priority = self.pick("Tickets", "priority", "Medium")
        return self.client.post("Tickets", json={**needed, "priority": priority, **given})
