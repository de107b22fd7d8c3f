"""Replies and words: what is a decision and what is not, and that no value of a plan imitates what is ours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anypsa import Action, Effect, Item, Plan, PlanStage, Visibility
from anypsa.plans import ALPHABET, announcement, code_of, digest_of, proposal, reply_of
from anypsa.session import Grant

NOW = datetime(2026, 11, 25, tzinfo=UTC)

DECISIONS = {
    "approve 7F3K": True,
    "APPROVE 7f3k": True,
    "Approved: 7F3K.": True,
    "\n\n  approve   #7F3K !\nThanks": True,
    "\uff41pprove 7F3K": True,
    "deny 7F3K": False,
    "denied 7F3K\nbecause": False,
}
MESSAGES = [
    "",
    "ok",
    "approve",
    "approve 7F3",
    "approve 7F3KX",
    "approve7F3K",
    "approve 7F3K or deny 7F3K",
    "do not approve 7F3K",
    "not: approve 7F3K",
    "> approve 7F3K",
    "What is this?\napprove 7F3K",
    "approve 7F3K?",
    "I approve 7F3K",
    "disapprove 7F3K",
]


@pytest.mark.parametrize("body", DECISIONS)
def test_a_decision_begins_its_note_and_says_nothing_else_there(body: str) -> None:
    found = reply_of(body)

    assert found is not None
    assert (found.approves, found.code) == (DECISIONS[body], "7F3K")


@pytest.mark.parametrize("body", MESSAGES)
def test_anything_else_is_a_message(body: str) -> None:
    assert reply_of(body) is None


def plan(**more: object) -> Plan:
    item = Item("i", "acme", "update", "ticket", "ticket:5", "f", NOW, NOW, NOW, record="5", values={"title": "x"})
    made = Plan(
        id="p", tenant="acme", ticket="5", why="w", code="7F3K", digest="", created=NOW, touched=NOW,
        expires=NOW + timedelta(hours=1), items=(item,),
    )  # fmt: skip
    made = replace(made, **more)  # type: ignore[arg-type]  # what a test says of it
    return replace(made, digest=digest_of(made, made.items))


@given(text=st.text(st.characters(codec="utf-8")))
def test_no_value_and_no_reason_imitates_a_line_of_the_proposal(text: str) -> None:
    made = plan()
    evil = replace(made, why=text, items=(replace(made.items[0], values={"title": text}),))
    ours = {line.strip() for line in proposal(made).splitlines()}
    extra = [line for line in proposal(evil).split("\n") if line.strip() not in ours]

    assert all(line.lstrip().startswith("|") or line.startswith("It was made by") for line in extra if line.strip())
    assert reply_of(proposal(evil)) is None


@given(reason=st.text(), decider=st.text())
def test_what_is_told_of_a_plan_is_one_line_and_never_a_decision(reason: str, decider: str) -> None:
    for stage in (PlanStage.APPROVED, PlanStage.DENIED, PlanStage.VOID):
        told = announcement(plan(reason=reason, decider=decider), stage)
        assert reply_of(told) is None
        assert told.startswith("Plan 7F3K ")


@given(st.text(), st.integers(0, 100))
def test_codes_are_read_back_as_they_are_written(digest: str, turn: int) -> None:
    code = code_of(digest, turn)
    found = reply_of(f"approve {code.lower()}")

    assert set(code) <= set(ALPHABET)
    assert found is not None
    assert found.code == code


INTERNAL_NOTE = Effect(
    Action.CREATE, "note", None, frozenset({"ticket", "body", "visibility"}), Visibility.INTERNAL, ticket="5"
)
BEYOND: dict[str, dict[str, object]] = {
    "customers read it": {"visibility": Visibility.PUBLIC},
    "nobody knows who reads it": {"visibility": None},
    "another ticket": {"ticket": "6"},
    "it moves the ticket": {"status": "9"},
    "a change": {"action": Action.UPDATE},
    "an unknown write": {"action": Action.UNKNOWN},
    "something else": {"entity": "time_entry"},
}


@pytest.mark.parametrize("what", BEYOND)
def test_what_asks_for_an_approval_may_be_an_internal_note_on_its_ticket_and_no_more(what: str) -> None:
    asking = Grant("acme", "p", only_note_on="5")

    assert asking.covers(INTERNAL_NOTE)
    assert not asking.covers(replace(INTERNAL_NOTE, **BEYOND[what]))  # type: ignore[arg-type]  # fields of an effect
