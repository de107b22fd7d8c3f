"""Audits: what they tell of a desk is what its world holds, and they write nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import FAST

import anypsa
from anypsa import Actor, ActorKind, Choice, Company, Event, OverBudget, Policy, Psa, Ref, Source, Ticket
from anypsa_automation import State
from anypsa_automation.audits import (
    Cost,
    Standards,
    audit_fields,
    audit_queues,
    contention,
    contention_cost,
    fields_cost,
    queues_cost,
)
from anypsa_automation.audits.queues import NO_QUEUE, audited
from anypsa_automation.stages import Rate
from anypsa_sandbox import Sandbox

YEAR = timedelta(days=400)
"""All that a world holds is younger."""


@pytest.fixture(scope="module", params=["autotask", "halopsa"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(request.param, tickets=150, latency=0.0) as sandbox:
        sandbox.control.limits(window_limit=1_000_000, latency=0, lag=0)
        yield sandbox


@pytest.fixture
def psa(sandbox: Sandbox, tmp_path: Path) -> Iterator[Psa]:
    settings: dict[str, Any] = {**FAST, "policy": Policy.read_only, "state": tmp_path / "state.db"}
    with anypsa.connect(sandbox.dialect.name, **sandbox.settings, **settings) as psa:
        yield psa


def of_queue(sandbox: Sandbox, name: str) -> list[dict[str, Any]]:
    rows = sandbox.world().rows("tickets")
    return [dict(row) for row in rows if (row["queue"] or NO_QUEUE) == name]


@pytest.mark.row("S118", call="anypsa_automation.audits.audit_queues(psa)")
def test_each_queue_is_told_as_the_world_has_it(sandbox: Sandbox, psa: Psa) -> None:
    now = psa.context.session.moment()
    standards = Standards(span=YEAR, looked_into=0)

    queues = {one.queue: one for one in audit_queues(psa, standards=standards).queues}

    assert NO_QUEUE in queues
    for name, one in queues.items():
        rows = of_queue(sandbox, name)
        waiting = [row for row in rows if row["closed"] is None]
        dated = [row for row in waiting if row["due"] is not None]
        nobody = [row for row in waiting if row["assignee"] is None and row["updated"] < now - standards.stale]
        assert one.open == len(waiting)
        assert one.overdue == Rate(sum(row["due"] < now for row in dated), len(dated))
        assert one.left == Rate(len(nobody), len(waiting))
        assert ("dumping ground" in one.findings) == (len(waiting) >= 5 and 2 * len(nobody) >= len(waiting))
        assert ("late" in one.findings) == (len(dated) >= 5 and one.overdue.right * 5 >= len(dated))


def test_a_queue_in_which_nothing_moves_is_idle_and_one_where_something_does_is_not(psa: Psa) -> None:
    spans = {days: Standards(span=YEAR, idle=timedelta(days=days), looked_into=0) for days in (0, 100_000)}

    found = {days: audit_queues(psa, standards=one).queues for days, one in spans.items()}

    assert all("idle" in one.findings for one in found[0])
    assert not any("idle" in one.findings for one in found[100_000] if one.last is not None)


def test_a_ticket_of_which_no_time_is_told_is_old() -> None:
    choice, company = Choice(id="1", label="New"), Ref[Company](id="1", tenant="t")
    told: dict[str, Any] = {"tenant": "t", "id": "1", "title": "bare", "status": choice, "company": company}
    bare = Ticket(**told, state="open", created=None, updated=None)
    one = audited("Service Desk", [bare], Standards(), datetime.now(UTC), {})

    assert (one.open, one.came, one.left, one.findings) == (1, 0, Rate(1, 1), ["idle"])


@pytest.mark.row("S118", call="anypsa_automation.audits.audit_queues(psa)")
def test_it_is_told_by_what_tickets_come_to_a_queue(sandbox: Sandbox, psa: Psa) -> None:
    world = sandbox.world()
    contracts = [row["id"] for row in world.rows("contracts")][:8]
    rows = world.rows("tickets")
    types, categories = (sorted({row[name] for row in rows if row[name]}) for name in ("type", "category"))
    for n, row in enumerate(rows):
        other = {"category": categories[1 + n // 3 % 3], "contract": contracts[n % 7]}
        told = [
            {**other, "queue": "Network", "category": categories[0]},
            {**other, "queue": "Service Desk", "contract": contracts[7]},
            {**other, "queue": "Projects" if n % 5 < 3 else "Onsite"},
        ][n % 3]
        world.change("tickets", row["id"], {"type": types[0], "subcategory": None, **told})

    found = {one.queue: one.routed for one in audit_queues(psa, standards=Standards(span=YEAR)).queues}

    named = ("Network", "Service Desk", "Projects")
    assert [found[name].by for name in named] == ["content", "contract", "neither"]


def event(psa: Psa, ticket: str, what: str, at: datetime, *changed: str, actor: Actor | None = None) -> Event:
    subject: Ref[Ticket] = Ref(id=ticket, tenant=psa.tenant)
    told: dict[str, Any] = {
        "tenant": psa.tenant,
        "kind": f"ticket.{what}",
        "subject": subject,
        "source": Source.WEBHOOK,
    }
    return Event(id=f"{ticket}{what}{at}", changed=changed or None, occurred_at=at, received_at=at, actor=actor, **told)


def came_and_moved(psa: Psa, moves: list[tuple[str, timedelta, str, Actor | None]]) -> None:
    """Tickets 1 to 6 came five hours ago, 9 long ago; what happened to them, how long after they came, and by whom."""
    state, now = psa.context.state, psa.context.session.moment()
    assert isinstance(state, State)
    began = {**dict.fromkeys("123456", now - timedelta(hours=5)), "9": now - timedelta(days=90)}
    for ticket, at in began.items():
        state.eventlog.tell(event(psa, ticket, "created", at), [], now)
    for ticket, after, changed, actor in moves:
        state.eventlog.tell(event(psa, ticket, "updated", began[ticket] + after, changed, actor=actor), [], now)


HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
BARE = Standards(looked_into=0)


@pytest.mark.row("S119", call="anypsa_automation.audits.audit_queues(psa).rerouted")
def test_what_people_put_elsewhere_within_the_hour_is_counted_once_for_each_ticket(psa: Psa) -> None:
    assert audit_queues(psa, standards=BARE).rerouted is None
    jane = Actor(psa.technicians.list().all()[2].id, ActorKind.TECHNICIAN)
    moves = [("1", HOUR, "queue"), ("1", MINUTE, "queue"), ("2", HOUR + MINUTE, "queue"), ("3", MINUTE, "title")]
    came_and_moved(psa, [(*one, jane) for one in (*moves, ("9", MINUTE, "queue"))])

    found = audit_queues(psa, standards=BARE).rerouted

    assert found is not None
    assert (found.rate, found.often) == (Rate(1, 6), False)
    lower = audit_queues(psa, standards=Standards(looked_into=0, rerouted=0.1)).rerouted
    assert lower is not None and lower.often


@pytest.mark.row("S119", call="anypsa_automation.audits.audit_queues(psa).rerouted")
def test_what_programs_and_nobody_with_a_name_move_is_not_counted_as_peoples(psa: Psa) -> None:
    people = [one.id for one in psa.technicians.list()]
    us = psa.whoami().technician_id or "program"
    moves = [
        ("1", Actor(us, ActorKind.TECHNICIAN)),
        ("2", Actor("rule", ActorKind.TECHNICIAN)),
        ("3", None),
        ("4", Actor(people[2], ActorKind.CONTACT)),
        ("5", Actor(people[3])),
        ("6", Actor(us)),
        ("6", Actor(people[2])),
    ]
    came_and_moved(psa, [(ticket, MINUTE * n, "queue", actor) for n, (ticket, actor) in enumerate(moves)])

    found = audit_queues(psa, standards=Standards(looked_into=0, programs={"rule", "program"})).rerouted

    assert found is not None
    assert (found.people, found.programs, found.untold, found.of) == (2, 2, 2, 6)


AUDITS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "queues": (queues_cost, audit_queues, {"standards": Standards(span=YEAR, looked_into=20)}),
    "fields": (fields_cost, audit_fields, {"span": YEAR}),
    "contention": (contention_cost, contention, {}),
}


@pytest.mark.row("S118", call="anypsa_automation.audits.queues_cost(psa)")
@pytest.mark.parametrize("name", AUDITS)
def test_what_an_audit_costs_is_told_before_and_a_budget_that_is_less_is_refused_at_once(psa: Psa, name: str) -> None:
    tells, audit, given = AUDITS[name]
    told: Cost = tells(psa, **given)
    psa.whoami()

    with psa.budget(max_requests=max(0, told.requests - 1)) as spent:
        if told.requests:
            with pytest.raises(OverBudget):
                audit(psa, **given)
    counted = spent.used
    with psa.budget(lane="bulk") as needed:
        audit(psa, **given)

    assert counted <= 2
    assert told.requests <= needed.used <= told.requests + 10


@pytest.mark.row("S65", call="anypsa_automation.audits.audit_fields(psa)")
def test_what_custom_fields_hold_is_told_with_what_a_list_by_each_takes(sandbox: Sandbox, psa: Psa) -> None:
    found = {one.field: one for one in audit_fields(psa, span=YEAR)}

    assert found
    tickets = psa.tickets.list().all()
    for name, one in found.items():
        values = [ticket.custom_fields.get(name) for ticket in tickets]
        assert (one.filled, one.distinct) == (len(list(filter(None, values))), len(set(filter(None, values))))
        assert (one.holds == "empty") == (one.filled == 0)
        assert one.requests >= 1


@pytest.mark.row("S49", call="anypsa_automation.audits.contention(psa)")
def test_others_who_use_up_the_limit_are_told_where_the_vendor_counts_them(sandbox: Sandbox, psa: Psa) -> None:
    psa.tickets.first()
    found = contention(psa)

    assert found.ours > 0
    assert (found.others is not None) == ("usage" in psa.context.adapter.offers)
    assert found.crowded == ((found.others or 0) > (found.reserve or 0))
