"""Boards: what hangs under them. Statuses and types belong to a board, and their ids mean nothing without it (queue)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from anypsa.errors import Invalid, Problem
from anypsa.spi import NUMBER, TEXT, Context, Option, Undecodable
from anypsa.spi.table import Field

from .codecs import LISTED
from .tables import BOARD, TICKETS

NOTHING: Final = Context("")
UNUSED: Final = ("inactive", "inactiveFlag")
# Where a tenant's values are listed.
LISTS: Final[Mapping[tuple[str, str], str]] = {
    ("ticket", "queue"): "service/boards",
    ("ticket", "status"): "service/boards/{board}/statuses",
    ("ticket", "type"): "service/boards/{board}/types",
    ("ticket", "priority"): "service/priorities",
    ("ticket", "source"): "service/sources",
    ("asset", "kind"): "company/configurations/types",
}


def under_board(path: str) -> bool:
    """Whether each board has a list of its own."""
    return "{board}" in path


@dataclass(frozen=True, slots=True)
class Move:
    """A ticket on its way to another board, and what it held on the old one."""

    board: str
    row: Mapping[str, Any]

    def stays(self) -> bool:
        """Whether it is on that board already."""
        wire = TICKETS.by_name[BOARD].wire
        held = self.row.get(wire)
        return held is not None and LISTED.decode(held, wire, NOTHING).id == self.board

    def held(self, field: Field) -> str | None:
        """The name of what it held; None for nothing."""
        value = self.row.get(field.wire)
        return None if value is None else LISTED.decode(value, field.wire, NOTHING).label


def option(row: Mapping[str, Any], board: str | None) -> Option:
    """One value; raises `Undecodable`."""
    if row.get("id") is None or row.get("name") is None:
        raise Undecodable("a value without an id or a name")
    id, label = NUMBER.decode(row["id"], "id", NOTHING), TEXT.decode(row["name"], "name", NOTHING)
    return Option(id, label, active=not any(row.get(flag) is True for flag in UNUSED), parent=board)


def on(board: str, options: Sequence[Option]) -> list[Option]:
    """The values that can be used on a board."""
    return [one for one in options if one.parent == board and one.active]


def carried(move: Move, field: Field, options: Sequence[Option]) -> str | None:
    """The id, on the new board, of what a ticket held by name; raises `Invalid` if that board has no such value."""
    name = move.held(field)
    if name is None:
        return None
    there = on(move.board, options)
    for one in there:
        if one.label.strip().casefold() == name.strip().casefold():
            return one.id
    problem = f"the ticket's {field.name} {name!r} does not exist on the board that it would move to"
    raise Invalid(
        "move a ticket to another board",
        problems=[Problem(field.name, problem, allowed=tuple(one.label for one in there))],
        hint=f"Nothing was sent. Name one: {field.name}=... beside queue=...",
    )
