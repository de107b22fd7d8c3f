"""Queries: the few filters that HaloPSA has (wire/halopsa.md 3.2). The rest is evaluated by the library.

A parameter that it does not know is ignored and everything comes back, so only those of `PARAMETERS` are ever sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from anypsa.errors import Unsupported
from anypsa.models import Sort, State
from anypsa.query import And, Expression, Not, Operator, Or, Test
from anypsa.spi import NUMBER, Clause, Field, Plan, Proof, Table, expected, pushed, told

from .codecs import RECURRING, Unless
from .tables import ACTIONS, INVOICES, OF_TICKET, TICKETS, WITHIN

EQ, IN = Operator.EQ, Operator.IN
BATCH: Final = 50
MARGIN: Final = timedelta(seconds=2)
EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2900, 1, 1, tzinfo=UTC)

PARAMETERS: Final[Mapping[tuple[str, str], Mapping[Operator, str]]] = {
    # (path, the vendor's field): operator → parameter; `status` filters what rows call `status_id`, and so on
    ("Tickets", "id"): {EQ: "ticketids", IN: "ticketids"},
    ("Tickets", "client_id"): {EQ: "client_id", IN: "client_ids"},
    ("Tickets", "user_id"): {EQ: "user_id"},
    ("Tickets", "agent_id"): {EQ: "agent_id"},
    ("Tickets", "status_id"): {EQ: "status", IN: "status"},
    ("Tickets", "team"): {EQ: "team", IN: "team"},
    ("Tickets", "tickettype_id"): {EQ: "requesttype", IN: "requesttype"},
    ("Tickets", "priority_id"): {EQ: "priority", IN: "priority"},
    ("Tickets", "site_id"): {EQ: "site_id"},
    **{(path, "ticket_id"): {EQ: "ticket_id"} for path in (*sorted(OF_TICKET), "Appointment")},
    ("Users", "client_id"): {EQ: "client_id"},
    ("Users", "site_id"): {EQ: "site_id"},
    ("Site", "client_id"): {EQ: "client_id"},
    ("ClientContract", "client_id"): {EQ: "client_id"},
    ("Invoice", "client_id"): {EQ: "client_id"},
    ("Projects", "client_id"): {EQ: "client_id", IN: "client_ids"},
    ("Projects", "agent_id"): {EQ: "agent_id"},
    ("Projects", "status_id"): {EQ: "status", IN: "status"},
    ("Projects", "tickettype_id"): {EQ: "requesttype", IN: "requesttype"},
    ("Asset", "client_id"): {EQ: "client_id"},
    ("Asset", "assettype_id"): {EQ: "assettype_id"},
    ("Lookup", "lookupid"): {EQ: "lookupid"},
    **{(path, "webhook_id"): {EQ: "webhook_id"} for path in ("Notification", "WebhookEvent")},
}
UUIDS: Final = frozenset({"webhook_id"})
"""Filters whose values are no numbers."""
# What lists hold back unless asked (3.2): closed tickets, inactive clients, users, assets and agents.
ACTIVE_OR_NOT: Final = {"includeactive": "true", "includeinactive": "true"}
EVERYTHING: Final[Mapping[str, Mapping[str, str]]] = {
    "Tickets": {"includeclosed": "true"},
    "Projects": {"includeclosed": "true"},
    "Client": ACTIVE_OR_NOT,
    # Each site has a user who is nobody in particular (2.3).
    "Users": {**ACTIVE_OR_NOT, "exclude_generaluser": "true"},
    "Asset": ACTIVE_OR_NOT,
    "Site": {**ACTIVE_OR_NOT, "includeaddress": "true"},
    "KBArticle": ACTIVE_OR_NOT,
    "Agent": {"includedisabled": "true"},
    "Team": {"showall": "true"},
    "ClientContract": {"includeinactive": "true"},
    "Appointment": {"hidecompleted": "false"},
    "TicketType": {"showall": "true"},
    # Lists without pages hold 50 rows unless told otherwise.
    ACTIONS: {"count": "10000"},
}
# Lists that filter by last update (3.2), and what rows call it; those of contracts and articles do not.
SINCE: Final[Mapping[str, str]] = {"Tickets": "last_update", "Projects": "last_update", "Asset": "last_modified"}
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
        taken: dict[str, str] = dict(EVERYTHING.get(self.table.path, {}))
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
        wanted = WITHIN.get(self.table.path)
        if wanted is not None and wanted not in taken:
            plural, name = self.table.kind.plural, self.table.neutral_names[wanted]
            raise Unsupported(
                f"list {plural}", said=[f"HaloPSA lists them by {name}"], hint=f"{plural}.list({name}=...)"
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
        if leaf.trait.name not in self.table.by_name:
            return None
        path, wire = self.table.path, self.table.by_name[leaf.trait.name].wire
        if wire == SINCE.get(path):
            return since(leaf)
        parameter = PARAMETERS.get((path, wire), {}).get(leaf.op)
        values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
        if parameter is None or not values or len(values) > BATCH or leaf.trait.sort is Sort.TEXT:
            return None
        if wire not in UUIDS and not all(str(NUMBER.encode(one)) == one for one in values):
            return None
        if stands_for_none(self.table.by_name[leaf.trait.name], values):
            return None
        return Clause({parameter: ",".join(values)}, leaf)


def stands_for_none(field: Field, values: Iterable[str]) -> bool:
    """Whether one of these ids means that there is none, so that the vendor lists records that have none of ours."""
    return isinstance(field.codec, Unless) and not field.codec.none.isdisjoint(values)


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
