"""Entities: any family of the vendor's, with a table made of the tenant's own metadata (wire/autotask.md 3.1, 7)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from anypsa.errors import NotFound, Unsupported
from anypsa.models import EntityKind, Sort, Trait
from anypsa.spi import (
    AMOUNT,
    FLAG,
    INSTANT,
    NUMBER,
    PICKED,
    READ,
    TEXT,
    WHOLE,
    Codec,
    Field,
    Filter,
    Flag,
    Table,
    Verb,
)

from . import families
from .metadata import FieldFacts, Fields, Information, Metadata
from .tables import CONTACTS
from .tables.names import UDF, udf

FAMILY: Final = re.compile(r"[A-Za-z][A-Za-z0-9]{2,79}", re.ASCII)
ID: Final = "id"
# Each type of the vendor's: what it is to us, its form on the wire, and how far the vendor filters by it.
TYPES: Final[Mapping[str, tuple[Sort, Codec, Filter]]] = {
    "integer": (Sort.NUMBER, WHOLE, Filter.STRICT),
    "long": (Sort.NUMBER, WHOLE, Filter.STRICT),
    "short": (Sort.NUMBER, WHOLE, Filter.STRICT),
    "byte": (Sort.NUMBER, WHOLE, Filter.STRICT),
    "string": (Sort.TEXT, TEXT, Filter.LOOSE),
    "datetime": (Sort.INSTANT, INSTANT, Filter.LOOSE),
    "double": (Sort.DECIMAL, AMOUNT, Filter.NONE),
    "decimal": (Sort.DECIMAL, AMOUNT, Filter.NONE),
    "boolean": (Sort.BOOLEAN, FLAG, Filter.STRICT),
}
WHOLE_NUMBERS: Final = frozenset({"integer", "long", "short"})
# Flags that are integers there (3.3): metadata calls them so, and people mean true and false.
INTEGER_FLAGS: Final = frozenset({(CONTACTS.path, CONTACTS.by_name["active"].wire)})


async def table(metadata: Metadata, name: str) -> Table:
    """The table of a family; raises `Unsupported` for a name that the vendor does not know."""
    if not FAMILY.fullmatch(name):
        raise unknown(name)
    try:
        information = await metadata.information(name, name)
        known = await metadata.fields(name, name)
    except NotFound as error:
        raise unknown(name) from error
    parent = parent_of(name, known)
    verbs = allowed(information, writable=parent is not None or families.child_of(name) is None)
    return Table(
        kind=kind(name, known, custom=information.customs),
        path=name,
        ascending=True,
        fields=[field(name, one, parent) for one in usable(known)],
        verbs=verbs,
        write_path=None if parent is None else written_below(name, parent),
        parent=parent,
        custom_fields=udf if information.customs else None,
        customs=UDF if information.customs else None,
    )


def unknown(name: str) -> Unsupported:
    return Unsupported(
        f"open the entity {name!r}",
        said=["Autotask knows no entity of this name"],
        hint="Entities are named in the plural, as in the paths of its API: Projects, BillingItems, TicketCategories.",
    )


def allowed(information: Information, *, writable: bool) -> Verb:
    """What this tenant's metadata says can be done."""
    verbs = READ if information.query else Verb.GET
    for can, verb in (
        (information.create, Verb.CREATE),
        (information.update, Verb.UPDATE),
        (information.delete, Verb.DELETE),
    ):
        verbs |= verb if can and writable else Verb(0)
    return verbs


def parent_of(name: str, known: Fields) -> str | None:
    """The field that names the parent below which a family is written; None for one that stands for itself."""
    found = families.child_of(name)
    wanted = () if found is None else families.references(found[0])
    return next((facts.name for wire in wanted if (facts := known.get(wire)) is not None), None)


def written_below(name: str, parent: str) -> str | None:
    found = families.child_of(name)
    return None if found is None else f"{found[0]}/{{{parent}}}/{found[1]}"


def usable(known: Fields) -> list[FieldFacts]:
    """The fields whose type we know; the others stay in `raw`."""
    own = FieldFacts(name=ID, type="long", read_only=True)
    others = [one for one in known.facts.values() if one.name != ID and (one.type in TYPES or one.options is not None)]
    return [own, *others]


def field(family: str, facts: FieldFacts, parent: str | None) -> Field:
    sort, codec, filtered = holds(family, facts)
    return Field(
        name=facts.name,
        wire=facts.name,
        codec=codec,
        filter=filtered if facts.queryable else Filter.NONE,
        # What is read-only and required can be said once, when the record is made.
        writable=facts.name != ID and (not facts.read_only or facts.required or facts.name == parent),
        picks=sort is Sort.CHOICE,
    )


def holds(family: str, facts: FieldFacts) -> tuple[Sort, Codec, Filter]:
    """What a field holds, its form on the wire, and how far the vendor filters by it."""
    if facts.name == ID or (facts.refers_to is not None and facts.type in WHOLE_NUMBERS):
        return Sort.ID, NUMBER, Filter.STRICT
    if facts.options is not None and facts.type in WHOLE_NUMBERS:
        return Sort.CHOICE, PICKED, Filter.STRICT
    if (family, facts.name) in INTEGER_FLAGS:
        return Sort.BOOLEAN, Flag(integer=True), Filter.STRICT
    return TYPES.get(facts.type, TYPES["string"])


def kind(name: str, known: Fields, *, custom: bool) -> EntityKind:
    """The kind of a family. What is read-only can be named when a record is made if it is required: it can only be said
    then."""
    facts = usable(known)
    traits = {one.name: Trait(one.name, holds(name, one)[0]) for one in facts}
    own = {"custom_fields"} if custom else set()
    writable = {one.name for one in facts if one.name != ID}
    return EntityKind(
        name,
        traits,
        creatable=writable | own,
        changeable={one.name for one in facts if one.name in writable and not one.read_only} | own,
        required={one.name for one in facts if one.name in writable and one.required and not one.read_only},
    )
