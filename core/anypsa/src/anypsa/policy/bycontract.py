"""ByContract: a policy that also keeps to what the ticket's contract allows. Below every tool, like all policies."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Final

from ..effects import Effect
from ..models import ContractKind, TimeEntry
from .base import Decision, Facts, OwnCategory, Policy, Verdict
from .doing import doing
from .telling import About
from .terms import BY_CELL, NO_CONTRACT, Operation, Term

log = logging.getLogger("anypsa")
LOW: Final = Decimal(2)
"""Hours that are few, if nothing else is said."""
STRICTNESS: Final = tuple(Verdict)


@dataclass(frozen=True, slots=True)
class LowBalance:
    """Few hours are left on a contract under which something is about to be done."""

    tenant: str
    contract: str
    ticket: str
    left: Decimal


@dataclass(frozen=True)
class ByContract(Policy):
    """Another policy, and what the ticket's contract allows; the stricter of the two decides.

    `low`: with fewer hours left on a block, each write that uses it up is told of: in the log, in the audit trail, and
    to `on_low`, which must return at once. With none left it does not happen. `kinds`: contracts, by their id, number or
    name, that are of another kind than the PSA says: Autotask, for one, has none of the kind project.
    """

    policy: Policy
    low: Decimal = LOW
    kinds: Mapping[ContractKind, frozenset[str]] = field(default_factory=dict)
    on_low: Callable[[LowBalance], object] | None = field(default=None, compare=False)

    def __repr__(self) -> str:
        return f"{self.policy!r} by contract"

    async def decide(self, effect: Effect, facts: Facts) -> Decision:
        """See `Policy`."""
        own = await self.policy.decide(effect, facts)
        if own.verdict is Verdict.DISABLED:
            return own
        term = await self.term(effect, facts)
        return own if term is None or not stricter(term, own) else term

    async def term(self, effect: Effect, facts: Facts) -> Decision | None:
        """What the contract says of it; None if it has nothing to say."""
        certain, possible = await doing(About(effect, facts, OwnCategory()))
        if certain <= {Operation.READ} and not possible:
            return None
        kind = await self.kind(facts) if needs_kind(certain | possible) else NO_CONTRACT
        said = [await self.of(operation, kind, facts) for operation in sorted(certain)]
        strictest = max(said, key=strictness, default=None)
        for operation in sorted(possible):
            perhaps = await self.of(operation, kind, facts)
            if perhaps.verdict is not Verdict.AUTO and (strictest is None or strictest.verdict is Verdict.AUTO):
                words = f"by contract: it cannot be told whether it does not also {operation}"
                strictest = Decision(Verdict.APPROVAL, words)
        return strictest

    async def kind(self, facts: Facts) -> str:
        """The kind of the ticket's contract; unknown if it cannot be told."""
        ticket = await facts.ticket()
        if ticket is None:
            return ContractKind.UNKNOWN
        if ticket.contract is None:
            return NO_CONTRACT
        contract = await facts.contract()
        if contract is None:
            return ContractKind.UNKNOWN
        words = {contract.id, contract.number, contract.name}
        return next((kind for kind, names in self.kinds.items() if words & names), contract.kind)

    async def of(self, operation: Operation, kind: str, facts: Facts) -> Decision:
        """What the contract says of one operation."""
        term = BY_CELL[operation, kind]
        words = f"{kind}: {operation}: {term}"
        match term:
            case Term.FREE:
                return said(Verdict.AUTO, words)
            case Term.ESCALATE:
                return said(Verdict.APPROVAL, words)
            case Term.HOURS_LEFT:
                return await self.by_balance(facts, words)
        entries = await facts.worked()
        if entries is None:
            return said(Verdict.APPROVAL, f"{words}, and what was logged cannot be read")
        logged = has_time(entries, billable=term is Term.BILLABLE_FIRST)
        return said(Verdict.AUTO, words) if logged else said(Verdict.DISABLED, f"{words}, and none is logged")

    async def by_balance(self, facts: Facts, words: str) -> Decision:
        left = await facts.hours_left()
        if left is None:
            return said(Verdict.APPROVAL, f"{words}, and how many cannot be told")
        if left <= 0:
            return said(Verdict.DISABLED, f"{words}, and {left} are left")
        if left < self.low:
            await self.tell(facts, left)
            return said(Verdict.AUTO, f"{words}: only {left}, which is low")
        return said(Verdict.AUTO, words)

    async def tell(self, facts: Facts, left: Decimal) -> None:
        ticket = await facts.ticket()
        if ticket is None or ticket.contract is None:
            return
        low = LowBalance(facts.tenant, ticket.contract.id, ticket.id, left)
        log.warning("%s: %s hours are left on contract %s", low.tenant, left, low.contract)
        if self.on_low is not None:
            self.on_low(low)


def said(verdict: Verdict, words: str) -> Decision:
    return Decision(verdict, f"by contract: {words}")


def needs_kind(operations: frozenset[Operation]) -> bool:
    """Whether the contract matters: not where all kinds say the same."""
    return any(len({term for (one, _), term in BY_CELL.items() if one is operation}) > 1 for operation in operations)


def has_time(entries: tuple[TimeEntry, ...], *, billable: bool) -> bool:
    """Whether any time is logged; billable is what is not said to be free."""
    return any(
        (one.duration or timedelta()) > timedelta() and not (billable and one.billable is False) for one in entries
    )


def strictness(decision: Decision) -> int:
    return STRICTNESS.index(decision.verdict)


def stricter(one: Decision, other: Decision) -> bool:
    """Whether it says less than the other may happen; of two that let it happen, what is low is worth telling."""
    return strictness(one) > strictness(other) or (one.verdict is other.verdict and one.rule.endswith("low"))
