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
from anypsa.query import And, Expression, Not, Operator, Or, Test
from anypsa.spi import NUMBER, Clause, Plan, Proof, Table, expected, pushed, told

from .codecs import RECURRING, UNASSIGNED
from .tables import INVOICES, OF_TICKET, TICKETS

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
    ("ticket", "location"): {EQ: "site_id"},
    **{(name, "ticket"): {EQ: "ticket_id"} for name in (*sorted(OF_TICKET), "appointment")},
    ("contact", "company"): {EQ: "client_id"},
    ("contact", "location"): {EQ: "site_id"},
    ("location", "company"): {EQ: "client_id"},
    ("contract", "company"): {EQ: "client_id"},
    ("invoice", "company"): {EQ: "client_id"},
    ("project", "company"): {EQ: "client_id", IN: "client_ids"},
    ("project", "lead"): {EQ: "agent_id"},
    ("project", "status"): {EQ: "status", IN: "status"},
    ("project", "type"): {EQ: "requesttype", IN: "requesttype"},
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
    "location": {"includeactive": "true", "includeinactive": "true", "includeaddress": "true"},
    "contract": {"includeinactive": "true"},
    "article": {"includeactive": "true", "includeinactive": "true"},
    "project": {"includeclosed": "true"},
    "appointment": {"hidecompleted": "false"},
    # Lists without pages hold 50 rows unless told otherwise.
    **{name: {"count": "10000"} for name in ("note", "time_entry", "history_entry")},
}
# Lists that filter by last update (3.2); those of contracts and articles do not.
SINCE: Final = frozenset({"ticket", "project", "asset"})
AGENTS: Final = frozenset({("ticket", "assignee"), ("project", "lead")})
RECURRING_PATH: Final = "RecurringInvoice"
RECURRING_WORD: Final = "recurring"
CUSTOM_FIELDS: Final = "include_custom_fields"
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
    customs: tuple[str, ...] = ()
    """The ids of the tenant's custom fields, which lists of tickets hold only when they are named."""

    def plan(self, where: Expression) -> Plan:
        """The plan; each parameter is used once, by the first condition that needs it."""
        taken: dict[str, str] = dict(EVERYTHING.get(self.table.name, {}))
        if names_customs(where):
            taken |= self._with_customs()
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
        if self.table.name in OF_TICKET and "ticket_id" not in taken:
            plural = self.table.kind.plural
            raise Unsupported(
                f"list {plural}", said=["HaloPSA lists them by ticket"], hint=f"{plural}.list(ticket=...)"
            )
        return Plan(
            # Bills and the rules that make them are two lists.
            queries=(taken, {**taken, RECURRING: "true"}) if self.table is INVOICES else (taken,),
            strict=expected(clauses, Proof.ROW),
            expected=expected(clauses, Proof.PAGE),
            exact=not local and all(clause.exact for clause in clauses),
            vendor_filters=tuple(f"{name}={value}" for name, value in taken.items()),
            local_filters=tuple(told(one) for one in local),
        )

    def _with_customs(self) -> dict[str, str]:
        if self.table is not TICKETS or not self.customs:
            raise Unsupported(
                f"filter {self.table.kind.plural} by custom fields",
                said=["HaloPSA's lists leave them out"],
                hint="List without it, and get those records whose custom fields you want.",
            )
        return {CUSTOM_FIELDS: ",".join(self.customs)}

    def push(self, leaf: Expression) -> Clause | None:
        """One comparison as a parameter, if there is one for it."""
        if not isinstance(leaf, Test) or leaf.trait.custom:
            return None
        if leaf.trait.name == "state":
            return closure(leaf, settled=self.settled)
        if leaf.trait.name == "updated" and self.table.name in SINCE:
            return since(leaf)
        parameter = PARAMETERS.get((self.table.name, leaf.trait.name), {}).get(leaf.op)
        values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
        if parameter is None or not values or len(values) > BATCH:
            return None
        if not all(str(NUMBER.encode(one)) == one for one in values):
            return None
        if (self.table.name, leaf.trait.name) in AGENTS and UNASSIGNED in values:
            return None
        return Clause({parameter: ",".join(values)}, leaf)


def names_customs(where: Expression) -> bool:
    """Whether a filter names a custom field."""
    match where:
        case Test(trait):
            return trait.custom
        case Not(item):
            return names_customs(item)
        case And(items) | Or(items):
            return any(map(names_customs, items))
    return False


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
