"""Contracts: what the kind of a ticket's contract lets an automation do, cell by cell, on both PSAs, by what is truly sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final

import pytest
from desk import FAST, running

import anypsa
from anypsa import ApprovalPending, ContractKind, Denied, Policy, Psa, Verdict, Visibility
from anypsa.policy import CELLS, CONTRACT_KINDS, TERMS, ByContract, Cell, LowBalance, Operation, Term
from anypsa_sandbox import Sandbox

OF_WORLD: Final = {
    ContractKind.RECURRING: "Recurring Service",
    ContractKind.PER_TICKET: "Per Ticket",
    ContractKind.BLOCK_HOURS: "Block Hours",
    ContractKind.TIME_AND_MATERIALS: "Time & Materials",
    ContractKind.FIXED_PRICE: "Fixed Price",
    ContractKind.RETAINER: "Retainer",
}
NAMED: Final = {kind: f"The {kind} one" for kind in (ContractKind.PROJECT, ContractKind.UNKNOWN)}
"""Kinds that no type of these sandboxes has: contracts that the profile names."""
MET: Final = {Term.FREE: Verdict.AUTO, Term.ESCALATE: Verdict.APPROVAL}
WORK: Final[dict[str, Any]] = {"summary": "Restarted it.", "duration": timedelta(minutes=3)}


class Office:
    """A sandbox in which each test gets a ticket of its own, under a contract of the kind it asks for."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.vendor = sandbox.dialect.name
        self.world = sandbox.world()
        self.low: list[LowBalance] = []
        rows = self.world.rows("tickets")
        self.like = next(one for one in rows if one["closed"] is None and one["assignee"] and one["status"] == "New")
        named = {kind: frozenset({name}) for kind, name in NAMED.items()}
        self.policy = ByContract(Policy.open, kinds=named, on_low=self.low.append)
        self.psa = self.connect()
        self.technician = self.psa.technicians.first(anypsa.q.email == self.world.rows("technicians")[1]["email"])
        self.closed = next(one.id for one in self.statuses() if one.label in ("Complete", "Closed"))
        self.opened = next(one.id for one in self.statuses() if one.label in ("New", "In Progress"))

    def statuses(self) -> Any:
        return next(one.options for one in self.psa.fields("ticket") if one.name == "status")

    def connect(self) -> Psa:
        psa = anypsa.connect(self.vendor, **self.sandbox.settings, **FAST, policy=self.policy)
        if self.vendor != "halopsa":
            return psa
        types = {str(one.type.label): one.type.id for one in psa.contracts.list() if one.type is not None}
        psa.close()
        told = {kind: (types[label],) for kind, label in OF_WORLD.items()}
        return anypsa.connect(self.vendor, **self.sandbox.settings, **FAST, policy=self.policy, contracts=told)

    def ticket(self, kind: str, hours: float = 10.0, used: float = 0.0) -> dict[str, Any]:
        """A ticket under a new contract of this kind."""
        contract = None
        if kind != "none":
            known = ContractKind(kind)
            named = {"kind": OF_WORLD.get(known, "Fixed Price"), "name": NAMED.get(known, f"the {kind} one")}
            contract = self.another("contracts", company=self.like["company"], **named)
        if kind == ContractKind.BLOCK_HOURS:
            self.another("blocks", contract=contract, hours=hours, hours_used=used)
        return {**self.like, "contract": contract, "id": self.another("tickets", self.like, contract=contract)}

    def another(self, table: str, like: Mapping[str, Any] | None = None, **told: Any) -> int:
        """A row like another, but for what is told."""
        row = {**(like or self.world.rows(table)[0]), **told}
        return self.world.add(table, {name: value for name, value in row.items() if name != "id"})

    def entry(self, ticket: Mapping[str, Any], **more: Any) -> int:
        """Time that somebody logged by hand."""
        row = self.world.rows("time_entries")[0] | {
            "ticket": ticket["id"],
            "contract": ticket["contract"],
            "free": False,
        }
        return self.world.add("time_entries", {name: one for name, one in (row | more).items() if name != "id"})


@pytest.fixture(scope="module", params=["autotask", "halopsa"])
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    with running(request.param, tickets=150) as sandbox:
        office = Office(sandbox)
        yield office
        office.psa.close()


def outcome(act: Callable[[], object]) -> Verdict:
    """What became of a call."""
    try:
        act()
    except ApprovalPending:
        return Verdict.APPROVAL
    except Denied:
        return Verdict.DISABLED
    return Verdict.AUTO


