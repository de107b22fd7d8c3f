"""Entities: any of the vendor's records by the vendor's own names. No call of theirs tells a record's fields, so that
these come from its published schema (`schema.json`, from shared/fixtures/halopsa; wire/halopsa.md 2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, Final

from anypsa.errors import OutcomeUnknown, Unsupported
from anypsa.models import EntityKind, Sort, Trait
from anypsa.spi import AMOUNT, NUMBER, READ, TEXT, WHOLE, Codec, Effect, Field, Filter, Request, Table, Verb

from . import customs, derived, queries, routes, writing
from .codecs import MOMENT, TRUTH, Fitting
from .reading import Reader, Row
from .tables import ACTIONS, OF_TICKET, TABLES

SCHEMA: Final = "schema.json"
ID, TICKET, CUSTOM = "id", "ticket_id", "custom_fields"
# Each group of the schema: what it is to us, and its form on the wire.
GROUPS: Final[Mapping[str, tuple[Sort, Codec]]] = {
    "text": (Sort.TEXT, TEXT),
    "whole": (Sort.NUMBER, WHOLE),
    "number": (Sort.DECIMAL, AMOUNT),
    "flag": (Sort.BOOLEAN, TRUTH),
    "moment": (Sort.INSTANT, MOMENT),
}
# A new action is for technicians and mails nobody, unless the caller says otherwise: an outcome's own default may (7.15).
SILENT: Final[Mapping[str, Any]] = {"hiddenfromuser": True, "sendemail": False}
CHANGED: Final = Verb.CREATE | Verb.UPDATE


@dataclass(frozen=True)
class Family:
    """What can be done with an entity. `like`: whose fields it has; `write_path`: where it is written."""

    verbs: Verb = READ
    like: str | None = None
    write_path: str | None = None


# Lists of values, and what is set up by an administrator, are only read: what a new one needs, nobody has attested (1.3).
# Quick time entries and time sheets are no lists of records: they want days, and tell one of them.
FAMILIES: Final[Mapping[str, Family]] = {
    "Tickets": Family(READ | CHANGED | Verb.DELETE),
    "Projects": Family(READ | CHANGED, like="Tickets", write_path="Tickets"),
    "Opportunities": Family(like="Tickets"),
    "Actions": Family(READ | CHANGED | Verb.DELETE),
    "Client": Family(READ | CHANGED | Verb.DELETE),
    "Site": Family(READ | CHANGED | Verb.DELETE),
    "Users": Family(READ | CHANGED | Verb.DELETE),
    "Asset": Family(READ | CHANGED | Verb.DELETE),
    "ClientContract": Family(READ | CHANGED | Verb.DELETE),
    "KBArticle": Family(READ | CHANGED | Verb.DELETE),
    "Appointment": Family(READ | CHANGED | Verb.DELETE),
    "Attachment": Family(Verb.LIST | Verb.COUNT | Verb.DELETE),  # by its id it is its content
    "Invoice": Family(),
    "RecurringInvoice": Family(like="Invoice"),
    **dict.fromkeys(("Team", "Agent", "Report", "FieldInfo"), Family()),
    **dict.fromkeys(("Status", "Priority", "TicketType", "Category", "SLA", "Workday", "Outcome"), Family()),
    **dict.fromkeys(("AssetType", "BudgetType", "CannedText", "Webhook", "Notification", "WebhookEvent"), Family()),
    "Lookup": Family(Verb.LIST | Verb.COUNT),
}
NAMES: Final = {name.casefold(): name for name in FAMILIES}


def table(name: str) -> Table:
    """The table of an entity; raises `Unsupported` for a name that is not known."""
    path = NAMES.get(name.casefold())
    if path is None:
        raise Unsupported(
            f"open the entity {name!r}",
            said=[f"those of HaloPSA that are known are {', '.join(sorted(FAMILIES))}"],
            hint="Entities are named as in the paths of its API. Any other path: psa.request(...).",
        )
    family = FAMILIES[path]
    groups = json.loads(files(__package__).joinpath(SCHEMA).read_text(encoding="utf-8"))[family.like or path]
    traits = {wire: trait(wire, group) for group, names in groups.items() for wire in names}
    twin = next((one for one in TABLES.values() if one.path == path), None)
    read_custom = None if twin is None else twin.custom_fields
    own = {CUSTOM} if read_custom is not None else set()
    writable = {wire for wire in traits if wire != ID} | own
    return Table(
        kind=EntityKind(
            path, traits, creatable=writable, changeable=writable - {TICKET} if path == ACTIONS else writable
        ),
        path=path,
        fields=[field(path, one, group_of(groups, one.name)) for one in traits.values()],
        verbs=family.verbs,
        write_path=family.write_path,
        custom_fields=read_custom,
    )


def group_of(groups: Mapping[str, Any], wire: str) -> str:
    return next(group for group, names in groups.items() if wire in names)


def trait(wire: str, group: str) -> Trait:
    return Trait(wire, Sort.ID if identifies(wire, group) else GROUPS[group][0])


def identifies(wire: str, group: str) -> bool:
    """Whether a field is the id of a record."""
    return (
        wire == ID
        or wire in queries.UUIDS
        or ((wire.endswith("_id") or wire == "lookupid") and group in ("whole", "number"))
    )


def field(path: str, known: Trait, group: str) -> Field:
    number = known.sort is Sort.ID and group != "text"
    codec = Fitting(NUMBER if number else GROUPS[group][1])
    return Field(
        name=known.name,
        wire=known.name,
        codec=codec,
        filter=Filter.STRICT if known.sort is Sort.ID and (path, known.name) in queries.PARAMETERS else Filter.NONE,
        writable=known.name != ID,
        readable=codec.fits,
        derive=derived.composite if known.name == ID and path in OF_TICKET else None,
    )


# Writing


async def create(reader: Reader, table: Table, values: Mapping[str, Any]) -> str:
    """A POST of an array without ids; the id of what was made."""
    wire = await body(reader, table, values, None)
    if table.path == ACTIONS:
        wire = {**SILENT, **wire}
    request = Request(method="POST", path=table.write_path or table.path, effect=effect(table, None, wire), json=[wire])
    answer = await reader.services.send(request)
    id = writing.written(answer, table, wire)
    if id is None:
        hint = "Look for it before you create it again."
        said = ["the vendor accepted it, but its answer names no record"]
        raise OutcomeUnknown(f"create {table.name}", said=said, hint=hint, status=answer.status)
    return id


async def update(reader: Reader, table: Table, id: str, values: Mapping[str, Any]) -> None:
    """A POST of an array with ids: exactly what is named changes."""
    row = await reader.row(table, id) if CUSTOM in values else None
    ticket, _, number = id.rpartition(":")
    wire = {ID: NUMBER.encode(number), **({TICKET: NUMBER.encode(ticket)} if ticket else {})}
    wire |= await body(reader, table, values, row)
    if table.path == ACTIONS:
        wire = {"sendemail": False, **wire}
    request = Request(method="POST", path=table.write_path or table.path, effect=effect(table, id, wire), json=[wire])
    await reader.services.send(request)
    written: dict[str, Any] = {key: wire[key] for key in customs.WHOLE if key in wire}
    if written and row is not None:
        customs.verify(f"update {table.name} {id}", written, await reader.row(table, id))


async def body(reader: Reader, table: Table, values: Mapping[str, Any], row: Row | None) -> dict[str, Any]:
    """The values in the vendor's form; texts clear with "" (4)."""
    wire = table.encode({name: value for name, value in values.items() if name != CUSTOM})
    wire |= {name: "" for name, value in wire.items() if value is None and table.kind.traits[name].sort is Sort.TEXT}
    if values.get(CUSTOM):
        wire |= await customs.merged(reader, table, values, row)
    return wire


def effect(table: Table, id: str | None, wire: Mapping[str, Any]) -> Effect:
    """What a write does is told as for any other door."""
    found = routes.classify("POST", table.write_path or table.path, [wire])
    return found if id is None else replace(found, record=id)
