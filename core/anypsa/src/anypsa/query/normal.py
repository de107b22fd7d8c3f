"""Normal form: negations at the leaves and the conjuncts apart, as push-down wants them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from .binding import Test
from .tree import And, Expression, Not, Operator, Or

OPPOSITES: Final[Mapping[Operator, Operator]] = {
    Operator.EQ: Operator.NE,
    Operator.NE: Operator.EQ,
    Operator.IN: Operator.NOT_IN,
    Operator.NOT_IN: Operator.IN,
    Operator.IS_NULL: Operator.IS_NOT_NULL,
    Operator.IS_NOT_NULL: Operator.IS_NULL,
}


def normal(expression: Expression, *, negated: bool = False) -> Expression:
    """An equal tree in which `Not` stands only before comparisons that have no opposite."""
    match expression:
        case And(items) | Or(items):
            group = Or if isinstance(expression, And) == negated else And
            return group(tuple(flat(group, (normal(item, negated=negated) for item in items))))
        case Not(item):
            return normal(item, negated=not negated)
        case Test(trait, op, value) if negated:
            return Test(trait, OPPOSITES[op], value) if op in OPPOSITES else Not(expression)
    return expression


def flat(group: type[And | Or], items: Iterable[Expression]) -> list[Expression]:
    """Groups of the same type opened up."""
    opened: list[Expression] = []
    for item in items:
        opened.extend(item.items if isinstance(item, group) else (item,))
    return opened


def conjuncts(expression: Expression) -> tuple[Expression, ...]:
    """What must all hold: the items of the outermost and-group of a normal form."""
    return expression.items if isinstance(expression, And) else (expression,)
