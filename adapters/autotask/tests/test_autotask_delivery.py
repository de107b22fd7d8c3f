"""once: a write whose answer got lost is looked for, and never blindly repeated. On virtual time."""

from __future__ import annotations

import copy
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import anyio
import pytest
from autotask_vendor import HTML, LOST, UNSENT, USER, Vendor, connect, connect_async, settings, wire

from anypsa import Conflict, Entry, Invalid, MemoryJournal, OutcomeUnknown, Psa, PSAError, Visibility
from anypsa.connecting import assemble
from anypsa.journal import Stage
from anypsa.ledger import MemoryLedger
from anypsa.spi import Action, Effect, Request, Verb
from anypsa.testing import Script, ScriptedBlockingWire
from anypsa.wire import Outgoing
from anypsa_autotask import AutotaskAdapter

NOW = "2026-01-01T00:17:00Z"
LONG_AGO = "2025-01-01T00:00:00Z"


@pytest.fixture
def vendor() -> Vendor:
    made = Vendor(Tickets=1, Companies=1)
    made.add("Resources", id=9, userName=USER, email=USER)
    return made


@pytest.fixture
def psa(vendor: Vendor) -> Psa:
    made = connect(vendor, release_lag=0)
    made.whoami()
    made.fields("note")
    return made


def note_row(vendor: Vendor, **more: Any) -> dict[str, Any]:
    row = {"ticketID": 1, "title": "t", "description": "looked", "publish": 2, "creatorResourceID": 9}
    return vendor.add("TicketNotes", **{**row, "createDateTime": NOW, **more})


def note(psa: Psa, **more: Any) -> Any:
    return psa.notes.create(ticket=1, title="t", body="looked", visibility=Visibility.INTERNAL, **more)


def ticket(psa: Psa, **more: Any) -> Any:
    return psa.tickets.create(company=1, title="VPN down", **more)


def done_and_lost(vendor: Vendor) -> Callable[[Outgoing], Any]:
    """The vendor does it, and its answer gets lost."""

    def fault(outgoing: Outgoing) -> Any:
        vendor.answer(outgoing)
        return LOST

    return fault


def note_and_lost(vendor: Vendor) -> Callable[[Outgoing], Any]:
    def fault(outgoing: Outgoing) -> Any:
        note_row(vendor)
        return LOST

    return fault


def creates(vendor: Vendor, table: str = "Tickets") -> int:
    return len(vendor.sent("POST", table))


