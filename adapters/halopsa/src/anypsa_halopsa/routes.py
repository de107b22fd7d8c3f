"""Routes: what a raw path of HaloPSA's API does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from anypsa.models import Visibility
from anypsa.spi import Action, Effect, Table, writing

from .codecs import whole
from .tables import ATTACHMENTS, NOTES, OF_TICKET, TABLES, TIME_ENTRIES, belongs

# Several things are Actions; the first of them names the path.
BY_PATH: Final = {table.path.casefold(): table for table in reversed(TABLES.values())}


def word(name: str) -> str:
    """Our word for what a path or an entity of the vendor's name holds; the vendor's own where we have none."""
    table = BY_PATH.get(name.casefold())
    return table.name if table is not None else WORDS.get(name.casefold(), name)


def classify(method: str, path: str, body: Any) -> Effect:
    """GET reads, DELETE deletes, POST of an array creates what has no id and updates what has one (4)."""
    parts = [part for part in path.split("/") if part]
    table = BY_PATH.get(parts[0].casefold()) if parts else None
    entity = word(parts[0]) if parts else "unknown"
    record = parts[1] if len(parts) > 1 else None
    if method == "GET":
        return Effect(Action.READ, entity, record)
    if method == "DELETE" and record is not None:
        return Effect(Action.DELETE, entity, record)
    if method != "POST" or len(parts) != 1 or not isinstance(body, list) or not body:
        return Effect(Action.UNKNOWN, entity, record)
    items = [item for item in body if isinstance(item, Mapping)]
    visibility = shown(items) if table is NOTES else offered(items) if table is ATTACHMENTS else None
    if table is NOTES and any(belongs(TIME_ENTRIES, item) for item in items):
        if visibility is not Visibility.INTERNAL or not all(belongs(TIME_ENTRIES, item) for item in items):
            return Effect(Action.UNKNOWN, entity, record)  # time and a note that customers may see, in one
        table, entity = TIME_ENTRIES, TIME_ENTRIES.name
    names = {**table.neutral_names, **WRITTEN_AS} if table is not None else {}
    fields = frozenset(names.get(str(key).casefold(), str(key)) for item in items for key in item if key != "id")
    ids = [identity(table, item) for item in items if item.get("id") is not None]
    action = Action.UPDATE if len(ids) == len(body) else Action.CREATE if not ids else Action.UNKNOWN
    return Effect(action, entity, ids[0] if len(ids) == 1 else None, fields, visibility)


def identity(table: Table | None, item: Mapping[str, Any]) -> str:
    """Our id of a record: what is of a ticket is counted within it."""
    number, ticket = whole(item["id"]), item.get(OF_TICKET_BY)
    return number if table is None or table.path not in OF_TICKET or ticket is None else f"{whole(ticket)}:{number}"


def removal(table: Table, id: str) -> Effect:
    """What a deletion does; of an entity by the vendor's name, as by any other door."""
    if table.name in TABLES:
        return writing(Action.DELETE, table.name, id, {})
    return replace(classify("DELETE", f"{table.path}/{id}", None), record=id)


def shown(items: Sequence[Mapping[str, Any]]) -> Visibility | None:
    """Who may read what raw actions say: technicians only if each is hidden and sends no mail, since an outcome's own
    default may show or mail it (7.15); None if that is not said."""
    said = [[(str(key).casefold(), value) for key, value in item.items()] for item in items]
    if any((key == HIDES and not value) or (key in MAILS and value) for item in said for key, value in item):
        return Visibility.PUBLIC
    hidden = all((HIDES, True) in item and (SENDS, False) in item for item in said)
    return Visibility.INTERNAL if hidden and said else None


def offered(items: Sequence[Mapping[str, Any]]) -> Visibility | None:
    """Whether users may see files; None if that is not said of each."""
    said = [value for item in items for key, value in item.items() if str(key).casefold() == SHOWS]
    if any(said):
        return Visibility.PUBLIC
    return Visibility.INTERNAL if said == [False] * len(items) else None


WRITTEN_AS: Final[Mapping[str, str]] = {"note_html": "body", "details_html": "description"}
"""Texts that can be written in a second form: the same fields, whoever writes which."""
WORDS: Final[Mapping[str, str]] = {"webhook": "webhook", "notification": "webhook"}
"""Our words for what has no table."""
OF_TICKET_BY: Final = "ticket_id"
HIDES: Final = "hiddenfromuser"
SENDS: Final = "sendemail"
MAILS: Final = frozenset(
    {
        *(SENDS, "emailto", "emailtonew", "emailtolistall", "emailcc", "emailccnew", "emailbcc", "sendsms", "smsto"),
        *("_sendtweet", "reply_direct"),
        *(f"send_to_{place}" for place in ("facebook", "instagram", "whatsapp", "googlebusiness")),
    }
)
"""What brings an action to somebody outside, hidden or not."""
SHOWS: Final = ATTACHMENTS.by_name["visibility"].wire
