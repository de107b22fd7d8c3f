"""The outbox on virtual time: what is refused at once, what is sent in which order, what dies and what waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from autotask_vendor import LOST, USER, Vendor, connect, connect_async, settings, wire

from anypsa import (
    AuthenticationFailed,
    ConfigurationError,
    Conflict,
    Invalid,
    Item,
    ItemStage,
    Policy,
    Psa,
    Unsupported,
    Visibility,
    VisibilityBreached,
)
from anypsa.connecting import assemble
from anypsa.ledger import MemoryLedger
from anypsa.testing import Script, ScriptedBlockingWire
from anypsa.wire import ExchangeFailed, Sent
from anypsa_automation import State
from anypsa_autotask import AutotaskAdapter

INTERNAL = Visibility.INTERNAL
NOPE = (500, {"errors": ["Nope."]})
OUTAGE = (503, b"<html>")


@pytest.fixture
def vendor() -> Vendor:
    made = Vendor(Tickets=2, Companies=1)
    made.add("Resources", id=9, userName=USER, email=USER)
    return made


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    made = State(tmp_path / "state.db", retention=None)
    yield made
    made.dispose()


@pytest.fixture
def psa(vendor: Vendor, state: State) -> Psa:
    return connect(vendor, release_lag=0, state=state)


def stages(psa: Psa) -> list[str]:
    return [str(item.stage) for item in psa.outbox.items()]


def notes(vendor: Vendor) -> list[str]:
    return [row["description"] for row in vendor.tables["TicketNotes"].values()]


def test_a_connection_without_state_says_how_to_get_it(vendor: Vendor) -> None:
    with pytest.raises(ConfigurationError) as missing:
        _ = connect(vendor).outbox

    assert "anypsa[automation]" in str(missing.value.hint)


def test_state_and_a_journal_of_its_own_exclude_each_other(vendor: Vendor, state: State) -> None:
    with pytest.raises(ConfigurationError):
        connect(vendor, state=state, journal=state.journal)


@pytest.mark.parametrize(
    "values",
    [
        {"titel": "x"},
        {"title": 5},
        {"title": None},
        {"company": None},
        {"due": "tomorrow"},
        {"idempotency_key": ""},
    ],
    ids=str,
)
def test_what_cannot_be_right_is_refused_at_once(psa: Psa, values: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        psa.outbox.tickets.create(**{"company": 1, "title": "a", **values})

    assert list(psa.outbox.items()) == []


def test_what_another_tenant_owns_is_refused_at_once(psa: Psa, vendor: Vendor, state: State) -> None:
    other = connect(vendor, username="else@acme.example", state=state)
    foreign = other.outbox.tickets.create(company=1, title="a")
    strange = psa.tickets.get(1).model_copy(update={"tenant": "other"})

    for ticket in (foreign, strange):
        with pytest.raises(Invalid):
            psa.outbox.notes.create(ticket=ticket, body="b", visibility=INTERNAL)
    with pytest.raises(Invalid):
        psa.outbox.get(foreign.id)


def test_an_item_stands_only_for_what_it_makes(psa: Psa) -> None:
    note = psa.outbox.notes.create(ticket=1, body="b", visibility=INTERNAL)

    with pytest.raises(Invalid):
        psa.outbox.notes.create(ticket=note, body="b", visibility=INTERNAL)
    with pytest.raises(Invalid):
        psa.tickets.get(note)  # type: ignore[arg-type]  # only the outbox can wait for it


def test_a_verb_that_the_vendor_lacks_is_unsupported_at_once(psa: Psa) -> None:
    with pytest.raises(Unsupported):
        psa.outbox.tickets.delete(1)


def test_nothing_is_sent_before_it_is_drained(psa: Psa, vendor: Vendor) -> None:
    psa.outbox.tickets.create(company=1, title="a", queue="Service Desk")

    assert vendor.told == []


def test_what_was_put_in_is_sent_as_the_collections_would(psa: Psa, vendor: Vendor) -> None:
    ticket = psa.outbox.tickets.create(company=1, title="a", queue="Service Desk", priority="High")
    psa.outbox.notes.create(ticket=ticket, body="b", visibility=INTERNAL)
    psa.outbox.tickets.update(ticket, title="c")

    drained = psa.outbox.drain()
    made = psa.outbox.get(ticket.id)

    assert (drained.sent, drained.waiting, drained.dead, drained.due) == (3, 0, 0, None)
    assert made.record == "3"
    row = vendor.tables["Tickets"][3]
    assert (row["title"], row["queueID"], row["priority"]) == ("c", 29682833, 1)
    assert [(row["ticketID"], row["description"], row["publish"]) for row in vendor.tables["TicketNotes"].values()] == [
        (3, "b", 2)
    ]


def test_the_same_key_puts_it_in_once(psa: Psa, vendor: Vendor) -> None:
    first = psa.outbox.tickets.create(company=1, title="a", idempotency_key="k")

    assert psa.outbox.tickets.create(company=1, title="a", idempotency_key="k") == first
    with pytest.raises(Conflict):
        psa.outbox.tickets.create(company=1, title="b", idempotency_key="k")
    psa.outbox.drain()
    assert len(vendor.sent("POST", "Tickets")) == 1


@pytest.mark.trust("W6")
def test_a_failing_item_holds_back_its_own_subject_only(psa: Psa, vendor: Vendor) -> None:
    # Nothing that pauses the tenant: who comes first would decide then.
    vendor.fails("POST", "Tickets/1/Notes", ExchangeFailed("nobody listens", Sent.NO), times=500)
    for ticket, body in ((1, "a"), (1, "b"), (2, "c")):
        psa.outbox.notes.create(ticket=ticket, body=body, visibility=INTERNAL)

    drained = psa.outbox.drain()

    assert notes(vendor) == ["c"]
    assert (drained.sent, drained.waiting) == (1, 2)
    assert drained.due is not None


def test_notes_follow_each_other_and_an_update_by_the_order_they_were_put_in(psa: Psa, vendor: Vendor) -> None:
    for body in "abcdef":
        psa.outbox.notes.create(ticket=1, body=body, visibility=INTERNAL)

    psa.outbox.drain()

    assert notes(vendor) == list("abcdef")


def test_as_many_as_asked_for_are_sent(psa: Psa, vendor: Vendor) -> None:
    for body in "abc":
        psa.outbox.notes.create(ticket=1, body=body, visibility=INTERNAL)

    assert psa.outbox.drain(limit=2).sent == 2
    assert (notes(vendor), stages(psa)) == (["a", "b"], ["done", "done", "waiting"])


def test_a_refusal_that_repeating_cannot_help_is_a_dead_letter_at_once(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets", NOPE)
    item = psa.outbox.tickets.create(company=1, title="a")
    dependent = psa.outbox.notes.create(ticket=item, body="b", visibility=INTERNAL)

    assert psa.outbox.drain().dead == 1
    assert "Nope" in str(psa.outbox.get(item.id).error)
    assert psa.outbox.get(dependent.id).stage is ItemStage.WAITING


def test_a_dead_letter_is_retried_and_what_waits_for_it_follows(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets", NOPE)
    item = psa.outbox.tickets.create(company=1, title="a")
    psa.outbox.notes.create(ticket=item, body="b", visibility=INTERNAL)
    psa.outbox.drain()

    psa.outbox.retry(item.id)

    assert psa.outbox.drain().sent == 2
    assert notes(vendor) == ["b"]


def test_what_refers_to_a_discarded_item_dies(psa: Psa, vendor: Vendor) -> None:
    item = psa.outbox.tickets.create(company=1, title="a")
    psa.outbox.notes.create(ticket=item, body="b", visibility=INTERNAL)
    psa.outbox.discard(item.id)

    assert psa.outbox.drain().dead == 1
    assert (stages(psa), vendor.writes()) == (["discarded", "dead"], [])
    with pytest.raises(Invalid):
        psa.outbox.retry(item.id)


def test_an_outage_is_retried_ever_later_and_a_number_of_times(psa: Psa, vendor: Vendor, state: State) -> None:
    vendor.fails("GET", "entityInformation/fields", OUTAGE, times=10_000)
    item = psa.outbox.tickets.create(company=1, title="a", queue="Service Desk")
    waited, due = [], []
    while psa.outbox.get(item.id).stage is ItemStage.WAITING:
        drained = psa.outbox.drain()
        if drained.due is not None:
            waited.append((drained.due - wire(psa).moment()).total_seconds())
            due.append(psa.outbox.drain().sent)  # not due yet
            wire(psa).time += waited[-1] + 1

    assert psa.outbox.get(item.id).attempts == state.outbox.patience.attempts == len(waited) + 1
    assert waited[0] <= 5 < waited[4] <= max(waited) <= 3600
    assert set(due) == {0}


@pytest.mark.trust("W1", "W3")
def test_an_item_whose_answer_got_lost_waits_and_is_found(psa: Psa, vendor: Vendor) -> None:
    held: list[Any] = []
    vendor.fails("POST", "Tickets", lambda outgoing: held.append(outgoing) or LOST)
    item = psa.outbox.tickets.create(company=1, title="a")
    psa.outbox.notes.create(ticket=2, body="meanwhile", visibility=INTERNAL)
    first = psa.outbox.drain()
    vendor.answer(held[0])
    wire(psa).time += 30

    second = psa.outbox.drain()

    assert (first.sent, first.waiting, first.dead) == (1, 1, 0)
    assert second.sent == 1
    assert (psa.outbox.get(item.id).record, len(vendor.sent("POST", "Tickets"))) == ("3", 1)


def test_an_item_that_certainly_did_not_happen_is_sent_again(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets", LOST)
    psa.outbox.tickets.create(company=1, title="a")
    started, drained = wire(psa).time, psa.outbox.drain()
    while drained.waiting:
        assert drained.due is not None
        wire(psa).time += max((drained.due - wire(psa).moment()).total_seconds(), 0.0) + 0.001
        drained = psa.outbox.drain()

    assert wire(psa).time - started >= 300
    assert (len(vendor.sent("POST", "Tickets")), stages(psa)) == (2, ["done"])


def test_two_that_may_be_it_are_for_somebody_to_look_at(psa: Psa, vendor: Vendor) -> None:
    row = {"ticketID": 1, "title": None, "description": "b", "publish": 2, "creatorResourceID": 9}

    def twice_and_lost(outgoing: Any) -> Any:
        for _ in range(2):
            vendor.add("TicketNotes", **{**row, "createDateTime": "2026-01-01T00:17:00Z"})
        return LOST

    vendor.fails("POST", "Tickets/1/Notes", twice_and_lost)
    psa.outbox.notes.create(ticket=1, body="b", visibility=INTERNAL)

    assert psa.outbox.drain().dead == 1
    assert "1, 2" in str(psa.outbox.items("dead")[0].error)


@pytest.mark.trust("W7")
def test_the_policy_is_asked_when_it_is_sent(vendor: Vendor, state: State) -> None:
    psa = connect(vendor, state=state, policy=Policy.read_only)
    psa.outbox.tickets.create(company=1, title="a")

    assert psa.outbox.drain().dead == 1
    assert vendor.writes() == []


def test_a_wrong_password_is_no_fault_of_the_items(vendor: Vendor, state: State) -> None:
    psa = connect(vendor, state=state)
    psa.outbox.tickets.create(company=1, title="a")
    vendor.secret = "another"

    with pytest.raises(AuthenticationFailed):
        psa.outbox.drain()

    (item,) = psa.outbox.items()
    assert (item.stage, item.attempts) == (ItemStage.WAITING, 0)


def test_an_update_that_expects_what_is_no_longer_so_is_not_sent(psa: Psa, vendor: Vendor) -> None:
    vendor.tables["Tickets"][1]["title"] = "theirs"
    psa.outbox.tickets.update(1, title="ours", expect={"title": "a"})

    assert psa.outbox.drain().dead == 1
    assert vendor.tables["Tickets"][1]["title"] == "theirs"


def test_a_note_that_was_written_before_the_process_died_is_read_back_for_its_visibility(
    psa: Psa, vendor: Vendor, state: State
) -> None:
    """Killed after the answer and before it was read back: nobody has seen yet whom the note is shown to."""
    item = psa.outbox.notes.create(ticket=1, body="b", visibility=INTERNAL)
    settle = state.outbox.settle
    state.outbox.settle = lambda held, fared: False  # type: ignore[method-assign]  # the process died before it was noted
    psa.outbox.drain()
    state.outbox.settle = settle  # type: ignore[method-assign]
    vendor.tables["TicketNotes"][1]["publish"] = 1
    wire(psa).time += 3600

    with pytest.raises(VisibilityBreached):
        psa.outbox.drain()

    assert len(notes(vendor)) == 1
    assert vendor.tables["TicketNotes"][1]["publish"] == 2
    assert psa.outbox.get(item.id).stage is ItemStage.DEAD


class Billing(AutotaskAdapter):
    """Its tickets bill somebody."""

    tables = {
        **AutotaskAdapter.tables,
        "ticket": replace(
            AutotaskAdapter.tables["ticket"],
            reconcile=replace(AutotaskAdapter.tables["ticket"].reconcile, repeatable=False),
        ),
    }


@pytest.fixture
def billing(vendor: Vendor, state: State) -> Iterator[Psa]:
    values = Billing.settings_type.gather(
        settings({"release_lag": 0, "ledger": MemoryLedger(lambda: 0.0), "state": state}), {}
    )
    with Psa(assemble(Billing, values, ScriptedBlockingWire(values, Script(vendor)))) as psa:
        yield psa


@pytest.mark.trust("W5")
def test_what_bills_somebody_is_sent_again_only_if_somebody_insists(billing: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets", LOST)
    item = billing.outbox.tickets.create(company=1, title="a")
    first = billing.outbox.drain()
    wire(billing).time += 3600
    second = billing.outbox.drain()

    assert (first.dead, second.sent, len(vendor.sent("POST", "Tickets"))) == (1, 0, 1)

    billing.outbox.retry(item.id)
    assert billing.outbox.drain().sent == 1
    assert len(vendor.tables["Tickets"]) == 3


def test_a_slot_that_was_never_drained_is_drained_by_another_connection(psa: Psa, vendor: Vendor, state: State) -> None:
    psa.outbox.tickets.create(company=1, title="a")

    assert connect(vendor, state=state).outbox.drain().sent == 1


def test_tenants_have_outboxes_of_their_own_in_one_store(psa: Psa, vendor: Vendor, state: State) -> None:
    psa.outbox.tickets.create(company=1, title="a")
    other = connect(vendor, username="else@acme.example", state=state)

    assert (list(other.outbox.items()), other.outbox.drain().sent) == ([], 0)


def test_items_are_filtered_by_stage(psa: Psa) -> None:
    item: Item = psa.outbox.tickets.create(company=1, title="a")

    assert [one.id for one in psa.outbox.items("waiting")] == [item.id]
    assert list(psa.outbox.items("dead")) == []
    with pytest.raises(Invalid):
        psa.outbox.items("gone")


def test_the_async_outbox_does_the_same(vendor: Vendor, state: State) -> None:
    async def main() -> tuple[int, int]:
        async with connect_async(vendor, release_lag=0, state=state) as psa:
            item = await psa.outbox.tickets.create(company=1, title="a")
            await psa.outbox.notes.create(ticket=item, body="b", visibility=INTERNAL)
            drained = await psa.outbox.drain()
            return drained.sent, drained.waiting

    assert anyio.run(main) == (2, 0)
    assert notes(vendor) == ["b"]
