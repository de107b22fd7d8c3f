"""Webhooks, polling, or both: the same history gives the same records in the same final states, each made once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from receiving import SECRET, serving

import anypsa
from anypsa import Invalid, Psa, Source, Trust, Unsupported, Wakeup, q
from anypsa_automation import Events, Hook, Receiver, State
from anypsa_sandbox import Sandbox

VENDORS = ("autotask", "halopsa")
TOLD = ["ticket.created", "ticket.updated"]


class Listener:
    """A program that handles tickets in its own way: what it heard of each, and the last state that it was given."""

    def __init__(self, sandbox: Sandbox, place: Path, name: str) -> None:
        self.name = name
        self.state = State(place / f"{name}.db")
        settings = {**sandbox.settings, "ledger": "memory", "release_lag": 0.0, "requests_per_window": 1_000_000}
        self.psa: Psa = anypsa.connect(sandbox.dialect.name, state=self.state, **settings)
        self.events = Events(self.state, [self.psa])
        self.heard: list[tuple[str, str, Source]] = []
        self.last: dict[str, tuple[str, str]] = {}
        self.events.drain()

        @self.events.on("ticket.*", name="listen")
        def listen(event: Any, ticket: Any) -> None:
            self.heard.append((event.subject.id, event.kind, event.source))
            self.last[ticket.id] = (ticket.title, str(ticket.state))

    def close(self) -> None:
        self.psa.close()
        self.state.dispose()


class Stage:
    """A sandbox, three who listen to it, and somebody who works in it."""

    def __init__(self, sandbox: Sandbox, place: Path, running: ExitStack) -> None:
        self.sandbox, self.vendor = sandbox, sandbox.dialect.name
        self.hooked, self.polling, self.both = (
            Listener(sandbox, place, name) for name in ("hooked", "polling", "both")
        )
        for one in (self.hooked, self.polling, self.both):
            running.callback(one.close)
            one.state.eventlog.began(one.psa.tenant, "ticket", datetime.now(UTC))
        settings = {**sandbox.settings, "ledger": "memory", "release_lag": 0.0, "requests_per_window": 1_000_000}
        technician = self.polling.psa.technicians.list(limit=5).all()[-1]
        if self.vendor == "autotask":  # webhooks leave out what we did ourselves
            settings["impersonate"] = int(technician.id)
        self.other: Psa = running.enter_context(anypsa.connect(self.vendor, **settings))
        self._running = running

    def also(self, vendor: str, **settings: Any) -> Psa:
        """One more connection."""
        return self._running.enter_context(anypsa.connect(vendor, **settings))

    def hook(self) -> None:
        """Registers webhooks, and receives them."""
        for one in (self.hooked, self.both):
            hook = Hook(one.name, one.psa, Trust(secrets=[SecretStr(SECRET)]))
            port = self._running.enter_context(serving(Receiver(one.state, [hook])))
            url = f"http://127.0.0.1:{port}/{one.name}"
            one.psa.webhooks.ensure(url=url, secret=SECRET, name=one.name, events=TOLD)

    def arrived(self) -> None:
        """Waits until the sandbox has no delivery under way."""
        asked = (self.sandbox.control.dialect("pending")["pending"] for _ in range(20_000))
        assert 0 in asked

    def history(self, chance: random.Random, steps: int) -> set[str]:
        """Somebody works; returns which tickets he touched."""
        more = {"type": "Incident"} if self.vendor == "halopsa" else {}
        tickets = self.other.tickets.list(q.state == "open", limit=10).all()
        touched: set[str] = set()
        for step in range(steps):
            ticket = chance.choice(tickets)
            match chance.choice(["create", "title", "close", "open"]):
                case "create":
                    new = {"title": f"new {step}", "queue": "Service Desk", **more}
                    ticket = self.other.tickets.create(company=tickets[0].company, **new)
                    tickets.append(ticket)
                case "title":
                    self.other.tickets.update(ticket.id, title=f"title {step}")
                case "close":
                    self.other.tickets.update(ticket.id, status="Complete")
                case "open":
                    self.other.tickets.update(ticket.id, status="In Progress", title=f"open {step}")
            touched.add(ticket.id)
            if step % 3 == 2:
                self.look()
        self.look()
        return touched

    def look(self) -> None:
        self.arrived()
        for one in (self.polling, self.both):
            one.events.poll()
        for one in (self.hooked, self.polling, self.both):
            one.events.drain()


@pytest.fixture(params=VENDORS)
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    with ExitStack() as running:
        yield Stage(running.enter_context(Sandbox(request.param, tickets=60)), tmp_path, running)


@pytest.mark.row("N16", "S92", call="events.poll()")
def test_webhooks_polling_and_both_tell_of_the_same_records_in_the_same_final_states(stage: Stage) -> None:
    stage.hook()

    touched = stage.history(random.Random(9), 12)

    hooked, polling, both = (one.last for one in (stage.hooked, stage.polling, stage.both))
    assert set(hooked) == set(polling) == set(both) == touched
    assert (
        hooked
        == polling
        == both
        == {id: (ticket.title, str(ticket.state)) for id, ticket in stage.other.existing("ticket", touched).items()}
    )
    for one in (stage.hooked, stage.polling, stage.both):
        made = Counter(id for id, kind, _ in one.heard if kind == "ticket.created")
        assert set(made.values()) <= {1}
    assert {source for *_, source in stage.polling.heard} == {Source.POLL}


def test_a_sweep_finds_what_webhooks_lost(stage: Stage) -> None:
    ticket = stage.other.tickets.first(q.state == "open")
    stage.other.tickets.update(ticket.id, title="Nobody was told")

    stage.hooked.events.drain()
    before = list(stage.hooked.last)
    stage.hooked.events.sweep(timedelta(hours=1))
    stage.hooked.events.drain()

    assert before == []
    assert stage.hooked.last[ticket.id][0] == "Nobody was told"


@pytest.mark.row("S92", call="psa.changes(since=...)")
def test_what_was_changed_since_a_look_is_found_and_the_price_is_told(stage: Stage) -> None:
    psa = stage.other
    ticket = psa.tickets.first(q.state == "open")
    look = psa.changes()
    psa.tickets.update(ticket.id, title="Any news?")

    found = psa.changes(since=look.cursor)

    assert (list(look.records), look.requests) == ([], 0)
    assert ticket.id in {one.id for one in found.wakeups}
    assert 0 < found.share(timedelta(minutes=15)) < found.share(timedelta(seconds=1))
    assert found.explain(timedelta(milliseconds=1)) != found.explain(timedelta(days=1))


def test_an_entity_that_does_not_tell_when_it_changed_is_refused_before_anything_is_sent(stage: Stage) -> None:
    refused = {"autotask": "queue", "halopsa": "note"}[stage.vendor]

    with pytest.raises(Unsupported):
        stage.other.changes(datetime.now(UTC), entities=[refused])
    for since in ("yesterday", "[]", '{"ticket": "2026-01-01T00:00:00"}', datetime(2026, 1, 1)):
        with pytest.raises(Invalid):
            stage.other.changes(since)


@pytest.mark.trust("A11")
def test_a_storm_that_our_own_writes_cause_is_dropped_whole_and_a_change_on_top_of_it_is_told(stage: Stage) -> None:
    ours, own = stage.hooked, stage.hooked.psa
    if stage.vendor == "autotask":  # which tells us of our own writes only if they were made in somebody's name
        technician = int(own.technicians.list(limit=5).all()[-2].id)
        settings = {**stage.sandbox.settings, "ledger": "memory", "requests_per_window": 1_000_000}
        own = stage.also("autotask", state=ours.state, impersonate=technician, **settings)
    tickets = own.tickets.list(q.state == "open", limit=8).all()
    now = datetime.now(UTC)
    ours.state.inbox.add(ours.psa.tenant, [Wakeup(entity="ticket", id=one.id) for one in tickets], now)
    ours.events.drain()
    ours.heard.clear()
    stage.hook()

    for turn in range(3):
        for ticket in tickets:
            own.tickets.update(ticket.id, title=f"{ticket.title} {turn}")
    stage.arrived()
    came = len(ours.state.inbox.wakes(ours.psa.tenant)) - len(tickets)
    storm = ours.events.drain()
    own.tickets.update(tickets[0].id, title="Ours")
    stage.other.tickets.update(tickets[0].id, title="It is worse now")
    own.tickets.update(tickets[0].id, status="In Progress")
    stage.arrived()
    ours.events.drain()

    assert came == 3 * len(tickets)
    assert (storm.untold, storm.events) == ({"ours": len(tickets)}, 0)
    assert {id for id, *_ in ours.heard} == {tickets[0].id}
    assert ours.last[tickets[0].id][0] == "It is worse now"
