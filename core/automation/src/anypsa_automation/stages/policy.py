"""The policy of a connection that keeps state: the stop, the stage of the ticket's category, and the policy it was given.

It is asked by the session, below every door. The strictest of the three counts: no stage allows what the policy does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from anypsa import Classifier, Decision, Effect, Policy, Rules, Verdict
from anypsa.policy import ByContract, Facts, OwnCategory

from .ladder import LADDER, OTHERS, Stage, Terms
from .store import StageStore

STRICTNESS: Final = list(Verdict)


@dataclass(frozen=True)
class Governed(Policy):
    """A policy with what the store knows."""

    policy: Policy
    store: StageStore
    categories: Sequence[str]
    terms: Terms

    def __repr__(self) -> str:
        return repr(self.policy)

    async def decide(self, effect: Effect, facts: Facts) -> Decision:
        """See `Policy`. Reads are the policy's own; the stop and the stage are looked up for every write."""
        if not effect.writes:
            return await self.policy.decide(effect, facts)
        if (stop := await facts.answered(partial(self.store.stop, facts.tenant))) is not None:
            return Decision(Verdict.DISABLED, f"stopped by {stop.by}: {stop.why}")
        decided = await self.policy.decide(effect, facts)
        if not self.categories:
            return decided
        category, stage = await self._standing(facts)
        told = await self._rules(stage, effect, facts).decide(effect, facts)
        strictest = max(decided, told, key=lambda one: STRICTNESS.index(one.verdict))
        return replace(strictest, confidence=decided.confidence, category=category, stage=str(stage))

    async def _standing(self, facts: Facts) -> tuple[str, Stage]:
        """The category that decides, and its stage: of several, the one that is trusted least."""
        named = {one.casefold() for one in self.categories}
        found = await facts.classified(self._classifier)
        mine = sorted(named & {one.casefold() for one in found.categories}) if found is not None else []
        return await facts.answered(partial(self.store.least, facts.tenant, mine or [OTHERS]))

    def _rules(self, stage: Stage, effect: Effect, facts: Facts) -> Rules:
        """What the stage says; of an autonomous category, some tickets are approved all the same."""
        sampled = stage is Stage.AUTONOMOUS and self.terms.samples(ticket_of(effect))
        return LADDER[Stage.APPROVAL if sampled else stage]

    @property
    def _classifier(self) -> Classifier:
        return classifier_of(self.policy)


def classifier_of(policy: Policy) -> Classifier:
    """What tells categories: the classifier of the policy's rules, also where contracts decide too."""
    if isinstance(policy, ByContract):
        return classifier_of(policy.policy)
    return policy.classifier if isinstance(policy, Rules) else OwnCategory()


def ticket_of(effect: Effect) -> str | None:
    """The ticket that a write is about, as far as the effect tells."""
    return effect.ticket or (effect.record if effect.entity == "ticket" else None)
