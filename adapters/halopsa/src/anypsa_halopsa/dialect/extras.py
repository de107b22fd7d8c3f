"""Extras: what the dialect keeps beside the world: attachments, time, deleted tickets (wire/halopsa.md 2.6, 4)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from anypsa_sandbox import Reply

from .writing import Refused, Writer

DATA_URI: Final = re.compile(r"data:(?P<type>[\w/+.-]+);base64,(?P<data>.*)", re.DOTALL)


@dataclass
class Extras:
    """One tenant's."""

    attachments: list[dict[str, Any]] = field(default_factory=list)
    deleted: dict[int, dict[str, Any]] = field(default_factory=dict)

    def attach(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """An attachment comes as a data URI."""
        found = DATA_URI.fullmatch(str(given.get("data_base64", "")))
        try:
            content = base64.b64decode(found["data"], validate=True) if found else None
        except binascii.Error:
            content = None
        if found is None or content is None or not given.get("filename"):
            raise Refused("Please enter a value for File")
        kept = {"id": len(self.attachments) + 1, "filename": given["filename"], "ticket_id": given.get("ticket_id")}
        self.attachments.append({**kept, "filesize": len(content), "content": content, "media": found["type"]})
        return {**kept, "filesize": len(content)}

    def listed(self, ticket: str) -> dict[str, Any]:
        """The attachments of a ticket, without their contents."""
        own = [one for one in self.attachments if str(one["ticket_id"]) == ticket]
        shown = [{name: value for name, value in one.items() if name not in ("content", "media")} for one in own]
        return {"type": 0, "record_count": len(shown), "attachments": shown}

    def download(self, id: str) -> Reply:
        """An attachment by its id is its content, with its own type, and no JSON."""
        found = next((one for one in self.attachments if str(one["id"]) == id), None)
        return Reply(404) if found is None else Reply(200, found["content"], {"content-type": found["media"]})

    def delete(self, writer: Writer, id: int) -> Reply:
        """A deleted ticket is gone from lists, and can be brought back."""
        row = writer.world.row("tickets", id)
        if row is None:
            return Reply(404)
        self.deleted[id] = row
        writer.world.remove("tickets", id)
        return Reply.of({"id": id})

    def recover(self, writer: Writer, id: int) -> None:
        """Brings a deleted ticket back, under its old id."""
        row = self.deleted.pop(id, None)
        if row is None:
            raise Refused("The ticket does not exist")
        writer.world.put("tickets", row)


def timed(given: Mapping[str, Any], writer: Writer, outcome: int) -> dict[str, Any]:
    """A quick time entry makes an action with the time on the ticket."""
    if not given.get("ticket_id") or not given.get("start_date"):
        raise Refused("Please enter a value for Ticket")
    action = {
        "ticket_id": given["ticket_id"],
        "outcome_id": outcome,
        "note": given.get("note") or "",
        "hiddenfromuser": True,
    }
    made = writer.action(action)
    return {**given, "id": made["id"], "action_number": made["id"]}
