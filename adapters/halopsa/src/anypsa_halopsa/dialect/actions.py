"""Actions: listed by ticket, or within some days; their ids count within the ticket (wire/halopsa.md 2.2, 3.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import rows
from .listing import when, yes
from .numbering import Numbering


@dataclass(frozen=True, slots=True)
class Numbered:
    """A note of the world and its number in its ticket."""

    row: Mapping[str, Any]
    number: int


def numbered(notes: Sequence[Mapping[str, Any]]) -> list[Numbered]:
    """The notes with their numbers."""
    last: dict[Any, int] = {}
    found = []
    for row in notes:
        last[row["ticket"]] = last.get(row["ticket"], 0) + 1
        found.append(Numbered(row, last[row["ticket"]]))
    return found


def listed(
    query: Mapping[str, str], notes: Sequence[Numbered], lists: Numbering, who: Mapping[Any, str]
) -> dict[str, Any]:
    """One answer; without a ticket and without days it is empty."""
    ticket, begin, end = (query.get(name, "") for name in ("ticket_id", "startdate", "enddate"))
    if ticket:
        found = [one for one in notes if str(one.row["ticket"]) == ticket]
    elif begin and end:
        found = [one for one in notes if when(begin) <= one.row["created"] <= when(end)]
    else:
        found = []
    if yes(query, "excludeprivate"):
        found = [one for one in found if not rows.hidden(one.row)]
    count = int(query["count"]) if query.get("count", "").isdigit() else len(found)
    html = yes(query, "includehtmlnote")
    shown = [rows.action(one.row, lists, one.number, who, html=html) for one in found[:count]]
    envelope = {"record_count": len(shown), "actions": shown}
    return {"ticket_id": int(ticket), **envelope} if ticket.isdigit() else envelope
