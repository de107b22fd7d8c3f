"""The store of plans: one decision, one release, on exactly what was planned; on both databases."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from samples import MINUTE, START, item
from sqlalchemy import text

from anypsa import ItemStage, Plan, PlanEvent, PlanStage
from anypsa.plans import ALPHABET, OPEN, digest_of
from anypsa_automation import State, schema
from anypsa_automation.database import Database

LATER = START + MINUTE
HOUR = timedelta(hours=1)


def draft(id: str = "p", **more: Any) -> Plan:
    held = tuple(item(f"{id}{name}", plan=id, stage=ItemStage.HELD, subject="ticket:5") for name in "ab")
    told: dict[str, Any] = {"created": START, "touched": START, "expires": START + HOUR, "items": held, **more}
    plan = Plan(id=id, tenant="acme", ticket="5", why="because", code="", digest="", **told)
    return replace(plan, digest=digest_of(plan, held))


def event(plan: str = "p", what: str = "x", moment: datetime = LATER, **more: Any) -> PlanEvent:
    return PlanEvent(plan=plan, tenant="acme", ticket="5", moment=moment, what=what, **more)


@pytest.fixture
def state(opened: Callable[..., State]) -> State:
    return opened()


def proposed(state: State, plan: Plan | None = None) -> Plan:
    stored = state.plans.add(plan or draft())
    return state.plans.proposed(stored.id, "9", event(stored.id, via=f"note:{stored.id}")).plan


def approved(state: State, plan: Plan | None = None) -> Plan:
    stored = proposed(state, plan)
    return state.plans.decide(stored.id, stored.digest, PlanStage.APPROVED, event(stored.id, actor="Jane")).plan


def stages(state: State, plan: str = "p") -> list[ItemStage]:
    found = state.plans.plan(plan)
    assert found is not None
    return [one.stage for one in found.items]


def happened(state: State, plan: str = "p") -> list[str]:
    return [one.what for one in reversed(state.plans.events("acme", plan))]


def tampered(state: State, statement: str) -> None:
    with state.database.transaction() as connection:
        connection.execute(text(statement))


def test_the_latest_plans_are_read_some_at_a_time(state: State) -> None:
    for id in "abcde":
        state.plans.add(draft(id))
    proposed(state, draft("f"))

    assert [one.id for one in state.plans.latest("acme", None, 2)] == ["f", "e"]
    assert [one.id for one in state.plans.latest("acme", PlanStage.DRAFTED, 2, 1)] == ["d", "c"]
    assert state.plans.latest("other", None, 2) == []


def test_a_plan_comes_back_as_it_was_added_and_its_items_are_held(state: State) -> None:
    stored = state.plans.add(draft(seen={"ticket:5": {"title": "old"}}, actor="night shift"))

    assert state.plans.plan("p") == stored
    assert (stored.stage, stored.digest) == (PlanStage.DRAFTED, digest_of(stored, stored.items))
    assert len(stored.code) == 4 and set(stored.code) <= set(ALPHABET)
    assert stages(state) == [ItemStage.HELD] * 2
    assert state.outbox.hold("acme", "me", LATER, LATER, LATER + MINUTE) is None


def test_an_approval_releases_all_items_at_once_and_only_once(state: State) -> None:
    plan = approved(state)
    first, second = state.plans.release("p", event()), state.plans.release("p", event())

    assert (plan.approved, plan.decider) == (plan.digest, "Jane")
    assert (first.moved, second.moved, second.plan.stage) == (True, False, PlanStage.RUNNING)
    assert stages(state) == [ItemStage.WAITING] * 2
    assert happened(state) == ["drafted", "proposed", "approved", "running"]


@pytest.mark.parametrize("stage", [PlanStage.DENIED, PlanStage.EXPIRED, PlanStage.SUPERSEDED, PlanStage.VOID])
def test_what_ended_cannot_be_decided_on_nor_released_and_its_items_are_put_away(
    state: State, stage: PlanStage
) -> None:
    plan = approved(state)
    state.plans.end("p", stage, OPEN, event())

    assert not state.plans.release("p", event()).moved
    assert not state.plans.decide("p", plan.digest, PlanStage.APPROVED, event()).moved
    assert stages(state) == [ItemStage.DISCARDED] * 2
    assert happened(state)[-1] == "refused"


TAMPERING = {
    "a value": "UPDATE anypsa_items SET given = '{\"body\": \"other\"}' WHERE id = 'pa'",
    "a record": "UPDATE anypsa_items SET action = 'update', record = '6' WHERE id = 'pa'",
    "one less": "DELETE FROM anypsa_items WHERE id = 'pb'",
    "one more": "UPDATE anypsa_items SET plan = 'p', stage = 'held' WHERE id = 'stranger'",
    "the ticket": "UPDATE anypsa_plans SET ticket = '6' WHERE id = 'p'",
    "the reason": "UPDATE anypsa_plans SET why = 'another' WHERE id = 'p'",
    "what was seen": "UPDATE anypsa_plans SET seen = '{\"ticket:5\": {}}' WHERE id = 'p'",
}


@pytest.mark.trust("A13")
@pytest.mark.parametrize("where", ["sqlite", pytest.param("postgresql", marks=pytest.mark.deep)], indirect=True)
@pytest.mark.parametrize("what", TAMPERING)
def test_what_was_tampered_with_is_neither_approved_nor_released(state: State, what: str) -> None:
    state.outbox.add(item("stranger", subject="ticket:5"))
    plan = proposed(state)
    tampered(state, TAMPERING[what])

    assert not state.plans.decide("p", plan.digest, PlanStage.APPROVED, event()).moved
    tampered(state, "UPDATE anypsa_plans SET stage = 'approved', approved = digest WHERE id = 'p'")
    assert state.plans.release("p", event()).plan.stage is PlanStage.VOID
    assert ItemStage.WAITING not in stages(state)
    assert happened(state)[-2:] == ["refused", "void"]


@pytest.mark.trust("A13")
def test_an_approval_of_another_digest_releases_nothing(state: State) -> None:
    plan = proposed(state)

    assert not state.plans.decide("p", f"{plan.digest[:-1]}_", PlanStage.APPROVED, event()).moved
    tampered(state, "UPDATE anypsa_plans SET stage = 'approved', approved = 'another' WHERE id = 'p'")
    assert state.plans.release("p", event()).plan.stage is PlanStage.VOID


@pytest.mark.trust("A13")
def test_after_its_time_a_plan_is_neither_approved_nor_released(state: State) -> None:
    plan, late = proposed(state), START + HOUR

    assert not state.plans.decide("p", plan.digest, PlanStage.APPROVED, event(moment=late)).moved
    assert state.plans.decide("p", plan.digest, PlanStage.APPROVED, event(moment=LATER)).moved
    assert state.plans.release("p", event(moment=late)).plan.stage is PlanStage.EXPIRED


@pytest.mark.trust("A13")
def test_of_many_who_decide_at_once_one_does_and_each_try_is_kept(opened: Callable[..., State]) -> None:
    states = [opened(), opened()]
    plan = proposed(states[0])
    wanted = [PlanStage.APPROVED, PlanStage.DENIED]

    def decide(n: int) -> bool:
        line = event(actor=str(n), via=f"note:{n + 100}")
        return states[n % 2].plans.decide("p", plan.digest, wanted[n // 2 % 2], line).moved

    with ThreadPoolExecutor(8) as pool:
        took = list(pool.map(decide, range(16)))

    events = states[0].plans.events("acme", "p")
    decisions = [one.what for one in events if one.actor is not None]
    # An approval can still be taken back before it runs: then it is two who decided, the second one against it.
    assert [took.count(True), decisions.count("refused")] in ([1, 15], [2, 14])
    found = states[1].plans.plan("p")
    assert found is not None
    assert found.stage is PlanStage.DENIED or decisions.count("denied") == 0


DECIDER = """
import sys
from datetime import datetime
from anypsa import PlanEvent, PlanStage
from anypsa_automation import State
state, now = State(sys.argv[1], retention=None), datetime.fromisoformat(sys.argv[2])
took = 0
for plan in state.plans.plans("acme"):
    event = PlanEvent(plan=plan.id, tenant="acme", ticket="5", moment=now, what="x", actor=sys.argv[3])
    took += state.plans.decide(plan.id, plan.digest, PlanStage.APPROVED, event).moved
    took += state.plans.release(plan.id, event).moved
