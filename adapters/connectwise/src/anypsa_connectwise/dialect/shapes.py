"""Shapes: the world's rows as ConnectWise shows them; names by the wire page and by what it was read from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from anypsa_sandbox import World

from .numbering import COMPANIES, MEMBERS, NOTES, Listed, Numbering

Row = dict[str, Any]
CLOSED: Final = "Complete"


class View:
    """One tenant's world. What was read and shown is kept until something is written."""

    def __init__(self, world: World, lists: Numbering) -> None:
        self.world = world
        self.lists = lists
        self._version = (-1, -1)
        self._kept: dict[tuple[str, str], Any] = {}

    def rows(self, table: str) -> list[Row]:
        """The world's own rows."""
        found: list[Row] = self._once(("rows", table), lambda: self.world.rows(table))
        return found

    def row(self, table: str, id: int | None) -> Row | None:
        """One of them."""
        if id is None:
            return None
        key = ("by id", table)
        found: Mapping[int, Row] | None = self._kept.get(key) if self._version == self.world.version else None
        return self.world.row(table, id) if found is None else found.get(id)

    def shown(self, path: str) -> list[Row]:
        """The records of a path, by id."""
        found: list[Row] = self._once(("shown", path), lambda: self._every(path))
        return found

    def one(self, path: str, id: str) -> Row | None:
        """One record of a path. A ticket is shown by itself: after each write, all of them would take long."""
        if path != "service/tickets":
            return next((row for row in self.shown(path) if str(row["id"]) == id), None)
        found = self.world.row("tickets", int(id)) if id.isascii() and id.isdecimal() else None
        return None if found is None or str(found["id"]) != id else ticket(found, self)

    def _every(self, path: str) -> list[Row]:
        for table in ("companies", "contacts", "technicians"):  # many rows refer to the same few
            self._once(("by id", table), partial(self._by_id, table))
        return sorted(SHAPES[path](self), key=lambda row: row["id"])

    def _by_id(self, table: str) -> Mapping[int, Row]:
        return {row["id"]: row for row in self.rows(table)}

    def forget(self) -> None:
        """Something beside the world was changed."""
        self._version = (-1, -1)

    def _once(self, key: tuple[str, str], make: Callable[[], Any]) -> Any:
        if self._version != self.world.version:
            self._version = self.world.version
            self._kept.clear()
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]


def moment(value: datetime | None) -> str | None:
    """A time, without a fraction (Times)."""
    return None if value is None else f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def info(row: Row) -> Row:
    return {"lastUpdated": moment(row.get("updated")), "updatedBy": "zAdmin", "dateEntered": moment(row.get("created"))}


def company(view: View, id: int | None) -> Row | None:
    row = view.row("companies", id)
    return None if row is None else {"id": row["id"] + COMPANIES, "identifier": identifier(row), "name": row["name"]}


def identifier(row: Row) -> str:
    return str(row["number"] or f"C{row['id']}")


def contact(view: View, id: int | None) -> Row | None:
    row = view.row("contacts", id)
    return None if row is None else {"id": row["id"], "name": full_name(row)}


def member(view: View, id: int | None) -> Row | None:
    row = view.row("technicians", id)
    return None if row is None else {"id": row["id"] + MEMBERS, "identifier": row["username"], "name": full_name(row)}


def full_name(row: Row) -> str:
    return f"{row['first_name'] or ''} {row['last_name'] or ''}".strip()


def tickets(view: View) -> list[Row]:
    return [ticket(row, view) for row in view.rows("tickets")]


def ticket(row: Row, view: View) -> Row:
    """A service ticket; its status and type are those of its board."""
    lists, board = view.lists, view.lists.board(row["queue"])
    return {
        "id": row["id"],
        "summary": row["title"],
        "recordType": "ServiceTicket",
        "board": {"id": board.id, "name": board.name, "_info": {"board_href": f"service/boards/{board.id}"}},
        "status": lists.shown("status", row["status"], board.id),
        "company": company(view, row["company"]),
        "contact": contact(view, row["contact"]),
        "type": lists.shown("type", row["type"], board.id),
        "priority": lists.shown("priority", row["priority"]),
        "source": lists.shown("source", row["source"]),
        "owner": member(view, row["assignee"]),
        "externalXRef": row["external_id"],
        "budgetHours": row["estimated_hours"],
        "requiredDate": moment(row["due"]),
        "closedDate": moment(row["closed"]),
        "closedFlag": row["status"] == CLOSED,
        "customerUpdatedFlag": False,
        "customFields": [
            {"id": n, "caption": name, "type": "Text", "entryMethod": "EntryField", "value": value}
            for n, (name, value) in enumerate(row["custom"].items(), start=1)
        ],
        "_info": info(row),
    }


def notes(view: View) -> list[Row]:
    """Notes, and before them each ticket's description, which is one, too."""
    first = [description(row) for row in view.rows("tickets") if row["description"]]
    return [*first, *(note(row, view) for row in view.rows("notes"))]