@pytest.mark.trust("W1")
def test_a_lost_create_is_found_by_its_marker(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets", done_and_lost(vendor))
    vendor.add("Tickets", title="VPN down", companyID=1)  # the same, and not ours

    made = ticket(psa)

    assert vendor.tables["Tickets"][int(made.id)]["externalID"].startswith("anypsa:")
    assert (creates(vendor), len(vendor.tables["Tickets"])) == (1, 3)
    assert list(psa.unresolved()) == []


@pytest.mark.trust("W1")
def test_a_lost_create_is_found_by_its_fingerprint(psa: Psa, vendor: Vendor) -> None:
    note_row(vendor, createDateTime=LONG_AGO)
    note_row(vendor, creatorResourceID=77)
    note_row(vendor, description="another")
    vendor.fails("POST", "Tickets/1/Notes", note_and_lost(vendor))

    made = note(psa)

    assert (made.id, creates(vendor, "Tickets/1/Notes")) == ("4", 1)


def test_two_that_may_be_it_are_told_and_none_is_taken(psa: Psa, vendor: Vendor) -> None:
    note_row(vendor)
    vendor.fails("POST", "Tickets/1/Notes", note_and_lost(vendor))

    with pytest.raises(OutcomeUnknown) as unknown:
        note(psa, settle="wait")

    assert unknown.value.candidates == ("1", "2")
    assert creates(vendor, "Tickets/1/Notes") == 1


def test_the_record_of_another_write_is_not_taken_for_ones_own(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets/1/Notes", lambda outgoing: {"itemId": note_row(vendor)["id"]})
    first = note(psa)
    vendor.fails("POST", "Tickets/1/Notes", LOST)

    with pytest.raises(OutcomeUnknown) as unknown:
        note(psa)

    assert first.id == "1"
    assert unknown.value.candidates == ()


def test_an_update_of_a_record_does_not_hide_who_made_it(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets/1/Notes", LOST)
    with pytest.raises(OutcomeUnknown) as unknown:
        note(psa)
    note_row(vendor)
    psa.notes.update("1", body="looked")

    assert unknown.value.resolve().record.id == "1"


def test_two_writes_of_the_very_same_that_were_both_lost_take_one_record_each(psa: Psa, vendor: Vendor) -> None:
    lost = []
    vendor.fails("POST", "Tickets/1/Notes", LOST, times=2)
    for _ in range(2):
        with pytest.raises(OutcomeUnknown) as unknown:
            note(psa)
        lost.append(unknown.value)
    note_row(vendor)
    note_row(vendor)

    assert [error.resolve().record.id for error in lost] == ["1", "2"]


def test_what_was_found_is_nobodys_while_the_very_same_is_under_way(vendor: Vendor) -> None:
    journal = MemoryJournal()
    psa = connect(vendor, release_lag=0, journal=journal)
    with pytest.raises(OutcomeUnknown) as unknown:
        vendor.fails("POST", "Tickets/1/Notes", LOST)
        note(psa)
    entry = journal.entry(str(unknown.value.entry))
    assert entry is not None
    now = wire(psa).moment()
    journal.begin(replace(entry, id="other", stage=Stage.BEGUN, begun=now, touched=now))
    note_row(vendor)

    with pytest.raises(OutcomeUnknown):
        psa.resolve(entry.id)

    assert journal.owner(psa.tenant, "note", "1") is None


def test_what_is_not_found_is_unknown_until_the_vendor_has_settled(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets", LOST)
    with pytest.raises(OutcomeUnknown) as unknown:
        ticket(psa)
    with pytest.raises(OutcomeUnknown):
        unknown.value.resolve()
    wire(psa).time += 301

    assert unknown.value.resolve().happened is False
    assert (creates(vendor), list(psa.unresolved())) == (1, [])


def test_a_late_commit_is_found(psa: Psa, vendor: Vendor) -> None:
    late: list[Outgoing] = []
    vendor.fails("POST", "Tickets", lambda outgoing: late.append(outgoing) or LOST)
    with pytest.raises(OutcomeUnknown) as unknown:
        ticket(psa)
    vendor.answer(late[0])

    assert unknown.value.resolve().record.title == "VPN down"


def test_whoever_waits_has_it_sent_once_more_after_the_settle_time(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets", LOST)
    start = wire(psa).time

    made = ticket(psa, settle="wait")

    assert wire(psa).time - start >= 300
    assert (creates(vendor), made.title, list(psa.unresolved())) == (2, "VPN down", [])


def test_a_commit_just_before_the_settle_time_is_found_and_not_repeated(psa: Psa, vendor: Vendor) -> None:
    late: list[Outgoing] = []
    vendor.fails("POST", "Tickets", lambda outgoing: late.append(outgoing) or LOST)
    deadline = wire(psa).time + 299

    def in_the_last_moment(outgoing: Outgoing) -> Any:
        if wire(psa).time > deadline and late:
            vendor.answer(late.pop())
        return vendor.answer(outgoing)

    vendor.fails("POST", "Tickets/query", in_the_last_moment, times=1000)

    ticket(psa, settle="wait")

    assert (creates(vendor), len(vendor.tables["Tickets"])) == (1, 2)


def test_sending_ends_with_the_usual_deadline_however_long_one_waits(psa: Psa, vendor: Vendor) -> None:
    """Whoever finds the entry begun relies on that: after the deadline and the settle time it is sent anew."""
    sent: list[float] = []
    busy = (429, {"errors": ["The request threshold has been exceeded."]})
    start = wire(psa).time
    vendor.fails("POST", "Tickets", lambda outgoing: sent.append(wire(psa).time) or busy, times=100)

    with pytest.raises(PSAError):
        ticket(psa, settle="wait")

    assert max(sent) <= start + 60


def test_a_look_that_fails_is_repeated_and_what_hinders_it_is_told(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets", done_and_lost(vendor))
    vendor.fails("POST", "Tickets/query", (500, {"errors": ["No such luck."]}), times=2)

    assert ticket(psa).title == "VPN down"


def test_an_answer_that_cannot_be_understood_is_no_refusal(psa: Psa, vendor: Vendor) -> None:
    def done_and_garbled(outgoing: Outgoing) -> Any:
        vendor.answer(outgoing)
        return {"nothing": "of the kind"}

    vendor.fails("POST", "Tickets", done_and_garbled)

    assert ticket(psa).title == "VPN down"
    assert (creates(vendor), len(vendor.tables["Tickets"])) == (1, 2)


@pytest.mark.parametrize(("refusal", "times"), [(UNSENT, 4), ((500, {"errors": ["Nope."]}), 1)])
def test_what_certainly_did_not_happen_frees_its_key(psa: Psa, vendor: Vendor, refusal: Any, times: int) -> None:
    vendor.fails("POST", "Tickets", refusal, times=times)
    with pytest.raises(PSAError):
        ticket(psa, idempotency_key="k")

    assert ticket(psa, idempotency_key="k").title == "VPN down"
    assert len(vendor.tables["Tickets"]) == 2


@pytest.mark.trust("W2")
def test_a_key_gives_the_first_record_and_is_no_other_writes(psa: Psa, vendor: Vendor) -> None:
    first = ticket(psa, idempotency_key="k")

    assert ticket(psa, idempotency_key="k").id == first.id
    with pytest.raises(Conflict):
        psa.tickets.create(company=1, title="another", idempotency_key="k")
    assert creates(vendor) == 1


@pytest.mark.trust("W2")
def test_two_writers_with_one_key_in_one_process_make_one_record(
    psa: Psa, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, first, sleep = threading.Barrier(2, timeout=30), threading.Event(), wire(psa).sleep

    async def sleep_until_the_first_has_ended(seconds: float) -> None:
        first.wait(30)  # virtual time would else be over before the other thread gets to work
        await sleep(seconds)

    monkeypatch.setattr(wire(psa), "sleep", sleep_until_the_first_has_ended)

    def create(_: int) -> str:
        both.wait()
        made = str(ticket(psa, idempotency_key="k").id)
        first.set()
        return made

    with ThreadPoolExecutor(2) as pool:
        ids = set(pool.map(create, range(2)))

    assert (len(ids), creates(vendor)) == (1, 1)


def left_behind(psa: Psa, journal: MemoryJournal, key: str) -> Entry:
    """The entry of a process that died before it sent."""
    values = {"company": "1", "title": "VPN down"}
    from anypsa.journal import fingerprint

    now = wire(psa).moment()
    digest = fingerprint("create", "ticket", None, values)
    return journal.begin(
        Entry("dead", psa.tenant, "create", "ticket", digest, now, now, None, values, key, "anypsa:dead")
    )


@pytest.mark.trust("W2")
def test_of_two_who_wait_for_what_a_dead_process_left_one_sends(vendor: Vendor) -> None:
    journal = MemoryJournal()
    psas = [connect(vendor, release_lag=0, journal=journal) for _ in range(2)]
    left_behind(psas[0], journal, "k")

    with ThreadPoolExecutor(2) as pool:
        ids = set(pool.map(lambda psa: ticket(psa, idempotency_key="k", settle="wait").id, psas))

    assert (len(ids), creates(vendor)) == (1, 1)


def test_what_a_dead_process_may_have_sent_is_unknown_until_its_deadline_and_the_settle_time(vendor: Vendor) -> None:
    journal = MemoryJournal()
    psa = connect(vendor, release_lag=0, journal=journal)
    entry = left_behind(psa, journal, "k")
    wire(psa).time += 301
    with pytest.raises(OutcomeUnknown):
        psa.resolve(entry.id)
    wire(psa).time += 60

    assert psa.resolve(entry.id).happened is False


def test_an_update_whose_answer_got_lost_is_read_back(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("PATCH", "Tickets", done_and_lost(vendor))

    assert psa.tickets.update(1, title="b").title == "b"
    assert len(vendor.sent("PATCH", "Tickets")) == 1


def test_an_update_is_not_repeated_over_somebody_elses_change(psa: Psa, vendor: Vendor) -> None:
    def lost_and_changed(outgoing: Outgoing) -> Any:
        vendor.tables["Tickets"][1]["title"] = "theirs"
        return LOST

    vendor.tables["Tickets"][1]["title"] = "a"
    vendor.fails("PATCH", "Tickets", lost_and_changed)

    with pytest.raises(Conflict):
        psa.tickets.update(1, title="b", expect={"title": "a"}, settle="wait")

    assert vendor.tables["Tickets"][1]["title"] == "theirs"


@pytest.mark.trust("W4")
def test_an_update_of_a_record_that_moved_on_is_not_sent(psa: Psa, vendor: Vendor) -> None:
    vendor.tables["Tickets"][1]["title"] = "theirs"

    with pytest.raises(Conflict):
        psa.tickets.update(1, title="b", expect={"title": "a"})

    assert vendor.sent("PATCH", "Tickets") == []


def test_a_pickled_error_has_left_its_connection_and_still_names_its_entry(psa: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets", LOST)
    with pytest.raises(OutcomeUnknown) as unknown:
        ticket(psa)

    revived = copy.copy(unknown.value)  # as pickling does it: by __reduce__

    wire(psa).time += 301
    assert psa.resolve(revived.entry).happened is False
    with pytest.raises(Exception, match="resolve"):
        revived.resolve()


def test_an_unknown_entry_is_told(psa: Psa) -> None:
    with pytest.raises(Invalid):
        psa.resolve("nobody")


@pytest.mark.trust("T1")
@pytest.mark.parametrize("hours", [-2, 2])
def test_a_clock_that_was_set_meanwhile_hides_nothing(vendor: Vendor, hours: int) -> None:
    """What was begun is found though our own clock was set before anybody looks."""
    psa = connect(vendor, release_lag=0)
    vendor.fails("POST", "Tickets/1/Notes", LOST)
    with pytest.raises(OutcomeUnknown) as unknown:
        note(psa)
    note_row(vendor)
    virtual = wire(psa)
    moment = virtual.moment
    virtual.moment = lambda: moment() + timedelta(hours=hours)

    assert psa.resolve(str(unknown.value.entry)).record.id == "1"


# Where the vendor's facts are others


class Billing(AutotaskAdapter):
    """Its tickets bill somebody, and can be deleted."""

    tables = {
        **AutotaskAdapter.tables,
        "ticket": replace(
            AutotaskAdapter.tables["ticket"],
            verbs=AutotaskAdapter.tables["ticket"].verbs | Verb.DELETE,
            reconcile=replace(AutotaskAdapter.tables["ticket"].reconcile, repeatable=False),
        ),
    }

    async def delete(self, table: Any, id: str) -> None:
        effect = Effect(Action.DELETE, table.name, id)
        await self.services.send(Request(method="DELETE", path="Tickets/{id}", parts={"id": id}, effect=effect))


@pytest.fixture
def billing(vendor: Vendor) -> Iterator[Psa]:
    values = Billing.settings_type.gather(settings({"release_lag": 0, "ledger": MemoryLedger(lambda: 0.0)}), {})
    with Psa(assemble(Billing, values, ScriptedBlockingWire(values, Script(vendor)))) as psa:
        yield psa


@pytest.mark.trust("W5")
def test_what_bills_somebody_is_never_repeated(billing: Psa, vendor: Vendor) -> None:
    vendor.fails("POST", "Tickets", LOST)

    with pytest.raises(OutcomeUnknown):
        ticket(billing, settle="wait")

    assert creates(vendor) == 1


def test_a_delete_whose_answer_got_lost_is_done_when_the_record_is_gone(billing: Psa, vendor: Vendor) -> None:
    def gone_and_lost(outgoing: Outgoing) -> Any:
        del vendor.tables["Tickets"][1]
        return LOST

    vendor.fails("DELETE", "Tickets/1", gone_and_lost)

    billing.tickets.delete(1)

    assert len(vendor.sent("DELETE", "Tickets/1")) == 1


# Cancelled at any await


@pytest.mark.trust("F20")
@pytest.mark.parametrize("steps", range(1, 14))
def test_whoever_is_cancelled_anywhere_leaves_a_journal_that_tells_the_truth(vendor: Vendor, steps: int) -> None:
    """Nothing that was sent passes for not sent, and nothing is left begun."""
    journal = MemoryJournal()
    scope = anyio.CancelScope
    asked = 0

    async def main() -> None:
        async with connect_async(vendor, release_lag=0, journal=journal) as psa:
            with scope() as cancelled:

                def counted(outgoing: Outgoing) -> Any:
                    nonlocal asked
                    asked += 1
                    if asked == steps:
                        cancelled.cancel()
                    return vendor.answer(outgoing)

                vendor.fails("", "", counted, times=1000)
                await psa.notes.create(ticket=1, title="t", body="looked", visibility=Visibility.INTERNAL)

    anyio.run(main)
    entries = list(journal._entries.values())
    made = len(vendor.tables["TicketNotes"])

    assert all(entry.stage is not Stage.BEGUN for entry in entries)
    assert made == 0 or [entry.stage for entry in entries][0] in (Stage.DONE, Stage.UNKNOWN)


def test_html_instead_of_the_answer_to_a_create_is_looked_into(psa: Psa, vendor: Vendor) -> None:
    def done_and_html(outgoing: Outgoing) -> Any:
        vendor.answer(outgoing)
        return 200, HTML

    vendor.fails("POST", "Tickets", done_and_html)

    assert json.dumps(ticket(psa).title) == '"VPN down"'
