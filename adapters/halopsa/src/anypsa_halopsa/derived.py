"""Derived fields: those that are told by several of the vendor's, read together (wire/halopsa.md 2, 7)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from anypsa import models
from anypsa.markup import as_text
from anypsa.spi import NUMBER, TEXT, Context, Undecodable

from .codecs import (
    AGENT,
    ASSET,
    CHOSEN,
    CONTRACT,
    CONTRACT_KINDS,
    HIDDEN,
    MOMENT,
    NO_LABELS,
    NONE,
    RECURRING,
    SLA_NAMES,
    STATES,
    TEAM_IDS,
    TEAMS,
    TRUTH,
    whole,
)

Row = Mapping[str, Any]
# Which fields of a row tell a field of ours, so that rows which agree in them are read once.
OF_STATE: Final = ("dateclosed", "hasbeenclosed", "status_id")
OF_QUEUE: Final = ("team_id", "team")
OF_PRIORITY: Final = ("priority_id", "sla_id")
OF_CATEGORY: Final = ("categoryid_1", "category_1", "category1")
OF_AUTHOR: Final = ("who_agentid", "actionby_agent_id")
OF_PERSON: Final = ("name", "firstname", "surname")
IN_USE: Final = ("inactive", "isdisabled")


def updated(row: Row, context: Context) -> datetime | None:
    """The last update, which the answer to a write spells otherwise (7.11)."""
    value = row.get("last_update") or row.get("lastupdate") or ""
    return MOMENT.decode(value, "last_update", context)


def ended(row: Row, context: Context) -> bool:
    """Whether the vendor calls a ticket closed: by its date, or by the flag where no date comes (2.5)."""
    closed = row.get("dateclosed")
    return MOMENT.decode(closed, "dateclosed", context) is not None if closed else true(row, "hasbeenclosed")


def true(row: Row, flag: str) -> bool:
    """Whether a flag is set, however it is spelled."""
    return TRUTH.decode(row.get(flag), flag, Context(""))


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
    return models.Choice.made(id, name or context.labels.get(TEAMS, NO_LABELS).get(id)) if id else None


def priority(row: Row, context: Context) -> models.Choice | None:
    """A priority; it may be called otherwise in each SLA (2.5)."""
    found: models.Choice | None = CHOSEN.decode(row.get("priority_id") or "", "priority_id", context)
    label = found and context.labels.get(SLA_NAMES, NO_LABELS).get(f"{whole(row.get('sla_id'))}/{found.id}")
    return models.Choice.made(found.id, label) if found and label else found


def category(row: Row, context: Context) -> models.Choice | None:
    """A category by its id, or by its path where only that comes (2.1)."""
    found: models.Choice | None = CHOSEN.decode(row.get("categoryid_1") or "", "categoryid_1", context)
    path = TEXT.decode(row.get("category_1") or row.get("category1") or "", "category_1", context)
    if found is not None or not path:
        return found
    known = context.labels.get("categoryid_1", NO_LABELS)
    return models.Choice.made(next((id for id, label in known.items() if label == path), path), path)


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


def asset(row: Row, context: Context) -> Any:
    """The first of a ticket's assets."""
    found = row.get("assets")
    first = found[0] if isinstance(found, list) and found else None
    id = first.get("id") if isinstance(first, Mapping) else None
    return None if id is None else ASSET.decode(id, "assets", context)


def contract(row: Row, context: Context) -> Any:
    """The contract that an action is charged to; negative numbers mark pre-pay and linked agreements (2.2)."""
    id = whole(row.get("action_contract_id"))
    return None if id in NONE or id.startswith("-") else CONTRACT.decode(id, "action_contract_id", context)


def author(row: Row, context: Context) -> Any:
    """Who wrote an action: the agent, under either of its names (2.2)."""
    id = next(
        (whole(row[name]) for name in ("who_agentid", "actionby_agent_id") if whole(row.get(name)) not in NONE), None
    )
    return None if id is None else AGENT.decode(id, "who_agentid", context)


def logged(row: Row, context: Context) -> datetime | None:
    """When an action was written down, or when it happened where that is not told."""
    value = row.get("actiondatecreated") or row.get("datetime") or ""
    return MOMENT.decode(value, "actiondatecreated", context)


