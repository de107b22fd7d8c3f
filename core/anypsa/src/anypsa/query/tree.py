"""Expressions: the tree that `q` builds. Data only; binding, evaluation and push-down live beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

from ..errors import Invalid


class Operator(StrEnum):
    """The operators of the query language, spelled as in its JSON form."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    CONTAINS = "contains"
    STARTS_WITH = "startsWith"
    ENDS_WITH = "endsWith"
    IN = "in"
    NOT_IN = "notIn"
    IS_NULL = "isNull"
    IS_NOT_NULL = "isNotNull"


class NotABoolean(Invalid, TypeError):
    """An expression was used where Python wants true or false, which would silently lose a clause."""


class Unanswerable:
    """Mixed into everything that looks like a value but is a question."""

    __slots__ = ()

    def __bool__(self) -> bool:
        raise NotABoolean(
            "read a filter as true or false",
            hint="Combine filters with &, | and ~ (not and, or, not), write ranges with .between() "
            "and membership with .in_()",
        )


class Expression(Unanswerable):
    """A filter. Combine with `&`, `|` and `~`."""

    __slots__ = ()

    def __and__(self, other: Expression) -> Expression:
        return And((*items_of(And, self), *items_of(And, known(other))))

    def __or__(self, other: Expression) -> Expression:
        return Or((*items_of(Or, self), *items_of(Or, known(other))))

    def __invert__(self) -> Expression:
        return self.item if isinstance(self, Not) else Not(self)


@dataclass(frozen=True, slots=True)
class Compare(Expression):
    """One comparison of one field; `custom` marks a tenant's own field."""

    field: str
    op: Operator
    value: Any = None
    custom: bool = False


@dataclass(frozen=True, slots=True)
class And(Expression):
    """Every item holds; with no items, everything does."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or(Expression):
    """At least one item holds; with no items, nothing does."""

    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not(Expression):
    """The item does not hold."""

    item: Expression


EVERYTHING = And(())


def known(other: object) -> Expression:
    """`other`, if it is an expression."""
    if not isinstance(other, Expression):
        raise Invalid("combine filters", hint=f"{other!r} is not a filter; put comparisons in parentheses")
    return other


def items_of(group: type[And | Or], expression: Expression) -> Iterable[Expression]:
    """The items of a group of this type; any other expression is its own only item."""
    return expression.items if isinstance(expression, group) else (expression,)


class Field(Unanswerable):
    """A field of a record, as in `q.title`. Comparing it gives an `Expression`.

    Text comparison ignores case. A comparison with an absent value is false and its negation true; `!=` and
    `not_in` are the negations of `==` and `in_`.
    """

    __slots__ = ("_custom", "_name")
    __hash__ = None  # type: ignore[assignment]  # == builds an expression, so a field cannot be a key

    def __init__(self, name: str, *, custom: bool = False) -> None:
        self._name = name
        self._custom = custom

    def __repr__(self) -> str:
        return f"q.custom[{self._name!r}]" if self._custom else f"q.{self._name}"

    def _compare(self, op: Operator, value: Any = None) -> Expression:
        return Compare(self._name, op, value, self._custom)

    def __eq__(self, value: object) -> Expression:  # type: ignore[override]  # a question, not an answer
        return self.is_null() if value is None else self._compare(Operator.EQ, value)

    def __ne__(self, value: object) -> Expression:  # type: ignore[override]  # a question, not an answer
        return self.is_not_null() if value is None else self._compare(Operator.NE, value)

    def __lt__(self, value: Any) -> Expression:
        return self._compare(Operator.LT, value)

    def __le__(self, value: Any) -> Expression:
        return self._compare(Operator.LTE, value)

    def __gt__(self, value: Any) -> Expression:
        return self._compare(Operator.GT, value)

    def __ge__(self, value: Any) -> Expression:
        return self._compare(Operator.GTE, value)

    def contains(self, text: str) -> Expression:
        """The text occurs somewhere in the field."""
        return self._compare(Operator.CONTAINS, text)

    def startswith(self, text: str) -> Expression:
        """The field begins with the text."""
        return self._compare(Operator.STARTS_WITH, text)

    def endswith(self, text: str) -> Expression:
        """The field ends with the text."""
        return self._compare(Operator.ENDS_WITH, text)

    def in_(self, values: Iterable[Any]) -> Expression:
        """The field is one of the values."""
        return self._compare(Operator.IN, several(values))

    def not_in(self, values: Iterable[Any]) -> Expression:
        """The field is none of the values, or absent."""
        return self._compare(Operator.NOT_IN, several(values))

    def is_null(self) -> Expression:
        """The field is absent or empty."""
        return self._compare(Operator.IS_NULL)

    def is_not_null(self) -> Expression:
        """The field holds something."""
        return self._compare(Operator.IS_NOT_NULL)

    def between(self, low: Any, high: Any) -> Expression:
        """`low <= field <= high`, both ends included."""
        return And((self._compare(Operator.GTE, low), self._compare(Operator.LTE, high)))

    def __contains__(self, value: object) -> NoReturn:
        raise NotABoolean("use `in` on a filter field", hint="Write q.field.in_([...]) or q.field.contains(...)")

    def __iter__(self) -> NoReturn:
        raise NotABoolean("iterate a filter field", hint="Write q.field.in_([...])")


def several(values: Iterable[Any]) -> tuple[Any, ...]:
    """The values of a list; a single text is refused, since its letters are hardly meant."""
    if isinstance(values, str | bytes):
        raise Invalid("filter by a list of values", hint=f"in_ takes a list: in_([{values!r}])")
    return tuple(values)


class CustomFields:
    """`q.custom["Site Code"]`: a tenant's own field by its name."""

    def __getitem__(self, name: str) -> Field:
        return Field(name, custom=True)


class Query:
    """`q`: every attribute is a field. Which fields exist is checked when the filter meets a collection."""

    custom = CustomFields()

    def __getattr__(self, name: str) -> Field:
        if name.startswith("_"):
            raise AttributeError(name)
        return Field(name)


q = Query()
