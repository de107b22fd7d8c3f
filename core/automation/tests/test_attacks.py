"""Approvals under attack: an attack a row. Each fails, is kept in the audit trail, and is told by an internal note.

The rows are those of `trust.md` C7, S13 by reply (A13 in the catalogue of tests). By link they are tried in `anypsa-apps`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import VENDORS, Desk, running, tickets_of

from anypsa import Conflict, Denied, Plan, PlanStage, Psa, Visibility
from anypsa.plans import What
from anypsa_sandbox import Sandbox

TITLE = "Restarted the spooler."
NAMED = "lead@msp.example"
"""Who decides on the tickets that nobody is assigned to."""


@pytest.fixture(scope="module", params=VENDORS)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with running(request.param) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def tickets(sandbox: Sandbox) -> Iterator[str]:
    return tickets_of(sandbox)


@pytest.fixture
def desk(sandbox: Sandbox, tickets: Iterator[str], tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(sandbox, tmp_path, next(tickets))
    desk.assign(desk.jane["id"])
    yield desk
    desk.close()


@pytest.fixture
def psa(desk: Desk) -> Psa:
    return desk.connect(approvers={str(desk.row()["queue"]): (NAMED,)})


@dataclass(frozen=True)
class Attack:
    """What somebody does to a plan of Jane's, which she has `approved` before or not, and how it is kept."""

    act: Callable[[Desk, Psa, Plan], object]
    approved: bool = False
    kept: str = What.REFUSED


# Forged: a program writes for a person.


def note(psa: Psa, desk: Desk, plan: Plan) -> None:
    psa.notes.create(ticket=desk.ticket, body=f"approve {plan.code}", visibility=Visibility.INTERNAL)


def by_our_own_user(desk: Desk, psa: Psa, plan: Plan) -> None:
    desk.assign(1)
    note(psa, desk, plan)


def by_another_program_of_our_user(desk: Desk, psa: Psa, plan: Plan) -> None:
    desk.assign(1)
    note(desk.connect("open", state=str(desk.folder / "other.db")), desk, plan)


def by_an_impersonator(desk: Desk, psa: Psa, plan: Plan) -> None:
    """A program of somebody else's speaks for Jane: both vendors keep that it did."""
    if desk.sandbox.dialect.name == "autotask":
        desk.reply(plan, extra={"impersonatorCreatorResourceID": desk.bob["id"]})
    else:
        desk.reply(plan, extra={"application": "another-application"})


def by_our_user_in_her_name(desk: Desk, psa: Psa, plan: Plan) -> None:
    """Autotask's header; on HaloPSA there is nothing like it that we send."""
    if desk.sandbox.dialect.name == "autotask":
        other = desk.connect("open", state=str(desk.folder / "other.db"), impersonate=desk.jane["id"])
        note(other, desk, plan)
    else:
        by_another_program_of_our_user(desk, psa, plan)


def by_an_application(desk: Desk, psa: Psa, plan: Plan) -> None:
    """As each vendor tells that no person typed it: Autotask by its API user, to whom no ticket can be assigned."""
    if desk.sandbox.dialect.name == "autotask":
        ours = {name: value for name, value in desk.people[0].items() if name != "id"}
        desk.reply(plan, by=desk.sandbox.world().add("technicians", {**ours, "email": "rmm@msp.example"}))
    else:
        desk.reply(plan, extra={"application": "a-client-id"})


def by_changing_her_note(desk: Desk, psa: Psa, plan: Plan) -> None:
    """At once, so that no time tells."""
    desk.write("I look into it.")
    last = max(psa.notes.list(ticket=desk.ticket), key=lambda one: (one.created or 0, len(one.id), one.id))
    psa.notes.update(last, body=f"approve {plan.code}")


def by_changing_her_note_later(desk: Desk, psa: Psa, plan: Plan) -> None:
    desk.reply(plan, updated=desk.sandbox._frame.clock.moment() + timedelta(minutes=1))


# Of the wrong person.


def by_a_customer(desk: Desk, psa: Psa, plan: Plan) -> None:
    desk.reply(plan, author=None, author_contact=desk.row()["contact"])


def by_one_who_left(desk: Desk, psa: Psa, plan: Plan) -> None:
    desk.assign(desk.gone["id"])
    desk.reply(plan, by=desk.gone["id"])


def by_whom_the_automation_assigned(desk: Desk, psa: Psa, plan: Plan) -> None:
    bob = next(one for one in psa.technicians.list() if one.email == desk.bob["email"])
    psa.tickets.update(desk.ticket, assignee=bob)
    desk.reply(plan, by=desk.bob["id"])


def by_whom_it_assigned_in_the_vendors_words(desk: Desk, psa: Psa, plan: Plan) -> None:
    jane, raw = desk.jane, desk.connect("open")
    if desk.sandbox.dialect.name == "autotask":
        who = {"assignedResourceID": jane["id"], "assignedResourceRoleID": jane["role"]}
        raw.request("PATCH", "Tickets", json={"id": int(desk.ticket), **who})
    else:
        agent = next(one for one in psa.technicians.list() if one.email == jane["email"])
        raw.request("POST", "Tickets", json=[{"id": int(desk.ticket), "agent_id": int(agent.id)}])
    desk.reply(plan)


