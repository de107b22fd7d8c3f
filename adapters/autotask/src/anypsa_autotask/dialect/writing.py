"""Writing: what the vendor checks before it stores (wire/autotask.md 3.2, 3.3, 5, 9)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from anypsa_sandbox import World
from anypsa_sandbox.world.schema import MOMENTS
from anypsa_sandbox.world.seeding import API_USER, EPOCH, SPAN

from . import filters, texts
from .mapping import REFERRED, SHOWN, UNMARKED, Column
from .numbering import Numbering
from .schema import EntityFact, FieldFact

ASSIGNMENT: Final = ("assignedResourceID", "assignedResourceRoleID")
FIXED: Final[Mapping[str, frozenset[str]]] = {
    "Contacts": frozenset({"companyID"}),
    "ConfigurationItems": frozenset({"companyID"}),
}
"""Fields that can be set when a record is made and never after (3.3)."""


@dataclass(frozen=True)
class Writer:
    """Writes one entity of one tenant."""

    entity: EntityFact
    world: World
    numbering: Numbering
    now: float

    def create(self, body: Any, parent: int | None) -> int:
        """Stores a new record and returns its id."""
        shown = SHOWN[self.entity.path]
        given = self._given(body)
        if shown.parent is not None and parent is not None:
            given[shown.parent] = parent
        for fact in self.entity.fields.values():
            if fact.required and fact.name != "id" and given.get(fact.name) is None:
                raise texts.required(self.entity.name, fact.name)
        values = self._checked(given, {})
        return self.world.add(shown.table, {**values, **self._stamps(values, new=True)})

    def update(self, body: Any, *, replace: bool) -> int:
        """Changes the fields that are named; a PUT clears the others."""
        shown = SHOWN[self.entity.path]
        given = self._given(body)
        id = filters.whole(given.pop("id", None))
        before = self.world.row(shown.table, id)
        if before is None:
            raise texts.Refused(f"{self.entity.name} {id}: No matching records found.")
        fixed = FIXED.get(self.entity.path, frozenset())
        given = {name: value for name, value in given.items() if name not in fixed}
        if replace:
            given = {**{name: None for name, fact in self.entity.fields.items() if self._clears(fact)}, **given}
        values = self._checked(given, before)
        self.world.change(shown.table, id, {**values, **self._stamps({**before, **values}, new=False)})
        return id

    def _clears(self, fact: FieldFact) -> bool:
        return not (fact.required or fact.read_only or fact.name == "id" or self._stamped(fact))

    def _stamped(self, fact: FieldFact) -> bool:
        column = SHOWN[self.entity.path].columns.get(fact.name)
        return column is not None and column.name in ("created", "updated", "closed", "number", "author")

    def _given(self, body: Any) -> dict[str, Any]:
        """The body's fields under their proper names; read-only ones are ignored, unknown ones refused."""
        if not isinstance(body, dict):
            raise texts.Refused(texts.QUERY_MODEL)
        given: dict[str, Any] = {}
        for name, value in body.items():
            if name.casefold() == "userdefinedfields":
                given["userDefinedFields"] = value
                continue
            fact = self.entity.by_folded.get(name.casefold())
            if fact is None:
                raise texts.unknown_field(name, self.entity.name)
            if not (fact.read_only and self._ignored(fact)):
                given[fact.name] = value
        return given

    def _ignored(self, fact: FieldFact) -> bool:
        # Contacts and assets take their company when they are made, although metadata calls it read-only.
        return fact.name not in FIXED.get(self.entity.path, frozenset())

    def _checked(self, given: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        columns = SHOWN[self.entity.path].columns
        extra = dict(before.get("extra") or {})
        values: dict[str, Any] = {}
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
        self._belong_together(given, values, before)
        return {**values, "extra": extra}

    def _udf(self, items: Any) -> dict[str, str | None]:
        if not isinstance(items, list):
            raise texts.Refused(texts.QUERY_MODEL)
        return {str(item["name"]): None if item.get("value") is None else str(item["value"]) for item in items}

    def _value(self, fact: FieldFact, column: Column | None, value: Any) -> Any:
        if column is not None and column.choices is not None:
            return self._picked(fact, column.choices, value)
        if fact.type == "string":
            text = str(value)
            if fact.length is not None and len(text) > fact.length:
                raise texts.Refused(f"Data violation: {fact.name} exceeds the maximum length of {fact.length}.")
            return text
        if fact.type == "datetime" or (column is not None and column.name in MOMENTS):
            return filters.instant(value)
        if fact.type == "boolean":
            return filters.truth(value)
        if fact.type in ("double", "decimal"):
            return filters.number(value)
        id = filters.whole(value)
        self._refers(fact, id)
        return id

    def _picked(self, fact: FieldFact, choices: str, value: Any) -> str:
        id = filters.whole(value)
        key = self.numbering.key(choices, id)
        if key is None or not self.numbering.active(choices, id):
            raise texts.no_value(fact.name)
        return key

    def _refers(self, fact: FieldFact, id: int) -> None:
        kind = fact.reference or UNMARKED.get(fact.name)
        table = REFERRED.get(kind or "")
        if kind is None or table is None:
            return
        row = self.world.row(table, id)
        if row is None or row.get("active") is False:
            raise texts.no_reference(fact.name, kind)

    def _belong_together(self, given: Mapping[str, Any], values: Mapping[str, Any], before: Mapping[str, Any]) -> None:
        if self.entity.path != "Tickets":
            return
        after = {**before, **values}
        if any(name in given for name in ASSIGNMENT) and (after.get("assignee") is None) != (after.get("role") is None):
            raise texts.Refused(texts.PAIR)
        company = after.get("company")
        contact = self.world.row("contacts", after["contact"]) if after.get("contact") is not None else None
        if contact is not None and contact["company"] != company:
            raise texts.Refused(texts.CONTACT)
        contract = self.world.row("contracts", after["contract"]) if after.get("contract") is not None else None
        if contract is not None and contract["company"] != company:
            raise texts.not_associated("contractID", after["contract"], company)

    def _stamps(self, values: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
        """What the server itself writes."""
        table = SHOWN[self.entity.path].table
        now = (EPOCH + SPAN + timedelta(seconds=self.now)).astimezone(UTC)
        stamps: dict[str, Any] = {}
        if table in ("tickets", "notes", "companies", "contacts", "assets"):
            stamps["updated"] = now
            if new:
                stamps["created"] = now
        if table == "tickets":
            stamps |= self._ticket_stamps(values, now, new=new)
        if table == "notes" and new:
            stamps["author"] = API_USER
        return stamps

    def _ticket_stamps(self, values: Mapping[str, Any], now: datetime, *, new: bool) -> dict[str, Any]:
        closed = (values.get("closed") or now) if values.get("status") == "Complete" else None
        stamps: dict[str, Any] = {"closed": closed}
        if new:
            count = self.world.counts()["tickets"]
            stamps["number"] = f"T{now:%Y%m%d}.{count % 10_000:04}"
        return stamps


def udf_names(world: World, table: str) -> list[str]:
    """The user-defined fields of a table, as its first row shows them."""
    found = world.database.execute(f"SELECT custom FROM {table} ORDER BY id LIMIT 1").fetchone()
    return list(json.loads(found[0])) if found else []
