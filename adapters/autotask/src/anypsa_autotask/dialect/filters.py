"""Filters: the vendor's query language as SQL, with its habits (wire/autotask.md 4.2)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from anypsa_sandbox.world import World, words
from anypsa_sandbox.world.schema import MOMENTS
from anypsa_sandbox.world.values import moment

from . import texts
from .mapping import Column
from .schema import UNQUERYABLE, EntityFact, FieldFact
from .shown import shown

SCALAR: Final = {"eq": "=", "noteq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
TEXTUAL: Final[Mapping[str, Callable[[str], str]]] = {
    "contains": lambda expression: f"instr({expression}, ?) > 0",
    "beginswith": lambda expression: f"substr({expression}, 1, length(?2)) = ?2",
    "endswith": lambda expression: f"substr({expression}, -length(?2)) = ?2",
}
EXISTENCE: Final = {"exist": "IS NOT NULL", "notexist": "IS NULL"}
LISTS: Final = {"in": "IN", "notin": "NOT IN"}
MOST_ORS: Final = 500
EVERYTHING: Final = "1"
LARGEST_NUMBER: Final = 2**63 - 1


@dataclass
class Sql:
    """A condition and its parameters."""

    text: str
    values: list[Any] = field(default_factory=list)


@dataclass
class Translator:
    """Translates the filter of one query of one entity."""

    entity: EntityFact
    ignored: frozenset[str] = frozenset()
    ors: int = 0
    udfs: int = 0

    def all_of(self, items: Any) -> Sql:
        """A filter list: all must hold; it must not be empty."""
        if not isinstance(items, list) or not items:
            raise texts.Refused(texts.QUERY_MODEL)
        whole = self._group("and", items)
        if self.ors > MOST_ORS:
            raise texts.Refused(texts.OR_BUDGET)
        if self.udfs > 1:
            raise texts.Refused(texts.UDF_CONDITIONS)
        return whole

    def _group(self, op: str, items: list[Any]) -> Sql:
        parts = [self._condition(item) for item in items]
        if op == "or":
            self.ors += len(parts)
        return Sql("(" + f" {op} ".join(part.text for part in parts) + ")", [v for part in parts for v in part.values])

    def _condition(self, item: Any) -> Sql:
        if not isinstance(item, dict):
            raise texts.Refused(texts.QUERY_MODEL)
        given = {str(key).lower(): value for key, value in item.items()}
        op = str(given.get("op", "")).lower()
        if op in ("and", "or"):
            items = given.get("items")
            return self._group(op, items) if isinstance(items, list) and items else Sql(EVERYTHING)
        expression, convert = self._operand(str(given.get("field", "")), udf=given.get("udf") is True)
        if op in self.ignored or {op} & {name.lower() for name in self.ignored}:
            return Sql(EVERYTHING)
        return self._compared(op, expression, convert, given.get("value"))

    def _compared(self, op: str, expression: str, convert: Callable[[Any], Any], value: Any) -> Sql:
        if value is None and (op in SCALAR or op in TEXTUAL or op in LISTS):
            raise texts.Refused(texts.NO_NULL)  # `eq null` is invalid; `notExist` asks for it (4.2)
        if op in EXISTENCE:
            return Sql(f"{expression} {EXISTENCE[op]}")
        if op in LISTS:
            if isinstance(value, list) and None in value:
                raise texts.Refused(texts.NO_NULL)
            listed = [convert(one) for one in value] if isinstance(value, list) else [convert(value)]
            self.ors += len(listed)
            return Sql(f"{expression} {LISTS[op]} ({', '.join('?' * len(listed))})", listed)
        if op in SCALAR:
            return Sql(f"{expression} {SCALAR[op]} ?", [convert(value)])
        if op in TEXTUAL:
            found = convert(value if isinstance(value, str) else plain_text(value))
            if op == "contains":
                return Sql(TEXTUAL[op](expression), [found])
            return Sql(TEXTUAL[op](expression).replace("?2", "?"), [found, found])
        # An operator that does not exist is dropped without a word, and the clause matches everything (4.2).
        return Sql(EVERYTHING)

    def _operand(self, name: str, *, udf: bool) -> tuple[str, Callable[[Any], Any]]:
        if udf:
            self.udfs += 1
            table = shown(self.entity.path).table
            known = {one.casefold(): one for one in World.custom_fields(table)}
            if name.casefold() not in known:
                raise texts.unknown_field(name, self.entity.name)
            return held(table, known[name.casefold()]), folded
        fact = self.entity.by_folded.get(name.casefold())
        if fact is None or name.casefold() in UNQUERYABLE:
            raise texts.unknown_field(name, self.entity.name)
        column = shown(self.entity.path).columns.get(fact.name)
        return operand(fact, column), converter(fact, column)


def operand(fact: FieldFact, column: Column | None) -> str:
    """The SQL of a field's value."""
    if column is None:
        expression = f"json_extract(extra, {quoted('$.' + json.dumps(fact.name))})"
        return f"fold({expression})" if fact.type == "string" else expression
    if column.sql is not None:
        return column.sql
    if column.choices is not None:
        return f'number({quoted(column.choices)}, "{column.name}")'
    return f'fold("{column.name}")' if fact.type == "string" else f'"{column.name}"'


