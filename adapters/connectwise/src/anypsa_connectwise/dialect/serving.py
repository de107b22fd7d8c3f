"""Serving: what one signed call of one tenant gets. Lists, counts, single records, writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final
from urllib.parse import quote, urlencode

from anypsa_sandbox import Call, Reply

from .grammar import Wrong, condition, read
from .numbering import NOTES
from .shapes import SHAPES, Row, View, status, value
from .writing import Refused, Writing

MOST: Final = 1000
USUAL: Final = 25
LONGEST: Final = 4000
"""Longer addresses are refused. How long they may be is attested nowhere; that they may not be of any length, is."""
APART: Final = ("childConditions", "customFieldConditions")
"""Filters that the vendor has and the sandbox does not."""
MISSING: Final = {"code": "NotFound", "message": "The record does not exist."}


@dataclass(frozen=True)
class Place:
    """What a path leads to: a list, and perhaps a record of it."""

    rows: Callable[[], Sequence[Row]]
    one: Callable[[str], Row | None]
    id: str | None = None
    writes: str | None = None
    ticket: int | None = None


class Serving:
    """One tenant's, at one moment."""

    def __init__(self, view: View, now: Callable[[], datetime], most: int, *, links: bool) -> None:
        self._view = view
        self._writing = Writing(view, now)
        self._most = most
        self._links = links

    def answer(self, call: Call, path: str) -> Reply:
        """The answer to a call with good keys."""
        if len(path) + len(urlencode(call.query)) > LONGEST:
            return Reply(414)
        place = self._place(path)
        if place is None:
            return Reply.of(MISSING, 404)
        try:
            return self._answered(call, path, place)
        except Refused as refused:
            return Reply.of(refused.body, 400)
        except Wrong as wrong:
            return Reply.of({"code": "InvalidConditions", "message": str(wrong), "errors": []}, 400)

    def _answered(self, call: Call, path: str, place: Place) -> Reply:
        match call.method, place.id:
            case "GET", None:
                return self._list(call, place.rows())
            case "GET", "count":
                return Reply.of({"count": len(found(call, place.rows()))})
            case "GET", str(id):
                row = place.one(id)
                return Reply.of(MISSING, 404) if row is None else Reply.of(row)
            case "POST", None if place.writes == "ticket":
                return self._made("service/tickets", self._writing.new_ticket(sent(call)))
            case "POST", None if place.writes == "note" and place.ticket is not None:
                return self._made("service/notes", self._writing.new_note(place.ticket, sent(call)))
            case (("PATCH" | "DELETE"), str(id)) if place.writes is not None:
                return self._change(call, place, id)
        return Reply.of({"code": "MethodNotAllowed", "message": f"{path} has no {call.method}."}, 405)

    def _made(self, path: str, id: int) -> Reply:
        return Reply.of(self._view.one(path, str(id)), 201)

    def _change(self, call: Call, place: Place, id: str) -> Reply:
        if place.one(id) is None:
            return Reply.of(MISSING, 404)
        note = place.writes == "note"
        if call.method == "DELETE":
            self._view.world.remove(*(("notes", int(id) - NOTES) if note else ("tickets", int(id))))
            return Reply(204)
        (self._writing.patch_note if note else self._writing.patch_ticket)(int(id), sent(call))
        return Reply.of(self._view.one("service/notes" if note else "service/tickets", id))

    # Places

    def _place(self, path: str) -> Place | None:
        """Where a path leads; None for nowhere."""
        parts = path.split("/")
        if path in SHAPES and path != "service/notes":
            return self._in(path)
        if len(parts) in (4, 5) and parts[0] == "service" and parts[1] in ("boards", "tickets"):
            return self._below(parts)
        parent, _, id = path.rpartition("/")
        if parent in SHAPES and parent != "service/notes":
            return self._in(parent, id)
        return None

    def _in(self, path: str, id: str | None = None) -> Place:
        writes = "ticket" if path == "service/tickets" else None
        return Place(partial(self._view.shown, path), partial(self._view.one, path), id, writes)

    def _below(self, parts: list[str]) -> Place | None:
        """The notes of a ticket, and the lists that hang under a board."""
        owner = self._view.one("/".join(parts[:2]), parts[2])
        id = parts[4] if len(parts) > 4 else None
        match parts[1], parts[3]:
            case "tickets", "notes" if owner is not None:
                rows = [row for row in self._view.shown("service/notes") if row["ticketId"] == owner["id"]]
                return among(rows, id, "note", owner["id"])
            case "boards", "statuses" if owner is not None:
                return among([status(row) for row in self._view.lists.values("status", owner["id"])], id)
            case "boards", "types" if owner is not None:
                return among([value(row) for row in self._view.lists.values("type", owner["id"])], id)
        return None

    # Pages

    def _list(self, call: Call, rows: Sequence[Row]) -> Reply:
        """A bare array: a page by its number, or forward only, with a link to the next one."""
        query = call.query
        size = max(1, min(number(query.get("pageSize"), USUAL), self._most))
        kept = found(call, rows)
        if call.headers.get("pagination-type") == "forward-only" and self._links:
            kept = sorted(
                (row for row in kept if row["id"] > number(query.get("pageId"), 0)), key=lambda row: row["id"]
            )
            link = forward(call, size, kept[size - 1]["id"]) if len(kept) > size else ""
            return listed(kept[:size], {"link": link})
        kept = ordered(kept, query.get("orderBy", ""))
        start = (max(1, number(query.get("page"), 1)) - 1) * size
        return listed(kept[start : start + size], {})


def found(call: Call, rows: Sequence[Row]) -> list[Row]:
    """The rows that the conditions want; raises `Wrong`."""
    if asked := [name for name in APART if name in call.query]:
        raise Wrong(f"the sandbox has no {asked[0]}")
    holds = condition(call.query.get("conditions", ""), call.ignored_operators)
    return [row for row in rows if holds(row)]


def ordered(rows: Sequence[Row], by: str) -> list[Row]:
    """The rows in the order asked for; without one, the newest first."""
    name, _, way = by.partition(" ")
    return sorted(
        rows,
        key=lambda row: (str(read(row, name)) if name not in ("", "id") else "", row["id"]),
        reverse=not name or way.strip().lower() == "desc",
    )


def forward(call: Call, size: int, last: int) -> str:
    """The link to the next page, at the address by which the call came."""
    kept = {name: value for name, value in call.query.items() if name != "pageId"}
    query = urlencode({**kept, "pageSize": size, "pageId": last})
    return f'<http://{call.headers["host"]}{quote(call.path)}?{query}>; rel="next"'


def listed(rows: Sequence[Row], headers: dict[str, str]) -> Reply:
    reply = Reply.of(list(rows))
    return Reply(reply.status, reply.content, {**reply.headers, **headers})


def among(rows: Sequence[Row], *more: Any) -> Place:
    """A place whose rows are known."""
    by_id = {str(row["id"]): row for row in rows}
    return Place(lambda: rows, by_id.get, *more)


def number(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isascii() and text.isdecimal() else otherwise


def sent(call: Call) -> Any:
    """The body; raises `Refused`."""
    try:
        return call.json()
    except ValueError:
        raise Refused("", "The body is no JSON.") from None
