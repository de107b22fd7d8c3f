"""Identity checks: who asks for something sensitive proves who he is first, whatever is killed in between."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import anypsa
from anypsa import Invalid, Psa, Ticket, Visibility, q
from anypsa_automation import IdentityChecks, Outcome, PretendVerifier, State
from anypsa_sandbox import Sandbox

WHY = "MFA reset"


class Clock:
    """A clock that only moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox("autotask", tickets=60, latency=0.0) as sandbox:
        sandbox.control.limits(window_limit=1_000_000, latency=0, lag=0)
        yield sandbox


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(tmp_path / "state.db")
    yield state
    state.dispose()


@pytest.fixture
def psa(sandbox: Sandbox, state: State) -> Iterator[Psa]:
    settings: dict[str, Any] = {"ledger": "memory", "release_lag": 0.0, "policy": "guarded"}
    with anypsa.connect("autotask", **sandbox.settings, **settings, state=state) as psa:
        yield psa


@pytest.fixture
def ticket(psa: Psa) -> Ticket:
    ticket = psa.tickets.first((q.state == "open") & q.contact.is_not_null())
    assert ticket is not None
    return ticket


@pytest.fixture
def checks(state: State, verifier: PretendVerifier, clock: Clock) -> IdentityChecks:
    return IdentityChecks(state, verifier, clock=clock)


@pytest.fixture
def verifier() -> PretendVerifier:
    return PretendVerifier()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def notes(psa: Psa, ticket: Ticket) -> list[str]:
    """What was written on the ticket for technicians."""
    return [one.body for one in psa.notes.list(ticket=ticket) if one.visibility is Visibility.INTERNAL]


@pytest.mark.row("S104", call="anypsa_automation.IdentityChecks(state, verifier)")
@pytest.mark.parametrize("outcome", [Outcome.VERIFIED, Outcome.FAILED])
def test_the_outcome_counts_and_is_noted_on_the_ticket(
    psa: Psa, ticket: Ticket, checks: IdentityChecks, verifier: PretendVerifier, outcome: Outcome
) -> None:
    before = len(notes(psa, ticket))
    checks.begin(psa, ticket, WHY)
    assert checks.settle(psa) == []
    assert not checks.passed(ticket, WHY)

    verifier.outcomes["1"] = outcome
    (ended,) = checks.settle(psa)

    assert ended.outcome is outcome
    assert checks.passed(ticket, WHY) is (outcome is Outcome.VERIFIED)
    assert len(notes(psa, ticket)) == before + 2
    assert checks.settle(psa) == []


def test_a_check_that_is_under_way_is_not_begun_again_by_another_process(
    psa: Psa, ticket: Ticket, checks: IdentityChecks, state: State, verifier: PretendVerifier, clock: Clock
) -> None:
    first = checks.begin(psa, ticket, WHY)
    before = len(notes(psa, ticket))

    again = IdentityChecks(state, verifier, clock=clock).begin(psa, ticket, WHY)

    assert again == first
    assert len(verifier.challenged) == 1
    assert len(notes(psa, ticket)) == before


class Broken(PretendVerifier):
    """A verifier that cannot be reached the first time."""

    def challenge(self, contact: str, why: str) -> str:
        if not self.challenged:
            self.challenged.append((contact, why))
            raise OSError
        return super().challenge(contact, why)


def test_a_check_whose_challenge_was_interrupted_is_resumed(
    psa: Psa, ticket: Ticket, state: State, clock: Clock
) -> None:
    checks = IdentityChecks(state, Broken(), clock=clock)
    with pytest.raises(OSError):  # noqa: PT011  # as a process that is killed there
        checks.begin(psa, ticket, WHY)
    assert checks.settle(psa) == []

    assert checks.begin(psa, ticket, WHY).challenge == "2"


def test_an_outcome_that_was_noted_and_not_kept_is_noted_once(
    psa: Psa, ticket: Ticket, checks: IdentityChecks, verifier: PretendVerifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks.begin(psa, ticket, WHY)
    verifier.outcomes["1"] = Outcome.VERIFIED
    with monkeypatch.context() as dying:
        dying.setattr(IdentityChecks, "_set", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            checks.settle(psa)
    before = notes(psa, ticket)

    checks.settle(psa)

    assert notes(psa, ticket) == before
    assert checks.passed(ticket, WHY)


def test_what_is_said_too_late_does_not_count(
    psa: Psa, ticket: Ticket, checks: IdentityChecks, verifier: PretendVerifier, clock: Clock
) -> None:
    checks.begin(psa, ticket, WHY)
    verifier.outcomes["1"] = Outcome.VERIFIED
    clock.now += timedelta(hours=1)

    (ended,) = checks.settle(psa)

    assert ended.outcome is Outcome.EXPIRED
    assert not checks.passed(ticket, WHY)


def with_contact(ticket: Ticket, id: str) -> Ticket:
    return ticket.model_copy(update={"contact": anypsa.Ref(tenant=ticket.tenant, id=id)})


@pytest.mark.parametrize(
    "changed",
    [
        lambda ticket, clock: (with_contact(ticket, "999"), WHY),
        lambda ticket, clock: (ticket.model_copy(update={"contact": None}), WHY),
        lambda ticket, clock: (ticket.model_copy(update={"id": "999"}), WHY),
        lambda ticket, clock: (ticket.model_copy(update={"tenant": "other"}), WHY),
        lambda ticket, clock: (ticket, "password reset"),
        lambda ticket, clock: (setattr(clock, "now", clock.now + timedelta(hours=1)), (ticket, WHY))[1],
    ],
    ids=["another contact", "no contact", "another ticket", "another tenant", "for something else", "later"],
)
def test_who_proved_himself_did_so_for_this_alone(
    psa: Psa,
    ticket: Ticket,
    checks: IdentityChecks,
    verifier: PretendVerifier,
    clock: Clock,
    changed: Callable[[Ticket, Clock], tuple[Ticket, str]],
) -> None:
    checks.begin(psa, ticket, WHY)
    verifier.outcomes["1"] = Outcome.VERIFIED
    checks.settle(psa)
    assert checks.passed(ticket, WHY)

    assert not checks.passed(*changed(ticket, clock))


def test_nobody_is_challenged_for_a_ticket_of_nobody(
    psa: Psa, ticket: Ticket, checks: IdentityChecks, verifier: PretendVerifier
) -> None:
    with pytest.raises(Invalid):
        checks.begin(psa, ticket.model_copy(update={"contact": None}), WHY)

    assert verifier.challenged == []
