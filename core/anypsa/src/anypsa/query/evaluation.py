"""Evaluation: whether a record matches a bound filter. Two-valued: an absent value fails every comparison."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..models import Choice, Record, Ref, Sort, Trait
from .binding import Test
from .tree import And, Expression, Not, Operator, Or

Matcher = Callable[[Record], bool]


def matcher(expression: Expression) -> Matcher:
    """A function that tells whether a record matches; the tree is walked once, not per record."""
    match expression:
        case And(items):
            every = [matcher(item) for item in items]
            return lambda record: all(matches(record) for matches in every)
        case Or(items):
            any_of = [matcher(item) for item in items]
            return lambda record: any(matches(record) for matches in any_of)
        case Not(item):
            inner = matcher(item)
            return lambda record: not inner(record)
        case Test(trait, op, value):
            read, holds = reader(trait), condition(op, folded(value) if trait.sort is Sort.TEXT else value)
            return lambda record: holds(read(record))
    raise TypeError(f"{expression!r} is not bound")


def reader(trait: Trait) -> Callable[[Record], Any]:
    """How to take a field's comparable value from a record: ids of choices and references, text without case.

    Empty text is absent: vendors send the one or the other for the same thing.
    """
    name = trait.name
    if trait.custom:
        return lambda record: folded(record.custom_fields.get(name)) or None
    if trait.sort is Sort.TEXT:
        return lambda record: folded(getattr(record, name)) or None
    if trait.sort in (Sort.CHOICE, Sort.REFERENCE):
        return lambda record: identity(getattr(record, name))
    return lambda record: getattr(record, name)


def identity(value: Choice | Ref[Any] | None) -> str | None:
    return value.id if value else None


def folded(value: Any) -> Any:
    """Text without case, lists item by item."""
    if isinstance(value, tuple):
        return tuple(folded(item) for item in value)
    return value.casefold() if isinstance(value, str) else value


def condition(op: Operator, wanted: Any) -> Callable[[Any], bool]:
    """The condition on a single comparable value; `has` is None when the field is absent."""
    match op:
        case Operator.IS_NULL:
            return lambda has: has is None
        case Operator.IS_NOT_NULL:
            return lambda has: has is not None
        case Operator.NE:
            return lambda has: has != wanted
        case Operator.NOT_IN:
            return lambda has: has is None or has not in wanted
        case Operator.IN:
            return lambda has: has is not None and has in wanted
    compare = COMPARISONS[op]
    return lambda has: has is not None and compare(has, wanted)


COMPARISONS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: lambda has, wanted: bool(has == wanted),
    Operator.LT: lambda has, wanted: bool(has < wanted),
    Operator.LTE: lambda has, wanted: bool(has <= wanted),
    Operator.GT: lambda has, wanted: bool(has > wanted),
    Operator.GTE: lambda has, wanted: bool(has >= wanted),
    Operator.CONTAINS: lambda has, wanted: wanted in has,
    Operator.STARTS_WITH: lambda has, wanted: has.startswith(wanted),
    Operator.ENDS_WITH: lambda has, wanted: has.endswith(wanted),
}
