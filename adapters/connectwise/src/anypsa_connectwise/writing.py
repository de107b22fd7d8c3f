"""Writing: a POST of one object, and a PATCH with the operations of what changes (Create, Update)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from anypsa.errors import Invalid, NotFound, OutcomeUnknown, Problem
from anypsa.spi import Action, Answer, Request, Table, Undecodable, writing

from . import boards
from .derived import FLAGS
from .reading import WANTED, Reader, addressed, placed
from .tables import BOARD, NOTES, ON_BOARD, TICKETS

# Nothing that we write mails anybody (note).
SILENT: Final = {"processNotifications": False}


class Writer:
    """Writes the records of one tenant."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def create(self, table: Table, values: Mapping[str, Any]) -> str:
        """Creates a record; returns its id."""
        effect = writing(Action.CREATE, table.name, None, values)
        parts = {"ticket": values["ticket"]} if table is NOTES else {}
        request = Request(method="POST", path=table.path, parts=parts, effect=effect, json=body(table, values))
        id = written(await self._reader.server.send(request), table)
        return f"{values['ticket']}:{id}" if table is NOTES else id

    async def update(self, table: Table, id: str, values: Mapping[str, Any]) -> None:
        """Sends the operations that change a record; what the board decides goes with a ticket to another board."""
        refuse_later(table, id, values)
        if table is TICKETS and values.get(BOARD) is not None:
            values = {**await self._carried(id, values), **values}
        await self._at(Action.UPDATE, table, id, values, operations(table, values))

    async def delete(self, table: Table, id: str) -> None:
        """Deletes a record (Delete)."""
        await self._at(Action.DELETE, table, id, {}, None)

    async def _at(self, action: Action, table: Table, id: str, values: Mapping[str, Any], json: Any) -> None:
        if not addressed(id, table):
            raise NotFound(f"{action} {table.name} {id}", said=[WANTED])
        effect = writing(action, table.name, id, values)
        method = "DELETE" if action is Action.DELETE else "PATCH"
        path = f"{table.path}/{{id}}"
        await self._reader.server.send(Request(method=method, path=path, parts=placed(id), effect=effect, json=json))

    async def _carried(self, id: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """What a ticket that moves takes along: status and type, by their names, unless the caller names others."""
        move = boards.Move(values[BOARD], await self._reader.row(TICKETS, id))
        try:
            if move.stays():
                return {}
            return {
                field.name: boards.carried(move, field, await self._reader.options(TICKETS, field.name))
                for field in ON_BOARD
                if field.name not in values and move.held(field) is not None
            }
        except Undecodable as reason:
            raise Invalid(f"move ticket {id}", problems=[Problem(BOARD, f"what it holds is {reason}")]) from None


def body(table: Table, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a new record; who may read a note is said in full."""
    wire = table.encode({name: value for name, value in values.items() if name not in ASIDE and value is not None})
    if table is NOTES:
        wire |= {**FLAGS[values["visibility"]], **SILENT}
    return wire


ASIDE: Final = frozenset({"visibility", NOTES.parent})
"""What the path or flags say."""


def operations(table: Table, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The patch that changes the fields named: JSON Patch, whose paths need no slash before them (Update)."""
    wire = table.encode({name: value for name, value in values.items() if name not in ASIDE})
    if "visibility" in values:
        wire |= FLAGS[values["visibility"]]
    return [
        {"op": "remove", "path": path} if value is None else {"op": "replace", "path": path, "value": value}
        for path, value in wire.items()
    ]


def refuse_later(table: Table, id: str, values: Mapping[str, Any]) -> None:
    """Raises `Invalid` for what can be said of a new record only."""
    late = [name for name in values if table.by_name[name].on_create_only]
    if late:
        problems = [Problem(name, "can be given to a new ticket only; it is the first note") for name in late]
        raise Invalid(f"update {table.name} {id}", problems=problems, hint="Nothing was sent. Write a note instead.")


def written(answer: Answer, table: Table) -> str:
    """The id in the answer to a POST."""
    told = answer.json()
    id = told.get("id") if isinstance(told, dict) else None
    if isinstance(id, bool) or not isinstance(id, int) or id <= 0:
        raise OutcomeUnknown(
            f"create a {table.name}",
            said=["the vendor accepted it, but its answer names no record"],
            hint="Look for it before you create it again.",
            status=answer.status,
        )
    return str(id)