def shown(row: Row, context: Context) -> models.Visibility | None:
    """Whether users see a file; None where the vendor does not say."""
    visible = row.get("showforusers")
    if visible in (None, ""):
        return None
    return models.Visibility.PUBLIC if TRUTH.decode(visible, "showforusers", context) else models.Visibility.INTERNAL


def contract_kind(row: Row, context: Context) -> models.ContractKind:
    """What a contract's type means, by the profile's word: types are the tenant's own."""
    told = context.labels.get(CONTRACT_KINDS, NO_LABELS).get(whole(row.get("contracttype")))
    return models.ContractKind.UNKNOWN if told is None else models.ContractKind(told)


def contract_type(row: Row, context: Context) -> models.Choice | None:
    return named_choice(row, "contracttype", "contracttype_name")


def contract_status(row: Row, context: Context) -> models.Choice | None:
    return named_choice(row, "status", "contract_status")


def named_choice(row: Row, wire: str, label: str) -> models.Choice | None:
    """A value whose label stands beside it in the row."""
    id = whole(row.get(wire))
    return None if id in ("", "None") else models.Choice.made(id, str(row[label]) if row.get(label) else None)


def article(row: Row, context: Context) -> str | None:
    """What an article says: the question, and what helps; plain where it comes plain, else the text of its HTML."""
    parts = [plain(row, name, context) for name in ("description", "resolution")]
    return "\n\n".join(part for part in parts if part) or None


def plain(row: Row, name: str, context: Context) -> str:
    if row.get(name):
        return TEXT.decode(row[name], name, context)
    return as_text(TEXT.decode(row.get(f"{name}_html") or "", name, context))


def recurring(row: Row, context: Context) -> bool:
    return row.get(RECURRING) is True


def invoice(row: Row, context: Context) -> str:
    number = NUMBER.decode(row.get("id"), "id", context)
    return f"recurring:{number}" if recurring(row, context) else str(number)


def invoice_number(row: Row, context: Context) -> str | None:
    value = row.get("invoicenumber") or row.get("thirdpartyinvoicenumber")
    return TEXT.decode(value, "invoicenumber", context) if value else None


def paid(row: Row, context: Context) -> bool:
    """Whether an invoice has a day on which it was paid."""
    return MOMENT.decode(row.get("datepaid") or "", "datepaid", context) is not None


def due(row: Row, context: Context) -> datetime | None:
    return MOMENT.decode(row.get("duedate") or row.get("due_date") or "", "duedate", context)


SELECTS: Final = frozenset({"2", "3"})
"""Types of custom fields whose value is a number and whose `display` is what people see."""


class Labelled(dict[str, str | None]):
    """Custom fields by what people call them; the vendor's own names (CFSiteCode) find them as well."""

    def __init__(self) -> None:
        super().__init__()
        self._aliases: dict[str, str] = {}

    def add(self, item: Row, value: str | None) -> None:
        """One field; of two with one label, the second goes by the vendor's name."""
        name, label = str(item["name"]), str(item.get("label") or item["name"])
        key = name if label in self else label
        self[key] = value
        self._aliases[name] = key

    def __missing__(self, key: str) -> str | None:
        return self[self._aliases[key]]

    def get(self, key: str, default: Any = None) -> Any:
        return super().get(self._aliases.get(key, key), default)

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or key in self._aliases


def customs(row: Row) -> dict[str, str | None]:
    """Custom fields; of those that are picked from a list, what people see. Lists leave them out."""
    found = Labelled()
    for item in entries(row.get("customfields")):
        if isinstance(item.get("name"), str):
            found.add(item, held(item, selected=whole(item.get("type")) in SELECTS))
    return found


def of_asset(row: Row) -> dict[str, str | None]:
    """The fields that an asset has by its type, and the custom ones."""
    found = Labelled()
    for item in entries(row.get("fields")):
        if isinstance(item.get("name"), str):
            found.add({"name": item["name"]}, held(item, selected=bool(item.get("display"))))
    for item in entries(row.get("customfields")):
        if isinstance(item.get("name"), str):
            found.add(item, held(item, selected=whole(item.get("type")) in SELECTS))
    return found


def held(item: Row, *, selected: bool) -> str | None:
    """What a field holds, for people; a selected value of 0 is none."""
    value = item.get("value")
    if value in (None, "") or (selected and whole(value) in NONE):
        return None
    return str(item.get("display") or value) if selected else str(value)


def entries(items: Any) -> list[Mapping[str, Any]]:
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise Undecodable("not a list of fields")
    return items
