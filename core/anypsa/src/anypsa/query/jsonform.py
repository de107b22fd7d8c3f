"""The JSON form of filters, for command lines, agents and stored rules. Accepts the spellings people know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from ..errors import Invalid, Problem
from ..models import Choice, Record, Ref
from .tree import And, Compare, Expression, Field, Not, Operator, Or

SPELLINGS: Final[Mapping[str, Operator]] = {
    **{operator.value.lower(): operator for operator in Operator},
    "noteq": Operator.NE,
    "beginswith": Operator.STARTS_WITH,
    "notexist": Operator.IS_NULL,
    "exist": Operator.IS_NOT_NULL,
    "==": Operator.EQ,
    "!=": Operator.NE,
    ">": Operator.GT,
    ">=": Operator.GTE,
    "<": Operator.LT,
    "<=": Operator.LTE,
}
GROUPS: Final = ("and", "or", "not", "between")
UNARY: Final = frozenset({Operator.IS_NULL, Operator.IS_NOT_NULL})
LISTS: Final = frozenset({Operator.IN, Operator.NOT_IN})
KEYS: Final = frozenset({"op", "field", "value", "items", "item", "custom", "udf"})
MAX_DEPTH: Final = 64


def from_json(form: object, *, depth: int = 0) -> Expression:
    """The filter that a JSON form says; a list of filters means all of them.

    Raises `Invalid` for anything that is not a filter: nothing is guessed and nothing is dropped.
    """
    if depth > MAX_DEPTH:
        raise wrong(f"filters nest at most {MAX_DEPTH} deep")
    if isinstance(form, Expression):
        return form
    if isinstance(form, Mapping):
        return from_object(form, depth)
    if isinstance(form, Sequence) and not isinstance(form, str | bytes):
        return And(tuple(from_json(item, depth=depth + 1) for item in form))
    raise wrong(f"{form!r} is neither an object nor a list")


def from_object(form: Mapping[str, Any], depth: int) -> Expression:
    op = form.get("op")
    if not isinstance(op, str):
        raise wrong('"op" is missing', allowed=[*SPELLINGS, *GROUPS])
    if unknown := set(form) - KEYS:
        raise wrong(f"unknown keys: {', '.join(sorted(map(str, unknown)))}", allowed=sorted(KEYS))
    match op.lower():
        case "and":
            return And(tuple(from_json(item, depth=depth + 1) for item in listed(form, "items")))
        case "or":
            return Or(tuple(from_json(item, depth=depth + 1) for item in listed(form, "items")))
        case "not":
            if "item" in form:
                return ~from_json(form["item"], depth=depth + 1)
            return ~And(tuple(from_json(item, depth=depth + 1) for item in listed(form, "items")))
        case "between":
            return between(form)
        case spelling if spelling in SPELLINGS:
            return comparison(form, SPELLINGS[spelling])
    raise wrong(f"unknown operator {op!r}", allowed=[*SPELLINGS, *GROUPS])


def listed(form: Mapping[str, Any], key: str) -> Sequence[Any]:
    items = form.get(key)
    if not isinstance(items, Sequence) or isinstance(items, str | bytes):
        raise wrong(f'"{key}" must be a list')
    return items


def named(form: Mapping[str, Any]) -> tuple[str, bool]:
    name, custom = form.get("field"), form.get("custom", form.get("udf", False))
    if not isinstance(name, str) or not isinstance(custom, bool):
        raise wrong('"field" must be a field\'s name, "custom" true or false')
    return name, custom


def between(form: Mapping[str, Any]) -> Expression:
    name, custom = named(form)
    ends = listed(form, "value")
    if len(ends) != 2:
        raise wrong('"between" takes two values')
    return Field(name, custom=custom).between(ends[0], ends[1])


def comparison(form: Mapping[str, Any], op: Operator) -> Expression:
    name, custom = named(form)
    if op in UNARY:
        if form.get("value") is not None:
            raise wrong(f'"{op}" takes no value')
        return Compare(name, op, None, custom)
    if "value" not in form:
        raise wrong(f'"{op}" needs a value')
    value = tuple(listed(form, "value")) if op in LISTS else form["value"]
    if value is None:
        if op not in (Operator.EQ, Operator.NE):
            raise wrong(f'"{op}" cannot compare with null')
        return Compare(name, Operator.IS_NULL if op is Operator.EQ else Operator.IS_NOT_NULL, None, custom)
    return Compare(name, op, value, custom)


def wrong(message: str, *, allowed: Sequence[str] = ()) -> Invalid:
    return Invalid("read a JSON filter", problems=[Problem(None, message, allowed=tuple(allowed))])


def to_json(expression: Expression) -> dict[str, Any]:
    """The JSON form of a filter, in our own spelling; `from_json` reads it back."""
    match expression:
        case And(items):
            return {"op": "and", "items": [to_json(item) for item in items]}
        case Or(items):
            return {"op": "or", "items": [to_json(item) for item in items]}
        case Not(item):
            return {"op": "not", "item": to_json(item)}
        case Compare(field, op, value, custom):
            form: dict[str, Any] = {"field": field, "op": str(op)}
            if custom:
                form["custom"] = True
            if op not in UNARY:
                form["value"] = [plain(one) for one in value] if op in LISTS else plain(value)
            return form
    raise wrong(f"{expression!r} has no JSON form")


def plain(value: Any) -> Any:
    """A value as JSON can hold it."""
    match value:
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds() / 3600
        case Decimal():
            return str(value)
        case Record() | Ref() | Choice():
            return value.id
    return value
