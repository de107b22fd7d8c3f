"""The audit trail: what was decided on writes is kept before anything is sent, and can be asked for."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from anypsa import Action, Decision, Denied, Effect, Policy, StateUnavailable, Verdict, Visibility
from anypsa.policy import Decided
from anypsa.testing import scripted
from anypsa_automation import State

START = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
EFFECT = Effect(Action.UPDATE, "note", "7", frozenset({"body", "visibility"}), Visibility.INTERNAL, "5", raw=True)


def decided(id: str, **more: Any) -> Decided:
    decision = Decision(more.pop("verdict", Verdict.APPROVAL), "guarded: raw", more.pop("confidence", None))
    return Decided(id, "acme", more.pop("moment", START), more.pop("effect", EFFECT), decision, **more)


def test_a_decision_comes_back_as_it_was(opened: Callable[..., State]) -> None:
    state, told = opened(retention=None), decided("a", confidence=0.75, actor="bot", stage="live")
    state.audit.note(told)

    assert state.audit.decisions("acme") == [told]


@pytest.mark.row("S108", call='State("anypsa.db").audit.decisions(psa.tenant, ticket="5")')
def test_decisions_are_found_by_ticket_and_by_verdict_the_latest_first(opened: Callable[..., State]) -> None:
    state = opened(retention=None)
    state.audit.note(decided("a"))
    state.audit.note(decided("b", verdict=Verdict.AUTO))
    state.audit.note(decided("c", effect=Effect(Action.DELETE, "ticket", "6", ticket="6")))

    assert [one.id for one in state.audit.decisions("acme", ticket="5")] == ["b", "a"]
    assert [one.id for one in state.audit.decisions("acme", verdict=Verdict.APPROVAL, limit=1)] == ["c"]
    assert state.audit.decisions("other") == []


def test_old_decisions_are_forgotten(opened: Callable[..., State]) -> None:
    state = opened(retention=None)
    state.audit.note(decided("a"))
    state.audit.note(decided("b", moment=datetime.now(UTC)))

    assert state.purge(older_than=timedelta(hours=1)).decisions == 1
    assert [one.id for one in state.audit.decisions("acme")] == ["b"]


def zoned(outgoing: Any) -> Any:
    """A vendor that only tells where it lives."""
    return {"url": "https://webservices5.autotask.net/ATServicesRest/", "zoneName": "Z"}


def connect(state: State, policy: Policy) -> Any:
    credentials = {"username": "api@acme.example", "secret": "s", "integration_code": "c"}
    return scripted("autotask", zoned, **credentials, state=state, policy=policy, actor="bot")


def test_what_was_denied_is_kept_with_who_wanted_it_and_the_rule(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    psa = connect(state, Policy.read_only)

    with pytest.raises(Denied):
        psa.request("DELETE", "Tickets/1/Charges/2")

    (kept,) = state.audit.decisions(psa.tenant)
    assert (kept.actor, kept.decision.verdict, kept.effect.action) == ("bot", Verdict.DISABLED, Action.DELETE)
    state.dispose()


class Full:
    """An audit trail on a full disk."""

    def note(self, decided: Decided) -> None:
        raise StateUnavailable("keep a decision")


def test_what_cannot_be_kept_is_not_sent(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    psa = connect(state, Policy.open)
    psa.context.session.audit = Full()

    with pytest.raises(StateUnavailable):
        psa.request("POST", "Tickets", json={"title": "a"})

    assert psa.context.session.wire.script.requests == []
    state.dispose()
