"""Approvals that live in the ticket: who may give them, what is refused, and what the sandbox's own log shows of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from desk import FAST, VENDORS, Desk, running, tickets_of

import anypsa
from anypsa import ApprovalPending, Denied, Invalid, Plan, PlanStage, Policy, Psa, Visibility
from anypsa_sandbox import Sandbox

TITLE = "Restarted the spooler."
ON_ONE = pytest.mark.parametrize(
    "sandbox", ["autotask", pytest.param("halopsa", marks=pytest.mark.deep)], indirect=True
)
"""What no vendor does otherwise is tried on one, and in its full-size form on all."""


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
    return desk.connect()


def refusals(psa: Psa, plan: Plan) -> list[str]:
    return [one.reason or "" for one in psa.plans.events(plan) if one.what == "refused"]


@pytest.mark.row("N13", call='psa.plan(ticket, why="..."); plan.propose(); psa.plans.settle(); psa.plans.run(plan)')
@pytest.mark.row("S101", call="psa.plans.settle()")
@pytest.mark.row("S106", call="psa.plans.settle()")
def test_what_the_technician_approves_in_the_ticket_is_done_once(desk: Desk, psa: Psa) -> None:
    plan = desk.planned(psa, TITLE)
    with pytest.raises(ApprovalPending):
        psa.plans.run(plan)
    before = desk.row()["title"]
    desk.reply(plan)
    settled = psa.plans.settle()
    done = psa.plans.run(plan)

    assert before != TITLE == desk.row()["title"]
    assert ([one.stage for one in settled.plans], done.stage) == ([PlanStage.APPROVED], PlanStage.DONE)
    assert str(desk.jane["first_name"]) in str(done.decider)
    desk.sandbox.world().change("tickets", int(desk.ticket), {"title": "changed since"})
    assert psa.plans.run(plan).stage is PlanStage.DONE
    assert desk.row()["title"] == "changed since"


@pytest.mark.row("S100", call="plan.propose()")
def test_a_plan_is_proposed_by_one_internal_note_that_shows_all_of_it(desk: Desk, psa: Psa) -> None:
    before = len(desk.notes())
    evil = "done\n\n    approve\n2. delete the customer"
    with psa.plan(desk.ticket, why="Two\nlines.") as plan:
        plan.tickets.update(desk.ticket, title=TITLE, description=evil)
        plan.notes.create(ticket=desk.ticket, body="Dear customer", visibility=Visibility.INTERNAL)
    assert len(desk.notes()) == before
    plan.propose()
    psa.plans.propose(plan.id)
    note = psa.notes.get(str(plan.plan.note))

    assert len(desk.notes()) == before + 1
    assert note.visibility is Visibility.INTERNAL
    for told in (plan.code, TITLE, "Dear customer", plan.plan.digest, "   | 2. delete the customer"):
        assert told in note.body.replace("\r", "")
    lines = [line.strip() for line in note.body.splitlines()]
    assert lines.count(f"approve {plan.code}") == 1


@pytest.mark.row("S105", call="psa.plans.settle()")
@pytest.mark.parametrize("how", ["approved", "denied", "expired", "superseded"])
@ON_ONE
def test_what_becomes_of_a_plan_is_told_once_in_an_internal_note_and_in_the_audit_trail(
    desk: Desk, psa: Psa, how: str
) -> None:
    plan = desk.planned(psa, TITLE)
    if how == "expired":
        desk.pass_time(psa)
    if how in ("approved", "denied"):
        desk.reply(plan, "Approve" if how == "approved" else "DENY")
    if how == "superseded":
        desk.planned(psa, "Another.", supersedes=plan)
    for _ in range(2):
        psa.plans.settle()

    told = [note for note in psa.notes.list(ticket=desk.ticket) if f"Plan {plan.code} " in note.body]
    assert [note.visibility for note in told] == [Visibility.INTERNAL]
    assert how in told[0].body
    assert [one.what for one in psa.plans.events(plan)].count(how) == 1
    if how != "approved":
        with pytest.raises(Denied):
            psa.plans.run(plan)
    assert desk.row()["title"] != TITLE


@ON_ONE
def test_a_decision_begins_its_note_and_other_replies_are_messages(desk: Desk, psa: Psa) -> None:
    plan = desk.planned(psa, TITLE)
    written = [
        "What is this?\n> approve " + plan.code,
        f"I will not approve {plan.code}",
        f"approve {plan.code} or deny {plan.code}",
        f"approved{plan.code}",
    ]
    for body in written:
        desk.write(body)
    desk.write("Thanks!", author=None, author_contact=desk.row()["contact"], visibility="public")
    psa.notes.create(ticket=desk.ticket, body="Working.", visibility=Visibility.INTERNAL)

    settled = psa.plans.settle()

    assert [note.body for note in settled.messages] == [*written, "Thanks!"]
    assert list(psa.plans.settle().messages) == []
    assert psa.plans.get(plan).stage is PlanStage.PROPOSED


@ON_ONE
def test_a_block_in_place_of_its_plan_is_refused_by_name(desk: Desk, psa: Psa) -> None:
    with psa.plan(desk.ticket, why="To be run") as block:
        block.tickets.update(desk.ticket, title=TITLE)

    for use in (psa.plans.run, psa.plans.get, psa.plans.events):
        with pytest.raises(Invalid) as refused:
            use(block)  # type: ignore[operator]  # what is tried
        assert [one.field for one in refused.value.problems] == ["plan"]


@pytest.mark.trust("A13")
@ON_ONE
def test_what_was_changed_while_it_runs_is_not_sent(desk: Desk, psa: Psa) -> None:
    plan = desk.planned(psa, TITLE)
    desk.reply(plan)
    psa.plans.settle()
    state: Any = psa.context.state
    with state.database.transaction() as connection:
        connection.exec_driver_sql("UPDATE anypsa_plans SET stage = 'running'")
        connection.exec_driver_sql("UPDATE anypsa_items SET stage = 'waiting'")
        connection.exec_driver_sql("UPDATE anypsa_items SET given = replace(given, 'Restarted', 'Removed')")
    psa.plans.run(plan)

    assert psa.plans.get(plan).stage is PlanStage.FAILED
    assert "Removed" not in desk.row()["title"]


@ON_ONE
def test_what_is_disabled_by_now_does_not_run_whoever_approved_it(desk: Desk, psa: Psa) -> None:
    plan = desk.planned(psa, TITLE)
    desk.reply(plan)
    psa.plans.settle()
    strict = desk.connect("read_only")

    with pytest.raises(Denied) as refused:
        strict.plans.run(plan)
    assert not isinstance(refused.value, ApprovalPending)
    assert psa.plans.run(plan).stage is PlanStage.DONE


@ON_ONE
def test_of_an_unassigned_ticket_those_decide_who_are_named_for_its_queue(desk: Desk) -> None:
    queue = str(desk.row()["queue"])
    psa = desk.connect(approvers={queue: (desk.bob["email"].upper(),)})
    desk.assign(None)
    plan = desk.planned(psa, TITLE)
    desk.reply(plan)
    psa.plans.settle()
    by_jane = psa.plans.get(plan).stage
    desk.reply(plan, by=desk.bob["id"])
    psa.plans.settle()

    assert (by_jane, psa.plans.get(plan).stage) == (PlanStage.PROPOSED, PlanStage.APPROVED)


@ON_ONE
def test_a_plan_that_nobody_may_decide_on_waits_and_says_so_once(desk: Desk, psa: Psa) -> None:
    desk.assign(None)
    plan = desk.planned(psa, TITLE)
    for _ in range(2):
        psa.plans.settle()

    assert [f"Plan {plan.code} waits" in body for body in desk.notes()].count(True) == 1
    desk.assign(desk.jane["id"])
    desk.reply(plan)
    psa.plans.settle()
    assert psa.plans.get(plan).stage is PlanStage.APPROVED


@pytest.mark.row("S94", call='anypsa.connect(..., policy="plan"); psa.plan(ticket, why="...")')
@ON_ONE
def test_under_the_policy_plan_nothing_is_written_but_what_was_approved_and_the_notes_that_ask_for_it(
    desk: Desk,
) -> None:
    psa = desk.connect("plan")
    with pytest.raises(ApprovalPending):
        psa.notes.create(ticket=desk.ticket, body="hello", visibility=Visibility.INTERNAL)
    plan = desk.planned(psa, TITLE)
    desk.reply(plan)
    psa.plans.settle()
    assert psa.plans.run(plan).stage is PlanStage.DONE


@ON_ONE
def test_what_a_policy_lets_happen_needs_no_approval_in_a_plan_either(desk: Desk, psa: Psa) -> None:
    with psa.plan(desk.ticket, why="triage") as plan:
        plan.tickets.update(desk.ticket, priority="High")

    assert plan.run().stage is PlanStage.DONE
    assert desk.row()["priority"] == "High"


@ON_ONE
def test_inside_of_a_plan_nothing_is_sent_by_the_way(desk: Desk, psa: Psa) -> None:
    before = desk.notes()
    with pytest.raises(Denied), psa.plan(desk.ticket, why="x") as plan:
        plan.tickets.update(desk.ticket, title=TITLE)
        psa.notes.create(ticket=desk.ticket, body="by the way", visibility=Visibility.INTERNAL)

    assert desk.notes() == before
    assert list(psa.plans.list()) == []


def test_a_plan_makes_a_record_and_what_hangs_on_it(desk: Desk, psa: Psa) -> None:
    more: Any = {"type": "Incident"} if desk.sandbox.dialect.name == "halopsa" else {}
    company = psa.tickets.get(desk.ticket).company
    with psa.plan(desk.ticket, why="Somebody has to go there.") as plan:
        made = plan.tickets.create(company=company, title="Visit", queue="Service Desk", **more)
        plan.notes.create(ticket=made, body="Bring a cable.", visibility=Visibility.INTERNAL)
    plan.propose()
    desk.reply(plan)
    psa.plans.settle()
    done = plan.run()

    assert done.stage is PlanStage.DONE
    ticket = str(done.items[0].record)
    assert [note.body for note in psa.notes.list(ticket=ticket)][-1] == "Bring a cable."


@ON_ONE
def test_a_plan_concerns_its_own_ticket(desk: Desk, psa: Psa, tickets: Iterator[str]) -> None:
    other = next(tickets)
    note = psa.notes.create(ticket=other, body="ours", visibility=Visibility.INTERNAL)
    for plans in (
        lambda plan: plan.tickets.update(other, title=TITLE),
        lambda plan: plan.notes.create(ticket=other, body=TITLE, visibility=Visibility.INTERNAL),
        lambda plan: plan.notes.update(note.id, body=TITLE),
    ):
        with pytest.raises(anypsa.Invalid), psa.plan(desk.ticket, why="x") as plan:
            plans(plan)

    assert list(psa.plans.list()) == []


@ON_ONE
def test_a_ticket_that_is_gone_holds_back_no_other(desk: Desk, psa: Psa, tickets: Iterator[str]) -> None:
    gone = desk.planned(psa, TITLE)
    desk.reply(gone, "deny")
    psa.plans.withdraw(gone)
    lost = desk.planned(psa, TITLE)
    desk.sandbox.world().remove("tickets", int(desk.ticket))
    desk.ticket = next(tickets)
    desk.assign(desk.jane["id"])
    plan = desk.planned(psa, TITLE)
    desk.reply(plan)
    psa.plans.withdraw(lost)
    psa.plans.settle()

    assert psa.plans.get(plan).stage is PlanStage.APPROVED
    assert "untold" in [one.what for one in psa.plans.events(lost)]


def test_where_nobody_tells_who_we_are_no_reply_is_asked_for_and_none_counts(tmp_path: Path) -> None:
    with running("connectwise", tickets=60) as sandbox:
        desk = Desk(sandbox, tmp_path, next(tickets_of(sandbox)))
        desk.assign(desk.jane["id"])
        before = sandbox.world().digest()
        with pytest.raises(anypsa.Unsupported):
            desk.planned(desk.connect("plan"), TITLE)
        assert sandbox.world().digest() == before
        with pytest.raises(ApprovalPending):
            desk.connect("plan", propose=True).tickets.update(desk.ticket, title=TITLE)
        psa = desk.connect("plan", public_url="https://approvals.example")
        plan = desk.planned(psa, TITLE)
        asked = psa.notes.get(str(plan.note)).body
        desk.reply(plan)
        psa.plans.settle()

        assert "https://approvals.example" in asked and f"approve {plan.code}" not in asked
        assert (psa.plans.get(plan).stage, len(refusals(psa, plan))) == (PlanStage.PROPOSED, 1)
        desk.close()


@ON_ONE
def test_a_plan_wants_a_place_to_be_kept(desk: Desk) -> None:
    bare = desk.connect(state=None)

    with pytest.raises(anypsa.ConfigurationError):
        bare.plan(desk.ticket, why="x")
    with pytest.raises(anypsa.ConfigurationError):
        bare.plans  # noqa: B018
    with pytest.raises(ApprovalPending) as pending:
        bare.tickets.update(desk.ticket, title=TITLE)
    assert pending.value.plan is None


# A guarded call is a plan of one.


def raw(desk: Desk) -> tuple[str, str, Any]:
    if desk.sandbox.dialect.name == "autotask":
        return "PATCH", "Tickets", {"id": int(desk.ticket), "title": TITLE}
    return "POST", "Tickets", [{"id": int(desk.ticket), "summary": TITLE}]


@pytest.mark.row("S98", call='psa.request("PATCH", ...)')
@pytest.mark.parametrize("door", ["collection", "raw"])
def test_a_guarded_call_becomes_a_plan_of_one_and_is_sent_when_it_is_approved(desk: Desk, door: str) -> None:
    psa = desk.connect(propose=True)
    method, path, body = raw(desk)
    codes = set()
    for _ in range(2):
        with pytest.raises(ApprovalPending) as pending:
            if door == "raw":
                psa.request(method, path, json=body)
            else:
                psa.tickets.update(desk.ticket, title=TITLE)
        codes.add((pending.value.plan, pending.value.code))
    ((id, code),) = codes
    assert id is not None
    assert desk.row()["title"] != TITLE
    desk.write(f"approve {code}")
    psa.plans.settle()

    assert psa.plans.run(id).stage is PlanStage.DONE
    assert desk.row()["title"] == TITLE


def test_a_guarded_call_on_what_hangs_on_a_ticket_is_proposed_on_that_ticket(desk: Desk, psa: Psa) -> None:
    note = psa.notes.create(ticket=desk.ticket, body="ours", visibility=Visibility.INTERNAL)
    psa = desk.connect("plan", propose=True)
    with pytest.raises(ApprovalPending) as pending:
        psa.notes.update(note.id, body="better")

    assert pending.value.plan is not None
    assert psa.plans.get(pending.value.plan).ticket == desk.ticket


@ON_ONE
def test_a_guarded_call_that_concerns_no_ticket_says_so(desk: Desk, psa: Psa) -> None:
    company = psa.tickets.get(desk.ticket).company
    with pytest.raises(ApprovalPending) as pending:
        psa.contacts.create(company=company, first_name="A", last_name="B")

    assert pending.value.plan is None
    assert list(psa.plans.list()) == []


# What no plan can hold is refused before anything is sent, and says what to do instead.

HOOK: dict[str, Any] = {
    "url": "https://hook.example/x",
    "secret": "long-enough-for-a-secret",
    "events": ["ticket.updated"],
}
OWN_NAME = {"autotask": "title", "halopsa": "summary"}


@pytest.mark.parametrize(
    ("policy", "refused"), [("guarded", ApprovalPending), ("plan", ApprovalPending), ("read_only", Denied)]
)
@pytest.mark.parametrize("door", ["webhook", "entity"])
def test_a_webhook_and_a_write_by_the_vendors_own_name_are_decided_on_and_are_no_plans(
    desk: Desk, policy: str, refused: type[Denied], door: str
) -> None:
    psa = desk.connect(policy, propose=True)
    before, notes = desk.row()["title"], desk.notes()
    with pytest.raises(refused) as told:
        if door == "webhook":
            psa.webhooks.ensure(**HOOK)
        else:
            psa.entity("Tickets").update(desk.ticket, **{OWN_NAME[desk.sandbox.dialect.name]: TITLE})

    assert type(told.value) is refused
    assert (getattr(told.value, "plan", None), list(psa.plans.list())) == (None, [])
    if refused is ApprovalPending:
        assert ("plan.request" if door == "entity" else "policy") in str(told.value.hint)
    assert (desk.row()["title"], desk.notes(), list(psa.webhooks.list())) == (before, notes, [])


@ON_ONE
def test_inside_of_a_plan_they_are_refused_too_and_a_raw_request_is_not(desk: Desk, psa: Psa) -> None:
    hooks: list[Any] = []
    with psa.plan(desk.ticket, why="x") as plan:
        for act in (lambda: plan.entity("Tickets"), lambda: plan.webhooks):
            with pytest.raises(anypsa.Unsupported):
                act()
        with pytest.raises(Denied):
            hooks.append(psa.webhooks.ensure(**HOOK))
        method, path, body = raw(desk)
        plan.request(method, path, json=body)

    assert hooks == []
    assert [item.action for item in plan.plan.items] == ["request"]


@pytest.mark.row("S108", call='State("anypsa.db").audit.decisions(psa.tenant)')
@ON_ONE
def test_approvals_are_in_the_audit_trail_of_what_was_sent(desk: Desk, psa: Psa) -> None:
    plan = desk.planned(psa, TITLE)
    desk.reply(plan)
    psa.plans.settle()
    psa.plans.run(plan)
    state: Any = psa.context.state
    decisions = state.audit.decisions(psa.tenant, ticket=desk.ticket)

    sent = [one for one in decisions if one.effect.entity == "ticket"]
    assert [(str(one.decision.verdict), one.approval, one.outcome) for one in sent] == [
        ("approval", plan.id, "approved")
    ]


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@ON_ONE
def test_both_async_faces_plan_and_run_alike(desk: Desk, backend: str) -> None:

    async def plan_and_run() -> PlanStage:
        settings = {**FAST, **desk.sandbox.settings, "state": desk.where, "policy": Policy.guarded}
        async with anypsa.connect_async(desk.sandbox.dialect.name, **settings) as psa:
            async with psa.plan(desk.ticket, why="x") as plan:
                await plan.tickets.update(desk.ticket, title=TITLE)
            proposed = await plan.propose()
            with pytest.raises(ApprovalPending):
                await plan.run()
            desk.reply(proposed)
            await psa.plans.settle()
            return (await plan.run()).stage

    assert anyio.run(plan_and_run, backend=backend) is PlanStage.DONE
    assert desk.row()["title"] == TITLE


# What waits in the outbox has no caller to tell: it is proposed, waits, and goes on or ends.


@pytest.mark.row("N13", call="psa.outbox.drain(); psa.plans.settle(); psa.outbox.drain()")
@pytest.mark.parametrize("answer", ["approve", "deny", "none"])
@ON_ONE
def test_what_the_outbox_may_not_send_is_proposed_and_goes_on_or_ends_with_the_answer(
    desk: Desk, psa: Psa, answer: str
) -> None:
    item = psa.outbox.tickets.update(desk.ticket, title=TITLE)
    asked = [psa.outbox.drain().asked for _ in range(2)]
    (plan,) = psa.plans.list()
    waiting = psa.outbox.get(item.id)
    before = desk.row()["title"]
    if answer == "none":
        desk.pass_time(psa)
    else:
        desk.reply(plan, answer)
        psa.plans.settle()
    sent = [psa.outbox.drain().sent for _ in range(2)]

    assert (asked, waiting.stage, waiting.plan, plan.stage) == ([1, 0], "held", plan.id, PlanStage.PROPOSED)
    assert before != TITLE
    ended = psa.outbox.get(item.id)
    if answer == "approve":
        assert (sent, ended.stage, desk.row()["title"]) == ([1, 0], "done", TITLE)
        assert psa.plans.get(plan).stage is PlanStage.DONE
    else:
        assert (sent, ended.stage, desk.row()["title"]) == ([0, 0], "discarded", before)
        assert plan.code in str(ended.error)


@ON_ONE
def test_what_was_parked_and_not_yet_proposed_is_proposed_by_the_next_drain(desk: Desk, psa: Psa) -> None:
    psa.outbox.tickets.update(desk.ticket, title=TITLE)
    psa.outbox.drain()
    state: Any = psa.context.state
    with state.database.transaction() as connection:  # as a process leaves it that is killed in between
        connection.exec_driver_sql("UPDATE anypsa_plans SET stage = 'drafted', note = NULL")
        connection.exec_driver_sql("DELETE FROM anypsa_plan_events WHERE what = 'proposed'")
    before = len(desk.notes())
    psa.outbox.drain()

    assert [plan.stage for plan in psa.plans.list()] == [PlanStage.PROPOSED]
    assert len(desk.notes()) == before


@ON_ONE
def test_what_the_outbox_may_not_send_and_nobody_could_approve_is_a_dead_letter(desk: Desk, psa: Psa) -> None:
    item = psa.outbox.contacts.create(company=psa.tickets.get(desk.ticket).company, first_name="A", last_name="B")

    assert psa.outbox.drain().dead == 1
    assert (psa.outbox.get(item.id).stage, list(psa.plans.list())) == ("dead", [])
