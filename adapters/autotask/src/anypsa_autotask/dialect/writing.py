"""Writing: what is stored, and what else happens then (wire/autotask.md 3.2, 5). What it refuses is in `rules`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from anypsa_sandbox import World
from anypsa_sandbox.world.schema import COLUMNS, MOMENTS
from anypsa_sandbox.world.seeding import API_USER

from . import filters, rules, texts
from .customs import Customs
from .mapping import Column
from .rules import general, tickets
from .rules.situation import Situation
from .schema import EntityFact, FieldFact
from .shown import shown
from .stamps import NUMBERED, STAMPED, Stamping
from .tenants import Tenant

FIXED: Final[Mapping[str, frozenset[str]]] = {
    "Contacts": frozenset({"companyID"}),
    "ConfigurationItems": frozenset({"companyID"}),
    "Contracts": frozenset({"companyID", "contractType"}),
    "ContractServices": frozenset({"contractID", "serviceID"}),
    "Projects": frozenset({"companyID"}),
}
"""Fields that can be set when a record is made and never after, although metadata calls them read-only (3.3)."""
MODELLED: Final = frozenset({"userdefinedfields", "soapparentpropertyid"})
"""What every model of the vendor's Swagger has (SW20): clients made from it send both, null or empty, of any entity."""
IMPERSONATOR: Final = "impersonator"
STORED_FILE: Final = "FILE_ATTACHMENT"


