"""Custom fields, an asset's fields, a ticket's assets: lists within a record, which a write replaces whole. They are
read, changed, written, and read again (wire/halopsa.md 2.4, 2.6, 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from anypsa.errors import Conflict, Invalid, NotFound, PermissionDenied, Problem
from anypsa.spi import NUMBER, CustomField, Option, Table

from . import paging, queries
from .codecs import NONE, whole
from .derived import SELECTS, entries
from .reading import LISTS_KEPT, Reader, Row
from .tables import ASSETS, ENVELOPES

CUSTOM: Final = "customfields"
TYPED: Final = "fields"
"""The fields that an asset has by its type; they are in details alone."""
OF_TYPE: Final = "type"
OF_OTHERS: Final = "others"
"""Where fields are looked for beside those that the record holds: in its type, and in another record."""
ATTACHED: Final = "assets"
WHOLE: Final = (CUSTOM, TYPED, ATTACHED)
TYPES: Final[Mapping[str, str]] = {
    "0": "text",
    "1": "memo",
    "2": "single select",
    "3": "multi select",
    "4": "date",
    "5": "time",
    "6": "checkbox",
    "10": "rich text",
}


# Definitions


async def definitions(reader: Reader) -> Sequence[Row]:
    """The tenant's custom fields of all its entities; none for who may not see the configuration."""
    return await reader.services.once("custom fields", partial(_definitions, reader), ttl=LISTS_KEPT)


async def _definitions(reader: Reader) -> Sequence[Row]:
    try:
        return paging.rows(await reader.read("FieldInfo", "field", {"includevalues": "true"}), None).rows
    except (NotFound, PermissionDenied):
        return ()


def shown(row: Row) -> CustomField:
    """A definition in neutral words."""
    kind = TYPES.get(whole(row.get("type")), "text")
    options = [Option(whole(one.get("id")), str(one.get("name"))) for one in entries(row.get("values"))]
    name = str(row.get("name"))
    return CustomField(str(row.get("label") or name), kind, name, row.get("mandatory") is True, options)


# Changes


async def merged(reader: Reader, table: Table, values: Mapping[str, Any], row: Row | None) -> dict[str, Any]:
    """The lists with the named fields changed and all others as they are; raises `Invalid` for what is not there."""
    held: dict[str, list[Row]] = {CUSTOM: entries((row or {}).get(CUSTOM))}
    known = await definitions(reader)
    doubtful = {
        name for name in values["custom_fields"] if len(called(name, known)) > 1 > len(called(name, held[CUSTOM]))
    }
    if doubtful:
        held[OF_OTHERS] = await of_others(reader, table)
    if table is ASSETS:
        held[TYPED] = entries((row or {}).get(TYPED))
        if any(place(name, held, known)[1] is None for name in values["custom_fields"]):
            kind = values.get("kind") or whole((row or {}).get(ASSETS.by_name["kind"].wire))
            held[OF_TYPE] = await of_type(reader, kind)
    written: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for name, value in values["custom_fields"].items():
        key, item = place(name, held, known)
        if key == CUSTOM and name in doubtful and item is not None and not called(name, held[OF_OTHERS]):
            names = tuple(str(one.get("name")) for one in called(name, known))
            problems.append(Problem(name, "several entities have a field of this label", allowed=names))
            continue
        if item is None:
            allowed = tuple(dict.fromkeys(str(one.get("name")) for items in (*held.values(), known) for one in items))
            problems.append(Problem(name, "there is no such custom field", allowed=allowed))
            continue
        try:
            written.setdefault(key, {})[whole(item.get("id"))] = on_the_wire(item, value, known)
        except ValueError as reason:
            problems.append(Problem(name, str(reason), value=value))
    if problems:
        raise Invalid(f"write the custom fields of a {table.name}", problems=problems, hint="Nothing was sent.")
    return {
        key: [{"id": int(id), "value": value} for id, value in ({**current(held[key], row), **changes}).items()]
        for key, changes in written.items()
    }


async def of_others(reader: Reader, table: Table) -> list[Row]:
    """The custom fields of an entity, from one of its records: several entities may have fields of one label, and of
    which a definition is, nobody says in numbers that are known (2.6)."""
    return await reader.services.once(f"custom fields {table.name}", partial(_of_others, reader, table), ttl=LISTS_KEPT)


