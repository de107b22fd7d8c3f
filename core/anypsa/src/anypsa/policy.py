"""Policies: whether an effect may happen. Asked by the session for every request, by whatever door it came."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, Protocol

from .errors import ConfigurationError, Problem

if TYPE_CHECKING:
    from .spi.effects import Effect


class Verdict(Enum):
    """What a policy decides."""

    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict and the rule that gave it, in words."""

    verdict: Verdict
    rule: str


class Facts(Protocol):
    """What a policy may ask about the effect's subject. Read lazily, through the same session."""

    @property
    def tenant(self) -> str:
        """Whose data it is."""


class Policy(ABC):
    """Decides on effects. `Policy.open` allows all that the credentials may do; `Policy.read_only` only reads."""

    open: ClassVar[Policy]
    read_only: ClassVar[Policy]

    @abstractmethod
    async def decide(self, effect: Effect, facts: Facts) -> Decision:
        """Whether the effect may happen. Awaits nothing but `facts`."""

    @staticmethod
    def named(name: str) -> Policy:
        """The policy that a profile names; raises `ConfigurationError` for another word."""
        named = {"open": Policy.open, "read_only": Policy.read_only}
        if name not in named:
            raise ConfigurationError("choose a policy", problems=[Problem("policy", f"{name!r}", allowed=tuple(named))])
        return named[name]


class Open(Policy):
    """Allows everything."""

    def __repr__(self) -> str:
        return "Policy.open"

    async def decide(self, effect: Effect, facts: Facts) -> Decision:
        return Decision(Verdict.ALLOW, "the open policy allows all that the credentials may do")


class ReadOnly(Policy):
    """Allows reads; whatever cannot be told to be one is a write."""

    def __repr__(self) -> str:
        return "Policy.read_only"

    async def decide(self, effect: Effect, facts: Facts) -> Decision:
        if effect.writes:
            return Decision(Verdict.DENY, f"the read-only policy does not allow to {effect}")
        return Decision(Verdict.ALLOW, "reading is allowed")


Policy.open = Open()
Policy.read_only = ReadOnly()