def after_reassignment(desk: Desk, psa: Psa, plan: Plan) -> None:
    desk.reply(plan)
    desk.assign(desk.bob["id"])


def after_it_was_taken_from_her(desk: Desk, psa: Psa, plan: Plan) -> None:
    desk.reply(plan)
    desk.assign(None)


def by_one_who_took_an_approvers_address(desk: Desk, psa: Psa, plan: Plan) -> None:
    desk.assign(None)
    desk.sandbox.world().change("technicians", desk.people[3]["id"], {"email": NAMED})
    desk.sandbox.world().change("technicians", desk.people[4]["id"], {"email": NAMED})
    desk.reply(plan, by=desk.people[4]["id"])


# Reused, expired, raced.


def again(desk: Desk, psa: Psa, plan: Plan) -> None:
    psa.plans.run(plan)
    desk.sandbox.world().change("tickets", int(desk.ticket), {"title": "changed since"})
    desk.reply(plan)


def for_another_plan(desk: Desk, psa: Psa, plan: Plan) -> None:
    psa.plans.run(plan)
    desk.sandbox.world().change("tickets", int(desk.ticket), {"title": "changed since"})
    other = desk.planned(psa, TITLE)
    desk.reply(plan)
    psa.plans.settle()
    with suppress(Denied):
        psa.plans.run(other)


def on_another_ticket(desk: Desk, psa: Psa, plan: Plan) -> None:
    """Where her other plan is, so that it is read."""
    rows = desk.sandbox.world().rows("tickets")
    other = next(str(row["id"]) for row in reversed(rows) if row["closed"] is None)
    desk.sandbox.world().change("tickets", int(other), {"assignee": desk.jane["id"]})
    with psa.plan(other, why="Another one.") as second:
        second.tickets.update(other, title="Another title")
    second.propose()
    desk.reply(plan, ticket=int(other))


def too_late(desk: Desk, psa: Psa, plan: Plan) -> None:
    desk.pass_time(psa)
    desk.reply(plan)


def after_a_denial(desk: Desk, psa: Psa, plan: Plan) -> None:
    desk.reply(plan, "deny")
    desk.reply(plan)


# Tampered with.


def stored(psa: Psa, statement: str) -> None:
    state: Any = psa.context.state
    with state.database.transaction() as connection:
        connection.exec_driver_sql(statement)


def other_values(desk: Desk, psa: Psa, plan: Plan) -> None:
    stored(psa, "UPDATE anypsa_items SET given = replace(given, 'Restarted', 'Removed')")


def other_values_and_then_her_answer(desk: Desk, psa: Psa, plan: Plan) -> None:
    other_values(desk, psa, plan)
    desk.reply(plan)


def more_time(desk: Desk, psa: Psa, plan: Plan) -> None:
    stored(psa, "UPDATE anypsa_plans SET expires = expires + 86400000000")


def other_operations(desk: Desk, psa: Psa, plan: Plan) -> None:
    stored(psa, "UPDATE anypsa_items SET record = '1', subject = 'ticket:1'")


def the_note_that_asks(desk: Desk, psa: Psa, plan: Plan) -> None:
    """So that she approves what she was not shown."""
    later = desk.sandbox._frame.clock.moment() + timedelta(minutes=1)
    for row in desk.sandbox.world().rows("notes"):
        if row["body"].startswith(f"Plan {plan.code}"):
            body = row["body"].replace(TITLE, "Look at it.")
            desk.sandbox.world().change("notes", row["id"], {"body": body, "updated": later})
    desk.reply(plan)


def the_record(desk: Desk, psa: Psa, plan: Plan) -> None:
    desk.sandbox.world().change("tickets", int(desk.ticket), {"title": "by hand"})


