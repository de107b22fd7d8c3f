"""Binding: a filter meets a kind. Names, types, time zones and tenants are checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, Final

from ..errors import Invalid, Problem
from ..models import Choice, ContractKind, Id, Kind, Name, Record, Ref, Sort, State, Trait, Visibility
from .tree import And, Compare, Expression, Not, Operator, Or

ORDER: Final = frozenset({Operator.LT, Operator.LTE, Operator.GT, Operator.GTE})
TEXTUAL: Final = frozenset({Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH})
EQUALITY: Final = frozenset({Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN})
ORDERED: Final = frozenset({Sort.TEXT, Sort.DECIMAL, Sort.NUMBER, Sort.DURATION, Sort.INSTANT})
# Control characters but for tab and line ends, and halves of characters: vendors cut texts there, or refuse them.
NOTHING: Final = "is empty: the record that it was taken from names none; use is_null() to ask for such records"
UNSENDABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Test(Expression):
    """A comparison bound to a field; `value` has the field's own type, ids are text.

    A `Name` among the values of a choice or reference is a label still to be resolved.
    """

    __test__ = False  # not a test class, whatever pytest thinks of its name

    trait: Trait
    op: Operator
    value: Any = None


def leaves_bound(expression: Expression) -> Iterator[Test]:
    """Every comparison of a bound tree."""
    match expression:
        case And(items) | Or(items):
            for item in items:
                yield from leaves_bound(item)
        case Not(item):
            yield from leaves_bound(item)
        case Test():
            yield expression


def bind(expression: Expression, kind: Kind[Any, ..., ...], tenant: str) -> Expression:
    """The same tree with every comparison bound and every value checked; raises `Invalid` naming all problems."""
    problems: list[Problem] = []
    bound = bound_to(expression, kind, tenant, problems)
    if problems:
        raise Invalid(f"filter {kind.plural}", problems=problems)
    return bound


def bound_to(expression: Expression, kind: Kind[Any, ..., ...], tenant: str, problems: list[Problem]) -> Expression:
    match expression:
        case And(items):
            return And(tuple(bound_to(item, kind, tenant, problems) for item in items))
        case Or(items):
            return Or(tuple(bound_to(item, kind, tenant, problems) for item in items))
        case Not(item):
            return Not(bound_to(item, kind, tenant, problems))
        case Compare():
            return bound_test(expression, kind, tenant, problems)
    return expression


def bound_test(compare: Compare, kind: Kind[Any, ..., ...], tenant: str, problems: list[Problem]) -> Expression:
    trait = Trait(compare.field, Sort.TEXT, custom=True) if compare.custom else kind.traits.get(compare.field)
    if trait is None:
        problems.append(unknown_field(compare.field, kind))
        return compare
    try:
        return Test(trait, compare.op, bound_value(trait, compare.op, compare.value, tenant))
    except ValueError as reason:
        problems.append(Problem(trait.name, str(reason)))
        return compare


def unknown_field(name: str, kind: Kind[Any, ..., ...]) -> Problem:
    """The problem of a field that the kind does not have, with what may have been meant."""
    near = get_close_matches(name, kind.traits, n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    return Problem(name, f"{kind.plural} have no such field{meant}", allowed=tuple(kind.traits))


def bound_value(trait: Trait, op: Operator, value: Any, tenant: str) -> Any:
    """The value in the field's own type; raises ValueError with what is wrong."""
    if trait.sort is Sort.BYTES:
        raise ValueError("cannot be filtered by")
    if op in (Operator.IS_NULL, Operator.IS_NOT_NULL):
        return None
    if op in TEXTUAL and trait.sort is not Sort.TEXT:
        raise ValueError(f"{op} is for text, and this is {trait.sort.value}")
    if op in ORDER and trait.sort not in ORDERED:
        raise ValueError(f"{op} needs an order, and {trait.sort.value} has none")
    wanted = value if op in (Operator.IN, Operator.NOT_IN) else (value,)
    if op in EQUALITY and any(isinstance(one, str) and not one for one in wanted):
        raise ValueError("empty text is the same as absent; use is_null() or is_not_null()")
    if op in (Operator.IN, Operator.NOT_IN):
        return tuple(typed(trait, one, tenant) for one in wanted)
    return typed(trait, value, tenant)


def typed(trait: Trait, value: Any, tenant: str) -> Any:
    """One value in the type that the field's sort asks for; raises ValueError with what is wrong."""
    if value is None:
        raise ValueError("None cannot be compared; use is_null() or is_not_null()")
    return TYPED[trait.sort](trait, value, tenant)


def text(trait: Trait, value: Any, tenant: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"wants text, not {type(value).__name__}")
    if found := UNSENDABLE.search(value):
        raise ValueError(f"holds a character that no text has (U+{ord(found[0]):04X})")
    return str(value)


def boolean(trait: Trait, value: Any, tenant: str) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"wants True or False, not {type(value).__name__}")
    return value


