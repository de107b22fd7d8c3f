"""Queries: the few filters that HaloPSA has (wire/halopsa.md 3.2). The rest is evaluated by the library.

A parameter that it does not know is ignored and everything comes back, so only those of `PARAMETERS` are ever sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from anypsa.errors import Unsupported
from anypsa.models import State
from anypsa.query import Expression, Operator, Test
from anypsa.spi import NUMBER, Clause, Plan, Proof, Table, expected, pushed, told

from .codecs import UNASSIGNED
from .tables import NOTES

EQ, IN = Operator.EQ, Operator.IN
BATCH: Final = 50
MARGIN: Final = timedelta(seconds=2)
EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2900, 1, 1, tzinfo=UTC)

PARAMETERS: Final[Mapping[tuple[str, str], Mapping[Operator, str]]] = {
    # (entity, neutral field): operator → parameter; `status` filters what rows call `status_id`, and so on
    ("ticket", "id"): {EQ: "ticketids", IN: "ticketids"},
    ("ticket", "company"): {EQ: "client_id", IN: "client_ids"},
    ("ticket", "contact"): {EQ: "user_id"},
    ("ticket", "assignee"): {EQ: "agent_id"},
    ("ticket", "status"): {EQ: "status", IN: "status"},
    ("ticket", "queue"): {EQ: "team", IN: "team"},
    ("ticket", "type"): {EQ: "requesttype", IN: "requesttype"},
    ("ticket", "priority"): {EQ: "priority", IN: "priority"},
    ("note", "ticket"): {EQ: "ticket_id"},
    ("contact", "company"): {EQ: "client_id"},
    ("asset", "company"): {EQ: "client_id"},
    ("asset", "kind"): {EQ: "assettype_id"},
}
# What lists hold back unless asked (3.2): closed tickets, inactive clients, users, assets and agents.
EVERYTHING: Final[Mapping[str, Mapping[str, str]]] = {
    "ticket": {"includeclosed": "true"},
    "company": {"includeactive": "true", "includeinactive": "true"},
    "contact": {"includeactive": "true", "includeinactive": "true"},
    "asset": {"includeactive": "true", "includeinactive": "true"},
    "technician": {"includedisabled": "true"},
    "queue": {"showall": "true"},
    # Lists without pages hold 50 rows unless told otherwise.
    "note": {"count": "10000"},
}
CLOSED_TOO: Final = "includeclosed"


def passes(query: Mapping[str, str]) -> list[dict[str, str]]:
    """The lists to read where `includeclosed` has no effect (3.4): the closed tickets after the open ones, and those once
    more in the end, because a ticket may have been opened again after the first pass."""
    rest = {name: value for name, value in query.items() if name != CLOSED_TOO}
    return [dict(query), {**rest, "closed_only": "true"}, {**rest, "open_only": "true"}]


@dataclass(frozen=True)
class Compiler:
    """Compiles one filter for one table into parameters.

    `settled`: no status means "closed" by the profile's
    word, so that the vendor's closed tickets are all of them.
    """

    table: Table
    settled: bool = True

    def plan(self, where: Expression) -> Plan:
        """The plan; each parameter is used once, by the first condition that needs it."""
        taken: dict[str, str] = dict(EVERYTHING.get(self.table.name, {}))
        clauses: list[Clause] = []
        local: list[Expression] = []
        for part in pushed(where, self.push, groups=ungrouped):
            fresh = (
                part.clause is not None
                and part.clause.vendor is not None
                and not part.clause.vendor.keys() & taken.keys()
            )
            if part.clause is None or not fresh:
                local.append(part.condition)
                continue
            clauses.append(part.clause)
            taken |= part.clause.vendor
            if "closed_only" in taken or "open_only" in taken:
                taken.pop("includeclosed", None)
        if self.table is NOTES and "ticket_id" not in taken:
            raise Unsupported("list notes", said=["HaloPSA lists them by ticket"], hint="notes.list(ticket=...)")
        return Plan(
            queries=(taken,),
            strict=expected(clauses, Proof.ROW),
            expected=expected(clauses, Proof.PAGE),
            exact=not local and all(clause.exact for clause in clauses),
            vendor_filters=tuple(f"{name}={value}" for name, value in taken.items()),
            local_filters=tuple(told(one) for one in local),
        )

    def push(self, leaf: Expression) -> Clause | None:
        """One comparison as a parameter, if there is one for it."""
        if not isinstance(leaf, Test) or leaf.trait.custom:
            return None
        if leaf.trait.name == "state":
            return closure(leaf, settled=self.settled)
        if leaf.trait.name == "updated":
            return since(leaf)
        parameter = PARAMETERS.get((self.table.name, leaf.trait.name), {}).get(leaf.op)
        values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
        if parameter is None or not values or len(values) > BATCH:
            return None
        if not all(str(NUMBER.encode(one)) == one for one in values):
            return None
        if leaf.trait.name == "assignee" and UNASSIGNED in values:
            return None
        return Clause({parameter: ",".join(values)}, leaf)


def ungrouped(op: str, items: list[Any]) -> dict[str, str] | None:
    """Parameters can only be combined by and: an or-group has no form of its own."""
    if op == "or":
        return None
    whole: dict[str, str] = {}
    for item in items:
        if item is None or item.keys() & whole.keys():
            return None
        whole |= item
    return whole


def closure(test: Test, *, settled: bool) -> Clause | None:
    """Open and waiting tickets are those without a date of closure."""
    wanted = set(test.value if isinstance(test.value, tuple) else (test.value,))
    if test.op in (Operator.NE, Operator.NOT_IN):
        wanted = set(State) - wanted
    elif test.op not in (EQ, IN):
        return None
    if wanted == {State.CLOSED}:
        return Clause({"closed_only": "true"}, test, proof=Proof.PAGE) if settled else None
    if State.CLOSED in wanted or not wanted:
        return None
    both = replace(test, op=IN, value=(State.OPEN, State.WAITING))
    return Clause({"open_only": "true"}, both, exact=False, proof=Proof.PAGE)


def since(test: Test) -> Clause | None:
    """By last update, a little wider, since it is kept in seconds (3.4)."""
    if test.op in (Operator.GT, Operator.GTE):
        parameter, moment = "lastupdatefromdate", max(test.value, EARLIEST) - MARGIN
    elif test.op in (Operator.LT, Operator.LTE):
        parameter, moment = "lastupdatetodate", min(test.value, LATEST) + MARGIN
    else:
        return None
    op = Operator.GTE if parameter == "lastupdatefromdate" else Operator.LTE
    return Clause(
        {parameter: f"{moment:%Y-%m-%dT%H:%M:%SZ}"}, Test(test.trait, op, moment), exact=False, proof=Proof.NONE
    )
