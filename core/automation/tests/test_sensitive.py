"""Sensitive tickets: none of the labelled ones is missed, and few others are taken for one."""

from __future__ import annotations

from typing import Any

import pytest

from anypsa import Choice, Policy, Ref, Rule, Rules, State, Ticket, Verdict
from anypsa.effects import Action, Effect
from anypsa.policy import Known
from anypsa_automation import SensitiveTickets
from anypsa_automation.labelled import ORDINARY, SENSITIVE

LABELLED = [(text, name) for name, texts in SENSITIVE.items() for text in texts]


def ticket(title: str, description: str | None = None, **more: Any) -> Ticket:
    company: Ref[Any] = Ref(tenant="t", id="7")
    told = {"state": State.OPEN, "status": Choice(id="1"), "company": company, "title": title}
    return Ticket(tenant="t", id="1", **{**told, "description": description, **more})


@pytest.mark.row("S103", call="anypsa_automation.SensitiveTickets()")
@pytest.mark.parametrize(("text", "name"), LABELLED)
def test_none_of_the_labelled_is_missed(text: str, name: str) -> None:
    in_title, in_text = (
        SensitiveTickets().classify(one) for one in (ticket(text), ticket("Help", f"Hi,\n{text}\nThanks"))
    )

    assert {"sensitive", name} <= in_title.categories
    assert {"sensitive", name} <= in_text.categories


def test_few_of_the_others_are_taken_for_one() -> None:
    taken = [text for text in ORDINARY if "sensitive" in SensitiveTickets().classify(ticket(text)).categories]

    assert taken == []


def test_the_tickets_own_category_stays() -> None:
    found = SensitiveTickets().classify(ticket("MFA reset", category=Choice(id="1", label="Security")))

    assert found.categories == {"sensitive", "second factor", "security"}
    assert 0 < found.confidence < 1


def test_rules_can_be_ones_own() -> None:
    mine = SensitiveTickets({"badge": (r"\bbadge\b",)})

    assert "badge" in mine.classify(ticket("lost my BADGE")).categories
    assert "sensitive" not in mine.classify(ticket("password")).categories


def test_a_policy_asks_a_human_for_a_sensitive_ticket() -> None:
    rule = Rule(
        name="sensitive tickets",
        then=Verdict.APPROVAL,
        actions=frozenset({Action.UPDATE}),
        categories=frozenset({"sensitive"}),
    )
    assert isinstance(Policy.guarded, Rules)
    policy = Policy.guarded.and_also(rule, classifier=SensitiveTickets())
    triage = Effect(Action.UPDATE, "ticket", "1", frozenset({"assignee"}), ticket="1")

    decided = policy.explain(triage, Known(ticket_now=ticket("Please reset my password")))

    assert (decided.verdict, decided.confidence) == (Verdict.APPROVAL, 0.8)
    assert policy.explain(triage, Known(ticket_now=ticket("Printer jam"))).verdict is Verdict.AUTO


def test_what_is_asked_for_is_found_behind_any_amount_of_other_words() -> None:
    long = "the new phone for the account " * 5_000

    assert "second factor" in SensitiveTickets().classify(ticket("x", f"{long} and an mfa reset")).categories
