"""Queries: filters in Autotask's own operators (wire/autotask.md 4).

What is pushed down always returns every row that matches, and perhaps more. An operator that the vendor does not know
is dropped silently and everything comes back, so none but the thirteen of `OPERATORS` ever goes out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

from anypsa.errors import Problem
from anypsa.models import ContractKind, Sort, State
from anypsa.query import Expression, Not, Operator, Test
from anypsa.spi import Clause, CustomField, Filter, Plan, Proof, Pushed, Table, expected, pushed, told
from anypsa.spi.table import Field

from .rows import EVERY_ROW
from .tables.names import COMPLETE, CONTRACT_KINDS

V = TypeVar("V")
E = TypeVar("E", bound=StrEnum)

OPERATORS: Final[Mapping[Operator, str]] = {
    Operator.EQ: "eq",
    Operator.NE: "noteq",
    Operator.GT: "gt",
    Operator.GTE: "gte",
    Operator.LT: "lt",
    Operator.LTE: "lte",
    Operator.CONTAINS: "contains",
    Operator.STARTS_WITH: "beginsWith",
    Operator.ENDS_WITH: "endsWith",
    Operator.IN: "in",
    Operator.NOT_IN: "notIn",
    Operator.IS_NULL: "notExist",
    Operator.IS_NOT_NULL: "exist",
}
# Every value of `in` counts as one OR; a query may have 500 (4.2).
BATCH: Final = 200
"""So many values of one list are asked for at a time, and so many ORs may stand beside them."""
LOOKED_UP: Final = 400
"""So many ids are looked up at a time where nothing stands beside them: as many as others are known to ask for (4.2)."""

SECOND: Final = timedelta(seconds=1)
MARGIN: Final = timedelta(seconds=1)
# Letters whose case every collation folds alike, and no wildcard of SQL's among them but % and _, which only widen.
PLAIN: Final = re.compile(r"[A-Za-z0-9 .,:;@#&()+\-/'%_!?=]+")
WILDCARDS: Final = frozenset("%_")
NEGATIVE: Final = frozenset({Operator.NE, Operator.NOT_IN})


@dataclass(frozen=True)
class Statuses:
    """Which statuses mean which state in this tenant; the rest mean open."""

    by_id: Mapping[str, State]

    @classmethod
    def of(cls, profile: Mapping[str, Sequence[str]]) -> Statuses:
        """The vendor's own closed status, and what the profile says of the tenant's."""
        named = {id: State(word) for word, ids in profile.items() for id in ids}
        return cls({COMPLETE: State.CLOSED, **named})

    def ids(self, states: Collection[State]) -> tuple[str, ...]:
        """The statuses known to mean one of these states."""
        return tuple(id for id, state in self.by_id.items() if state in states)


@dataclass
class Compiler:
    """Compiles one filter for one table."""

    table: Table
    statuses: Statuses
    customs: Mapping[str, CustomField] = field(default_factory=dict)
    udf_spent: bool = False

    def plan(self, where: Expression) -> Plan:
        """The whole plan: conditions within the vendor's budgets, the rest left to us."""
        parts = self._within_budget(pushed(where, self.push, groups=grouped))
        clauses = [part.clause for part in parts if part.clause is not None]
        large = next((part for part in parts if part.clause is not None and part.clause.weight > BATCH), None)
        return Plan(
            queries=tuple(split(clauses, large)),
            strict=expected(clauses, Proof.ROW),
            expected=expected(clauses, Proof.PAGE),
            exact=all(part.clause is not None and part.clause.exact for part in parts),
            vendor_filters=tuple(spelled(clause.vendor) for clause in clauses),
            local_filters=tuple(told(part.condition) for part in parts if part.clause is None or not part.clause.exact),
            notes=SLOW if any("description" in str(clause.vendor) for clause in clauses) else (),
        )

    def _within_budget(self, parts: Sequence[Pushed]) -> list[Pushed]:
        """Drops clauses beyond the vendor's budget of ORs, but for one long list of values, which is read in parts."""
        kept: list[Pushed] = []
        spent, large = 0, False
        for part in parts:
            clause = part.clause
            divisible = clause is not None and clause.weight > BATCH and divides(clause.vendor)
            if clause is None or (divisible and not large) or spent + clause.weight <= BATCH:
                kept.append(part)
                large = large or divisible
                spent += clause.weight if clause is not None and not divisible else 0
            else:
                kept.append(replace(part, clause=None))
        return kept

    def push(self, leaf: Expression) -> Clause | None:
        """One comparison, or the negation of one, in the vendor's form."""
        if isinstance(leaf, Not):
            return None  # only text and orders have no opposite operator, and their complement is not safe to ask for
        if not isinstance(leaf, Test):
            return None
        if leaf.trait.custom:
            return self._custom(leaf)
        known = self.table.by_name[leaf.trait.name]
        if known.filter is Filter.NONE:
            return None
        return PUSHES[leaf.trait.sort](self, known, leaf)

    def exactly(self, known: Field, test: Test) -> Clause | None:
        """Ids, references, picklists and flags: the vendor answers exactly."""
        if test.op in (Operator.IN, Operator.NOT_IN) and not test.value:
            return None
        vendor = condition(known.wire, test.op, encoded(known, test.value))
        if test.op in NEGATIVE:
            # SQL finds an absent value neither equal nor unequal; we find it unequal.
            vendor = grouped("or", [vendor, condition(known.wire, Operator.IS_NULL)])
        return Clause(vendor, test, weight=weight(test))

    def flag(self, known: Field, test: Test) -> Clause | None:
        """True or false: never compared with more than one value, since booleans must not be null in a list (4.2)."""
        return None if test.op in (Operator.IN, Operator.NOT_IN) else self.exactly(known, test)

    def text(self, known: Field, test: Test) -> Clause | None:
        """Text: asked for in a form that no collation, wildcard or trailing space can make narrower."""
        if test.op is Operator.IS_NOT_NULL:
            return Clause(condition(known.wire, test.op), test, exact=False, proof=Proof.NONE)
        if test.op is Operator.EQ and PLAIN.fullmatch(test.value):
            return Clause(condition(known.wire, test.op, test.value), test, exact=False, proof=Proof.PAGE)
        if test.op is Operator.IN and test.value and all(PLAIN.fullmatch(one) for one in test.value):
            vendor = condition(known.wire, test.op, list(test.value))
            return Clause(vendor, test, exact=False, proof=Proof.PAGE, weight=weight(test))
        if test.op in FRAGMENTS:
            return self._fragment(known, test)
        return None

    def _fragment(self, known: Field, test: Test) -> Clause | None:
        op, piece = FRAGMENTS[test.op](test.value)
        if not piece.strip():
            return None
        wider = replace(test, op=op, value=piece)
        # Where the vendor takes % and _ for wildcards, a page of rows that hold neither is an honest answer.
        proof = Proof.NONE if WILDCARDS & set(piece) else Proof.PAGE
        return Clause(condition(known.wire, op, piece), wider, exact=False, proof=proof)

    def moment(self, known: Field, test: Test) -> Clause | None:
        """Times: asked for a second wider, since the vendor's resolution is not known."""
        return self._widened(known, test, SECOND)

    def duration(self, known: Field, test: Test) -> Clause | None:
        """Hours are floats to the vendor: asked for a little wider."""
        return self._widened(known, test, MARGIN)

    def _widened(self, known: Field, test: Test, margin: timedelta) -> Clause | None:
        if test.op in (Operator.IS_NULL, Operator.IS_NOT_NULL):
            return Clause(condition(known.wire, test.op), test)
        bounds = {
            Operator.EQ: (Operator.GTE, Operator.LTE),
            Operator.GT: (Operator.GTE,),
            Operator.GTE: (Operator.GTE,),
            Operator.LT: (Operator.LTE,),
            Operator.LTE: (Operator.LTE,),
        }.get(test.op)
        if bounds is None:
            return None
        tests = [Test(test.trait, op, shifted(test.value, margin, up=op is Operator.LTE)) for op in bounds]
        tests = [one for one in tests if one.value is not None]
        if not tests:
            return None
        vendors = [condition(known.wire, one.op, encoded(known, one.value)) for one in tests]
        expects = tests[0] if len(tests) == 1 else tests[0] & tests[1]
        vendor = vendors[0] if len(vendors) == 1 else grouped("and", vendors)
        return Clause(vendor, expects, exact=False, proof=Proof.PAGE)

    def state(self, known: Field, test: Test) -> Clause | None:
        """States are derived from statuses, so they are asked for as statuses."""
        wanted = values_of(test, State)
        if State.OPEN in wanted:
            others = self.statuses.ids([state for state in State if state not in wanted])
            if not others:
                return None
            vendor = condition(known.wire, Operator.NOT_IN, encoded(self.table.by_name["status"], others))
            vendor = grouped("or", [vendor, condition(known.wire, Operator.IS_NULL)])
            return Clause(vendor, test, proof=Proof.PAGE, weight=len(others) + 1)
        ids = self.statuses.ids(wanted)
        if not ids:
            return None
        vendor = condition(known.wire, Operator.IN, encoded(self.table.by_name["status"], ids))
        if State.CLOSED not in wanted:
            return Clause(vendor, test, proof=Proof.PAGE, weight=len(ids))
        # One without a status may be completed all the same.
        vendor = grouped("or", [vendor, condition(known.wire, Operator.IS_NULL)])
        return Clause(vendor, test, proof=Proof.PAGE, weight=len(ids) + 1)

    def contract_kind(self, known: Field, test: Test) -> Clause | None:
        """Kinds are derived from types; a type that we do not know may be any, so it is never left out."""
        wanted = values_of(test, ContractKind)
        if ContractKind.UNKNOWN in wanted:
            return None
        types = [known.codec.encode(id) for id, kind in CONTRACT_KINDS.items() if kind in wanted]
        if not types:
            return None
        return Clause(condition(known.wire, Operator.IN, types), test, proof=Proof.PAGE, weight=len(types))

    def _custom(self, test: Test) -> Clause | None:
        """User-defined fields: one condition per query (4.2), and text forms only for fields that hold text."""
        holds_text = self.customs[test.trait.name].type.lower() in TEXTUAL
        if self.udf_spent or (test.op is not Operator.IS_NOT_NULL and not holds_text):
            return None
        clause = self.text(Field(name=test.trait.name, wire=test.trait.name), test)
        if clause is None:
            return None
        self.udf_spent = True
        return replace(clause, vendor={**clause.vendor, "udf": True})