def description(row: Row) -> Row:
    flags = {"detailDescriptionFlag": True, "internalAnalysisFlag": False, "resolutionFlag": False}
    written = {"text": row["description"], "member": None, "contact": None, "dateCreated": moment(row["created"])}
    return {"id": row["id"], "ticketId": row["id"], **flags, **written, "_info": info(row)}


def note(row: Row, view: View) -> Row:
    return {
        "id": row["id"] + NOTES,
        "ticketId": row["ticket"],
        "text": row["body"],
        **shown_flags(row),
        "member": member(view, row["author"]),
        "contact": contact(view, row["author_contact"]),
        "dateCreated": moment(row["created"]),
        "_info": info(row),
    }


def shown_flags(row: Row) -> dict[str, bool]:
    """Who may read a note of the world's."""
    internal = row["visibility"] == "internal"
    flags = {"detailDescriptionFlag": not internal, "internalAnalysisFlag": internal, "resolutionFlag": False}
    return {**flags, **row["extra"].get("flags", {})}


def companies(view: View) -> list[Row]:
    return [
        {
            **(company(view, row["id"]) or {}),
            "status": {"id": 1, "name": "Active"} if row["active"] else {"id": 2, "name": "Inactive"},
            "phoneNumber": row["phone"],
            "website": row["website"],
            "addressLine1": row["address"],
            "city": row["city"],
            "zip": row["postal_code"],
            "deletedFlag": False,
            "_info": info(row),
        }
        for row in view.rows("companies")
    ]


def contacts(view: View) -> list[Row]:
    return [
        {
            "id": row["id"],
            "firstName": row["first_name"],
            "lastName": row["last_name"],
            "company": company(view, row["company"]),
            "inactiveFlag": not row["active"],
            "title": row["job_title"],
            "defaultPhoneType": "Direct",
            "defaultPhoneNbr": row["phone"],
            "communicationItems": communication(row),
            "_info": info(row),
        }
        for row in view.rows("contacts")
    ]


def communication(row: Row) -> list[Row]:
    """Phones and e-mails are typed items, of which one of each kind is the default."""
    kinds = (("phone", "Direct", "Phone"), ("mobile", "Cell", "Phone"), ("email", "Email", "Email"))
    return [
        {
            "id": 10 * row["id"] + n,
            "type": {"id": n + 1, "name": name},
            "value": row[column],
            "defaultFlag": column != "mobile",
            "communicationType": kind,
        }
        for n, (column, name, kind) in enumerate(kinds)
        if row[column]
    ]


def configurations(view: View) -> list[Row]:
    return [
        {
            "id": row["id"],
            "name": row["name"],
            "type": view.lists.shown("asset_kind", row["kind"]),
            "company": company(view, row["company"]),
            "contact": contact(view, row["contact"]),
            "activeFlag": row["active"],
            "serialNumber": row["serial_number"],
            "tagNumber": row["reference"],
            "notes": row["remarks"],
            "installationDate": moment(row["installed"]),
            "warrantyExpirationDate": moment(row["warranty_until"]),
            "questions": [],
            "_info": info(row),
        }
        for row in view.rows("assets")
    ]


def members(view: View) -> list[Row]:
    return [
        {
            "id": row["id"] + MEMBERS,
            "identifier": row["username"],
            "firstName": row["first_name"],
            "lastName": row["last_name"],
            "officeEmail": row["email"],
            "officePhone": row["phone"],
            "title": row["job_title"],
            "inactiveFlag": not row["active"],
            "licenseClass": "A" if row["id"] == 1 else "F",
        }
        for row in view.rows("technicians")
    ]


def listed(name: str) -> Callable[[View], list[Row]]:
    return lambda view: [value(one, *UNTOLD[name]) for one in view.lists.values(name)]


# Not every list tells of its values whether they are in use, or which of them is taken if none is named.
UNTOLD: Final[Mapping[str, Sequence[str]]] = {
    "board": ("defaultFlag",),
    "priority": ("inactiveFlag",),
    "source": ("inactiveFlag",),
    "asset_kind": ("defaultFlag",),
}


def value(one: Listed, *untold: str) -> Row:
    told = {"id": one.id, "name": one.name, "inactiveFlag": not one.active, "defaultFlag": one.default}
    return {name: value for name, value in told.items() if name not in untold}


def status(one: Listed) -> Row:
    """A board's status; whether it is in use is told by another name than elsewhere."""
    shown = {"id": one.id, "name": one.name, "board": {"id": one.board}, "inactive": not one.active}
    return {**shown, "defaultFlag": one.default, "closedStatus": one.name == CLOSED}


SHAPES: Final[Mapping[str, Callable[[View], list[Row]]]] = {
    "service/tickets": tickets,
    "service/notes": notes,
    "service/boards": listed("board"),
    "service/priorities": listed("priority"),
    "service/sources": listed("source"),
    "company/companies": companies,
    "company/contacts": contacts,
    "company/configurations": configurations,
    "company/configurations/types": listed("asset_kind"),
    "system/members": members,
}
