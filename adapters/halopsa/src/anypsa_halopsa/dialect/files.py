"""Files: a data URI goes up, bytes or a link to them come down, lists are JSON (wire/halopsa.md 2.6, 7.20)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

from anypsa_sandbox import Reply

from . import actions
from .values import NOTHING, Refused, Row, missing, moment, whole, without_nulls
from .view import View

DATA_URI: Final = re.compile(r"data:(?P<type>[\w/+.-]+);base64,(?P<data>.*)", re.DOTALL)
STORE: Final = "/files/"
"""Where the sandbox's store of files is: on another host than the API, as a content network is."""


def attach(sent: Mapping[str, Any], view: View) -> dict[str, Any]:
    """A file comes as a data URI, for a ticket and perhaps one of its actions."""
    found = DATA_URI.fullmatch(str(sent.get("data_base64", "")))
    try:
        content = base64.b64decode(found["data"], validate=True) if found else None
    except binascii.Error:
        content = None
    if found is None or content is None or not sent.get("filename"):
        raise missing("File")
    ticket = whole(sent.get("ticket_id") or 0)
    if view.row("tickets", ticket) is None:
        raise Refused("The ticket does not exist")
    note, number = None, sent.get("action_id")
    if number not in NOTHING:
        action = actions.one({"ticket_id": str(ticket)}, str(whole(number)), view)
        if action is None:
            raise Refused("The action does not exist")
        note = {"note" if action.table == actions.NOTES else "time_entry": action.row["id"]}
    id = view.world.add(
        "attachments",
        {
            "ticket": ticket,
            **(note or {}),
            "name": sent["filename"],
            "title": sent.get("note") or sent["filename"],
            "media_type": found["type"],
            "size": len(content),
            "content": base64.b64encode(content).decode(),
            "visibility": "public" if sent.get("showforusers", True) else "internal",
            "author": 1,
            "created": view.now(),
        },
    )
    return shown(view.by_id("attachments")[id], view, "")


def shown(row: Row, view: View, store: str) -> dict[str, Any]:
    """A row; with links only where the tenant has them."""
    link = f"{store}{STORE}{key(row)}" if "attachment_links" in view.quirks else None
    return without_nulls(
        {
            "id": row["id"],
            "unique_id": row["id"],
            "filename": row["name"],
            "datecreated": moment(row["created"]),
            "note": row["title"],
            "desc": row["title"],
            "filesize": row["size"],
            "type": 0,
            "isimage": str(row["media_type"]).startswith("image/"),
            "showforusers": row["visibility"] == "public",
            "ticket_id": row["ticket"],
            "action_id": action_number(row, view),
            "link": link,
            "att_link": link,
        }
    )


def action_number(row: Row, view: View) -> int:
    """The number of the action that a file hangs on; 0 for the ticket itself."""
    wanted = {(actions.NOTES, row["note"]), (actions.TIME, row["time_entry"])}
    found = actions.of_ticket(row["ticket"], view)
    return next((one.number for one in found if (one.table, one.row["id"]) in wanted), 0)


def listed(query: Mapping[str, str], view: View, store: str) -> dict[str, Any]:
    """The files of a ticket, or of one of its actions, without their contents."""
    ticket, action = query.get("ticket_id", ""), query.get("action_id", "")
    own = view.grouped("attachments", "ticket").get(int(ticket), []) if ticket.isdigit() else []
    rows = [shown(one, view, store) for one in own]
    if action.isdigit() and int(action):
        rows = [one for one in rows if one["action_id"] == int(action)]
    return {
        "type": 0,
        "unique_id": 0,
        "ticket_id": int(ticket) if ticket.isdigit() else 0,
        "action_id": int(action) if action.isdigit() else 0,
        "page_no": 1,
        "page_size": len(rows),
        "record_count": len(rows),
        "attachments": rows,
        "folders": [],
    }


def download(id: str, view: View, store: str) -> Reply:
    """A file by its id is its content, with its own type, and no JSON; unless the tenant gives a link to it."""
    row = view.row("attachments", int(id) if id.isdigit() else None)
    if row is None:
        return Reply(404)
    return Reply.of(shown(row, view, store)) if "attachment_links" in view.quirks else content(row)


def content(row: Row) -> Reply:
    return Reply(200, base64.b64decode(row["content"] or ""), {"content-type": row["media_type"]})


def key(row: Row) -> str:
    """A secret name: who has the link has the file."""
    return hashlib.sha256(f"{row['id']}/{row['name']}".encode()).hexdigest()[:32]