TEXTUAL: Final = frozenset({"string", "text"})
SLOW: Final = ("searching descriptions is slow for the vendor; a filter on queue, status or dates beside it helps",)
PUSHES: Final[Mapping[Sort, Callable[[Compiler, Field, Test], Clause | None]]] = {
    Sort.ID: Compiler.exactly,
    Sort.CHOICE: Compiler.exactly,
    Sort.REFERENCE: Compiler.exactly,
    Sort.BOOLEAN: Compiler.flag,
    Sort.TEXT: Compiler.text,
    Sort.INSTANT: Compiler.moment,
    Sort.DURATION: Compiler.duration,
    Sort.STATE: Compiler.state,
    Sort.NUMBER: Compiler.exactly,
    Sort.CONTRACT_KIND: Compiler.contract_kind,
}


def longest(text: str) -> str:
    return max(PLAIN.findall(text), key=len, default="").strip()


def leading(text: str) -> str:
    found = PLAIN.match(text)
    return found[0].rstrip() if found else ""


def trailing(text: str) -> str:
    found = re.search(PLAIN.pattern + r"\Z", text)
    return found[0].lstrip() if found else ""


# What is asked for in place of a piece of text: the part of it that is safe to ask for.
FRAGMENTS: Final[Mapping[Operator, Callable[[str], tuple[Operator, str]]]] = {
    Operator.EQ: lambda text: (Operator.STARTS_WITH, leading(text)),
    Operator.CONTAINS: lambda text: (Operator.CONTAINS, longest(text)),
    Operator.STARTS_WITH: lambda text: (Operator.STARTS_WITH, leading(text)),
    # The vendor may or may not store trailing spaces, so an ending that has them is asked for as a content.
    Operator.ENDS_WITH: lambda text: (
        (Operator.CONTAINS, longest(text)) if text != text.rstrip() else (Operator.ENDS_WITH, trailing(text))
    ),
}


