"""Policies at work: facts are read when they matter, once per call, and are not policed themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from autotask_vendor import Vendor, connect

from anypsa import (
    Action,
    ApprovalPending,
    Decision,
    Denied,
    Effect,
    ItemStage,
    Policy,
    Rule,
    Rules,
    Verdict,
    Visibility,
)
from anypsa_automation import State

CLOSED, WORKING = "5", "8"
SEEN, HIDDEN = 1, 2
"""Who may read a note, in this tenant's numbers."""


@pytest.fixture
def vendor() -> Vendor:
    return Vendor(Tickets=3, Companies=1)


class Spy(Policy):
    """The guarded policy, which remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Effect] = []

    async def decide(self, effect: Effect, facts: Any) -> Decision:
        self.asked.append(effect)
        return await Policy.guarded.decide(effect, facts)


def test_triage_asks_for_no_facts(vendor: Vendor) -> None:
    connect(vendor, policy="guarded").tickets.update(1, priority="High")

    assert len(vendor.sent("GET", "Tickets/1")) == 1  # what was stored


def test_a_status_that_means_the_same_is_set_and_the_ticket_was_read_for_that_without_asking(vendor: Vendor) -> None:
    spy = Spy()
    connect(vendor, policy=spy).tickets.update(1, status=WORKING)

    assert len(vendor.bodies("PATCH")) == 1
    assert len(vendor.sent("GET", "Tickets/1")) == 2
    assert [one.action for one in spy.asked if one.record == "1"] == [Action.UPDATE, Action.READ]


def test_closing_and_reopening_want_an_approval(vendor: Vendor) -> None:
    vendor.add("Tickets", id=9, status=5)
    psa = connect(vendor, policy="guarded")

    for ticket, status in ((1, CLOSED), (9, WORKING)):
        with pytest.raises(ApprovalPending):
            psa.tickets.update(ticket, status=status)
    assert vendor.writes() == []


@pytest.mark.row("S96", "S97", call='anypsa.connect(..., policy="guarded")')
def test_technicians_are_written_to_and_customers_are_not(vendor: Vendor) -> None:
    psa = connect(vendor, policy="guarded")

    psa.notes.create(ticket=1, body="a", visibility=Visibility.INTERNAL)
    with pytest.raises(Denied) as caught:
        psa.notes.create(ticket=1, body="b", visibility=Visibility.PUBLIC)

    assert not isinstance(caught.value, ApprovalPending)
    assert [body["description"] for body in vendor.bodies("POST", "Notes")] == ["a"]


def test_a_note_that_customers_see_is_not_changed_without_saying_so(vendor: Vendor) -> None:
    vendor.add("TicketNotes", id=1, publish=1)

    with pytest.raises(Denied):
        connect(vendor, policy="guarded").notes.update(1, body="b")
    assert vendor.writes() == []


@pytest.mark.row("S98", "S99", call="psa.request")
def test_raw_queries_pass_and_raw_writes_want_an_approval(vendor: Vendor) -> None:
    psa = connect(vendor, policy="guarded")

    everything = {"filter": [{"op": "gte", "field": "id", "value": 0}], "maxRecords": 5}
    assert len(psa.request("POST", "Tickets/query", json=everything).json()["items"]) == 3
    for method, body in (("POST", {"title": "a"}), ("PATCH", {"id": 1, "priority": 1})):
        with pytest.raises(ApprovalPending):
            psa.request(method, "Tickets", json=body)
    assert vendor.writes() == []


def outcome(psa: Any, body: dict[str, Any]) -> str:
    """What a policy says of a raw note."""
    with pytest.raises(Denied) as caught:
        psa.request("POST", "Tickets/1/Notes", json=body)
    return type(caught.value).__name__


@pytest.mark.trust("W7")
def test_a_raw_note_is_for_whom_its_publish_says_in_this_tenant(vendor: Vendor) -> None:
    """No approval helps one that customers would see; one that says it twice, or in no number, can mean either."""
    psa = connect(vendor, policy="guarded")
    note = {"title": "a", "description": "b", "noteType": 1}

    assert [outcome(psa, {**note, "Publish": one}) for one in (SEEN, str(SEEN))] == ["Denied", "Denied"]
    assert outcome(psa, {**note, "publish": HIDDEN}) == "ApprovalPending"  # any raw write wants one
    unclear = ({}, {"publish": SEEN, "PUBLISH": HIDDEN}, {"publish": [SEEN]})
    assert {outcome(psa, {**note, **one}) for one in unclear} == {"ApprovalPending"}
    assert vendor.writes() == []


@pytest.mark.row("S94", call='anypsa.connect(..., actor="night shift", stage="shadow")')
def test_who_acts_and_how_far_that_is_trusted_are_settings(vendor: Vendor) -> None:
    shadow = Rule(name="shadow", then=Verdict.DISABLED, stages=frozenset({"shadow"}), actors=frozenset({"bot"}))
    policy = Rules("mine", (Rule(name="anything", then=Verdict.AUTO), shadow))

    connect(vendor, policy=policy, actor="bot", stage="live").tickets.update(1, title="b")
    with pytest.raises(Denied):
        connect(vendor, policy=policy, actor="bot", stage="shadow").tickets.update(1, title="c")
    assert len(vendor.bodies("PATCH")) == 1


def test_a_policy_may_be_a_table_of_a_profile(vendor: Vendor) -> None:
    table = {"preset": "guarded", "rules": [{"name": "no triage", "then": "disabled", "touching": ["priority"]}]}

    with pytest.raises(Denied):
        connect(vendor, policy=table).tickets.update(1, priority="High")
    assert vendor.writes() == []


def test_in_the_outbox_what_nobody_could_approve_is_discarded_and_what_is_disabled_is_dead(
    vendor: Vendor, tmp_path: Path
) -> None:
    """This vendor tells neither who we are nor what a program wrote, so that no reply on the ticket counts."""
    state = State(tmp_path / "state.db")
    psa = connect(vendor, policy="guarded", state=state)
    unapproved = psa.outbox.tickets.update(1, title="b")
    dead = psa.outbox.notes.create(ticket=2, body="a", visibility=Visibility.PUBLIC)

    psa.outbox.drain()

    assert [psa.outbox.get(one.id).stage for one in (unapproved, dead)] == [ItemStage.DISCARDED, ItemStage.DEAD]
    assert vendor.writes() == []
    state.dispose()
