"""Writing: what a POST says, and which record its answer names (wire/halopsa.md 4)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from html import escape
from typing import Any, Final

from anypsa.errors import ConfigurationError, Invalid, Problem
from anypsa.models import Visibility
from anypsa.spi import NUMBER, Answer, Option, Table

from . import lists
from .codecs import UNASSIGNED, whole
from .tables import NOTES, TICKETS

Options = Callable[[Table, str], Awaitable[Sequence[Option]]]
WANTED: Final = "ids here are numbers; a note's is ticket:number"


async def body(table: Table, values: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """The wire's fields; what clears is sent as the vendor clears it."""
    plain = {name: value for name, value in values.items() if name not in ("queue", "visibility", "body", "assignee")}
    wire = table.encode(plain)
    if plain.get("description", "") is None:
        wire[table.by_name["description"].wire] = ""  # text clears with "" (4)
    if "assignee" in values:
        wire["agent_id"] = NUMBER.encode(values["assignee"] or UNASSIGNED)
    if "queue" in values:
        wire["team"] = await team(values["queue"], options)
    if table is NOTES:
        wire |= await note(values, options)
    return wire


async def team(id: str | None, options: Options) -> str:
    """Tickets name their team (2.5)."""
    names = [option.label for option in await options(TICKETS, "queue") if option.id == id]
    if not names:
        raise Invalid("set the queue of a ticket", problems=[Problem("queue", "HaloPSA does not take none")])
    return names[0]


async def note(values: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """Visibility and e-mail are always said, since an outcome's own default may mail the customer (7.15)."""
    wire: dict[str, Any] = {"sendemail": False}
    if "body" in values:
        wire["note_html"] = escape(values["body"]).replace("\r\n", "\n").replace("\n", "<br>")
    if "visibility" in values:
        wire["hiddenfromuser"] = hidden(values["visibility"])
    if "kind" not in values and "ticket" in values:
        wire["outcome_id"] = int(await outcome(values["visibility"], options))
    return wire


async def outcome(wanted: Visibility, options: Options) -> str:
    known = await options(NOTES, "kind")
    id = lists.outcome(known, wanted)
    if id is not None:
        return id
    problem = f"none of this tenant's outcomes is known to write a {wanted} note"
    raise ConfigurationError(
        "write a note",
        problems=[Problem("kind", problem, allowed=tuple(option.label for option in known))],
        hint="Name one: kind=... Nothing was sent.",
    )


def hidden(wanted: Visibility) -> bool:
    """The flag that keeps a note from the customer."""
    return wanted is Visibility.INTERNAL


def addressed(id: str, table: Table) -> bool:
    """Whether an id can be one: a number, and a note's is "ticket:number"."""
    parts = id.split(":")
    return len(parts) == (2 if table is NOTES else 1) and all(str(NUMBER.encode(part)) == part for part in parts)


def written(answer: Answer, table: Table, wire: Mapping[str, Any]) -> str | None:
    """The id of the record that a POST answers with: the last of the array, alone or in a list (4)."""
    body = answer.json()
    row = body[-1] if isinstance(body, list) and body else body
    if not isinstance(row, dict) or not addressed(number := whole(row.get("id")), TICKETS) or int(number) <= 0:
        return None
    return f"{whole(row.get('ticket_id') or wire['ticket_id'])}:{number}" if table is NOTES else number