def condition(wire: str, op: Operator, value: Any = None) -> dict[str, Any]:
    """One condition as the vendor writes it."""
    if op in (Operator.IS_NULL, Operator.IS_NOT_NULL):
        return {"op": OPERATORS[op], "field": wire}
    return {"op": OPERATORS[op], "field": wire, "value": value}


def grouped(op: str, items: list[Any]) -> dict[str, Any]:
    """A group as the vendor writes it."""
    return {"op": op, "items": items}


def encoded(known: Field, value: Any) -> Any:
    """A value, or a list of them, as the vendor writes it."""
    if isinstance(value, tuple):
        return [known.codec.encode(one) for one in value]
    return None if value is None else known.codec.encode(value)


def weight(test: Test) -> int:
    """How many of the vendor's OR conditions a test takes; the null arm of a negation is one more."""
    return (len(test.value) if isinstance(test.value, tuple) else 1) + (test.op in NEGATIVE)


def shifted(value: Any, margin: timedelta, *, up: bool) -> Any:
    """A bound moved outwards; None where the calendar ends."""
    try:
        moved = value + margin if up else value - margin
        return moved.replace(microsecond=0) + (SECOND if up else timedelta()) if isinstance(moved, datetime) else moved
    except OverflowError:
        return None


def values_of(test: Test, kind: type[E]) -> frozenset[E]:
    """The members of an enumeration that a comparison lets through."""
    named: frozenset[E] = frozenset(
        test.value if isinstance(test.value, tuple) else () if test.value is None else (test.value,)
    )
    match test.op:
        case Operator.EQ | Operator.IN:
            return named
        case Operator.NE | Operator.NOT_IN:
            return frozenset(kind) - named
        case Operator.IS_NOT_NULL:
            return frozenset(kind)
    return frozenset()


