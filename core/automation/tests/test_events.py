"""Events on the sandboxes: what woke us is read, compared with what was seen, told once, and never when it was our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import anypsa
from anypsa import ConfigurationError, Conflict, Policy, Psa, Visibility, Wakeup, q
from anypsa_automation import Events, HandlingStage, State, WakeStage
from anypsa_automation.batches import ATTEMPTS
from anypsa_sandbox import Sandbox

VENDORS = ("autotask", "halopsa")
LIST = {"autotask": "/Tickets/query$", "halopsa": "/api/Tickets$"}
STATUS = {"open": "In Progress", "closed": "Complete"}


class World:
    """A tenant with us in it, and somebody else who writes to it too."""

    def __init__(self, sandbox: Sandbox, place: Path) -> None:
        self.sandbox, self.vendor = sandbox, sandbox.dialect.name
        self.state = State(place)
        settings = {**sandbox.settings, "ledger": "memory", "release_lag": 0.0, "attempts": 1}
        self.psa: Psa = anypsa.connect(self.vendor, state=self.state, **settings)
        self.other: Psa = anypsa.connect(self.vendor, **settings)
        self.ahead = timedelta()
        self.events = Events(self.state, [self.psa], now=lambda: datetime.now(UTC) + self.ahead)
        self.told: list[Any] = []

    def hear(self, pattern: str = "ticket.*") -> None:
        @self.events.on(pattern)
        def hear(event: Any) -> None:
            self.told.append(event)

    def wake(self, *ids: str, entity: str = "ticket", **more: Any) -> None:
        now = datetime.now(UTC)
        self.state.inbox.add(self.psa.tenant, [Wakeup(entity=entity, id=id, **more) for id in ids], now)

    def see(self, *ids: str, entity: str = "ticket") -> None:
        """Sees records as they are now, before anything happens."""
        self.wake(*ids, entity=entity)
        self.events.drain()
        self.told.clear()

    def kinds(self) -> list[str]:
        return [event.kind for event in self.told]

    def make(self, psa: Psa, title: str) -> Any:
        more = {"type": "Incident"} if self.vendor == "halopsa" else {}
        return psa.tickets.create(company=one_open(self).company, title=title, queue="Service Desk", **more)

    def status(self, state: str) -> str:
        return STATUS[state]


@pytest.fixture(scope="module")
def sandboxes(start_sandbox: Callable[..., Sandbox]) -> dict[str, Sandbox]:
    return {vendor: start_sandbox(vendor, tickets=160) for vendor in VENDORS}


@pytest.fixture(params=VENDORS)
def world(request: pytest.FixtureRequest, sandboxes: dict[str, Sandbox], tmp_path: Path) -> Iterator[World]:
    sandboxes[request.param].control.reset()
    made = World(sandboxes[request.param], tmp_path / "state.db")
    with made.psa, made.other:
        yield made
    made.state.dispose()


def one_open(world: World) -> Any:
    return world.other.tickets.first((q.state == "open") & q.contact.is_not_null())


@pytest.mark.row("S91", call='@events.on("ticket.created")')
def test_a_ticket_that_somebody_made_is_told_once_however_often_we_are_woken(world: World) -> None:
    world.hear()
    world.events.drain()
    ticket = world.make(world.other, "VPN down")

    for _ in range(2):
        world.wake(ticket.id, ticket.id)
        world.events.drain()

    assert world.kinds() == ["ticket.created"]


def test_what_changed_is_named_and_closing_and_reopening_are_updates_with_words_of_their_own(world: World) -> None:
    ticket = one_open(world)
    world.hear("ticket.updated")
    world.see(ticket.id)

    for state in ("closed", "open"):
        world.other.tickets.update(ticket.id, status=world.status(state))
        world.wake(ticket.id)
        world.events.drain()
    world.other.tickets.update(ticket.id, title="Another title")
    world.wake(ticket.id)
    world.events.drain()

    assert world.kinds() == ["ticket.closed", "ticket.reopened", "ticket.updated"]
    assert {"status", "state"} <= set(world.told[0].changed)
    assert world.told[2].changed == ("title",)


@pytest.mark.trust("A11")
@pytest.mark.row("S89", call="Events.drain()")
def test_our_own_changes_are_dropped_whole_and_counted(world: World) -> None:
    tickets = world.other.tickets.list(q.state == "open", limit=3).all()
    world.hear()
    world.events.on("note.*", name="notes")(lambda event: world.told.append(event))
    world.see(*(ticket.id for ticket in tickets))

    for ticket in tickets:
        world.psa.tickets.update(ticket.id, title=f"{ticket.title} (seen)", status=world.status("closed"))
    note = world.psa.notes.create(ticket=tickets[0], body="Looking into it.", visibility=Visibility.INTERNAL)
    made = world.make(world.psa, "Ours")
    world.wake(*(ticket.id for ticket in tickets), made.id)
    world.wake(note.id, entity="note")
    drained = world.events.drain()

    assert world.kinds() == []
    assert drained.untold == {"ours": 5}


@pytest.mark.trust("A11")
def test_our_change_on_top_of_somebody_elses_is_told(world: World) -> None:
    ticket = one_open(world)
    world.hear()
    world.see(ticket.id)

    world.other.tickets.update(ticket.id, title="It is worse now")
    world.psa.tickets.update(ticket.id, status=world.status("closed"))
    world.wake(ticket.id)
    world.events.drain()

    assert world.kinds() == ["ticket.closed"]
    assert "title" in world.told[0].changed


@pytest.mark.trust("A11")
def test_a_value_that_we_wrote_long_ago_and_somebody_writes_again_is_told(world: World) -> None:
    ticket = one_open(world)
    world.hear()
    for by, title in ((world.psa, "Ours"), (world.other, "Theirs"), (world.other, "Ours")):
        world.see(ticket.id)
        by.tickets.update(ticket.id, title=title)
    world.wake(ticket.id)
    world.events.drain()

    assert world.kinds() == ["ticket.updated"]


@pytest.mark.row("S90", call="def handler(ticket, company, contact): ...")
def test_a_handler_gets_what_it_asks_for_in_few_requests(world: World) -> None:
    tickets = world.other.tickets.list((q.state == "open") & q.contact.is_not_null(), limit=10).all()
    given: list[Any] = []

    @world.events.on("ticket.*")
    def handle(ticket: Any, company: Any, contact: Any, psa: Psa) -> None:
        given.append((ticket.id, company.id == ticket.company.id, contact.id == ticket.contact.id, psa is world.psa))

    world.psa.check()
    world.wake(*(ticket.id for ticket in tickets))
    world.events.drain()
    world.sandbox.control.clear_log()
    given.clear()
    for ticket in tickets:
        world.other.tickets.update(ticket.id, title=f"{ticket.title}!")
    before = len(world.sandbox.control.calls())
    world.wake(*(ticket.id for ticket in tickets))
    world.events.drain()

    assert sorted(given) == sorted((ticket.id, True, True, True) for ticket in tickets)
    assert len(world.sandbox.control.calls()) - before <= 8


def test_a_hundred_events_take_eight_requests_at_most(world: World) -> None:
    tickets = world.other.tickets.list(limit=100).all()
    world.events.on("ticket.*")(lambda ticket, company, contact: None)
    world.wake(one_open(world).id)
    world.events.drain()  # what a tenant's values mean is read once
    world.sandbox.control.clear_log()
    world.wake(*(ticket.id for ticket in tickets))

    drained = world.events.drain()

    assert drained.handled >= 99  # all but the one that was seen before
    assert len(world.sandbox.control.calls()) <= 8


def test_the_notes_of_a_ticket_come_when_they_are_asked_for(world: World) -> None:
    ticket = one_open(world)
    note = world.other.notes.create(ticket=ticket, body="It is worse now.", visibility=Visibility.INTERNAL)
    found: list[Any] = []
    world.events.on("note.created")(
        lambda note, notes, ticket: found.append((note.body, [one.id for one in notes], ticket.id))
    )
    world.events.drain()

    world.wake(note.id, entity="note")
    world.events.drain()

    assert found[0][0] == "It is worse now."
    assert note.id in found[0][1]
    assert found[0][2] == ticket.id


def test_a_record_that_is_not_there_is_looked_for_again_before_it_is_given_up(world: World) -> None:
    world.hear()
    world.wake("99999999")

    for _ in range(6):
        drained = world.events.drain()
        world.ahead += timedelta(minutes=1)

    assert world.kinds() == []
    assert drained.untold == {}
    assert world.state.inbox.tallies(world.psa.tenant)["missing"][0] == 1


def test_a_handler_that_fails_is_tried_again_and_ends_as_a_dead_letter_that_can_be_replayed(world: World) -> None:
    ticket, broken, calls = one_open(world), True, []

    @world.events.on("ticket.*")
    def handle(ticket: Any) -> None:
        calls.append(ticket.id)
        if broken:
            raise ValueError("no")

    world.wake(ticket.id)
    dead = 0
    for _ in range(ATTEMPTS + 2):
        dead += world.events.drain().dead
        world.ahead += timedelta(hours=2)

    assert (dead, len(calls)) == (1, ATTEMPTS)
    (letter,) = world.state.eventlog.handlings(world.psa.tenant, HandlingStage.DEAD)
    assert letter.error == "ValueError: no"
    broken = False
    world.events.replay(letter.event.id)
    assert world.events.drain().handled == 1
    assert not world.state.eventlog.handlings(world.psa.tenant, HandlingStage.DEAD)


def test_a_handler_whose_writes_are_only_predicted_is_called_once_and_is_no_dead_letter(world: World) -> None:
    ticket, calls = one_open(world), []
    settings = {**world.sandbox.settings, "ledger": "memory", "release_lag": 0.0, "stages": ("password reset",)}
    with anypsa.connect(world.vendor, state=world.state, **settings) as psa:
        events = Events(world.state, [psa], now=lambda: datetime.now(UTC) + world.ahead)

        @events.on("ticket.*")
        def handle(ticket: Any, psa: Psa) -> None:
            calls.append(psa.tickets.update(ticket, title="Predicted").title)
            with psa.plan(ticket, why="A plan has nothing to return for what is only predicted.") as plan:
                plan.tickets.update(ticket, title="Planned")
            psa.plans.run(plan.plan)

        world.wake(ticket.id)
        drained = [events.drain()]
        world.ahead += timedelta(hours=2)
        drained.append(events.drain())

    assert calls == ["Predicted"]
    assert [(one.withheld, one.failed, one.dead) for one in drained] == [(1, 0, 0), (0, 0, 0)]
    assert world.other.tickets.get(ticket.id).title == ticket.title


def test_a_handler_that_wants_an_approval_is_called_once_and_its_write_waits_as_a_plan(world: World) -> None:
    ticket, calls = one_open(world), []
    settings = {**world.sandbox.settings, "ledger": "memory", "release_lag": 0.0, "policy": Policy.plan}
    with anypsa.connect(world.vendor, state=world.state, **settings) as psa:
        events = Events(world.state, [psa], now=lambda: datetime.now(UTC) + world.ahead)

        @events.on("ticket.*")
        def handle(ticket: Any, psa: Psa) -> None:
            calls.append(ticket.id)
            psa.tickets.update(ticket, title="Approved by nobody yet")

        world.wake(ticket.id)
        drained = [events.drain()]
        world.ahead += timedelta(hours=2)
        drained.append(events.drain())
        (plan,) = psa.plans.list()

    assert calls == [ticket.id]
    assert [(one.pending, one.failed, one.dead) for one in drained] == [(1, 0, 0), (0, 0, 0)]
    assert plan.ticket == ticket.id
    assert world.other.tickets.get(ticket.id).title == ticket.title


def test_while_the_vendor_is_away_nothing_is_lost(world: World) -> None:
    ticket = one_open(world)
    world.hear()
    world.psa.check()
    world.sandbox.control.fault("reply", status=503, path=LIST[world.vendor], times=None)
    world.wake(ticket.id)
    world.events.drain()
    world.sandbox.control.clear_faults()
    world.ahead += timedelta(minutes=1)

    world.events.drain()

    assert world.kinds() == ["ticket.updated"]


def test_handlers_that_could_never_be_called_are_refused(tmp_path: Path) -> None:
    state = State(tmp_path / "state.db")
    events = Events(state, [])

    async def later(event: Any) -> None: ...

    for pattern, handler in (
        ("ticket", lambda event: None),
        ("tickte.created", lambda event: None),
        ("ticket.created", lambda compony: None),
        ("ticket.created", later),
    ):
        with pytest.raises(ConfigurationError):
            events.on(pattern)(handler)
    state.dispose()


@pytest.mark.row("S83", call="state.clients.candidates(psa, kinds)")
@pytest.mark.row("S84", call="def handler(ticket, client): ...")
def test_tickets_of_companies_that_are_no_clients_yet_are_parked_and_not_lost(world: World) -> None:
    ticket = one_open(world)
    company = world.other.companies.get(ticket.company)
    got: list[tuple[str, str]] = []
    mapped: list[str] = []
    world.events.on("ticket.*", name="by client")(lambda ticket, client: got.append((ticket.id, client.id)))
    world.events.on("company.mapped", name="provision")(lambda company, client: mapped.append(client.id))
    world.wake(ticket.id)

    parked = world.events.drain().parked
    for _ in range(2):
        world.events.map_company(company, "acme")
    world.events.drain()

    assert parked == 1
    assert (got, mapped) == ([(ticket.id, "acme")], ["acme"])


@pytest.mark.row("S83", call="state.clients.candidates(psa, kinds)")
def test_companies_are_chosen_by_kind_and_each_is_one_client(world: World) -> None:
    one = next(company for company in world.other.companies.list() if company.active)
    kinds = [] if one.kind is None else [one.kind.label]  # HaloPSA's companies have none
    found = world.state.clients.candidates(world.psa, kinds)
    other = next(company for company in found if company.id != one.id)

    world.events.map_company(one, "acme")

    assert {company.kind for company in found} == {one.kind}
    assert one.id in {company.id for company in found}
    assert one.id not in {company.id for company in world.state.clients.candidates(world.psa, kinds)}
    for company, client in ((one, "umbrella"), (other, "acme")):
        with pytest.raises(Conflict):
            world.events.map_company(company, client)


def test_what_can_never_be_read_is_a_dead_letter_and_holds_up_nothing_else(world: World) -> None:
    ticket = one_open(world)
    world.hear()
    world.wake(ticket.id)
    world.wake("5", entity="gizmo")

    world.events.drain()

    assert world.kinds() == ["ticket.updated"]
    (dead,) = world.state.inbox.wakes(world.psa.tenant, WakeStage.DEAD)
    assert dead.subject == ("gizmo", "5")
    assert world.state.inbox.revive(world.psa.tenant, datetime.now(UTC)) == 1