async def _of_others(reader: Reader, table: Table) -> list[Row]:
    query = {**queries.EVERYTHING.get(table.path, {}), **paging.parameters(1, 1)}
    found = paging.rows(await reader.read(table.path, table.name, query), ENVELOPES.get(table.path)).rows
    return entries((await reader.row(table, paging.identity(found[0]))).get(CUSTOM)) if found else []


def called(name: str, items: Sequence[Row]) -> list[Row]:
    """The fields that go by a name or a label."""
    wanted = name.strip().casefold()
    return [
        one for one in items if wanted in {str(one.get(word) or "").strip().casefold() for word in ("name", "label")}
    ]


def current(items: Sequence[Row], row: Row | None) -> dict[str, Any]:
    """What the neighbours hold, by id; nothing in a new record."""
    return {} if row is None else {whole(one.get("id")): one.get("value", "") for one in items}


async def of_type(reader: Reader, kind: str) -> list[Row]:
    """The fields of a type of asset: an asset tells only those that hold something."""
    if kind in NONE:
        return []
    try:
        body = (await reader.read("AssetType/{id}", "asset", {"includedetails": "true"}, id=kind)).json()
    except (NotFound, PermissionDenied):
        return []
    items = entries(body.get(TYPED)) if isinstance(body, dict) else []
    return [{"id": one.get("field_id", one.get("id")), "name": one.get("name") or one.get("label")} for one in items]


def place(name: str, held: Mapping[str, Sequence[Row]], known: Sequence[Row]) -> tuple[str, Row | None]:
    """In which list a field stands, and as what; by its name or its label."""
    for key, items in (
        (TYPED, held.get(TYPED, ())),
        (CUSTOM, held[CUSTOM]),
        (TYPED, held.get(OF_TYPE, ())),
        (CUSTOM, held.get(OF_OTHERS, ())),
        (CUSTOM, known),
    ):
        if found := called(name, items):
            return key, found[0]
    return CUSTOM, None


def on_the_wire(item: Row, value: str | None, known: Sequence[Row]) -> Any:
    """A value as the vendor wants it: of a list, the number of the one that people call so."""
    if value is None:
        return ""  # text clears with "" (4)
    if whole(item.get("type")) not in SELECTS:
        return value
    definition = next((one for one in known if whole(one.get("id")) == whole(item.get("id"))), item)
    options = shown(definition).options
    fitting = [one.id for one in options if value.strip().casefold() in (one.label.strip().casefold(), one.id)]
    if options and len(fitting) != 1:
        raise ValueError(f"is not one of {', '.join(one.label for one in options)}")
    return fitting[0] if fitting else value


def assets(wanted: str | None, row: Row | None) -> list[dict[str, Any]]:
    """A ticket's assets with another first one; the others stay. None takes all of them away."""
    held = [whole(one.get("id")) for one in entries((row or {}).get(ATTACHED))]
    ids = [] if wanted is None else [wanted, *(id for id in held[1:] if id != wanted)]
    return [{"id": NUMBER.encode(id)} for id in ids]


# After the write


def verify(tried: str, written: Mapping[str, Sequence[Row]], row: Row) -> None:
    """Raises `Conflict` if a list is not what was written: somebody else wrote it meanwhile, or a rule did."""
    problems = []
    for key, items in written.items():
        found = {whole(one.get("id")): one for one in entries(row.get(key))}
        for item in items:
            there, name = found.get(whole(item["id"])), NEUTRAL[key]
            if there is None or ("value" in item and not alike(there.get("value"), item["value"])):
                problems.append(Problem(name, f"{(there or item).get('name', item['id'])} was not stored as sent"))
        if key == ATTACHED and found.keys() - {whole(one["id"]) for one in items}:
            problems.append(Problem(NEUTRAL[key], "there are others than were sent"))
    if problems:
        raise Conflict(
            tried,
            said=["the vendor accepted the change, and holds something else now"],
            problems=problems,
            hint="Somebody may have written at the same time. Read the record again and decide anew.",
        )


def alike(held: Any, sent: Any) -> bool:
    """Whether a value came back as it went, in whichever of the ways it is spelled."""
    empty = (None, "")
    return (held in empty and sent in empty) or whole(held).casefold() == whole(sent).casefold()


NEUTRAL: Final[Mapping[str, str]] = {CUSTOM: "custom_fields", TYPED: "custom_fields", ATTACHED: "asset"}