def between(table: Table, low: int | None, high: int | None) -> list[dict[str, Any]]:
    """The conditions that ids lie from one up to another; a bound of None is none."""
    id = table.by_name["id"].wire
    bounds = ((Operator.GTE, low), (Operator.LT, high))
    return [condition(id, op, bound) for op, bound in bounds if bound is not None]


def divides(vendor: Mapping[str, Any]) -> bool:
    """Whether a clause is one list of values, so that it can be asked for in parts."""
    return bool(vendor["op"] == OPERATORS[Operator.IN])


def split(clauses: Sequence[Clause], large: Pushed | None) -> list[list[dict[str, Any]]]:
    """The vendor's queries: one, or several with a part each of a list of values that is too long for one."""
    if large is None or large.clause is None:
        return [[clause.vendor for clause in clauses] or [EVERY_ROW]]
    others = [clause.vendor for clause in clauses if clause is not large.clause]
    vendor = large.clause.vendor
    parts = batches(vendor["value"])
    return [[*others, {**vendor, "value": part}] for part in parts]


def batches(values: Sequence[V], size: int = BATCH) -> list[Sequence[V]]:
    """A list of values in parts that the vendor takes."""
    return [values[start : start + size] for start in range(0, len(values), size)]


def spelled(vendor: Mapping[str, Any]) -> str:
    """A vendor's condition for people to read."""
    if "items" in vendor:
        return "(" + f" {vendor['op']} ".join(spelled(item) for item in vendor["items"]) + ")"
    value = vendor.get("value")
    shown = f"[{len(value)} values]" if isinstance(value, list) and len(value) > 5 else repr(value)
    return f"{vendor['field']} {vendor['op']}" + ("" if value is None else f" {shown}")


def wrong_customs(tests: Iterable[Test], known: Mapping[str, CustomField]) -> list[Problem]:
    """What is wrong with comparisons of user-defined fields. Records hold the id of a list's value (3.4), so that a
    label would find nothing, or everything."""
    problems: list[Problem] = []
    for test in tests:
        name = test.trait.name
        if name not in known:
            problems.append(Problem(name, "there is no such custom field", allowed=tuple(known)))
        elif (options := known[name].options) and test.op in WHOLE_VALUES:
            values = test.value if isinstance(test.value, tuple) else (test.value,)
            allowed = tuple(f"{one.id} ({one.label})" for one in options)
            problems += [
                Problem(name, "its records hold the ids of its list", value=value, allowed=allowed)
                for value in values
                if str(value) not in {one.id for one in options}
            ]
    return problems


WHOLE_VALUES: Final = frozenset({Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN})
