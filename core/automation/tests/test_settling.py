"""Settling at its borders: when a case is known to be right or wrong, of tickets as they are. No PSA, no store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from anypsa import Choice, Ref, Ticket
from anypsa import State as Meaning
from anypsa_automation.stages import Case, CaseKind, Outcome, Rate, Stage, StageEvent, Standing, Terms
from anypsa_automation.stages.figures import standing_at
from anypsa_automation.stages.history import week
from anypsa_automation.stages.replay import Compared, Replayed
from anypsa_automation.stages.settling import Store, judged
from anypsa_automation.stages.showing import compared, replayed

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)
CLOSED, OPEN = "5", "1"
ACT: dict[str, Any] = {"kind": CaseKind.AUTONOMOUS, "stage": Stage.AUTONOMOUS}
GUESS: dict[str, Any] = {"kind": CaseKind.PREDICTION, "stage": Stage.SHADOW, "action": "update"}


def ticket(**more: Any) -> Ticket:
    plain = {
        "tenant": "acme", "id": "7", "state": "open", "status": Choice(id=OPEN), "queue": Choice(id="desk"),
        "company": Ref(tenant="acme", id="1"), "resolution": "Restarted the spooler.",
    }  # fmt: skip
    return Ticket(**{**plain, **more})


def case(days: float, given: dict[str, Any], **more: Any) -> Case:
    told = {"entity": "ticket", "record": "7", "fields": frozenset(given), "given": given}
    own: dict[str, Any] = {
        "id": "1",
        "tenant": "acme",
        "category": "licences",
        "moment": NOW - days * DAY,
        "ticket": "7",
    }
    return Case(**{**own, **told, **more})


def outcome(one: Case, now: Ticket | None, *, written: bool = True) -> Outcome | None:
    """What is known of a case while its ticket is like this; `written` as the journal tells."""
    store = Store(
        cases=None,  # type: ignore[arg-type]  # judging reads none
        terms=Terms(),
        plan=lambda id: None,
        written=lambda tenant, id: one.given if written else {},
        meaning=lambda id: Meaning.CLOSED if id == CLOSED else Meaning.OPEN,
    )
    verdict = judged(one, store, {} if now is None else {"7": now}, NOW)
    return None if verdict is None else verdict.outcome


KEPT = ticket()
REROUTED = ticket(queue=Choice(id="network"))
REASSIGNED = ticket(assignee=Ref(tenant="acme", id="bob"))
REOPENED = ticket(state="open")
DONE = ticket(state="closed", status=Choice(id=CLOSED))


@pytest.mark.row("S123", "S124", call="Rollout.settle")
@pytest.mark.parametrize(
    ("days", "given", "now", "known"),
    [
        (6.9, {"queue": "desk"}, KEPT, None),  # somebody may still undo it
        (7, {"queue": "desk"}, KEPT, Outcome.RIGHT),
        (0.1, {"queue": "desk"}, REROUTED, Outcome.WRONG),
        (6.9, {"queue": "desk"}, REROUTED, Outcome.WRONG),
        (1, {"assignee": "jane"}, REASSIGNED, Outcome.WRONG),
        (1, {"status": CLOSED}, REOPENED, Outcome.WRONG),
        (7, {"status": CLOSED}, DONE, Outcome.RIGHT),
        (7, {"status": CLOSED, "queue": "network"}, DONE, Outcome.WRONG),  # one of both was corrected
        (1, {"title": "x"}, KEPT, Outcome.UNSCORED),  # nothing tells
        (1, {"queue": "desk"}, None, Outcome.UNSCORED),  # its ticket is gone
    ],
)
def test_what_happened_by_itself_is_right_once_nobody_has_undone_it_for_a_week(
    days: float, given: dict[str, Any], now: Ticket | None, known: Outcome | None
) -> None:
    assert outcome(case(days, given, **ACT), now) is known


@pytest.mark.row("S120", "N10", call="Rollout.settle")
@pytest.mark.parametrize(
    ("days", "given", "now", "known"),
    [
        (1, {"queue": "desk"}, KEPT, None),  # people still work on it
        (7, {"queue": "desk"}, KEPT, Outcome.RIGHT),
        (1, {"queue": "desk"}, DONE, Outcome.RIGHT),
        (1, {"queue": "network"}, DONE, Outcome.WRONG),
        (1, {"resolution": "Spooler was restarted"}, DONE, Outcome.RIGHT),
        (1, {"resolution": "Sent a new toner"}, DONE, Outcome.WRONG),
        (1, {"priority": "high"}, DONE, Outcome.WRONG),
        (1, {"status": CLOSED}, DONE, Outcome.RIGHT),
        (1, {"description": "x"}, DONE, Outcome.UNSCORED),
    ],
)
def test_a_prediction_is_compared_with_what_people_made_of_the_ticket_when_it_is_closed_or_after_a_week(
    days: float, given: dict[str, Any], now: Ticket, known: Outcome | None
) -> None:
    assert outcome(case(days, given, **GUESS), now) is known


def test_what_the_vendor_refused_is_no_act_and_speaks_for_nobody() -> None:
    tried = {"queue": "network"}

    assert outcome(case(0.01, tried, **ACT), ticket(), written=False) is None  # it may be on its way
    assert outcome(case(0.05, tried, **ACT), ticket(), written=False) is Outcome.UNSCORED


def test_a_time_entrys_contract_is_not_taken_for_the_tickets() -> None:
    assert outcome(case(8, {"contract": "9"}, **ACT, entity="time_entry"), ticket()) is Outcome.UNSCORED


def test_a_week_is_told_as_it_was_known_at_its_end() -> None:
    settled = case(10, {"queue": "desk"}, **ACT, outcome=Outcome.WRONG, settled=NOW)
    then, now = week([settled], NOW - 7 * DAY, 7 * DAY), week([settled], NOW, 7 * DAY)

    assert then.rates == {"licences": Rate(1, 1)}  # nobody had undone it
    assert now.rates == {"licences": Rate(0, 1)}
    assert week([settled], NOW - 20 * DAY, 7 * DAY).rates == {}


def test_a_category_stood_where_it_last_came_to_and_not_where_it_was_proposed() -> None:
    def event(days: int, what: str, stage: Stage) -> StageEvent:
        return StageEvent(tenant="acme", category="licences", moment=NOW - days * DAY, what=what, stage=str(stage))

    events = [
        event(1, "demoted", Stage.SHADOW),
        event(4, "proposed", Stage.APPROVAL),
        event(9, "promoted", Stage.NOTES),
    ]
    standing = Standing(tenant="acme", category="licences", stage=Stage.SHADOW, since=NOW - DAY)

    stages = [standing_at(standing, events, NOW - days * DAY).stage for days in (0, 3, 8, 30)]
    assert stages == [Stage.SHADOW, Stage.NOTES, Stage.NOTES, Stage.SHADOW]


@pytest.mark.row("N9", call="showing.compared | showing.replayed")
def test_replays_are_tables_of_before_and_after() -> None:
    table = compared(Compared(4, {"queue": Rate(1, 4)}, {"queue": Rate(4, 4), "priority": Rate(2, 4)}))
    verdicts = replayed(Replayed(3, {("auto", "approval"): 3}, ()))

    assert table.splitlines()[2:] == [
        "| priority | 0 of 0 | 2 of 4 (50%) |",
        "| queue | 1 of 4 (25%) | 4 of 4 (100%) |",
    ]
    assert verdicts.splitlines()[2:] == ["| auto | approval | 3 |"]
