"""Entity: what a path of records is: its table, its two shapes, its filters. The modules beside it each tell theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from .numbering import AGENTS
from .values import NOTHING, Refused, Row, asked_time, missing, numbers, whole
from .view import View, of_client

Shape = Callable[[Row, View], dict[str, Any]]
Test = Callable[[Row, str, View], bool]
Write = Callable[[Mapping[str, Any], View], dict[str, Any]]
ORDERS: Final[Mapping[str, str]] = {"id": "id"}


@dataclass(frozen=True)
class Entity:
    """One. `shown` is a row of a list, `whole` is the record by its id; `given` adds what a query asks of rows."""

    table: str
    key: str
    shown: Shape
    whole: Shape
    filters: Mapping[str, Test] = field(default_factory=dict)
    orders: Mapping[str, str] = field(default_factory=lambda: ORDERS)
    write: Write | None = None
    offset: int = 0
    hides_inactive: bool = False
    only: Callable[[Row], bool] = lambda row: True
    """Which rows of the table are of this kind."""
    all: Callable[[View], list[dict[str, Any]]] | None = None
    """All rows, where they are of more than one table."""
    unlisted: Callable[[View, int], dict[str, Any] | None] = lambda view, id: None
    """Rows that are got by their ids, and which lists do not show."""
    also: Callable[[Row, Mapping[str, str], View], bool] = lambda row, query, view: True
    """A filter that takes more than one parameter."""
    given: Callable[[Row, Mapping[str, str], View], dict[str, Any]] = lambda row, query, view: {}

    def rows(self, view: View) -> list[dict[str, Any]]:
        """The world's rows of this kind."""
        everything = view.rows(self.table) if self.all is None else self.all(view)
        return [row for row in everything if self.only(row)]

    def row(self, view: View, id: int) -> dict[str, Any] | None:
        """One of them by the id that the vendor shows."""
        if self.all is not None:
            found = next((row for row in self.all(view) if row["id"] == id - self.offset), None)
        else:
            row = view.row(self.table, id - self.offset)
            found = row if row is not None and self.only(row) else None
        return self.unlisted(view, id) if found is None else found


def has(*columns: str) -> Test:
    """A search for text in some columns."""
    return lambda row, value, view: any(value.casefold() in str(row[column] or "").casefold() for column in columns)


def after(column: str) -> Test:
    return lambda row, value, view: row[column] is not None and row[column] >= asked_time(value)


def before(column: str) -> Test:
    return lambda row, value, view: row[column] is not None and row[column] <= asked_time(value)


def chosen(column: str, choices: str) -> Test:
    return lambda row, value, view: view.lists.id(choices, row[column]) in numbers(value)


def among(column: str) -> Test:
    return lambda row, value, view: row[column] in numbers(value)


def of_company(row: Row, value: str, view: View) -> bool:
    """Whether a row belongs to one of the clients."""
    return row["company"] is not None and of_client(row["company"]) in numbers(value)


UPDATES: Final[Mapping[str, Test]] = {
    "lastupdatefromdate": after("updated"),
    "lastupdatetodate": before("updated"),
}


def known(view: View, table: str, id: int, what: str) -> int:
    """The id of a record that there is; anything else is refused."""
    if view.row(table, id) is None:
        raise missing(what)
    return id


def agent_of(id: Any, view: View) -> int | None:
    """The technician that an agent's id means; agent 1 is nobody, and so is none (2.5)."""
    agent = 1 if id in NOTHING else whole(id)
    return None if agent == 1 else known(view, "technicians", agent - AGENTS, "Agent")


def saved(view: View, table: str, given: Mapping[str, Any], values: Mapping[str, Any], new: Mapping[str, Any]) -> int:
    """Creates what has no id, with `new` beneath; changes what has one. The id in the world."""
    if given.get("id") in (None, 0, ""):
        return view.world.add(table, {**new, **values})
    id = whole(given["id"])
    if not view.world.change(table, id, values):
        raise Refused("The record does not exist")
    return id


def merged(view: View, table: str, given: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """What only this vendor knows of a record, with what was sent of it."""
    row = view.row(table, whole(given["id"])) if given.get("id") else None
    return {**(row or {}).get("extra", {}), **{name: given[name] for name in names if name in given}}
