"""Approvals: what the current piece of work may send although the policy asks for somebody's approval.

An approval answers *approval* and nothing else: what is disabled stays disabled.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from ..effects import Action, Effect
from ..models import Visibility


@dataclass(frozen=True, slots=True)
class Grant:
    """What is approved: the operations of a plan; or, for what asks for an approval or tells of it, an internal note on
    its ticket and no more."""

    tenant: str
    plan: str
    only_note_on: str | None = None

    def covers(self, effect: Effect) -> bool:
        """Whether an effect is what was approved. Whoever sets a grant sends nothing else meanwhile."""
        if self.only_note_on is None:
            return True
        wanted = (Action.CREATE, "note", Visibility.INTERNAL, self.only_note_on, None)
        return (effect.action, effect.entity, effect.visibility, effect.ticket, effect.status) == wanted


# Both follow the piece of work into tasks and threads, as the deadline does.
_grant: Final = ContextVar["Grant | None"]("anypsa_grant", default=None)
_planning: Final = ContextVar["str | None"]("anypsa_planning", default=None)


@contextmanager
def granting(grant: Grant | None) -> Iterator[None]:
    """What is sent inside is what was approved."""
    token = _grant.set(grant)
    try:
        yield
    finally:
        _grant.reset(token)


def granted(tenant: str, effect: Effect) -> str | None:
    """The plan whose approval answers for an effect; None if there is none."""
    grant = _grant.get()
    return grant.plan if grant is not None and grant.tenant == tenant and grant.covers(effect) else None


class Planning:
    """What is inside is planned: nothing of this tenant is written meanwhile but by the plan."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant
        self._before: str | None = None

    def enter(self) -> None:
        self._before = _planning.get()
        _planning.set(self._tenant)

    def leave(self) -> None:
        # Not by a token: an awaiting block may be left in another context than it was entered in.
        _planning.set(self._before)


def planning(tenant: str) -> bool:
    """Whether a plan of this tenant is being made."""
    return _planning.get() == tenant