print(took)
"""


@pytest.mark.trust("A13")
def test_of_two_processes_that_decide_and_release_at_once_each_plan_is_ones(where: str, state: State) -> None:
    for n in range(12):
        proposed(state, draft(str(n)))
    asked = [sys.executable, "-c", DECIDER, where, LATER.isoformat()]
    both = [subprocess.Popen([*asked, name], stdout=subprocess.PIPE, text=True) for name in ("Jane", "Bob")]
    took = [int(one.communicate(timeout=60)[0]) for one in both]

    assert sum(took) == 24
    assert [happened(state, str(n))[2:].count("running") for n in range(12)] == [1] * 12


def test_of_many_who_release_at_once_one_does(opened: Callable[..., State]) -> None:
    states = [opened(), opened()]
    approved(states[0])

    with ThreadPoolExecutor(8) as pool:
        took = list(pool.map(lambda n: states[n % 2].plans.release("p", event()).moved, range(16)))

    assert took.count(True) == 1
    assert happened(states[0]).count("running") == 1


def test_an_approval_can_be_taken_back_until_it_runs(state: State) -> None:
    plan = approved(state)
    assert state.plans.decide("p", plan.digest, PlanStage.DENIED, event(actor="Jane")).moved
    assert not state.plans.release("p", event()).moved

    running = approved(state, draft("q"))
    state.plans.release("q", event("q"))
    assert not state.plans.decide("q", running.digest, PlanStage.DENIED, event("q")).moved


def test_one_plan_supersedes_another_unless_that_runs(state: State) -> None:
    approved(state)
    approved(state, draft("r"))
    state.plans.release("r", event("r"))
    state.plans.add(draft("q", supersedes="p"))
    state.plans.add(draft("s", supersedes="r"))

    found = {id: state.plans.plan(id) for id in "pr"}
    assert [one.stage for one in found.values() if one] == [PlanStage.SUPERSEDED, PlanStage.RUNNING]
    assert happened(state)[-1] == "superseded"


def test_the_same_guarded_call_is_one_plan_while_that_is_open(state: State) -> None:
    first = state.plans.add(draft("p", single="digest"))

    assert state.plans.add(draft("q", single="digest")) == first
    late = draft("r", single="digest", created=START + HOUR, expires=START + 2 * HOUR)
    assert state.plans.add(late).id == "r"
    assert happened(state) == ["drafted", "expired"]


def test_codes_are_never_used_twice(state: State) -> None:
    codes = [state.plans.add(draft(str(n))).code for n in range(30)]

    assert len(set(codes)) == 30


def test_a_note_is_heard_once(state: State) -> None:
    proposed(state)

    assert state.plans.note(event(via="note:12", reason="\x00 \ud800"))
    assert not state.plans.note(event(via="note:12"))
    assert state.plans.noted("acme", "5") == {"note:p", "note:12"}
    assert state.plans.noted("acme", "6") == frozenset()


@pytest.mark.row("S105", call='State("anypsa.db").plans.events(psa.tenant)')
def test_plans_are_forgotten_in_time_with_all_that_is_theirs_and_running_ones_never(
    opened: Callable[..., State],
) -> None:
    state = opened(retention=None)
    for id in "pqr":
        approved(state, draft(id))
    state.plans.end("p", PlanStage.DENIED, OPEN, event("p"))
    state.plans.release("r", event("r"))
    state.plans.add(draft("s", expires=START + timedelta(days=36_500)))

    purged = state.purge(older_than=datetime.now(UTC) - START - 2 * HOUR)

    assert (purged.plans, purged.items) == (2, 0)
    assert [state.plans.plan(id) is None for id in "pqrs"] == [True, True, False, False]
    assert [len(state.plans.events("acme", id)) for id in "pqrs"] == [0, 0, 4, 1]
    assert [one.plan for one in state.outbox.items("acme")] == ["r", "r", "s", "s"]


def test_an_item_is_parked_by_whoever_holds_it_and_by_nobody_else(state: State) -> None:
    state.outbox.add(item("a", subject="ticket:5"))
    held = state.outbox.hold("acme", "me", LATER, LATER, LATER + MINUTE)
    assert held is not None
    wanted = replace(held.item, plan="p", stage=ItemStage.HELD)
    plan = draft(items=(wanted,), single="item:a")
    stale = state.plans.park(plan, replace(held, fence=held.fence - 1))
    kept = state.plans.park(plan, held)

    assert stale is None
    assert kept is not None and kept.parked and stages(state) == [ItemStage.HELD]
    assert state.plans.park(replace(plan, id="q"), held) is None
    assert state.plans.plan("q") is None
    state.plans.end("p", PlanStage.DENIED, OPEN, event())
    ended = state.outbox.item("a")
    assert ended is not None and (ended.stage, bool(ended.error)) == (ItemStage.DISCARDED, True)


def test_the_version_before_plans_is_brought_up_to_date_with_its_items(
    where: str, opened: Callable[..., State]
) -> None:
    old = Database(where)
    with old.transaction() as connection:
        schema.migrate(connection, 4)
        connection.execute(
            text(
                "INSERT INTO anypsa_items (id, tenant, action, entity, subject, fingerprint, created, touched, due,"
                " given, stage, attempts, insisted, fence) VALUES ('a', 'acme', 'create', 'note', 'item:a', 'd', 1, 1, 1,"
                " '{}', 'waiting', 0, 0, 0)"
            )
        )
    old.dispose()
    state = opened()

    waiting = state.outbox.item("a")
    assert waiting is not None
    assert (waiting.stage, waiting.plan) == (ItemStage.WAITING, None)
    assert approved(state).stage is PlanStage.APPROVED
