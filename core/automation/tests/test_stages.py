"""Stages: what is not trusted yet is predicted and never written, by whatever door; and a stop stops all of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from desk import VENDORS, Desk, running, tickets_of

from anypsa import ApprovalPending, Denied, Effect, Policy, Psa, Rule, Verdict, Visibility
from anypsa.effects import Action
from anypsa.policy import Known
from anypsa_automation import State
from anypsa_automation.stages import OTHERS, Case, CaseKind, Outcome, Rate, Rollout, Stage, Standing, Terms
from anypsa_automation.stages.charts import Bar, bars, charts, lines
from anypsa_automation.stages.promoting import moved, rate, review
from anypsa_automation.stages.replay import replay_function, replay_policy
from anypsa_automation.stages.scoring import alike
from anypsa_automation.stages.showing import markdown, plain

LEAD = "lead@msp.example"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
RAW = {
    "autotask": lambda id: ("PATCH", "Tickets", {"id": int(id), "title": "raw"}),
    "halopsa": lambda id: ("POST", "Tickets", [{"id": int(id), "summary": "raw"}]),
}
OWN = {"autotask": ("Tickets", "title"), "halopsa": ("Tickets", "summary")}


@pytest.fixture(params=VENDORS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    with running(request.param, tickets=50) as sandbox:
        desk = Desk(sandbox, tmp_path, next(tickets_of(sandbox)))
        yield desk
        desk.close()


def staged(desk: Desk, stage: Stage = Stage.SHADOW, policy: Any = "open") -> Psa:
    """A connection on which everything stands at a stage."""
    psa = desk.connect(policy, stages=("password reset",), promoters=(LEAD,))
    rollout = Rollout(psa)
    for _ in range([*Stage].index(stage)):
        rollout.promote(OTHERS, by=LEAD, why="a test")
    return psa


def jane(desk: Desk) -> str:
    return f"{desk.jane['first_name']} {desk.jane['last_name']}"


@pytest.mark.row("S120", "N10", call="anypsa.connect(stages=...)")
def test_in_shadow_nothing_is_written_by_any_door_and_a_run_goes_on(desk: Desk) -> None:
    vendor = desk.sandbox.dialect.name
    psa, before = staged(desk), desk.sandbox.world().digest()
    more = {"type": "Incident"} if vendor == "halopsa" else {}

    routed = psa.tickets.update(desk.ticket, title="Predicted")
    psa.notes.create(ticket=routed, body="Predicted.", visibility=Visibility.INTERNAL)
    made = psa.tickets.create(company=routed.company, title="New", queue="Service Desk", **more)
    psa.notes.create(ticket=made, body="On what is not there.", visibility=Visibility.INTERNAL)
    renamed = psa.tickets.update(made, title="Newer")
    psa.outbox.notes.create(ticket=psa.outbox.tickets.update(desk.ticket, title="x").record, body="b",
                            visibility=Visibility.INTERNAL)  # fmt: skip
    drained = psa.outbox.drain()
    answer = psa.request(RAW[vendor](desk.ticket)[0], RAW[vendor](desk.ticket)[1], json=RAW[vendor](desk.ticket)[2])
    entity, name = OWN[vendor]
    own = psa.entity(entity).update(desk.ticket, **{name: "by its own name"})

    assert (routed.id, routed.title, routed.prediction is None) == (desk.ticket, "Predicted", False)
    assert (psa.tickets.get(made).title, str(made.queue), renamed.id) == ("Newer", "Service Desk", made.id)
    assert (answer.status, drained.sent, drained.dead, own.prediction is None) == (202, 0, 0, False)
    assert psa.tickets.get(desk.ticket).title != "Predicted"
    assert len(Rollout(psa).predictions()) == 9
    assert desk.sandbox.world().digest() == before


@pytest.mark.row("S121", call="anypsa.connect(stages=...)")
def test_at_notes_only_internal_notes_are_written(desk: Desk) -> None:
    psa = staged(desk, Stage.NOTES)
    unchanged = desk.row()["title"]

    psa.notes.create(ticket=desk.ticket, body="An internal note.", visibility=Visibility.INTERNAL)
    public = psa.notes.create(ticket=desk.ticket, body="A public note.", visibility=Visibility.PUBLIC)
    entry = psa.time_entries.create(
        ticket=desk.ticket, technician=jane(desk), summary="Work", duration=timedelta(minutes=5)
    )
    psa.tickets.update(desk.ticket, title="Predicted")

    said = " ".join(desk.notes())
    assert "An internal note." in said and "A public note." not in said
    assert None not in (public.prediction, entry.prediction)
    assert desk.row()["title"] == unchanged


@pytest.mark.row("S122", "S123", call="anypsa.connect(stages=...)")
def test_approval_makes_a_plan_of_it_and_autonomous_does_what_the_policy_allows(desk: Desk) -> None:
    psa = staged(desk, Stage.APPROVAL, Policy.from_table({"preset": "guarded"}))
    with pytest.raises(ApprovalPending) as pending:
        psa.tickets.update(desk.ticket, queue="Service Desk")
    Rollout(psa).promote(OTHERS, by=LEAD, why="a test")
    state: Any = psa.context.state
    unsampled = next(id for id in tickets_of(desk.sandbox) if not state.terms.samples(id))

    assert pending.value.plan is not None
    assert psa.tickets.update(unsampled, queue="Network").prediction is None
    with pytest.raises(ApprovalPending):
        psa.tickets.update(unsampled, title="Restarted.")  # the policy's own word stays


def test_a_stop_stops_every_connection_at_once_and_only_who_may_promote_lifts_it(desk: Desk) -> None:
    one, other = desk.connect("open", promoters=(LEAD,)), desk.connect("open")
    before = desk.sandbox.world().digest()
    Rollout(one).kill(by="anybody", why="a test")

    with pytest.raises(Denied):
        other.tickets.update(desk.ticket, title="x")
    with pytest.raises(Denied):
        other.request(RAW[desk.sandbox.dialect.name](desk.ticket)[0], "Tickets",
                      json=RAW[desk.sandbox.dialect.name](desk.ticket)[2])  # fmt: skip
    with pytest.raises(Denied):
        Rollout(one).unkill(by="anybody")
    assert desk.sandbox.world().digest() == before
    assert Rollout(one).unkill(by=LEAD.upper())
    assert other.tickets.update(desk.ticket, title="Goes on").title == "Goes on"


@pytest.mark.row("N11", call="Rollout.kill")
def test_where_those_are_named_who_may_stop_they_and_the_promoters_do_and_others_do_not(desk: Desk) -> None:
    rollout = Rollout(desk.connect("open", promoters=(LEAD,), stoppers=("ben@msp.example",)))
    with pytest.raises(Denied):
        rollout.kill(by="anybody", why="a test")
    refused = rollout.events()[0]

    stopped = []
    for who in ("Ben@msp.example", LEAD):
        rollout.kill(by=who, why="a test")
        stopped.append(rollout.stopped() is not None)
        rollout.unkill(by=LEAD)

    assert (refused.what, refused.by, stopped) == ("refused", "anybody", [True, True])


def test_a_plan_that_was_approved_is_not_run_once_its_category_is_back_in_shadow(desk: Desk) -> None:
    psa = staged(desk, Stage.APPROVAL)
    desk.assign(desk.jane["id"])
    plan = desk.planned(psa)
    desk.reply(plan)
    psa.plans.settle()
    Rollout(psa).demote(OTHERS, by="anybody", why="a test")

    with pytest.raises(Denied):
        psa.plans.run(plan)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    state = State(tmp_path / "state.db")
    yield state
    state.dispose()


def test_nobody_is_promoted_unproposed_or_by_who_may_not(state: State) -> None:
    may: dict[str, Any] = {"promoters": [LEAD], "now": NOW}
    for who in ({"by": "anybody", "why": "because"}, {"by": LEAD}):
        with pytest.raises(Denied):
            state.stages.promote("acme", "licences", **who, **may)
    state.stages.promote("acme", "licences", by=LEAD, why="because", **may)

    (standing,) = state.stages.standings("acme")
    whats = [one.what for one in reversed(state.stages.events("acme"))]
    assert standing.stage is Stage.NOTES
    assert whats == ["began", "refused", "refused", "promoted"] or whats == ["refused", "refused", "began", "promoted"]


def test_a_proposal_is_taken_back_when_it_is_not_earned_any_more_but_for_a_persons(state: State) -> None:
    earned, asked = (state.stages.standing("acme", one, NOW) for one in ("earned", "asked"))
    state.stages.propose(earned, NOW, "right in all", by="anypsa")
    state.stages.propose(asked, NOW, "the lead knows", by="jane")

    review(state.stages, state.cases, Terms(), "acme", NOW + timedelta(days=40))

    assert {one.category: one.proposed for one in state.stages.standings("acme")} == {
        "asked": Stage.NOTES,
        "earned": None,
    }


def case(number: int, **more: Any) -> Case:
    told: dict[str, Any] = {"kind": CaseKind.PREDICTION, "stage": Stage.SHADOW, "ticket": str(number), "settled": NOW}
    return Case(**{"id": str(number), "tenant": "acme", "category": "licences", "moment": NOW, **told, **more})


def cases(right: int, wrong: int, **more: Any) -> list[Case]:
    outcomes = [Outcome.RIGHT] * right + [Outcome.WRONG] * wrong
    return [case(number, outcome=outcome, **more) for number, outcome in enumerate(outcomes)]


@pytest.mark.row("S123", "S124", "N11", call="Rollout.settle")
@pytest.mark.parametrize(
    ("right", "wrong", "days", "stage", "to"),
    [
        (18, 2, 30, Stage.APPROVAL, Stage.AUTONOMOUS),
        (17, 2, 30, Stage.APPROVAL, None),  # not enough of them
        (18, 3, 30, Stage.APPROVAL, None),  # less than 90 %
        (18, 2, 29, Stage.APPROVAL, None),  # too early
        (16, 4, 5, Stage.AUTONOMOUS, None),  # 80 % is not below 80 %
        (15, 4, 5, Stage.AUTONOMOUS, Stage.SHADOW),
        (2, 2, 5, Stage.AUTONOMOUS, None),  # too few to say so
        (0, 9, 5, Stage.SHADOW, None),  # there is nothing below
        (90, 0, 99, Stage.AUTONOMOUS, None),  # there is nothing above
    ],
)
def test_ninety_percent_of_a_month_is_proposed_and_less_than_eighty_of_a_week_demotes(
    right: int, wrong: int, days: int, stage: Stage, to: Stage | None
) -> None:
    standing = Standing(tenant="acme", category="licences", stage=stage, since=NOW - timedelta(days=days))

    move = moved(standing, cases(right, wrong), Terms(), NOW)

    assert (None if move is None else move.to) is to


def test_a_ticket_counts_once_and_is_right_if_all_of_it_was() -> None:
    some = [case(1, outcome=Outcome.RIGHT), replace(case(2, outcome=Outcome.WRONG), ticket="1")]
    open_ = {"outcome": Outcome.OPEN, "settled": None, "kind": CaseKind.AUTONOMOUS}
    acts = [case(3, entity="ticket", fields=frozenset({"queue"}), **open_), case(4, entity="note", **open_)]

    assert rate(some, NOW) == Rate(0, 1)
    assert rate([*some, *acts], NOW) == Rate(1, 2)


def test_texts_say_the_same_if_they_share_half_of_their_words() -> None:
    assert alike("Password was reset.", "password reset")
    assert not alike("Password was reset.", "Replaced the toner")


@pytest.mark.row("N9", call="replay_policy | replay_function")
def test_recorded_work_is_replayed_offline_under_another_policy_and_another_function(desk: Desk) -> None:
    psa = staged(desk)
    psa.tickets.update(desk.ticket, queue="Network")
    desk.sandbox.world().change("tickets", int(desk.ticket), {"queue": "Service Desk"})
    state: Any = psa.context.state
    state.terms = replace(state.terms, patience=timedelta())
    Rollout(psa).settle()
    (recorded,) = Rollout(psa).predictions()
    sent = len(desk.sandbox.control.calls())
    right = str(psa.tickets.get(desk.ticket).queue and psa.tickets.get(desk.ticket).queue.id)  # type: ignore[union-attr]  # it has one
    sent = len(desk.sandbox.control.calls())

    compared = replay_function(lambda ticket: {"queue": right}, [recorded])
    stricter = Policy.guarded.and_also(Rule(name="queues", then=Verdict.DISABLED, touching=frozenset({"queue"})))  # type: ignore[attr-defined]  # it is made of rules
    replayed = replay_policy(stricter, state.audit.decisions(psa.tenant), [recorded])

    assert (compared.before["queue"], compared.after["queue"]) == (Rate(0, 1), Rate(1, 1))
    assert replayed.verdicts == {("predict", "disabled"): 1}
    assert len(desk.sandbox.control.calls()) == sent


@pytest.mark.row("S125", "S126", "S127", "S128", call="Rollout.figures")
def test_the_figures_of_a_week_are_told_with_what_cannot_be_measured(desk: Desk) -> None:
    psa = staged(desk, Stage.AUTONOMOUS)
    unsampled = [id for id in tickets_of(desk.sandbox) if not Terms().samples(id)][:3]
    for number, id in enumerate(unsampled):
        psa.time_entries.create(
            ticket=id, technician=jane(desk), summary="Work", duration=timedelta(minutes=6 * (1 + number))
        )
    figures = Rollout(psa).figures()

    assert (figures.time.sampled, figures.time.exact) == (3, 3)
    assert sum(one.entries for one in figures.billing.values()) == 3
    assert sum(one.worked for one in figures.billing.values()) == Decimal("0.6")
    billed = [one["hours_billed"] for one in desk.sandbox.world().rows("time_entries") if one["summary"] == "Work"]
    assert float(sum(one.billed for one in figures.billing.values())) == pytest.approx(sum(filter(None, billed)))
    assert figures.satisfaction is None and "satisfaction" in figures.absent
    assert plain(figures)["satisfaction"] is None
    for drawn in charts(figures).values():
        assert ET.fromstring(drawn).find("{http://www.w3.org/2000/svg}desc") is not None  # noqa: S314  # our own
    assert markdown(figures).startswith("# ")


@pytest.mark.row("S128", call="Rollout.figures")
def test_how_long_tickets_waited_for_the_automation_is_told_and_how_many_waited_less_than_a_minute(desk: Desk) -> None:
    psa = staged(desk, Stage.AUTONOMOUS)
    soon, late = [id for id in tickets_of(desk.sandbox) if not Terms().samples(id)][:2]
    for id, waited in ((soon, -timedelta(hours=1)), (late, timedelta(hours=2))):
        desk.sandbox.world().change("tickets", int(id), {"created": datetime.now(UTC) - waited})
        psa.tickets.update(id, queue="Network")
    figures = Rollout(psa).figures()

    assert figures.responded == Rate(1, 2)
    assert figures.first_response is not None
    assert timedelta(hours=1) <= figures.first_response < timedelta(hours=2)


@pytest.mark.row("S127", call="Rollout.figures(ratings=...)")
def test_customers_ratings_are_compared_where_something_tells_them(desk: Desk) -> None:
    psa = staged(desk, Stage.AUTONOMOUS)
    mine, other = [id for id in tickets_of(desk.sandbox) if not Terms().samples(id)][:2]
    psa.tickets.update(mine, queue="Network")
    for id in (mine, other):
        closed = datetime.now(UTC) - timedelta(minutes=1)
        desk.sandbox.world().change("tickets", int(id), {"closed": closed, "updated": closed})
    told = {mine: Decimal(5), other: Decimal(3)}

    rated = Rollout(psa).figures(ratings=lambda ids: {id: told[id] for id in ids if id in told})
    one_sided = Rollout(psa).figures(ratings=lambda ids: {mine: Decimal(5)})

    assert rated.satisfaction is not None
    assert (rated.satisfaction.delta, rated.satisfaction.touched_of) == (2, 1)
    assert one_sided.satisfaction is None and "satisfaction" in one_sided.absent
    assert "+2.00" in markdown(rated)


def test_a_chart_says_in_words_what_it_shows_and_is_no_markup_of_others() -> None:
    drawn = ET.fromstring(bars("Rates", [Bar("<b>&", 0.5, "1 of 2"), Bar("none yet", None, "nothing")]))  # noqa: S314  # our own
    texts = ["".join(one.itertext()) for one in drawn]

    assert drawn.get("role") == "img"
    assert any("<b>&: 1 of 2" in one for one in texts)


def test_a_week_of_which_nothing_is_known_leaves_a_gap_in_its_line() -> None:
    drawn = ET.fromstring(lines("Rates", [("<b>&", [0.5, None, 1.0, 0.9])]))  # noqa: S314  # our own

    assert len(drawn.findall("{*}polyline")) == 3  # before the gap, after it, and the legend's
    assert len(drawn.findall("{*}circle")) == 3
    assert "<b>&: 50%, none, 100%, 90%" in "".join(drawn.itertext())


def test_what_is_sampled_is_the_same_always_and_about_a_tenth() -> None:
    terms = Terms()
    chosen = [id for id in map(str, range(2_000)) if terms.samples(id)]

    assert chosen == [id for id in map(str, range(2_000)) if Terms().samples(id)]
    assert 150 < len(chosen) < 250


def test_a_rule_may_say_predict_and_is_stricter_than_an_approval() -> None:
    rule = Rule(name="not yet", then=Verdict.PREDICT, touching=frozenset({"queue"}))
    policy = Policy.guarded.and_also(rule)  # type: ignore[attr-defined]  # it is made of rules
    queue = Effect(Action.UPDATE, "ticket", "1", frozenset({"queue"}))

    assert policy.explain(queue, Known()).verdict is Verdict.PREDICT
    assert policy.explain(Effect(Action.DELETE, "ticket", "1"), Known()).verdict is Verdict.DISABLED
