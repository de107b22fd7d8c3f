"""Replay: a changed policy or function, run over what was recorded, offline. Nothing is sent, and nothing read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from anypsa import Decision, Policy, Ticket
from anypsa.policy import Decided, Known

from .cases import Case, CaseKind, Outcome
from .policy import ticket_of
from .promoting import Rate
from .scoring import same

Suggest = Callable[[Ticket], Mapping[str, Any]]
"""A function that says which fields of a ticket it would set, and to which ids or texts."""


@dataclass(frozen=True)
class Changed:
    """One write of which another policy says something else: what was said of it before, and what is said now."""

    decided: Decided
    before: Decision
    now: Decision


@dataclass(frozen=True)
class Replayed:
    """What a changed policy makes of recorded writes: how often each verdict (before, now), and all that changed."""

    of: int
    verdicts: Mapping[tuple[str, str], int]
    changed: Sequence[Changed]


def replay_policy(
    policy: Policy, decisions: Iterable[Decided], cases: Iterable[Case] = (), *, before: Policy | None = None
) -> Replayed:
    """Asks a policy about recorded writes, and compares with another policy, or with what was decided then.

    What was decided then knew stages and stops as well: to compare two policies alone, give both. Tickets are known as
    they were where a prediction kept them; what is not known then is not known to either policy.
    """
    seen = {case.ticket: as_seen(case) for case in cases if case.seen is not None}
    verdicts: Counter[tuple[str, str]] = Counter()
    changed: list[Changed] = []
    for decided in decisions:
        known = Known(
            tenant=decided.tenant,
            actor=decided.actor,
            stage=decided.stage,
            ticket_now=seen.get(ticket_of(decided.effect)),
        )
        then = decided.decision if before is None else before.explain(decided.effect, known)
        now = policy.explain(decided.effect, known)
        verdicts[str(then.verdict), str(now.verdict)] += 1
        if now.verdict is not then.verdict:
            changed.append(Changed(decided, then, now))
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
