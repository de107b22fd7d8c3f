"""Metadata: what a tenant says of an entity: its fields, picklists and user-defined fields (wire/autotask.md 7).

Values of picklists are strings here and integers in records; both become text, once. Everything is kept for a while
and asked for once however many want it; what a refusal shows to be out of date is asked for again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, Final, NamedTuple

from anypsa.errors import NotFound, PermissionDenied
from anypsa.spi import Answer, CustomField, Option, Request, Services, reading

from . import rows
from .tables.names import Named

KEPT: Final = 600.0


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """What the tenant's metadata says of one field."""

    name: str
    type: str = "string"
    length: int | None = None
    required: bool = False
    read_only: bool = False
    queryable: bool = True
    refers_to: str | None = None
    parent: str | None = None
    options: Sequence[Option] | None = None
    """The values of a picklist; None for what is no picklist in this tenant."""


@dataclass(frozen=True)
class Fields:
    """The fields of an entity, by wire name without case: names were spelled otherwise in 2020."""

    facts: Mapping[str, FieldFacts] = field(default_factory=dict)

    def __contains__(self, wire: str) -> bool:
        """Whether the field is a picklist in this tenant."""
        known = self.get(wire)
        return known is not None and known.options is not None

    def get(self, wire: str) -> FieldFacts | None:
        """What is known of a field."""
        return self.facts.get(wire.casefold())

    def of(self, wire: str) -> Sequence[Option]:
        """The values of a field; none for a field that is no picklist in this tenant."""
        known = self.get(wire)
        return () if known is None or known.options is None else known.options

    def labels(self, wire: str) -> Mapping[str, str]:
        """Labels by id, inactive values included: old records keep them."""
        return self._labels.get(wire.casefold(), {})

    @cached_property
    def _labels(self) -> Mapping[str, Mapping[str, str]]:
        return {name: labelled(one.options) for name, one in self.facts.items() if one.options is not None}


NOTHING_KNOWN: Final = Fields()


def labelled(options: Sequence[Option]) -> dict[str, str]:
    """Labels by id."""
    return {option.id: option.label for option in options}


class Information(NamedTuple):
    """What can be done with an entity, and whether it has user-defined fields."""

    create: bool
    update: bool
    delete: bool
    query: bool
    customs: bool


class Metadata:
    """The metadata of one tenant."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def fields(self, path: str, entity: str) -> Fields:
        """The fields of what stands on a path; raises `NotFound` or `PermissionDenied`."""
        return await self._services.once(f"fields {path}", partial(self._ask_fields, path, entity), ttl=KEPT)

    async def _ask_fields(self, path: str, entity: str) -> Fields:
        return fields(await self._asked(f"{path}/entityInformation/fields", entity))

    async def readable(self, path: str, entity: str) -> Fields:
        """The fields, or none where the user may not see metadata: records are still worth having without labels."""
        try:
            return await self.fields(path, entity)
        except (NotFound, PermissionDenied):
            return NOTHING_KNOWN

    async def _asked(self, path: str, entity: str) -> Answer:
        return await self._services.send(Request.read("GET", path, reading(entity)))

    async def customs(self, path: str, entity: str) -> Sequence[CustomField]:
        """The user-defined fields; an entity that cannot have any does not have the route (7)."""
        return await self._services.once(f"udf {path}", partial(self._ask_customs, path, entity), ttl=KEPT)

    async def _ask_customs(self, path: str, entity: str) -> Sequence[CustomField]:
        try:
            return custom_fields(await self._asked(f"{path}/entityInformation/userDefinedFields", entity))
        except NotFound:
            return ()

    async def information(self, path: str, entity: str) -> Information:
        """What can be done with an entity."""
        answer = await self._asked(f"{path}/entityInformation", entity)
        match rows.folded(answer.json()):
            case {"info": dict(info)}:
                can = {key: value is True for key, value in rows.folded(info).items()}
                names = ("cancreate", "canupdate", "candelete", "canquery", "hasuserdefinedfields")
                return Information(*(can.get(name, False) for name in names))
        raise answer.unintelligible("it says nothing of the entity")

    async def refreshed(self, path: str, entity: str) -> Fields:
        """The fields as they are now: a refused value may mean that what is remembered is out of date."""
        for kept in ("fields", "udf", "entity"):
            self._services.forget(f"{kept} {path}")
        return await self.readable(path, entity)

    async def named(self, listed: Named, entity: str) -> Sequence[Option]:
        """The records of an entity that is a list of values to us."""
        return await self._services.once(f"list {listed.path}", partial(self._ask_named, listed, entity), ttl=KEPT)

    async def readable_named(self, listed: Named, entity: str) -> Sequence[Option]:
        """The same, or none where the user may not see them."""
        try:
            return await self.named(listed, entity)
        except (NotFound, PermissionDenied):
            return ()

    async def _ask_named(self, listed: Named, entity: str) -> Sequence[Option]:
        found = await rows.all_of(self._services, listed.path, reading(entity), rows.EVERY_ROW)
        return [
            Option(
                id,
                str(row.get(listed.label) or id),
                active=listed.active is None or row.get(listed.active) is not False,
            )
            for row in found
            if (id := rows.number(row.get("id"))) is not None
        ]


def fields(answer: Answer) -> Fields:
    """The fields in an answer of `entityInformation/fields`."""
    return Fields({entry["name"].casefold(): facts(entry) for entry in entries(answer)})


def facts(entry: Mapping[str, Any]) -> FieldFacts:
    length, refers, parent = (
        rows.number(entry.get("length")),
        entry.get("referenceentitytype"),
        entry.get("picklistparentvaluefield"),
    )
    return FieldFacts(
        name=entry["name"],
        type=str(entry.get("datatype") or "string").casefold(),
        length=int(length) or None if length is not None else None,
        required=entry.get("isrequired") is True,
        read_only=entry.get("isreadonly") is True,
        queryable=entry.get("isqueryable") is not False,
        refers_to=refers if isinstance(refers, str) and refers else None,
        parent=parent if isinstance(parent, str) and parent else None,
        options=options(entry) if isinstance(entry.get("picklistvalues"), list) else None,
    )


def custom_fields(answer: Answer) -> list[CustomField]:
    """The user-defined fields in an answer of `entityInformation/userDefinedFields`: `type`, not `dataType`."""
    return [
        CustomField(
            name=entry["name"],
            type=str(entry.get("type") or entry.get("datatype") or "string"),
            label=entry.get("label"),
            required=entry.get("isrequired") is True,
            options=options(entry),
        )
        for entry in entries(answer)
    ]


def entries(answer: Answer) -> list[Mapping[str, Any]]:
    """What is said of each field, by words without case."""
    listed = rows.folded(answer.json()).get("fields")
    found = [rows.folded(one) for one in listed] if isinstance(listed, list) else [{}]
    if not all(isinstance(one.get("name"), str) for one in found):
        raise answer.unintelligible("it lists no fields")
    return found


def options(entry: Mapping[str, Any]) -> list[Option]:
    values = entry.get("picklistvalues")
    return [
        Option(
            id=str(value["value"]),
            label=str(value.get("label") or value["value"]),
            active=value.get("isactive") is not False,
            parent=str(value["parentvalue"]) if value.get("parentvalue") not in (None, "") else None,
            default=value.get("isdefaultvalue") is True,
        )
        for value in (map(rows.folded, values) if isinstance(values, list) else ())
        if value.get("value") is not None
    ]