ATTACKS: dict[str, Attack] = {
    "forged: our API user, whom it is assigned to": Attack(by_our_own_user),
    "forged: another program of our API user": Attack(by_another_program_of_our_user),
    "forged: an impersonator": Attack(by_an_impersonator),
    "forged: our API user in her name": Attack(by_our_user_in_her_name),
    "forged: created by an API application": Attack(by_an_application),
    "forged: her note, changed by a program at once": Attack(by_changing_her_note),
    "forged: her note, changed later": Attack(by_changing_her_note_later),
    "forged: by mail, where customers read it": Attack(lambda desk, psa, plan: desk.reply(plan, visibility="public")),
    "guessed: a code": Attack(lambda desk, psa, plan: desk.write("approve 2222")),
    "reused: her approval, written again": Attack(again, approved=True),
    "reused: for another plan": Attack(for_another_plan, approved=True),
    "expired: her answer": Attack(too_late),
    "expired: between her answer and the run": Attack(
        lambda desk, psa, plan: desk.pass_time(psa), approved=True, kept=PlanStage.EXPIRED
    ),
    "tampered with: values, before her answer": Attack(other_values_and_then_her_answer),
    "tampered with: values, after her answer": Attack(other_values, approved=True, kept=PlanStage.VOID),
    "tampered with: another record, after her answer": Attack(other_operations, approved=True, kept=PlanStage.VOID),
    "tampered with: more time, after her answer": Attack(more_time, approved=True, kept=PlanStage.VOID),
    "tampered with: the note that asks": Attack(the_note_that_asks),
    "tampered with: another ticket": Attack(on_another_ticket),
    "tampered with: what it would change is something else by now": Attack(
        the_record, approved=True, kept=PlanStage.VOID
    ),
    "raced: an approval after a denial": Attack(after_a_denial),
    "raced: a denial after the approval": Attack(
        lambda desk, psa, plan: desk.reply(plan, "deny"), approved=True, kept=PlanStage.DENIED
    ),
    "wrong person: another technician": Attack(lambda desk, psa, plan: desk.reply(plan, by=desk.bob["id"])),
    "wrong person: the customer": Attack(by_a_customer),
    "wrong person: one who left": Attack(by_one_who_left),
    "wrong person: one who took an approver's address": Attack(by_one_who_took_an_approvers_address),
    "wrong person: whom the automation assigned": Attack(by_whom_the_automation_assigned),
    "wrong person: whom it assigned in the vendor's words": Attack(by_whom_it_assigned_in_the_vendors_words),
    "after reassignment: to another": Attack(after_reassignment),
    "after reassignment: to nobody": Attack(after_it_was_taken_from_her),
}
OWN_WAYS = ("forged", "wrong person: whom")
"""What each vendor has ways of its own for; the rest is tried on one, and in its full-size form on all."""
TRIED = [
    pytest.param(vendor, name, marks=() if vendor == "autotask" or name.startswith(OWN_WAYS) else pytest.mark.deep)
    for vendor in VENDORS
    for name in ATTACKS
]


ON_ONE = pytest.mark.parametrize(
    "sandbox", ["autotask", pytest.param("halopsa", marks=pytest.mark.deep)], indirect=True
)


def told(psa: Psa, desk: Desk) -> list[Visibility]:
    """Who sees the notes that tell of plans, wherever they are."""
    rows = desk.sandbox.world().rows("notes")
    return [Visibility(one["visibility"]) for one in rows if one["body"].startswith("Plan ")]


def kept(psa: Psa, what: str) -> int:
    return [one.what for one in psa.plans.events()].count(what)


@pytest.mark.trust("A13", "A14")
@pytest.mark.row("S102", call="psa.plans.settle()")
@pytest.mark.parametrize(("sandbox", "name"), TRIED, indirect=["sandbox"])
def test_an_attack_on_an_approval_fails_is_kept_and_is_told(desk: Desk, psa: Psa, name: str) -> None:
    attack = ATTACKS[name]
    plan = desk.planned(psa, TITLE)
    if attack.approved:
        desk.reply(plan)
        psa.plans.settle()
    kept_before, told_before = kept(psa, attack.kept), len(told(psa, desk))
    attack.act(desk, psa, plan)
    for _ in range(2):
        psa.plans.settle()
    with suppress(Denied, Conflict):
        psa.plans.run(plan)

    assert desk.row()["title"] not in (TITLE, TITLE.replace("Restarted", "Removed"))
    assert kept(psa, attack.kept) == kept_before + 1
    seen_by = told(psa, desk)
    assert len(seen_by) > told_before
    assert set(seen_by) == {Visibility.INTERNAL}


@ON_ONE
@pytest.mark.trust("A13")
def test_two_who_approve_at_once_and_two_who_run_it_do_it_once(desk: Desk) -> None:
    both = [desk.connect(approvers={str(desk.row()["queue"]): (desk.jane["email"], desk.bob["email"])}) for _ in "12"]
    desk.assign(None)
    plan = desk.planned(both[0], TITLE)
    desk.reply(plan)
    desk.reply(plan, by=desk.bob["id"])

    def settle_and_run(psa: Psa) -> None:
        psa.plans.settle()
        psa.plans.run(plan)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(settle_and_run, both))

    assert (both[0].plans.get(plan).stage, desk.row()["title"]) == (PlanStage.DONE, TITLE)
    assert (kept(both[0], "approved"), kept(both[0], What.REFUSED)) == (1, 1)


@ON_ONE
def test_however_often_the_same_is_tried_it_is_kept_each_time_and_told_once(desk: Desk, psa: Psa) -> None:
    plan = desk.planned(psa, TITLE)
    before = len(desk.notes())
    for _ in range(3):
        by_a_customer(desk, psa, plan)
        psa.plans.settle()

    assert kept(psa, What.REFUSED) == 3
    assert len(desk.notes()) == before + 3 + 1
