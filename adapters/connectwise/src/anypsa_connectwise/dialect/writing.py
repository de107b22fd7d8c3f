"""Writing: new tickets and notes, patches of tickets, and what is refused (wire/connectwise.md, Create, Update, Errors)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from .grammar import Wrong, moment
from .numbering import COMPANIES, MEMBERS, NOTES, UNSORTED
from .shapes import CLOSED, Row, View, shown_flags

TEXTS: Final = {"summary": "title", "initialDescription": "description", "externalXRef": "external_id"}
FLAT: Final = {"priority": ("priority", "priority"), "source": ("source", "source")}
RECORDS: Final = {
    "company": ("company", "companies", COMPANIES),
    "contact": ("contact", "contacts", 0),
    "owner": ("assignee", "technicians", MEMBERS),
}
NEEDED: Final = ("summary", "company", "board", "status", "priority")
FLAGS: Final = ("detailDescriptionFlag", "internalAnalysisFlag", "resolutionFlag")


class Refused(Exception):
    """A refusal of what was sent: which field, and why."""

    def __init__(self, field: str, message: str, resource: str = "ticket") -> None:
        super().__init__(message)
        self.body = {
            "code": "InvalidObject",
            "message": f"{resource} object is invalid",
            "errors": [{"code": "InvalidField", "message": message, "resource": resource, "field": field}],
        }


class Writing:
    """One tenant's."""

    def __init__(self, view: View, now: Callable[[], datetime]) -> None:
        self._view = view
        self._world = view.world
        self._now = now

    def new_ticket(self, sent: Any) -> int:
        """A new ticket: on the first board, new and of middling priority unless it says otherwise."""
        given = object_of(sent)
        for name in ("summary", "company"):
            if given.get(name) in (None, ""):
                raise Refused(name, f"The {name} field is required.")
        now = self._now()
        start = {"status": "New", "priority": "Medium", "queue": self._view.lists.boards[0].name, "created": now}
        values = {**start, **self._values(given, None), "updated": now, "author": 1}
        return self._world.add("tickets", {**values, "custom": {}})

    def patch_ticket(self, id: int, sent: Any) -> None:
        """A patch: a list of operations, each of one field."""
        changes: dict[str, Any] = {}
        for one in operations(sent):
            name, value = operation(one)
            if value is None and name in NEEDED:
                raise Refused(name, f"The {name} field is required.")
            changes[name] = value
        before = self._view.row("tickets", id) or {}
        self._world.change("tickets", id, {**self._values(changes, before), "updated": self._now()})

    def new_note(self, ticket: int, sent: Any) -> int:
        """A note: it says who may read it, by at least one flag."""
        given = object_of(sent)
        flags = {name: given.get(name) is True for name in FLAGS}
        if not given.get("text"):
            raise Refused("text", "The text field is required.", "note")
        if not any(flags.values()):
            raise Refused("detailDescriptionFlag", "At least one flag must be set.", "note")
        now = self._now()
        extra = {"flags": flags, "mailed": given.get("processNotifications") is True}
        return NOTES + self._world.add(
            "notes",
            {
                "ticket": ticket,
                "body": given["text"],
                "kind": "Task Notes",
                "visibility": visibility(flags),
                "author": 1,
                "created": now,
                "updated": now,
                "extra": extra,
            },
        )

    def patch_note(self, id: int, sent: Any) -> None:
        """A patch of a note; that of a description changes the ticket, which keeps it."""
        changes = dict(map(operation, operations(sent)))
        if not changes.get("text", True):
            raise Refused("text", "The text field is required.", "note")
        row = self._view.row("notes", id - NOTES)
        if row is None:
            self._world.change("tickets", id, {"description": changes["text"]} if "text" in changes else {})
            return
        flags = shown_flags(row) | {name: changes[name] is True for name in FLAGS if name in changes}
        told: dict[str, Any] = {"body": changes["text"]} if "text" in changes else {}
        seen = {"extra": {**row["extra"], "flags": flags}, "visibility": visibility(flags)}
        self._world.change("notes", id - NOTES, {**told, **seen, "updated": self._now()})

    def _values(self, given: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
        """The columns of what was sent; what is not known is passed over."""
        values: dict[str, Any] = {TEXTS[name]: given[name] for name in TEXTS if name in given}
        for name, (column, choices) in FLAT.items():
            if name in given:
                values[column] = self._chosen(name, choices, given[name])
        for name, (column, table, offset) in RECORDS.items():
            if name in given:
                values[column] = self._record(name, table, offset, given[name])
        if "budgetHours" in given:
            values["estimated_hours"] = given["budgetHours"]
        if "requiredDate" in given:
            values["due"] = None if given["requiredDate"] is None else time("requiredDate", given["requiredDate"])
        return {**values, **self._on_board(given, before)}

    def _on_board(self, given: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
        """Board, status and type: the last two must be of the board that the ticket is on then."""
        lists, values = self._view.lists, dict[str, Any]()
        held = lists.boards[0] if before is None else lists.board(before["queue"])
        board = held.id
        if "board" in given:
            name = self._chosen("board", "board", given["board"])
            values["queue"] = None if name == UNSORTED else name
            board = lists.board(values["queue"]).id
        for name in ("status", "type"):
            if name in given:
                values[name] = self._chosen(name, name, given[name], board)
            elif before is not None and board != held.id and before[name] is not None:
                raise Refused(name, f"The {name} is not of this board.")
        if "status" in values:
            values["closed"] = self._now() if values["status"] == CLOSED else None
        return values

    def _chosen(self, field: str, choices: str, sent: Any, board: int = 0) -> str | None:
        """A value of a list, by `{"id": n}` or `{"name": ...}`."""
        if sent is None:
            return None
        for one in self._view.lists.values(choices, board):
            if isinstance(sent, Mapping) and (
                sent.get("id") == one.id or ("id" not in sent and sent.get("name") == one.name)
            ):
                return one.name
        raise Refused(field, f"The {field} does not exist.")

    def _record(self, field: str, table: str, offset: int, sent: Any) -> int | None:
        """What a record refers to, by its id."""
        if sent is None:
            return None
        id = sent.get("id") if isinstance(sent, Mapping) else None
        if not isinstance(id, int) or self._view.row(table, id - offset) is None:
            raise Refused(field, f"The {field} does not exist.")
        return id - offset


def object_of(sent: Any) -> Row:
    if not isinstance(sent, dict):
        raise Refused("", "An object is expected.")
    return sent


def visibility(flags: Mapping[str, bool]) -> str:
    """Who may read a note; a resolution is taken for public."""
    return "public" if flags.get("detailDescriptionFlag") or flags.get("resolutionFlag") else "internal"


def operations(sent: Any) -> list[Any]:
    if not isinstance(sent, list):
        raise Refused("", "A patch is a list of operations.")
    return sent


def operation(sent: Any) -> tuple[str, Any]:
    """The field and the value of one operation; paths come with a slash before them, or without."""
    if not isinstance(sent, Mapping) or sent.get("op") not in ("add", "replace", "remove"):
        raise Refused("op", "There are add, replace and remove.")
    name, _, inner = str(sent.get("path", "")).strip("/").partition("/")
    value = None if sent["op"] == "remove" else sent.get("value")
    return name, {inner: value} if inner and value is not None else value


def time(field: str, text: Any) -> datetime:
    try:
        return moment(str(text))
    except Wrong:
        raise Refused(field, "It is no time.") from None
