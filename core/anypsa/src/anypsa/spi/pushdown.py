"""Push-down: the part of a filter that the vendor evaluates, always an over-approximation. Every row is checked again.

An adapter says what single comparisons become on its wire (`Push`); this module says what that means for the whole
tree: and-groups may lose items, or-groups may not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from ..query import And, Expression, Not, Or, Test, conjuncts, normal


class Proof(IntEnum):
    """How many rows that fail a pushed condition prove that the vendor ignored it."""

    NONE = 0
    """None do: the clause is much wider than the condition."""
    PAGE = 1
    """A first page of which no row passes: text, decimals, times, derived states."""
    ROW = 2
    """One row: ids, references, picklists, flags, null tests."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition in the vendor's own form.

    `expects` is what the vendor's answer must fulfil, evaluated here: the original condition, or the wider one that
    was really asked for. `exact`: it is the original condition. `proof`: what rows that fail it prove. `weight`: how
    much of the vendor's budget of conditions it takes.
    """

    vendor: Any
    expects: Expression
    exact: bool = True
    proof: Proof = Proof.ROW
    weight: int = 1


Push = Callable[[Expression], Clause | None]
"""A bound comparison, or the negation of one, as the vendor's clause; None when the vendor has none that is safe."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """One conjunct of a filter, and its clause, if it has one."""

    condition: Expression
    clause: Clause | None


def pushed(expression: Expression, push: Push, *, groups: Callable[[str, list[Any]], Any]) -> list[Pushed]:
    """Every conjunct with its clause; `groups("and" | "or", clauses)` makes the vendor's form of a group."""
    return [Pushed(item, clause_of(item, push, groups)) for item in conjuncts(normal(expression))]


def clause_of(item: Expression, push: Push, groups: Callable[[str, list[Any]], Any]) -> Clause | None:
    match item:
        case Or(items):
            clauses = [clause_of(one, push, groups) for one in items]
            whole = [clause for clause in clauses if clause is not None]
            if not whole or len(whole) < len(clauses):
                return None
            return joined("or", Or, whole, groups, exact=True)
        case And(items):
            clauses = [clause_of(one, push, groups) for one in items]
            kept = [clause for clause in clauses if clause is not None]
            return joined("and", And, kept, groups, exact=len(kept) == len(clauses)) if kept else None
    return push(item)


def joined(
    op: str,
    group: type[And | Or],
    clauses: list[Clause],
    groups: Callable[[str, list[Any]], Any],
    *,
    exact: bool,
) -> Clause:
    return Clause(
        vendor=groups(op, [clause.vendor for clause in clauses]),
        expects=group(tuple(clause.expects for clause in clauses)),
        exact=exact and all(clause.exact for clause in clauses),
        proof=min(clause.proof for clause in clauses),
        weight=sum(clause.weight for clause in clauses),
    )


def expected(clauses: Iterable[Clause], proof: Proof) -> Expression:
    """What every row must fulfil that the vendor returns for these clauses, as far as failing proves anything."""
    return And(tuple(clause.expects for clause in clauses if clause.proof >= proof))


@dataclass(frozen=True, slots=True)
class Plan:
    """How a list will be read. `queries` are the vendor's filters, disjoint, read one after the other.

    `strict` is what every returned row must fulfil, `expected` what some row of a full page must, or the vendor
    ignored the filter. `exact` says that the vendor's own filter is the whole filter, so that its count can be
    trusted once it is proved.
    """

    queries: tuple[Any, ...]
    strict: Expression
    expected: Expression
    exact: bool
    vendor_filters: tuple[str, ...] = ()
    local_filters: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def told(expression: Expression) -> str:
    """A condition of ours for people to read."""
    match expression:
        case Test(trait, op, value):
            return f"{trait.name} {op}" + ("" if value is None else f" {value!s}")
        case Not(item):
            return f"not ({told(item)})"
    items: Sequence[Expression] = getattr(expression, "items", ())
    return f"({f' {type(expression).__name__.lower()} '.join(told(item) for item in items)})"
