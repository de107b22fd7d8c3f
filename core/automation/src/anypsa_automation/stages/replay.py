"""Replay: a changed policy or function, run over what was recorded, offline. Nothing is sent, and nothing read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from anypsa import Action, Decision, Effect, Policy, Ticket
from anypsa.policy import Decided, Known

from .cases import Case, CaseKind, Outcome
from .promoting import Rate
from .scoring import same

Suggest = Callable[[Ticket], Mapping[str, Any]]
"""A function that says which fields of a ticket it would set, and to which ids or texts."""
TICKET: Final = "ticket"


@dataclass(frozen=True)
class Changed:
    """One decision that another policy would have made otherwise."""

    decided: Decided
    now: Decision


@dataclass(frozen=True)
class Replayed:
    """What a changed policy makes of recorded decisions: how often each verdict became which, and all that changed."""

    of: int
    verdicts: Mapping[tuple[str, str], int]
    changed: Sequence[Changed]


def replay_policy(policy: Policy, decisions: Iterable[Decided], cases: Iterable[Case] = ()) -> Replayed:
    """Asks a policy about recorded writes. Tickets are known as they were where a prediction kept them; what is not known
    then is not known to the policy either."""
    seen = {case.ticket: as_seen(case) for case in cases if case.seen is not None}
    verdicts: Counter[tuple[str, str]] = Counter()
    changed: list[Changed] = []
    for decided in decisions:
        ticket = decided.effect.ticket or (decided.effect.record if decided.effect.entity == TICKET else None)
        known = Known(tenant=decided.tenant, actor=decided.actor, stage=decided.stage, ticket_now=seen.get(ticket))
        now = policy.explain(decided.effect, known)
        verdicts[str(decided.decision.verdict), str(now.verdict)] += 1
        if now.verdict is not decided.decision.verdict:
            changed.append(Changed(decided, now))
    return Replayed(sum(verdicts.values()), verdicts, changed)


@dataclass(frozen=True)
class Compared:
    """How often a function does what people did, field by field: as it was when it predicted, and as it is now."""

    tickets: int
    before: Mapping[str, Rate]
    after: Mapping[str, Rate]


def replay_function(suggest: Suggest, cases: Iterable[Case]) -> Compared:
    """Runs a function over the tickets of scored predictions, as they were then, and compares both with what people did.

    What people did is known where the prediction was right, or was wrong in a field and what they did was kept; a field
    that only the new function sets is compared with nothing.
    """
    before: dict[str, list[bool]] = {}
    after: dict[str, list[bool]] = {}
    tickets = 0
    for case in cases:
        if case.kind is not CaseKind.PREDICTION or case.outcome not in (Outcome.RIGHT, Outcome.WRONG) or not case.seen:
            continue
        tickets += 1
        suggested = suggest(as_seen(case))
        for name, right in case.scores.items():
            before.setdefault(name, []).append(right)
            if name in case.done:
                holds = name in suggested and same(name, suggested[name], case.done[name])
                after.setdefault(name, []).append(holds)
    return Compared(tickets, rates(before), rates(after))


def rates(found: Mapping[str, Sequence[bool]]) -> Mapping[str, Rate]:
    return {name: Rate(sum(some), len(some)) for name, some in found.items()}


def as_seen(case: Case) -> Ticket:
    """The ticket as it was when it was predicted on."""
    return Ticket.model_validate(case.seen)


def effect_of(case: Case) -> Effect:
    """What a predicted write would have done."""
    return Effect(Action(case.action or "unknown"), case.entity or "", case.record, case.fields, ticket=case.ticket)