@dataclass(frozen=True)
class Doing:
    """One ticket, and how each operation is tried on it."""

    office: Office
    row: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.row["id"])

    def act(self, operation: Operation) -> object:
        psa, at = self.office.psa, self.id
        match operation:
            case Operation.READ:
                return psa.tickets.get(at, gather=False)
            case Operation.NOTE:
                return psa.notes.create(ticket=at, body="Looking.", visibility=Visibility.INTERNAL)
            case Operation.OPEN:
                company = psa.tickets.get(at).company
                kind: dict[str, Any] = {"type": "Incident"} if self.office.vendor == "halopsa" else {}
                return psa.tickets.create(title="new", company=company, queue="Service Desk", **kind)
            case Operation.CHANGE:
                return psa.tickets.update(at, priority="High")
            case Operation.RESOLVE:
                return psa.tickets.update(at, status=anypsa.Id(self.office.closed))
            case Operation.REOPEN:
                self.office.world.change(
                    "tickets", self.row["id"], {"status": "Complete", "closed": self.row["created"]}
                )
                return psa.tickets.update(at, status=anypsa.Id(self.office.opened))
            case Operation.LOG_TIME:
                return psa.time_entries.create(ticket=at, technician=self.office.technician, **WORK)
            case Operation.OTHERS_TIME:
                return self.log_elsewhere()
            case Operation.CORRECT_TIME:
                return psa.time_entries.update(self.some_entry(), summary="Corrected.")
            case Operation.REBILL:
                other = next(one for one in psa.companies.list() if one.id != psa.tickets.get(at).company.id)
                return psa.tickets.update(at, company=other)
            case Operation.UNKNOWN:
                return psa.request("POST", "Tickets/Merge", json={"ids": [self.row["id"]]})

    def log_elsewhere(self) -> object:
        psa, technician = self.office.psa, self.office.technician
        other = next(one["id"] for one in self.office.world.rows("contracts") if one["id"] != self.row["contract"])
        if self.office.vendor == "autotask":
            return psa.time_entries.create(ticket=self.id, contract=str(other), technician=technician, **WORK)
        action = {"ticket_id": self.row["id"], "outcome_id": 7, "timetaken": 0.05, "action_contract_id": other}
        return psa.request("POST", "Actions", json=[{**action, "note": "worked", "hiddenfromuser": True}])

    def some_entry(self) -> Any:
        self.office.entry(self.row)
        return next(iter(self.office.psa.time_entries.list(ticket=self.id)))


def cells() -> Iterator[Any]:
    """Every cell; of a row that says the same of all kinds, two in the default run."""
    for cell in CELLS:
        alike = len(set(TERMS[cell.operation])) == 1 and cell.kind not in (CONTRACT_KINDS[0], "none")
        yield pytest.param(cell, id=f"{cell.kind}: {cell.operation}", marks=pytest.mark.deep if alike else ())


@pytest.mark.row("S93", "S110", "S114", "S115", call="anypsa policy matrix --contracts | ByContract(policy)")
@pytest.mark.parametrize("cell", list(cells()))
def test_each_cell_of_the_matrix_is_what_happens(office: Office, cell: Cell) -> None:
    doing = Doing(office, office.ticket(cell.kind))
    if cell.term in (Term.TIME_FIRST, Term.BILLABLE_FIRST):
        office.entry(doing.row)

    assert outcome(lambda: doing.act(cell.operation)) is MET.get(cell.term, Verdict.AUTO)


@pytest.mark.row("S113", call="ByContract(policy)")
def test_time_and_materials_is_not_resolved_before_time_is_logged(office: Office) -> None:
    doing = Doing(office, office.ticket(ContractKind.TIME_AND_MATERIALS))

    assert outcome(lambda: doing.act(Operation.RESOLVE)) is Verdict.DISABLED
    doing.act(Operation.LOG_TIME)
    assert outcome(lambda: doing.act(Operation.RESOLVE)) is Verdict.AUTO


@pytest.mark.row("S111", call="ByContract(policy)")
def test_a_ticket_that_is_paid_for_by_itself_is_not_resolved_on_time_that_bills_nobody(office: Office) -> None:
    doing = Doing(office, office.ticket(ContractKind.PER_TICKET))
    office.entry(doing.row, free=True)

    assert outcome(lambda: doing.act(Operation.RESOLVE)) is Verdict.DISABLED
    office.entry(doing.row)
    assert outcome(lambda: doing.act(Operation.RESOLVE)) is Verdict.AUTO


@pytest.mark.row("S112", call="ByContract(policy, low=..., on_low=...) | psa.balance")
def test_few_hours_are_told_of_and_none_end_the_work(office: Office) -> None:
    low, gone = (Doing(office, office.ticket(ContractKind.BLOCK_HOURS, 10.0, used)) for used in (9.0, 10.0))
    before = len(office.low)

    assert outcome(lambda: low.act(Operation.LOG_TIME)) is Verdict.AUTO
    assert [one.ticket for one in office.low[before:]] == [low.id]
    for operation in (Operation.LOG_TIME, Operation.RESOLVE):
        assert outcome(partial(gone.act, operation)) is Verdict.DISABLED
