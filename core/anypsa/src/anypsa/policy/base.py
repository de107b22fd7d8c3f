"""What a policy is: it decides on effects, and may ask for facts. Nothing here knows a session."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Protocol, TypeVar, runtime_checkable

from ..effects import Effect
from ..models import Contract, State, Ticket, TimeEntry, Visibility

V = TypeVar("V")


class Verdict(StrEnum):
    """What a policy decides: it happens by itself, a human is asked first, it is predicted and not written, or it does
    not happen. Later ones are stricter."""

    AUTO = "auto"
    APPROVAL = "approval"
    PREDICT = "predict"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict, the rule that gave it, in words, and how sure the classifier was, if one was asked.

    Where categories have stages, `category` is what the ticket was taken for, and `stage` how far that is trusted.
    """

    verdict: Verdict
    rule: str
    confidence: float | None = None
    category: str | None = None
    stage: str | None = None

    def __str__(self) -> str:
        return f"{self.verdict}: {self.rule}"


@dataclass(frozen=True, slots=True)
class Classification:
    """What a ticket is about: words that rules name in `categories`, how sure that is (0 to 1), and why."""

    categories: frozenset[str]
    confidence: float = 1.0
    reason: str = ""


@runtime_checkable
class Classifier(Protocol):
    """Tells what a ticket is about. Blocking; asked in a thread where that would hold others up."""

    def classify(self, ticket: Ticket) -> Classification:
        """The ticket's categories."""


class OwnCategory:
    """What the ticket itself says: its category, subcategory and type, by their labels."""

    def classify(self, ticket: Ticket) -> Classification:
        told = (ticket.category, ticket.subcategory, ticket.type)
        return Classification(frozenset(str(one).casefold() for one in told if one is not None), reason="its own")


class Facts(Protocol):
    """What a policy may ask about what it decides on. Read when it is asked for, once per call, and itself not policed.

    None is what cannot be told. There are none of a read: what would tell of it is itself read.
    """

    @property
    def tenant(self) -> str:
        """Whose data it is."""

    @property
    def actor(self) -> str | None:
        """Who acts: the setting `actor`."""

    @property
    def stage(self) -> str | None:
        """How far the actor is trusted: the setting `stage`."""

    async def ticket(self) -> Ticket | None:
        """The ticket that the effect is about, as it is now."""

    async def contract(self) -> Contract | None:
        """That ticket's contract."""

    async def hours_left(self) -> Decimal | None:
        """How many hours that contract has left."""

    async def worked(self) -> tuple[TimeEntry, ...] | None:
        """The time that is logged on that ticket."""

    async def state(self, status: str) -> State | None:
        """What a status means."""

    async def visibility(self) -> Visibility | None:
        """Who can read the record that the effect is about, as it is now."""

    async def visibility_of(self, value: str) -> Visibility | None:
        """Who can read what has this value of the tenant's."""

    async def classified(self, classifier: Classifier) -> Classification | None:
        """What the ticket is about."""

    async def answered(self, question: Callable[[], V]) -> V:
        """What a function returns that may block, such as a look into a database. Asked anew each time."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """Facts that are known beforehand, to try a policy with: `policy.explain(effect, Known(ticket_now=ticket))`."""

    tenant: str = ""
    actor: str | None = None
    stage: str | None = None
    ticket_now: Ticket | None = None
    contract_now: Contract | None = None
    hours: Decimal | None = None
    logged: tuple[TimeEntry, ...] | None = None
    states: Mapping[str, State] | None = None
    shown_to: Visibility | None = None
    visibilities: Mapping[str, Visibility] | None = None

    async def ticket(self) -> Ticket | None:
        return self.ticket_now

    async def contract(self) -> Contract | None:
        return self.contract_now

    async def hours_left(self) -> Decimal | None:
        return self.hours

    async def worked(self) -> tuple[TimeEntry, ...] | None:
        return self.logged

    async def state(self, status: str) -> State | None:
        return (self.states or {}).get(status)

    async def visibility(self) -> Visibility | None:
        return self.shown_to

    async def visibility_of(self, value: str) -> Visibility | None:
        return (self.visibilities or {}).get(value)

    async def classified(self, classifier: Classifier) -> Classification | None:
        return None if self.ticket_now is None else classifier.classify(self.ticket_now)

    async def answered(self, question: Callable[[], V]) -> V:
        return question()


class Policy(ABC):
    """Decides on effects, by whatever door they come.

    `Policy.open` allows all that the credentials may do. `Policy.guarded` lets triage and internal notes happen, asks a
    human for the rest, and never deletes or writes to customers. `Policy.plan` asks for every write. `Policy.read_only`
    only reads.
    """

    open: ClassVar[Policy]
    guarded: ClassVar[Policy]
    plan: ClassVar[Policy]
    read_only: ClassVar[Policy]

    @abstractmethod
    async def decide(self, effect: Effect, facts: Facts) -> Decision:
        """Whether the effect may happen. Awaits nothing but `facts`."""

    def explain(self, effect: Effect, facts: Facts | None = None) -> Decision:
        """What would be decided, and by which rule; without facts, what only they tell is unknown."""
        deciding = self.decide(effect, facts or Known())
        try:
            deciding.send(None)
        except StopIteration as decided:
            answer: Decision = decided.value
            return answer
        finally:
            deciding.close()
        raise RuntimeError("these facts are to be waited for: only a connection can ask them")

    @staticmethod
    def named(name: str) -> Policy:
        """The policy that a profile names; raises `ConfigurationError` for another word."""
        from .tables import named

        return named(name)

    @staticmethod
    def from_table(table: Mapping[str, Any]) -> Policy:
        """The policy of a table, such as `[acme.policy]` in `anypsa.toml`; raises `ConfigurationError`.

        `preset` names one to begin with; `rules` are added to its own; both may be left out.
        """
        from .tables import from_table

        return from_table(table)
