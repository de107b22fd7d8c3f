"""Audits: what they tell of a desk is what its world holds, and they write nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import FAST

import anypsa
from anypsa import Choice, Company, Event, Policy, Psa, Ref, Source, Ticket
from anypsa_automation import State
from anypsa_automation.audits import Standards, audit_fields, audit_queues, contention
from anypsa_automation.audits.queues import NO_QUEUE, audited
from anypsa_automation.stages import Rate
from anypsa_sandbox import Sandbox


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
    standards = Standards(span=timedelta(days=400))

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
    spans = {days: Standards(span=timedelta(days=400), idle=timedelta(days=days)) for days in (0, 100_000)}

    found = {days: audit_queues(psa, standards=one).queues for days, one in spans.items()}

    assert all("idle" in one.findings for one in found[0])
    assert not any("idle" in one.findings for one in found[100_000] if one.last is not None)


def test_a_ticket_of_which_no_time_is_told_is_old() -> None:
    choice, company = Choice(id="1", label="New"), Ref[Company](id="1", tenant="t")
    told: dict[str, Any] = {"tenant": "t", "id": "1", "title": "bare", "status": choice, "company": company}
    bare = Ticket(**told, state="open", created=None, updated=None)
    one = audited("Service Desk", [bare], Standards(), datetime.now(UTC))

    assert (one.open, one.came, one.left, one.findings) == (1, 0, Rate(1, 1), ["idle"])


def event(psa: Psa, ticket: str, what: str, at: datetime, *changed: str) -> Event:
    told: dict[str, Any] = {
        "tenant": psa.tenant,
        "kind": f"ticket.{what}",
        "subject": Ref(id=ticket, tenant=psa.tenant),
    }
    return Event(
        id=f"{ticket}{what}{at}", changed=changed or None, occurred_at=at, received_at=at, source=Source.WEBHOOK, **told
    )


@pytest.mark.row("S119", call="anypsa_automation.audits.audit_queues(psa).rerouted")
def test_what_is_put_elsewhere_within_the_hour_is_counted_once_for_each_ticket(psa: Psa) -> None:
    state, now = psa.context.state, psa.context.session.moment()
    assert isinstance(state, State)
    assert audit_queues(psa).rerouted is None
    hour, minute = timedelta(hours=1), timedelta(minutes=1)
    for ticket in "1234":
        state.eventlog.tell(event(psa, ticket, "created", now - 5 * hour), [], now)
    state.eventlog.tell(event(psa, "9", "created", now - timedelta(days=90)), [], now)
    moves = [
        ("1", hour, "queue"),
        ("1", minute, "queue"),
        ("2", hour + minute, "queue"),
        ("3", minute, "title"),
        ("9", minute, "queue"),
    ]
    for ticket, after, changed in moves:
        began = now - timedelta(days=90) if ticket == "9" else now - 5 * hour
        state.eventlog.tell(event(psa, ticket, "updated", began + after, changed), [], now)

    assert audit_queues(psa).rerouted == Rate(1, 4)


@pytest.mark.row("S65", call="anypsa_automation.audits.audit_fields(psa)")
def test_what_custom_fields_hold_is_told_with_what_a_list_by_each_takes(sandbox: Sandbox, psa: Psa) -> None:
    found = {one.field: one for one in audit_fields(psa, span=timedelta(days=400))}

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
