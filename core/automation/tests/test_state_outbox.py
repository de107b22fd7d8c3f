"""The outbox: order within a subject, one holder at a time, nothing from whoever came too late; on both databases."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from samples import MINUTE, START, item, on_ticket

from anypsa import Item, ItemStage
from anypsa.outbox import Held, Outbox
from anypsa_automation import State

LATER = START + MINUTE


@pytest.fixture
def outbox(opened: Callable[..., State]) -> Outbox:
    return opened().outbox


def hold(outbox: Outbox, owner: str = "me", now: datetime = START, lease: timedelta = MINUTE) -> Held | None:
    return outbox.hold("acme", owner, now, now, now + lease)


def held_id(held: Held | None) -> str | None:
    return None if held is None else held.item.id


def done(outbox: Outbox, held: Held | None, record: str) -> bool:
    assert held is not None
    return outbox.settle(held, replace(held.item, stage=ItemStage.DONE, record=record, touched=LATER))


def test_an_item_comes_back_as_it_was_added(outbox: Outbox) -> None:
    outbox.add(item("a"))
    added = outbox.add(item("b", links={"ticket": "a"}, key="k", error="x", insisted=True))

    assert outbox.item("b") == added == item("b", links={"ticket": "a"}, key="k", error="x", insisted=True)
    assert [one.id for one in outbox.items("acme")] == ["a", "b"]
    assert list(outbox.items("other")) == []


def test_the_same_key_gives_the_first_item(outbox: Outbox) -> None:
    first = outbox.add(item("a", key="k"))

    assert outbox.add(item("b", key="k")) == first
    assert outbox.item("b") is None


def test_items_of_one_subject_are_held_one_after_the_other_and_others_beside_them(outbox: Outbox) -> None:
    for one in (on_ticket("a"), on_ticket("b"), item("c")):
        outbox.add(one)
    first = hold(outbox)

    assert (held_id(first), held_id(hold(outbox)), hold(outbox)) == ("a", "c", None)
    assert done(outbox, first, "9")
    assert held_id(hold(outbox)) == "b"


def test_an_item_that_waits_holds_its_subject_back_and_no_other(outbox: Outbox) -> None:
    outbox.add(on_ticket("a", due=LATER))
    outbox.add(on_ticket("b"))
    outbox.add(item("c"))

    assert (held_id(hold(outbox)), hold(outbox)) == ("c", None)
    assert outbox.next_due("acme") == START


def test_a_dead_item_no_longer_holds_its_subject_back(outbox: Outbox) -> None:
    outbox.add(on_ticket("a", stage=ItemStage.DEAD))
    outbox.add(on_ticket("b"))

    assert held_id(hold(outbox)) == "b"


@pytest.mark.parametrize(("stage", "comes"), [("waiting", False), ("dead", False), ("done", True), ("discarded", True)])
def test_an_item_waits_for_those_it_refers_to(outbox: Outbox, stage: str, comes: bool) -> None:
    outbox.add(item("a", stage=ItemStage(stage), due=LATER))
    outbox.add(item("b", links={"contact": "a"}))

    assert held_id(hold(outbox)) == ("b" if comes else None)


def test_what_was_made_is_the_subject_from_then_on(outbox: Outbox) -> None:
    outbox.add(item("a", entity="ticket"))
    outbox.add(item("b", subject="item:a"))
    done(outbox, hold(outbox), "5")
    outbox.add(item("c", subject="item:a"))

    assert {one.subject for one in outbox.items("acme")} == {"ticket:5"}


@pytest.mark.trust("P9")
def test_a_hold_that_ran_out_is_taken_over_and_its_holder_has_nothing_to_say_any_more(outbox: Outbox) -> None:
    outbox.add(item("a"))
    stale = hold(outbox, "one")
    fresh = hold(outbox, "other", START + 2 * MINUTE)

    assert (held_id(stale), held_id(fresh)) == ("a", "a")
    assert not done(outbox, stale, "1")
    assert done(outbox, fresh, "2")
    found = outbox.item("a")
    assert found is not None
    assert found.record == "2"


def test_a_hold_that_is_renewed_does_not_run_out(outbox: Outbox) -> None:
    outbox.add(item("a"))
    hold(outbox, "one")
    outbox.renew("one", START + 5 * MINUTE)

    assert hold(outbox, "other", START + 2 * MINUTE) is None


def test_what_its_holder_lets_go_is_free_at_once(outbox: Outbox) -> None:
    outbox.add(item("a"))
    hold(outbox, "one")
    outbox.release("one")

    assert held_id(hold(outbox, "other")) == "a"


def test_of_many_who_hold_each_item_is_one_holders(opened: Callable[..., State]) -> None:
    states = [opened(), opened()]
    for number in range(20):
        states[0].outbox.add(item(str(number)))

    with ThreadPoolExecutor(8) as pool:
        held = list(pool.map(lambda n: held_id(hold(states[n % 2].outbox, str(n))), range(30)))

    assert sorted(one for one in held if one is not None) == sorted(str(number) for number in range(20))


def test_a_dead_item_is_revived_and_a_waiting_one_made_due(outbox: Outbox) -> None:
    outbox.add(item("a", stage=ItemStage.DEAD, attempts=20, due=LATER))
    outbox.add(item("b", due=LATER))
    outbox.add(item("c", stage=ItemStage.DONE))

    a, b = outbox.revive("a", START), outbox.revive("b", START)

    assert a is not None
    assert b is not None
    assert (a.stage, a.attempts, a.insisted, a.due) == (ItemStage.WAITING, 0, True, START)
    assert (b.due, b.insisted) == (START, False)
    assert outbox.revive("c", START) is None


def test_an_item_is_discarded_unless_it_is_being_sent(outbox: Outbox) -> None:
    outbox.add(item("a"))
    hold(outbox)

    assert outbox.discard("a", START) is None
    discarded = outbox.discard("a", START + 2 * MINUTE)
    assert discarded is not None
    assert discarded.stage is ItemStage.DISCARDED
    assert outbox.counts("acme") == {ItemStage.DISCARDED: 1}


def test_items_outlive_the_store_that_took_them(opened: Callable[..., State]) -> None:
    first = opened()
    added: Item = first.outbox.add(item("a"))
    first.dispose()

    assert opened().outbox.item("a") == added
