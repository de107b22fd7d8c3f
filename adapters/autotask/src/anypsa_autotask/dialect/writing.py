"""Writing: what is stored, and what the server itself adds (wire/autotask.md 3.2, 5). What it refuses is in `rules`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from anypsa_sandbox import World
from anypsa_sandbox.world.schema import COLUMNS, MOMENTS
from anypsa_sandbox.world.seeding import API_USER

from . import filters, rules, texts
from .mapping import SHOWN, Column
from .numbering import Numbering
from .schema import EntityFact, FieldFact

FIXED: Final[Mapping[str, frozenset[str]]] = {
    "Contacts": frozenset({"companyID"}),
    "ConfigurationItems": frozenset({"companyID"}),
    "Contracts": frozenset({"companyID", "contractType"}),
}
"""Fields that can be set when a record is made and never after, although metadata calls them read-only (3.3)."""
STAMPED: Final = frozenset({"created", "updated", "closed", "closed_by", "number", "author", "hours_billed"})
"""Columns that only the server writes."""
IMPERSONATOR: Final = "impersonator"


@dataclass(frozen=True)
class Writer:
    """Writes one entity of one tenant, at one moment, below a parent if the path names one."""

    entity: EntityFact
    world: World
    numbering: Numbering
    now: datetime
    parent: int | None
    impersonated: str | None

    def create(self, body: Any) -> int:
        """Stores a new record and returns its id."""
        shown = SHOWN[self.entity.path]
        given = self._given(body, new=True)
        if shown.parent is not None and self.parent is not None:
            given[shown.parent] = self.parent
        rules.complete(self.entity, given)
        values = self._checked(given, {})
        return self.world.add(shown.table, {**values, **self._stamps(values, values, new=True)})

    def update(self, body: Any, *, replace: bool) -> int:
        """Changes the fields that are named; a PUT clears the others."""
        shown = SHOWN[self.entity.path]
        given = self._given(body, new=False)
        id = filters.whole(given.pop("id", None))
        before = self.world.row(shown.table, id)
        if before is None or not self._below(before):
            raise texts.Refused(f"{self.entity.name} {id}: No matching records found.")
        if replace:
            given = {**{name: None for name, fact in self.entity.fields.items() if self._clears(fact)}, **given}
        keeps = self.entity.path == "Tickets" and rules.keeps_contract(given, before)
        if keeps:
            del given["contractID"]
        rules.not_cleared(self.entity, given)
        values = self._checked(given, before, contract_too=not keeps)
        stamps = self._stamps({**before, **values}, values, new=False)
        self.world.change(shown.table, id, {**values, **stamps})
        return id

    def _below(self, row: Mapping[str, Any]) -> bool:
        """Whether a row belongs to the parent that the path names."""
        shown = SHOWN[self.entity.path]
        return self.parent is None or shown.parent is None or row[shown.columns[shown.parent].name] == self.parent

    def _clears(self, fact: FieldFact) -> bool:
        fixed = FIXED.get(self.entity.path, frozenset())
        return not (fact.read_only or fact.name in ("id", SHOWN[self.entity.path].parent) or fact.name in fixed) and (
            not self._servers(fact)
        )

    def _servers(self, fact: FieldFact) -> bool:
        """Whether only the server writes a field."""
        column = SHOWN[self.entity.path].columns.get(fact.name)
        return fact.name.startswith(IMPERSONATOR) or (column is not None and column.name in STAMPED)

    def _given(self, body: Any, *, new: bool) -> dict[str, Any]:
        """The body's fields under their proper names; what only the server writes is ignored, what is unknown refused."""
        if not isinstance(body, dict):
            raise texts.Refused(texts.QUERY_MODEL)
        fixed = FIXED.get(self.entity.path, frozenset())
        given: dict[str, Any] = {}
        for name, value in body.items():
            if name.casefold() == "userdefinedfields" and "custom" in COLUMNS[SHOWN[self.entity.path].table]:
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

    def _checked(
        self, given: Mapping[str, Any], before: Mapping[str, Any], *, contract_too: bool = True
    ) -> dict[str, Any]:
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
        if self.entity.path == "Tickets":
            rules.ticket(self.world, given, {**before, **values}, contract_too=contract_too)
        return {**values, "extra": extra}

    def _udf(self, items: Any) -> dict[str, str | None]:
        """User-defined fields by their proper names; the value of one that is not named stays."""
        known = {one.casefold(): one for one in self.world.custom_fields(SHOWN[self.entity.path].table)}
        named: dict[str, str | None] = {}
        for item in items if isinstance(items, list) else [items]:
            if not isinstance(item, dict) or not isinstance(item.get("name"), str):
                raise texts.Refused(texts.QUERY_MODEL)
            if item["name"].casefold() not in known:
                raise texts.unknown_field(item["name"], self.entity.name)
            value = item.get("value")
            named[known[item["name"].casefold()]] = None if value is None else filters.plain_text(value)
        return named

    def _value(self, fact: FieldFact, column: Column | None, value: Any) -> Any:
        if column is not None and column.choices is not None:
            return self._picked(fact, column.choices, value)
        rules.listed(self.entity, fact, value)
        if fact.type == "string":
            return rules.short_enough(fact, filters.plain_text(value))
        if fact.type == "datetime" or (column is not None and column.name in MOMENTS):
            return filters.instant(value)
        if fact.type == "boolean":
            return filters.truth(value)
        if fact.type in ("double", "decimal"):
            return filters.number(value)
        id = filters.whole(value)
        rules.refers(self.world, fact, id)
        return id

    def _picked(self, fact: FieldFact, choices: str, value: Any) -> str:
        id = filters.whole(value)
        key = self.numbering.key(choices, id)
        if key is None or not self.numbering.active(choices, id):
            raise texts.no_value(fact.name)
        return key

    def _actor(self) -> int:
        """Who writes: the API user, or the resource it speaks for, which must be there and active (2)."""
        if self.impersonated is None:
            return API_USER
        id = int(self.impersonated) if self.impersonated.isascii() and self.impersonated.isdigit() else -1
        row = self.world.row("technicians", id)
        if row is None or not row["active"]:
            raise texts.Refused(texts.CREATE_RIGHTS)
        return id

    def _stamps(self, after: Mapping[str, Any], values: Mapping[str, Any], *, new: bool) -> dict[str, Any]:
        """What the server itself writes."""
        table, actor = SHOWN[self.entity.path].table, self._actor()
        own: dict[str, Any] = {"updated": self.now}
        if new:
            own |= {"created": self.now, "author": actor}
        if table == "tickets":
            own |= self._closing(after, actor)
            if new:
                own["number"] = self._number()
        if table == "time_entries":
            hours = after["hours"] if after.get("hours") is not None else worked(after)
            own |= {"hours": hours, "hours_billed": -(-hours // 0.25) * 0.25}
        stamps = {name: value for name, value in own.items() if name in COLUMNS[table]}
        if self.impersonated is not None:
            stamps["extra"] = {**values["extra"], **self._impersonator(new=new)}
        return stamps

    def _impersonator(self, *, new: bool) -> dict[str, int]:
        name = f"{IMPERSONATOR}{'Creator' if new else 'Updater'}ResourceID"
        return {name: API_USER} if name in self.entity.fields else {}

    def _closing(self, after: Mapping[str, Any], actor: int) -> dict[str, Any]:
        if after.get("status") != "Complete":
            return {"closed": None, "closed_by": None}
        return {"closed": after.get("closed") or self.now, "closed_by": after.get("closed_by") or actor}

    def _number(self) -> str:
        """The next number of the day."""
        day = f"T{self.now:%Y%m%d}"
        (last,) = self.world.database.execute(
            "SELECT MAX(CAST(substr(number, 11) AS INTEGER)) FROM tickets WHERE number > ? AND number < ?",
            (f"{day}.", f"{day}/"),
        ).fetchone()
        return f"{day}.{(last or 0) + 1:04}"


def worked(row: Mapping[str, Any]) -> float:
    """The hours between start and end; none if either is missing."""
    if row.get("starts") is None or row.get("ends") is None:
        return 0.0
    starts, ends = (
        one if isinstance(one, datetime) else datetime.fromisoformat(one) for one in (row["starts"], row["ends"])
    )
    return round((ends - starts).total_seconds() / 3600, 4)