def decimal(trait: Trait, value: Any, tenant: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        raise ValueError(f"wants a number, not {type(value).__name__}")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(f"{value!r} is not a number") from None
    if not number.is_finite():
        raise ValueError(f"{value!r} is not a finite number")
    return number


def duration(trait: Trait, value: Any, tenant: str) -> timedelta:
    if isinstance(value, timedelta):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            # The JSON form has no other way to say it; in whole seconds, as hours on the wire are read.
            return timedelta(seconds=round(value * 3600))
        except OverflowError:
            raise ValueError(f"{value!r} hours are too many") from None
    raise ValueError(f"wants a timedelta (or hours), not {type(value).__name__}")


def instant(trait: Trait, value: Any, tenant: str) -> datetime:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{value!r} is not an ISO 8601 time") from None
    if not isinstance(value, datetime):
        raise ValueError(f"wants a datetime, not {type(value).__name__}")
    if value.utcoffset() is None:
        raise ValueError("wants an aware datetime: a naive one means another moment on every machine")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{value.isoformat()} lies beyond the calendar") from None


def identity(trait: Trait, value: Any, tenant: str) -> str:
    """An id as text, from an id, a record or a reference of this tenant."""
    if isinstance(value, Record | Ref):
        return own(trait, value, tenant)
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError(f"wants {trait.sort.value}, not {type(value).__name__}")
    return plain_id(str(value))


def plain_id(value: str) -> str:
    if not value or not value.isprintable():
        raise ValueError(f"{value!r} is not an id")
    return value


def own(trait: Trait, value: Record | Ref[Any], tenant: str) -> str:
    if not value.id:
        raise ValueError(NOTHING)
    if value.tenant != tenant:
        raise ValueError(f"this {type(value).__name__.partition('[')[0]} belongs to another tenant")
    if trait.target is not None and isinstance(value, Record) and not isinstance(value, trait.target):
        raise ValueError(f"wants a {trait.target.__name__}, not a {type(value).__name__}")
    if trait.target is not None and isinstance(value, Ref) and pointed(value) not in (None, trait.target):
        raise ValueError(f"wants a {trait.target.__name__}, not a {type(value).__name__}")
    return value.id


def pointed(ref: Ref[Any]) -> type[Record] | None:
    """The model that a reference of a known type points to."""
    arguments = type(ref).__pydantic_generic_metadata__["args"]
    return arguments[0] if arguments else None


def labelled(trait: Trait, value: Any, tenant: str) -> str:
    """An id, or a `Name` still to be resolved, for fields whose values have labels."""
    match value:
        case Choice():
            if not value:
                raise ValueError(NOTHING)
            return plain_id(value.id)
        case Id():
            return plain_id(str(value))
        case Name():
            return value
        case bool():
            raise ValueError(f"wants {trait.sort.value}, not bool")
        case int():
            return str(value)
        case str():
            return Unclear(value)
    return identity(trait, value, tenant)


class Unclear(Name):
    """A text that may be a label or an id."""

    __slots__ = ()


def reference(trait: Trait, value: Any, tenant: str) -> str:
    """An id; technicians are also known by name, since a tenant has few."""
    if isinstance(value, str) and trait.target is not None and trait.target.__name__ == "Technician":
        return labelled(trait, value, tenant)
    if isinstance(value, Name):
        raise ValueError("wants a record or an id; names are resolved for technicians only")
    return identity(trait, value, tenant)


def state(trait: Trait, value: Any, tenant: str) -> State:
    try:
        return State(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a state: {', '.join(State)}") from None


def visibility(trait: Trait, value: Any, tenant: str) -> Visibility:
    try:
        return Visibility(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a visibility: {', '.join(Visibility)}") from None


def contract_kind(trait: Trait, value: Any, tenant: str) -> ContractKind:
    try:
        return ContractKind(value)
    except ValueError:
        raise ValueError(f"{value!r} is not a kind of contract: {', '.join(ContractKind)}") from None


def number(trait: Trait, value: Any, tenant: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"wants a whole number, not {type(value).__name__}")
    return value


def content(trait: Trait, value: Any, tenant: str) -> bytes:
    if not isinstance(value, bytes):
        raise ValueError(f"wants bytes, not {type(value).__name__}")
    return value


TYPED: Final[Mapping[Sort, Callable[[Trait, Any, str], Any]]] = {
    Sort.TEXT: text,
    Sort.BOOLEAN: boolean,
    Sort.DECIMAL: decimal,
    Sort.DURATION: duration,
    Sort.INSTANT: instant,
    Sort.ID: identity,
    Sort.CHOICE: labelled,
    Sort.REFERENCE: reference,
    Sort.STATE: state,
    Sort.VISIBILITY: visibility,
    Sort.CONTRACT_KIND: contract_kind,
    Sort.NUMBER: number,
    Sort.BYTES: content,
}