@dataclass(frozen=True)
class Writer:
    """Writes one entity of one tenant, at one moment, below a parent if the path names one.

    `actor` is who writes; `impersonated` if that is somebody for whom the API user speaks.
    """

    entity: EntityFact
    tenant: Tenant
    now: datetime
    parent: int | None
    actor: int = API_USER
    impersonated: bool = False

    @property
    def world(self) -> World:
        """The tenant's."""
        return self.tenant.world

    def create(self, body: Any) -> int:
        """Stores a new record and returns its id."""
        own = shown(self.entity.path)
        given = self._given(body, new=True)
        if own.parent is not None and self.parent is not None:
            given[own.parent] = self.parent
        general.complete(self.entity, given)
        if given.get("attachmentType") == STORED_FILE and not given.get("data"):
            raise texts.required(self.entity.name, "data")
        values = {**own.fixed, **self._checked(given, {}, {})}
        self._obey(given, {}, values)
        stamps = Stamping(self.tenant, own.table, self.actor, self.now, values).stamps()
        id = self.world.add(own.table, {**values, **stamps, **self._impersonation(values, new=True)})
        self._consequences({**values, **stamps, "id": id}, given, new=True)
        return id

    def update(self, body: Any, *, replace: bool) -> int:
        """Changes the fields that are named; a PUT clears the others."""
        own = shown(self.entity.path)
        given = self._given(body, new=False)
        id = filters.whole(given.pop("id", None))
        before = self.world.row(own.table, id)
        if before is None or not self._ours(before):
            raise texts.Refused(f"{self.entity.name} {id}: No matching records found.")
        if replace:
            given = {**{name: None for name, fact in self.entity.fields.items() if self._clears(fact)}, **given}
        general.not_cleared(self.entity, given)
        values = self._checked(given, before, own.fixed)
        self._obey(given, before, values)
        if own.table == "tickets" and tickets.lies(self._situation(given, before, values)):
            del values["contract"]
        stamps = Stamping(self.tenant, own.table, self.actor, self.now, {**before, **values}, id).stamps()
        self.world.change(own.table, id, {**values, **stamps, **self._impersonation(values, new=False)})
        self._consequences({**before, **values, **stamps}, given, new=False)
        return id

    def _situation(self, given: Mapping[str, Any], before: Mapping[str, Any], values: Mapping[str, Any]) -> Situation:
        return Situation(self.world, self.tenant.switches, given, before, {**before, **values})

    def _obey(self, given: Mapping[str, Any], before: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        rules.obey(shown(self.entity.path).table, self._situation(given, before, values))

    def _ours(self, row: Mapping[str, Any]) -> bool:
        """Whether a row is the entity's, and belongs to the parent that the path names."""
        own = shown(self.entity.path)
        if any(row[name] != value for name, value in own.fixed.items()):
            return False
        return self.parent is None or own.parent is None or row[own.columns[own.parent].name] == self.parent

    def _clears(self, fact: FieldFact) -> bool:
        fixed = FIXED.get(self.entity.path, frozenset())
        return not (fact.read_only or fact.name in ("id", shown(self.entity.path).parent) or fact.name in fixed) and (
            not self._servers(fact)
        )

    def _servers(self, fact: FieldFact) -> bool:
        """Whether only the server writes a field."""
        own = shown(self.entity.path)
        column = own.columns.get(fact.name)
        if column is None:
            return fact.name.startswith(IMPERSONATOR)
        numbered = column.name == "number" and own.table in NUMBERED
        return numbered or column.name in STAMPED or column.sql is not None

    def _given(self, body: Any, *, new: bool) -> dict[str, Any]:
        """The body's fields under their proper names; what only the server writes is ignored, what is unknown refused."""
        if not isinstance(body, dict):
            raise texts.Refused(texts.QUERY_MODEL)
        fixed = FIXED.get(self.entity.path, frozenset())
        given: dict[str, Any] = {}
        for name, value in body.items():
            if name.casefold() in MODELLED and not value:
                continue
            if name.casefold() == "userdefinedfields" and "custom" in COLUMNS[shown(self.entity.path).table]:
                given["userDefinedFields"] = value
                continue
            fact = self.entity.by_folded.get(name.casefold())
            if fact is None:
                raise texts.unknown_field(name, self.entity.name)
            if fact.name == "id" and isinstance(value, str):
                raise texts.Refused(f'Error converting value "{value}": expects type number.')  # text I, rule 3.3
            settable = new if fact.name in fixed else not fact.read_only
            if settable and not self._servers(fact):
                given[fact.name] = value
        return given

    def _checked(self, given: Mapping[str, Any], before: Mapping[str, Any], fixed: Mapping[str, Any]) -> dict[str, Any]:
        columns = shown(self.entity.path).columns
        extra = dict(before.get("extra") or {})
        values: dict[str, Any] = dict(fixed)
        for name, value in given.items():
            if name == "id":
                continue
            if name == "userDefinedFields":
                values["custom"] = {**(before.get("custom") or {}), **self._udf(value)}
                continue
            fact, column = self.entity.fields[name], columns.get(name)
            checked = None if value is None else self._value(fact, column, value)
            if column is None:
                extra[name] = checked
            else:
                values[column.name] = checked
        return {**values, "extra": extra}

    def _udf(self, items: Any) -> dict[str, str | None]:
        """User-defined fields by their proper names; the value of one that is not named stays."""
        own = Customs.of(self.world, shown(self.entity.path).table)
        known = {one.casefold(): one for one in own.names}
        named: dict[str, str | None] = {}
        for item in items if isinstance(items, list) else [items]:
            if not isinstance(item, dict) or not isinstance(item.get("name"), str):
                raise texts.Refused(texts.QUERY_MODEL)
            if item["name"].casefold() not in known:
                raise texts.unknown_field(item["name"], self.entity.name)
            name, value = known[item["name"].casefold()], item.get("value")
            named[name] = None if value is None else own.stored(name, value)
        return named

    def _value(self, fact: FieldFact, column: Column | None, value: Any) -> Any:
        if column is not None and column.choices is not None:
            return self._picked(fact, column.choices, value)
        general.listed(self.entity, fact, value, self.world, self.tenant.numbering)
        if fact.type == "byte[]":
            return decodable(fact, filters.plain_text(value))
        if fact.type == "string":
            return general.short_enough(fact, filters.plain_text(value))
        if fact.type == "datetime" or (column is not None and column.name in MOMENTS):
            return filters.instant(value)
        if fact.type == "boolean":
            return filters.truth(value)
        if fact.type in ("double", "decimal"):
            return filters.number(value)
        id = filters.whole(value)
        general.refers(self.world, fact, id, inactive=self.tenant.switches.inactive_references)
        return id

    def _picked(self, fact: FieldFact, choices: str, value: Any) -> Any:
        id = filters.whole(value)
        if not self.tenant.numbering.active(choices, id):
            raise texts.no_value(fact.name)
        return self.tenant.numbering.key(choices, id)

    def _impersonation(self, values: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
        """Who spoke for the actor stands in the record."""
        name = f"{IMPERSONATOR}{'Creator' if new else 'Updater'}ResourceID"
        if not self.impersonated or name not in self.entity.fields:
            return {}
        return {"extra": {**values["extra"], name: API_USER}}

    def _consequences(self, row: Mapping[str, Any], given: Mapping[str, Any], *, new: bool) -> None:
        """What is written on a ticket is activity of it; what happens to it stands in its history."""
        table = shown(self.entity.path).table
        if table == "tickets":
            named = ", ".join(name for name in given if name != "id")
            told = {"action": "Ticket Created" if new else "Ticket Edited", "detail": named, "created": self.now}
            self.world.add("history", {"ticket": row["id"], "technician": self.actor, **told})
        elif table in ("notes", "time_entries", "attachments") and row.get("ticket") is not None:
            self.world.change("tickets", row["ticket"], {"updated": self.now})


def decodable(fact: FieldFact, text: str) -> str:
    """The content of a file, which comes as base64."""
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise texts.Refused(f"Error converting value for {fact.name}: not a valid Base-64 string.") from None
    return text
