"""Rules: a policy as a table. Disabled beats predict, predict beats approval, approval beats auto, and what cannot be told
wants approval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final, TypeVar

from ..effects import Action, Effect
from ..errors import ConfigurationError, Problem
from ..models import ContractKind, Visibility
from .base import Classification, Classifier, Decision, Facts, OwnCategory, Policy, Verdict
from .telling import About, moves_ticket, of_tickets, only, shown, touching

V = TypeVar("V")
NONE: Final[frozenset[str]] = frozenset()
STRICTEST_FIRST: Final = (Verdict.DISABLED, Verdict.PREDICT, Verdict.APPROVAL, Verdict.AUTO)
NO_RULE: Final = "no rule lets it happen by itself"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """If all that it names is so, then this. What is left out does not matter.

    `only`: it touches no other fields (for what may happen by itself); `touching`: it touches one of these (for the rest). `moves`: it closes or reopens a ticket, or
    changes whether it waits. `raw`: it came by `psa.request`. `categories` are a classifier's words, by default the
    labels of the ticket's own category and type. What concerns a ticket (`categories`, `contract_kinds`,
    `hours_left_below`) is asked of writes alone, of the ticket as it is now.
    """

    name: str
    then: Verdict
    actions: frozenset[Action] = frozenset()
    entities: frozenset[str] = NONE
    only: frozenset[str] = NONE
    touching: frozenset[str] = NONE
    visibility: Visibility | None = None
    raw: bool | None = None
    moves: bool | None = None
    categories: frozenset[str] = NONE
    contract_kinds: frozenset[ContractKind] = frozenset()
    hours_left_below: Decimal | None = None
    actors: frozenset[str] = NONE
    tenants: frozenset[str] = NONE
    stages: frozenset[str] = NONE

    def __post_init__(self) -> None:
        if reason := evaded(self.then, self.only, self.touching):
            raise ConfigurationError("make a rule", problems=[Problem("then", f"{self.name}: {reason}")])

    @property
    def of_ticket(self) -> bool:
        """Whether it asks for a ticket."""
        return bool(self.categories or self.contract_kinds) or self.hours_left_below is not None

    def by_itself(self, effect: Effect, facts: Facts) -> bool | None:
        """Whether it applies, as far as the effect alone tells; None if that is not far enough."""
        return every(
            among(self.actors, facts.actor),
            among(self.tenants, facts.tenant),
            among(self.stages, facts.stage),
            acts(self.actions, effect),
            True if self.raw is None else effect.raw is self.raw,
            True if not self.entities else None if effect.action is Action.UNKNOWN else effect.entity in self.entities,
            True if not self.only else only(effect, self.only),
            True if not self.touching else touching(effect, self.touching),
            True if not self.of_ticket else of_tickets(effect),
        )


@dataclass(frozen=True)
class Rules(Policy):
    """A policy made of rules. Their order does not matter. `otherwise` is decided on what no rule names."""

    name: str
    rules: Sequence[Rule]
    classifier: Classifier = field(default_factory=OwnCategory)
    otherwise: Verdict = Verdict.APPROVAL

    def __repr__(self) -> str:
        return f"Policy.{self.name}"

    def and_also(self, *rules: Rule, name: str | None = None, classifier: Classifier | None = None) -> Rules:
        """This policy with more rules, or with another classifier."""
        return replace(
            self, name=name or self.name, rules=(*self.rules, *rules), classifier=classifier or self.classifier
        )

    async def decide(self, effect: Effect, facts: Facts) -> Decision:
        """See `Policy`."""
        about = About(effect, facts, self.classifier)
        unclear: str | None = None
        instead = Verdict.APPROVAL
        for verdict in STRICTEST_FIRST:
            if verdict is Verdict.AUTO and unclear is not None:
                break
            for rule in self.rules:
                if rule.then is not verdict:
                    continue
                applies = await applying(rule, about)
                if applies:
                    return Decision(verdict, f"{self.name}: {rule.name}", about.confidence)
                if applies is None and verdict is not Verdict.AUTO:
                    unclear = unclear or f"{self.name}: it cannot be told whether this is so: {rule.name}"
                    # What is to be predicted bothers nobody: neither is anybody asked for what may be to be predicted.
                    instead = Verdict.PREDICT if verdict is Verdict.PREDICT else instead
            if unclear is not None and instead is Verdict.PREDICT and verdict is Verdict.PREDICT:
                break
        if unclear is not None:
            return Decision(instead, unclear, about.confidence)
        return Decision(self.otherwise, f"{self.name}: {NO_RULE}", about.confidence)


async def applying(rule: Rule, about: About) -> bool | None:
    """Whether a rule applies; facts are asked for only as long as they may matter."""
    applies = rule.by_itself(about.effect, about.facts)
    if applies is not False and rule.visibility is not None:
        applies = every(applies, await shown(about, rule.visibility))
    if applies is not False and rule.moves is not None:
        moves = await moves_ticket(about)
        applies = every(applies, None if moves is None else moves is rule.moves)
    if applies is not False and rule.categories:
        applies = every(applies, in_categories(await about.classified(), rule.categories))
    if applies is not False and rule.contract_kinds:
        applies = every(applies, await about.contract_kind_in(rule.contract_kinds))
    if applies is not False and rule.hours_left_below is not None:
        applies = every(applies, await about.hours_left_below(rule.hours_left_below))
    return applies


def evaded(then: Verdict, only: Iterable[str], touching: Iterable[str]) -> str | None:
    """Why a rule would be got round by one more field in the same request; None if it would not."""
    if then is Verdict.AUTO:
        return "whatever else is touched along with it would happen by itself too: say `only`" if touching else None
    return "touching one more field would get round it: say `touching`" if only else None


def every(*conditions: bool | None) -> bool | None:
    """Whether all are so: one that is not settles it, and one that cannot be told leaves it open."""
    if any(one is False for one in conditions):
        return False
    return None if any(one is None for one in conditions) else True


def among(wanted: Iterable[V], value: V | None) -> bool | None:
    """Whether a value is one of those wanted; who did not say who he is may be anybody."""
    wanted = frozenset(wanted)
    return True if not wanted else None if value is None else value in wanted


def acts(wanted: frozenset[Action], effect: Effect) -> bool | None:
    """Whether it does one of these; what is unknown may do anything but only read."""
    if not wanted or effect.action in wanted:
        return True
    return None if effect.action is Action.UNKNOWN and wanted != {Action.READ} else False


def in_categories(found: Classification | None, wanted: frozenset[str]) -> bool | None:
    return None if found is None else bool(found.categories & {one.casefold() for one in wanted})
