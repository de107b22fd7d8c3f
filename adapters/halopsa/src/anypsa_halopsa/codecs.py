"""Codecs: HaloPSA's own ways with values (wire/halopsa.md 7). Sentinels are told field by field, never globally."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from anypsa import models
from anypsa.markup import as_text, sanitised
from anypsa.spi import INSTANT, NUMBER, PICKED, TEXT, Codec, Context, Pointer, Undecodable

FIRST_REAL_YEAR: Final = 1981
UNKNOWN_CLIENT: Final = "1"
UNASSIGNED: Final = "1"
NONE: Final = frozenset({"", "0", "-1", "None"})
# What decoding is told beside the labels of fields.
STATES: Final = "state"
TEAM_IDS: Final = "team ids"
TEAMS: Final = "teams"
SLA_NAMES: Final = "priorities by SLA"
NO_LABELS: Final[Mapping[str, str]] = {}


def whole(value: Any) -> str:
    """A number as its plain text, from 21, 21.0 or "21" (7.4); what is none stays as it is."""
    return str(value).strip().removesuffix(".0")


class Unless(Codec):
    """A codec, but for the values that mean "none" in this field."""

    def __init__(self, codec: Codec, *none: Any) -> None:
        self.codec = codec
        self.none = frozenset(map(str, none))

    def decode(self, value: Any, wire: str, context: Context) -> Any:
        plain = whole(value)
        return None if plain in self.none or plain == "" else self.codec.decode(value, wire, context)

    def encode(self, value: Any) -> Any:
        return self.codec.encode(value)


class Moment(Codec):
    """A time: naive text that means UTC; years up to 1980 mean that there is none."""

    def decode(self, value: Any, wire: str, context: Context) -> datetime | None:
        if value == "":
            return None
        moment: datetime = INSTANT.decode(value, wire, context)
        return moment if moment.year >= FIRST_REAL_YEAR else None

    def encode(self, value: Any) -> str:
        return INSTANT.encode(value)


class Company(Codec):
    """A client; a record without one belongs to client 1, which is "Unknown" (2.3)."""

    def decode(self, value: Any, wire: str, context: Context) -> Any:
        return CLIENT.decode(UNKNOWN_CLIENT if whole(value) in NONE else value, wire, context)

    def encode(self, value: Any) -> Any:
        return CLIENT.encode(value)


class Hidden(Codec):
    """A flag that says the opposite of ours: `inactive` for `active`."""

    def decode(self, value: Any, wire: str, context: Context) -> bool:
        return str(value).lower() not in ("true", "1")

    def encode(self, value: bool) -> bool:
        return not value


class SafeMarkup(Codec):
    """HTML that customers wrote, made safe to show."""

    def decode(self, value: Any, wire: str, context: Context) -> str:
        return sanitised(TEXT.decode(value, wire, context))

    def encode(self, value: Any) -> Any:
        return value


CLIENT: Final = Pointer(models.Company)
COMPANY: Final = Company()
MOMENT: Final = Moment()
HIDDEN: Final = Hidden()
MARKUP: Final = SafeMarkup()
CHOSEN: Final = Unless(PICKED, 0, -1)


# Fields that are told by several of the vendor's, read together.

Row = Mapping[str, Any]


def company(row: Row, context: Context) -> Any:
    """Whose a record is; null fields are left out, and a record of nobody is Unknown's."""
    value = row.get("client_id")
    return COMPANY.decode("" if value is None else value, "client_id", context)


def updated(row: Row, context: Context) -> datetime | None:
    """The last update, which the answer to a write spells otherwise (7.11)."""
    value = row.get("last_update") or row.get("lastupdate") or ""
    return MOMENT.decode(value, "last_update", context)


def ended(row: Row, context: Context) -> bool:
    """Whether the vendor calls a ticket closed: by its date, or by the flag where no date comes (2.5)."""
    closed = row.get("dateclosed")
    return MOMENT.decode(closed, "dateclosed", context) is not None if closed else row.get("hasbeenclosed") is True


def state(row: Row, context: Context) -> models.State:
    """A ticket with a date of closure is closed; the profile may say more of a status; anything else is open."""
    if ended(row, context):
        return models.State.CLOSED
    return models.State(context.labels.get(STATES, NO_LABELS).get(whole(row.get("status_id")), models.State.OPEN))


def queue(row: Row, context: Context) -> models.Choice | None:
    """A team: rows carry its name, and in newer versions its id; filters take the id (7.7)."""
    id, name = whole(row.get("team_id")), TEXT.decode(row.get("team") or "", "team", context)
    if id in NONE:
        id = context.labels.get(TEAM_IDS, NO_LABELS).get(name.strip().casefold(), name)
    return models.Choice(id=id, label=name or context.labels.get(TEAMS, NO_LABELS).get(id)) if id else None


def priority(row: Row, context: Context) -> models.Choice | None:
    """A priority; it may be called otherwise in each SLA (2.5)."""
    found: models.Choice | None = CHOSEN.decode(row.get("priority_id") or "", "priority_id", context)
    label = found and context.labels.get(SLA_NAMES, NO_LABELS).get(f"{whole(row.get('sla_id'))}/{found.id}")
    return models.Choice(id=found.id, label=label) if found and label else found


def category(row: Row, context: Context) -> models.Choice | None:
    """A category by its id, or by its path where only that comes (2.1)."""
    found: models.Choice | None = CHOSEN.decode(row.get("categoryid_1") or "", "categoryid_1", context)
    path = TEXT.decode(row.get("category_1") or row.get("category1") or "", "category_1", context)
    if found is not None or not path:
        return found
    known = context.labels.get("categoryid_1", NO_LABELS)
    return models.Choice(id=next((id for id, label in known.items() if label == path), path), label=path)


def body(row: Row, context: Context) -> str:
    """A note's text, or that of its HTML where only that comes (7.14)."""
    if row.get("note"):
        return TEXT.decode(row["note"], "note", context)
    return as_text(TEXT.decode(row.get("note_html") or "", "note_html", context))


def visibility(row: Row, context: Context) -> models.Visibility | None:
    """Whether an action is hidden from the user."""
    hidden = row.get("hiddenfromuser")
    if hidden in (None, ""):
        return None
    return models.Visibility.INTERNAL if str(hidden).lower() in ("true", "1") else models.Visibility.PUBLIC


def composite(row: Row, context: Context) -> str:
    """An action's id counts within its ticket, so the key is both: "4321:7" (2.2)."""
    if row.get("ticket_id") is None or row.get("id") is None:
        raise Undecodable("without its ticket")
    ticket, number = (NUMBER.decode(row[name], name, context) for name in ("ticket_id", "id"))
    return f"{ticket}:{number}"


def active(row: Row, context: Context) -> bool:
    """Whether a record is in use: those that do not say otherwise are, since null fields are left out."""
    return all(HIDDEN.decode(row.get(flag), flag, context) for flag in ("inactive", "isdisabled"))


def first_name(row: Row, context: Context) -> str | None:
    """The first name, or the part before the last of a name that comes whole: null fields are left out."""
    return named(row)[0]


def last_name(row: Row, context: Context) -> str | None:
    """The last name, or the last part of a name that comes whole."""
    return named(row)[1]


def named(row: Row) -> tuple[str | None, str | None]:
    first, last = row.get("firstname") or None, row.get("surname") or None
    if first is None and last is None:
        before, _, after = str(row.get("name") or "").strip().rpartition(" ")
        first, last = (before or None, after or None) if before else (after or None, None)
    return first, last
