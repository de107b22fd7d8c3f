"""Webhooks of a vendor that takes them as they are documented, and no better (wire/autotask.md 8.1)."""

from __future__ import annotations

from typing import Any

import pytest
from autotask_vendor import USER, Vendor, connect, value

from anypsa import Invalid

FAMILY = "TicketNoteWebhook"
WANTED: Any = {"url": "https://receiver.example/hook", "secret": "0123456789abcdef", "events": ["note.created"]}


class Sleeping(Vendor):
    """A vendor whose webhooks stay inactive while there is no field that they can tell of."""

    def __init__(self) -> None:
        super().__init__(Resources=1)
        self.tables["Resources"][1]["userName"] = USER
        self.picklists[f"{FAMILY}Fields"] = {"fieldID": [value(2, "Title")]}

    def routed(self, method: str, segments: list[str], query: Any, body: Any) -> Any:
        match method, segments:
            case "POST", [_, id, child]:
                return {"itemId": self.add(f"{FAMILY}{child}", **{**body, "id": 1, "webhookID": int(id)})["id"]}
        answer = super().routed(method, segments, query, body)
        if not self.tables.get(f"{FAMILY}Fields"):
            for hook in self.tables.get(f"{FAMILY}s", {}).values():
                hook["isActive"] = False
        return answer


def test_a_webhook_is_made_active_when_it_has_a_field_to_tell_of() -> None:
    vendor = Sleeping()
    with connect(vendor) as psa:
        (made,) = psa.webhooks.ensure(**WANTED)

    assert made.active
    assert [sorted(body) for body in vendor.bodies("PATCH")] == [["id", "isActive"]]


def test_texts_beyond_the_vendors_length_are_refused_by_our_names() -> None:
    vendor = Sleeping()
    with connect(vendor) as psa, pytest.raises(Invalid) as caught:
        psa.webhooks.ensure(**WANTED, alarm_email=f"{'x' * 150}@msp.example", name="n" * 51)

    assert {problem.field for problem in caught.value.problems} == {"alarm_email", "name"}
    assert vendor.writes() == []
