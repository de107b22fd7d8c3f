"""Writing: POST of an array creates what has no id and changes what has one (wire/halopsa.md 4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import Any, Final

from anypsa_sandbox import World

from . import rows
from .numbering import AGENTS, CLIENTS, Numbering

COLUMNS: Final = {
    "summary": "title",
    "details": "description",
    "details_html": "description",
    "user_id": "contact",
    "estimate": "estimated_hours",
}
CHOICES: Final = {
    "status_id": ("status", "status"),
    "priority_id": ("priority", "priority"),
    "tickettype_id": ("type", "type"),
    "categoryid_1": ("category", "category"),
    "source": ("source", "source"),
}
TAG: Final = re.compile(r"<[^>]*>")


class Refused(Exception):
    """A refusal: 400 with a bare string, as business rules come (5.1)."""


@dataclass(frozen=True)
class Writer:
    """Writes to one tenant."""

    world: World
    lists: Numbering
    now: datetime

    def ticket(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """One ticket; the answer spells its last update otherwise than a list does (7.11)."""
        values = self._ticket_values(given)
        id = given.get("id")
        if id is None:
            values = {"status": "New", "priority": "Medium", "created": self.now, **values}
            for name, what in (("title", "Summary"), ("company", "Client")):
                if values.get(name) in (None, ""):
                    raise Refused(f"Please enter a value for {what}")
            id = self.world.add("tickets", {**values, "updated": self.now, "custom": {}})
        elif not self.world.change("tickets", int(id), {**values, "updated": self.now}):
            raise Refused("The ticket does not exist")
        row = self.world.row("tickets", int(id))
        shown = rows.ticket(row or {}, self.lists)
        shown["lastupdate"] = shown.pop("last_update")
        return shown

    def _ticket_values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = {column: given[name] or None for name, column in COLUMNS.items() if name in given}
        for name, (column, choices) in CHOICES.items():
            if name in given:
                values[column] = self._chosen(name, choices, given[name])
        if "team" in given:
            if self.lists.id("queue", given["team"]) is None:
                raise Refused("Please enter a value for Team")
            values["queue"] = given["team"]
        if "client_id" in given:
            values["company"] = self._known("companies", int(given["client_id"]) - CLIENTS, "Client")
        if "agent_id" in given:
            agent = int(given["agent_id"])
            values["assignee"] = None if agent == 1 else self._known("technicians", agent - AGENTS, "Agent")
        if "deadlinedate" in given:
            values["due"] = moment(given["deadlinedate"])
        if "status" in values:
            values["closed"] = self.now if values["status"] == "Complete" else None
        return values

    def _chosen(self, name: str, choices: str, id: Any) -> str | None:
        if id in (None, 0, -1):
            return None
        key = self.lists.key(choices, id)
        if key is None:
            raise Refused(f"Please enter a value for {name.removesuffix('_id')}")
        return key

    def _known(self, table: str, id: int, what: str) -> int:
        if self.world.row(table, id) is None:
            raise Refused(f"Please enter a value for {what}")
        return id

    def action(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """One action; an outcome must be named, and decides what is not said."""
        ticket = int(given.get("ticket_id") or 0)
        if self.world.row("tickets", ticket) is None:
            raise Refused("The ticket does not exist")
        notes = [row for row in self.world.rows("notes") if row["ticket"] == ticket]
        number = given.get("id")
        values: dict[str, Any] = {}
        if "note_html" in given or "note" in given:
            values["body"] = plain(given.get("note_html") or given.get("note") or "")
        if "hiddenfromuser" in given:
            values["visibility"] = "internal" if given["hiddenfromuser"] else "public"
        if number is not None:
            if not 1 <= int(number) <= len(notes):
                raise Refused("The action does not exist")
            row = notes[int(number) - 1]
            self.world.change("notes", row["id"], values)
            return self._shown(row["id"], int(number))
        outcome = given.get("outcome_id") or next(
            (id for id, name in self.lists.outcomes.items() if name == given.get("outcome")), None
        )
        if outcome not in self.lists.outcomes:
            raise Refused("An Outcome must be entered for this Action")
        stored = {
            "visibility": "public",
            **values,
            "ticket": ticket,
            "author": 1,
            "created": self.now,
            "updated": self.now,
        }
        extra = {"outcome_id": outcome, "timetaken": float(given.get("timetaken") or 0)}
        if given.get("new_status") not in (None, -1):
            self.ticket({"id": ticket, "status_id": given["new_status"]})
            extra["new_status"] = given["new_status"]
        id = self.world.add("notes", {**stored, "kind": "Task Notes", "extra": extra})
        return self._shown(id, len(notes) + 1)

    def _shown(self, id: int, number: int) -> dict[str, Any]:
        row = self.world.row("notes", id)
        return rows.action(row or {}, self.lists, number, rows.names(self.world), html=True)


def plain(html: str) -> str:
    """The text of a note written as HTML."""
    return unescape(TAG.sub("", html.replace("<br>", "\n")))


def moment(text: str | None) -> datetime | None:
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
