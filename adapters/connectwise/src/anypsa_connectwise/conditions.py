"""Conditions: filters in ConnectWise's own language (wire/connectwise.md, Conditions). The rest is evaluated by the library.

Only what is attested goes out: `=`, `in (...)`, `and`, `or`, flags, and times in brackets. What compares with nothing,
what is negated, and text are filtered here, since nobody says how the vendor takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote_plus

from anypsa.errors import Unsupported
from anypsa.models import Sort, State
from anypsa.query import Expression, Operator, Test
from anypsa.spi import NUMBER, Clause, Filter, Plan, Proof, Pushed, Table, expected, pushed, told
from anypsa.spi.table import Field

from .codecs import MOMENT
from .tables import NOTES

EQ, IN = Operator.EQ, Operator.IN
# Nothing says how long an address may be; that lists of ids must be split by it is attested (URL length).
LONGEST: Final = 1500
"""So many characters of conditions, encoded, may stand in one request."""
MARGIN: Final = timedelta(seconds=2)
EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2900, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Among:
    """That a field is one of some values, which can be asked for in parts."""

    path: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        if len(self.values) == 1:
            return f"{self.path}={self.values[0]}"
        return f"{self.path} in ({','.join(self.values)})"


@dataclass(frozen=True, slots=True)
class Query:
    """One list to read: its conditions, and what fills its path, such as the ticket whose notes are listed."""

    conditions: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)

    def parameters(self) -> dict[str, str]:
        """What stands in the address."""
        return {"conditions": self.conditions} if self.conditions else {}

    def narrowed(self, condition: str) -> Query:
        """The same list, and this holds too."""
        both = [self.conditions, condition] if self.conditions else [condition]
        return replace(self, conditions=together("and", both))

    def told(self) -> dict[str, str]:
        """What rows may leave out, since the path says it."""
        return {"ticketId": self.parts["ticket"]} if "ticket" in self.parts else {}


@dataclass(frozen=True)
class Compiler:
    """Compiles one filter for one table. `mapped`: states that the profile gives to statuses."""

    table: Table
    mapped: frozenset[State] = frozenset()

    def plan(self, where: Expression) -> Plan:
        """The plan: conditions as far as an address holds them, one long list of values in parts."""
        parts = pushed(where, self.push, groups=together)
        path: dict[str, str] = {}
        if self.table is NOTES:
            path, parts = self._of_ticket(parts)
        kept, large = within_reach(parts)
        clauses = [part.clause for part in kept if part.clause is not None]
        texts = [str(clause.vendor) for clause in clauses if clause is not large]
        return Plan(
            queries=tuple(Query(conditions, path) for conditions in split(texts, large)),
            strict=expected(clauses, Proof.ROW),
            expected=expected(clauses, Proof.PAGE),
            exact=all(part.clause is not None and part.clause.exact for part in kept),
            vendor_filters=tuple(str(clause.vendor) for clause in clauses),
            local_filters=tuple(told(part.condition) for part in kept if part.clause is None or not part.clause.exact),
        )

    def _of_ticket(self, parts: Sequence[Pushed]) -> tuple[dict[str, str], list[Pushed]]:
        """Notes are listed by ticket, which stands in the path."""
        for part in parts:
            match part.condition:
                case Test(trait, Operator.EQ, str(id)) if trait.name == NOTES.parent:
                    return {"ticket": str(NUMBER.encode(id))}, [one for one in parts if one is not part]
        raise Unsupported("list notes", said=["ConnectWise lists them by ticket"], hint="notes.list(ticket=...)")

    def push(self, leaf: Expression) -> Clause | None:
        """One comparison in the vendor's language, if it can be said so that nothing gets lost."""
        if not isinstance(leaf, Test) or leaf.trait.custom:
            return None
        field = self.table.by_name[leaf.trait.name]
        push = PUSHES.get(leaf.trait.sort)
        return None if field.filter is Filter.NONE or push is None else push(self, field, leaf)

    def among(self, field: Field, test: Test) -> Clause | None:
        """Ids, and what refers to them."""
        if test.op not in (EQ, IN) or not test.value:
            return None
        values = test.value if test.op is IN else (test.value,)
        path = field.wire if test.trait.sort is Sort.ID else f"{field.wire}/id"
        return Clause(Among(path, tuple(str(NUMBER.encode(one)) for one in values)), test)

    def flag(self, field: Field, test: Test) -> Clause | None:
        if test.op is not EQ:
            return None
        return Clause(f"{field.wire}={written(field.codec.encode(test.value))}", test)

    def moment(self, field: Field, test: Test) -> Clause | None:
        """Times: a little wider, since they are kept in seconds."""
        bounds = TIMES.get(test.op)
        if bounds is None:
            return None
        clauses = [one_bound(field, test, op) for op in bounds]
        expects = clauses[0][1] if len(clauses) == 1 else clauses[0][1] & clauses[1][1]
        vendor = together("and", [vendor for vendor, _ in clauses])
        return Clause(vendor, expects, exact=False, proof=Proof.PAGE)

    def state(self, field: Field, test: Test) -> Clause | None:
        """Closed or not is the vendor's own word, unless the profile calls other statuses closed; of the rest, the profile
        tells the waiting from the open ones."""
        wanted = states(test)
        if State.CLOSED in self.mapped or not wanted:
            return None
        if wanted == {State.CLOSED}:
            return Clause(f"{field.wire}=true", test, proof=Proof.PAGE)
        if State.CLOSED in wanted:
            return None
        unclosed = Test(test.trait, IN, (State.OPEN, State.WAITING))
        exact = wanted >= ({State.OPEN} | (self.mapped - {State.CLOSED}))
        return Clause(f"{field.wire}=false", unclosed, exact=exact, proof=Proof.PAGE)