def held(table: str, name: str) -> str:
    """The SQL of what a record holds in a user-defined field: of a list, the id of its value."""
    value = f"json_extract(custom, {quoted('$.' + json.dumps(name))})"
    if name not in words.CUSTOM_LISTS:
        return f"fold({value})"
    return (
        "(SELECT CAST(custom_items.id AS TEXT) FROM custom_items JOIN custom_fields ON custom_fields.id = custom_field "
        f"WHERE subject = {quoted(table)} AND custom_fields.name = {quoted(name)} AND custom_items.name = {value})"
    )


def quoted(text: str) -> str:
    """A constant of ours, or a name, as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def converter(fact: FieldFact, column: Column | None) -> Callable[[Any], Any]:
    """How a value of a filter becomes a parameter."""
    if (column is not None and column.name in MOMENTS) or fact.type == "datetime":
        return instant
    if fact.type == "boolean":
        return truth
    if fact.type in ("integer", "long", "short"):
        return whole
    return number if fact.type in ("double", "decimal") else folded


def folded(value: Any) -> str:
    return plain_text(value).casefold()


def plain_text(value: Any) -> str:
    """A scalar as text; raises for an object, a list and text that is none, such as half a surrogate pair."""
    text = value if isinstance(value, str) else json.dumps(value)
    if value is None or isinstance(value, list | dict) or not encodable(text):
        raise texts.Refused(f"Unexpected value while parsing: {json.dumps(value)[:100]}")
    return text


def encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def whole(value: Any) -> int:
    if isinstance(value, bool):
        raise texts.Refused(texts.NOT_A_FLAG)
    try:
        found = int(value)
    except (TypeError, ValueError, OverflowError):
        raise texts.not_a_number(value) from None
    if abs(found) > LARGEST_NUMBER or (isinstance(value, float) and not value.is_integer()):
        raise texts.not_a_number(value)
    return found


def number(value: Any) -> float:
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        raise texts.not_a_number(value) from None
    if not math.isfinite(found):
        raise texts.not_a_number(value)
    return found


def truth(value: Any) -> int:
    """True or false, also as text; never null (4.2)."""
    known = {"true": 1, "false": 0}.get(str(value).lower())
    if known is None:
        raise texts.Refused(texts.NOT_A_FLAG)
    return known


def instant(value: Any) -> str:
    try:
        found = datetime.fromisoformat(str(value))
        return moment(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise texts.Refused(f"Conversion failed when converting '{value}' to datetime.") from None
