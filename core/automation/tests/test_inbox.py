"""The inbox on both databases: a wake-up is kept once, and a record has one worker at a time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import timedelta
from types import ModuleType

import pytest
from samples import MINUTE, START
from sqlalchemy import select

from anypsa import Actor, Wakeup
from anypsa_automation import State
from anypsa_automation.inbox import WakeStage, settled
from anypsa_automation.schema import WEBHOOK_SECRETS


def wake(id: str, key: str | None = None) -> Wakeup:
    return Wakeup(entity="ticket", id=id, key=key, occurred_at=START, actor=Actor("7"), raw={"Grüße": "\x00 \ud800"})


@pytest.mark.trust("A9")
def test_the_same_key_is_the_same_wake_up(opened: Callable[..., State]) -> None:
    first, second = opened().inbox, opened().inbox

    assert first.add("acme", [wake("1", "a"), wake("2", "b"), wake("3")], START) == 3
    assert second.add("acme", [wake("1", "a"), wake("4", "c")], START) == 1
    assert second.add("other", [wake("1", "a")], START) == 1
    assert [one.wakeup for one in first.wakes("acme")] == [wake("1", "a"), wake("2", "b"), wake("3"), wake("4", "c")]


def test_a_records_wake_ups_are_held_together_by_one_worker(opened: Callable[..., State]) -> None:
    inbox = opened().inbox
    inbox.add("acme", [wake("1"), wake("2"), wake("1")], START)

    held = inbox.hold("acme", "a", 1, START, START + MINUTE)
    inbox.add("acme", [wake("1")], START)
    others = inbox.hold("acme", "b", 10, START, START + MINUTE)

    assert [one.subject for one in held] == [("ticket", "1"), ("ticket", "1")]
    assert [one.subject for one in others] == [("ticket", "2")]
    assert len(inbox.hold("acme", "c", 10, START + MINUTE, START + 2 * MINUTE)) == 4  # both workers are dead by then


def test_who_lost_its_hold_settles_nothing(opened: Callable[..., State]) -> None:
    state = opened()
    state.inbox.add("acme", [wake("1")], START)
    slow = state.inbox.hold("acme", "slow", 1, START, START + MINUTE)
    state.inbox.hold("acme", "quick", 1, START + MINUTE, START + 2 * MINUTE)

    with state.database.transaction() as connection:
        assert not settled(connection, "slow", slow, START)
        assert settled(connection, "quick", slow, START)


def test_what_waits_again_comes_back_when_it_is_due_and_dead_letters_when_somebody_says_so(
    opened: Callable[..., State],
) -> None:
    inbox = opened().inbox
    inbox.add("acme", [wake("1")], START)
    held = inbox.hold("acme", "a", 1, START, START + MINUTE)
    inbox.later("a", held, START + MINUTE, "the vendor was away", START)
    assert not inbox.hold("acme", "a", 1, START, START + MINUTE)

    (again,) = inbox.hold("acme", "b", 1, START + MINUTE, START + 2 * MINUTE)
    assert (again.attempts, again.error) == (1, "the vendor was away")
    inbox.bury("b", [again], "for good", START)
    assert [one.stage for one in inbox.wakes("acme")] == [WakeStage.DEAD]
    assert inbox.revive("acme", START, again.place) == 1
    assert len(inbox.hold("acme", "c", 1, START, START + MINUTE)) == 1


def test_what_was_dealt_with_is_kept_for_a_week_at_least(opened: Callable[..., State]) -> None:
    state = opened(retention=None)
    state.inbox.add("acme", [wake("1", "a"), wake("2", "b")], START)
    held = state.inbox.hold("acme", "a", 1, START, START + MINUTE)
    with state.database.transaction() as connection:
        assert settled(connection, "a", held, START)
        soon = state.inbox.purge(connection, START + MINUTE, START + timedelta(days=6))
        late = state.inbox.purge(connection, START + timedelta(days=8), START + timedelta(days=8))

    assert (soon, late) == (0, 1)
    assert [one.wakeup.id for one in state.inbox.wakes("acme")] == ["2"]


@pytest.mark.trust("A10")
def test_a_secret_that_is_rotated_leaves_the_one_before_valid_until_it_is_retired(opened: Callable[..., State]) -> None:
    secrets = opened().webhook_secrets
    made = [secrets.rotate("acme").get_secret_value() for _ in range(3)]
    secrets.rotate("other")

    valid = [one.get_secret_value() for one in secrets.valid("acme")]
    secrets.retire("acme")

    assert valid == [made[2], made[1]]
    assert [one.get_secret_value() for one in secrets.valid("acme")] == [made[2]]
    assert len(secrets.valid("other")) == 1


@pytest.mark.trust("A10")
def test_a_secret_in_the_keyring_is_nowhere_else_and_a_lost_one_gives_way_to_a_new_one(
    opened: Callable[..., State], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[tuple[str, str], str] = {}
    keyring = ModuleType("keyring")  # the operating system's, of which the package only knows the way
    keyring.set_password = lambda service, user, secret: kept.update({(service, user): secret})  # type: ignore[attr-defined]
    keyring.get_password = lambda service, user: kept.get((service, user))  # type: ignore[attr-defined]
    keyring.delete_password = lambda service, user: kept.pop((service, user))  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", keyring)
    state = opened()
    secrets = state.webhook_secrets
    first = secrets.rotate("acme", keyring=True).get_secret_value()
    second = secrets.rotate("acme", keyring=True).get_secret_value()
    with state.database.transaction() as connection:
        rows = str(connection.execute(select(WEBHOOK_SECRETS)).all())
    both = [one.get_secret_value() for one in secrets.valid("acme")]
    kept.clear()
    lost = (secrets.current("acme"), list(secrets.valid("acme")))
    third = secrets.rotate("acme", keyring=True).get_secret_value()
    fourth = secrets.rotate("acme").get_secret_value()
    secrets.retire("acme")

    assert both == [second, first]
    assert first not in rows
    assert lost == (None, [])
    assert third != fourth
    assert [one.get_secret_value() for one in secrets.valid("acme")] == [fourth]
    assert kept == {}
