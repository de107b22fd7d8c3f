"""Identity: somebody who asks for something sensitive proves who he is, outside of the ticket, before it is done.

A check survives the process: it is kept before anybody is challenged, and its outcome is noted on the ticket before it
counts, once, whatever is killed in between.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import uuid4

from sqlalchemy import Row, and_, insert, select, update

from anypsa import Invalid, Problem, Psa, Ticket, Visibility

from .rows import moment, stamp, utc_now
from .schema import CHECKS
from .state import State

LIFETIME: Final = timedelta(hours=1)


class Outcome(StrEnum):
    """What became of a challenge."""

    PENDING = "pending"
    VERIFIED = "verified"
    FAILED = "failed"
    EXPIRED = "expired"


class Verifier(Protocol):
    """Challenges a contact by a way that a stranger with the contact's mailbox does not control. Blocking."""

    @property
    def name(self) -> str:
        """What it is, for the note on the ticket."""

    def challenge(self, contact: str, why: str) -> str:
        """Challenges the contact of an id, and returns what to ask for the outcome with."""

    def outcome(self, challenge: str) -> Outcome:
        """What became of a challenge."""


class PretendVerifier:
    """For tests and demonstrations: nobody is challenged, and `outcomes` says what became of it."""

    name = "pretended"

    def __init__(self) -> None:
        self.challenged: list[tuple[str, str]] = []
        self.outcomes: dict[str, Outcome] = {}

    def challenge(self, contact: str, why: str) -> str:
        self.challenged.append((contact, why))
        return str(len(self.challenged))

    def outcome(self, challenge: str) -> Outcome:
        return self.outcomes.get(challenge, Outcome.PENDING)


@dataclass(frozen=True, slots=True)
class Check:
    """One check: of whom, on which ticket, for what, and what became of it."""

    id: str
    tenant: str
    ticket: str
    contact: str
    why: str
    verifier: str
    begun: datetime
    expires: datetime
    challenge: str | None = None
    outcome: Outcome = Outcome.PENDING


class IdentityChecks:
    """The checks of a state store: `begin` one and go on to other things, `settle` now and then, ask `passed` before the
    sensitive thing is done. A check counts for the contact, the ticket and the reason it was begun for, until it expires."""

    def __init__(
        self,
        state: State,
        verifier: Verifier,
        *,
        lifetime: timedelta = LIFETIME,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = state.database
        self._verifier = verifier
        self._lifetime = lifetime
        self._clock = clock

    def begin(self, psa: Psa, ticket: Ticket, why: str) -> Check:
        """Challenges the ticket's contact, unless that is under way, and says so in an internal note."""
        if ticket.tenant != psa.tenant or ticket.contact is None:
            problem = Problem("ticket", "wants one of this tenant, with a contact to challenge")
            raise Invalid("check who asks", problems=[problem], hint="Nobody was challenged.")
        check = self._begun(ticket, ticket.contact.id, why)
        if check.challenge is None:
            check = replace(check, challenge=self._verifier.challenge(check.contact, why))
            self._set(check, challenge=check.challenge)
        noted(psa, check, f"Checking who asks ({why}) by {check.verifier}; nothing is done until then.")
        return check

    def settle(self, psa: Psa) -> Sequence[Check]:
        """Asks what became of the checks that are under way; returns those that ended, each noted on its ticket."""
        wanted = select(CHECKS).where(CHECKS.c.tenant == psa.tenant, CHECKS.c.outcome == str(Outcome.PENDING))
        with self._database.transaction() as connection:
            pending = [check_of(row) for row in connection.execute(wanted)]
        ended = [replace(check, outcome=self._outcome(check)) for check in pending]
        ended = [check for check in ended if check.outcome is not Outcome.PENDING]
        for check in ended:
            noted(psa, check, f"Who asks ({check.why}): {check.outcome} by {check.verifier}.")
            self._set(check, outcome=str(check.outcome))
        return ended

    def passed(self, ticket: Ticket, why: str) -> bool:
        """Whether the ticket's contact, as the ticket names him now, has proved who he is for this."""
        if ticket.contact is None:
            return False
        found = and_(
            CHECKS.c.tenant == ticket.tenant,
            CHECKS.c.ticket == ticket.id,
            CHECKS.c.contact == ticket.contact.id,
            CHECKS.c.why == why,
            CHECKS.c.outcome == str(Outcome.VERIFIED),
            CHECKS.c.expires > stamp(self._clock()),
        )
        with self._database.transaction() as connection:
            return connection.execute(select(CHECKS.c.id).where(found)).first() is not None

    def _outcome(self, check: Check) -> Outcome:
        if self._clock() >= check.expires:
            return Outcome.EXPIRED  # whatever is said after that is said too late
        return Outcome.PENDING if check.challenge is None else self._verifier.outcome(check.challenge)

    def _begun(self, ticket: Ticket, contact: str, why: str) -> Check:
        """The check that is under way, or a new one; of all who ask at once, one makes it."""
        now = self._clock()
        with self._database.transaction() as connection:
            same = and_(
                CHECKS.c.tenant == ticket.tenant,
                CHECKS.c.ticket == ticket.id,
                CHECKS.c.contact == contact,
                CHECKS.c.why == why,
                CHECKS.c.outcome == str(Outcome.PENDING),
            )
            if (row := connection.execute(select(CHECKS).where(same)).one_or_none()) is not None:
                return check_of(row)
            of = (ticket.tenant, ticket.id, contact, why, self._verifier.name)
            check = Check(uuid4().hex, *of, begun=now, expires=now + self._lifetime)
            connection.execute(insert(CHECKS).values(**row_of(check)))
            return check

    def _set(self, check: Check, **changed: Any) -> None:
        current = and_(CHECKS.c.id == check.id, CHECKS.c.outcome == str(Outcome.PENDING))
        with self._database.transaction() as connection:
            connection.execute(update(CHECKS).where(current).values(**changed))


def noted(psa: Psa, check: Check, text: str) -> None:
    """An internal note on the ticket, once for each outcome."""
    key = f"check:{check.id}:{check.outcome}"
    psa.notes.create(ticket=check.ticket, body=text, visibility=Visibility.INTERNAL, idempotency_key=key)


def row_of(check: Check) -> dict[str, Any]:
    same = ("id", "tenant", "ticket", "contact", "why", "verifier", "challenge")
    moments = {"begun": stamp(check.begun), "expires": stamp(check.expires)}
    return {**{name: getattr(check, name) for name in same}, **moments, "outcome": str(check.outcome)}


def check_of(row: Row[Any]) -> Check:
    told = (row.id, row.tenant, row.ticket, row.contact, row.why, row.verifier)
    return Check(*told, moment(row.begun), moment(row.expires), row.challenge, Outcome(row.outcome))