PUSHES: Final[Mapping[Sort, Callable[[Compiler, Field, Test], Clause | None]]] = {
    Sort.ID: Compiler.among,
    Sort.CHOICE: Compiler.among,
    Sort.REFERENCE: Compiler.among,
    Sort.BOOLEAN: Compiler.flag,
    Sort.INSTANT: Compiler.moment,
    Sort.STATE: Compiler.state,
}
TIMES: Final[Mapping[Operator, Sequence[Operator]]] = {
    Operator.GT: (Operator.GTE,),
    Operator.GTE: (Operator.GTE,),
    Operator.LT: (Operator.LTE,),
    Operator.LTE: (Operator.LTE,),
    Operator.EQ: (Operator.GTE, Operator.LTE),
}


def one_bound(field: Field, test: Test, op: Operator) -> tuple[str, Expression]:
    """One end of a span, moved outwards: as the vendor writes it, and as it is checked here."""
    if op is Operator.GTE:
        moment, sign = max(test.value, EARLIEST + MARGIN) - MARGIN, ">"
    else:
        moment, sign = min(test.value, LATEST - MARGIN) + MARGIN, "<"
    return f"{field.wire}{sign}[{MOMENT.encode(moment)}]", Test(test.trait, op, moment)


def states(test: Test) -> frozenset[State]:
    """The states that a comparison lets through."""
    named = frozenset(test.value if isinstance(test.value, tuple) else (test.value,)) - {None}
    if test.op in (EQ, IN):
        return named
    return frozenset(State) - named if test.op in (Operator.NE, Operator.NOT_IN) else frozenset()


def written(value: Any) -> str:
    return str(value).lower()


def together(op: str, items: Sequence[Any]) -> str:
    """Conditions that must all hold, or one of which must."""
    return str(items[0]) if len(items) == 1 else f"({f' {op} '.join(map(str, items))})"


def length(text: object) -> int:
    return len(quote_plus(str(text)))


def within_reach(parts: Sequence[Pushed]) -> tuple[list[Pushed], Clause | None]:
    """The conjuncts with what an address holds of their clauses; one list of values that is too long is asked for in parts."""
    large, left, kept = None, LONGEST // 2, list[Pushed]()
    for part in parts:
        size = 0 if part.clause is None else length(part.clause.vendor) + length(" and ")
        if part.clause is None or size <= left:
            left -= size
            kept.append(part)
        elif large is None and isinstance(part.clause.vendor, Among):
            large = part.clause
            kept.append(part)
        else:
            kept.append(replace(part, clause=None))
    return kept, large


def split(texts: Sequence[str], large: Clause | None) -> list[str]:
    """The conditions of each list that is to be read."""
    if large is None:
        return [together("and", texts) if texts else ""]
    return [together("and", [*texts, str(one)]) for one in chunks(large.vendor)]


def chunks(whole: Among) -> list[Among]:
    """A long list of values in parts, each short enough for half an address."""
    found: list[list[str]] = [[]]
    left = LONGEST // 2
    for value in dict.fromkeys(whole.values):
        size = length(f",{value}")
        if size > left and found[-1]:
            found.append([])
            left = LONGEST // 2
        found[-1].append(value)
        left -= size
    return [Among(whole.path, tuple(values)) for values in found]
