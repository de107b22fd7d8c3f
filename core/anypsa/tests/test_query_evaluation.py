"""Evaluation: two-valued logic, text without case, empty text is absent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from ticket_filters import NOON, TENANT, expressions, ticket, tickets

from anypsa import Choice, Company, Expression, Ref, Ticket, q
from anypsa.models import TICKETS
from anypsa.query import And, Not, Or, Test, bind, conjuncts, matcher, normal


def holds(where: Expression, record: Ticket) -> bool:
    return matcher(bind(where, TICKETS, TENANT))(record)


VPN = ticket(title="VPN Down", queue=Choice(id="5", label="Desk"), created=NOON, estimate=timedelta(hours=1))
BARE = ticket(title="", description=None)


@pytest.mark.parametrize(
    "where",
    [
        q.title == "vpn down",
        q.title != "vpn",
        q.title.contains("n d"),
        q.title.startswith("VPN"),
        q.title.endswith("DOWN"),
        q.title.in_(["x", "VPN DOWN"]),
        q.title.not_in(["x"]),
        q.title.between("a", "w"),
        q.title > "VPN",
        q.queue == 5,
        q.queue.in_([4, 5]),
        q.queue.is_not_null(),
        q.company == 7,
        q.created <= NOON,
        q.created >= NOON,
        ~(q.created < NOON),
        q.estimate.between(1, 1),
        q.state == "open",
        q.assignee.is_null(),
        ~q.assignee.is_not_null(),
    ],
    ids=repr,
)
def test_what_holds_is_found(where: Expression) -> None:
    assert holds(where, VPN)


@pytest.mark.parametrize(
    "comparison",
    [
        q.title == "a",
        q.title < "a",
        q.title > "",
        q.title.contains("a"),
        q.title.in_(["a"]),
        q.description.startswith("a"),
        q.queue == 5,
        q.queue.in_([5]),
        q.assignee == 3,
        q.created < NOON,
        q.created >= NOON,
        q.estimate <= 1,
        q.custom["Site"] == "a",
        q.custom["Site"].contains("a"),
    ],
    ids=repr,
)
def test_a_comparison_with_an_absent_value_is_false_and_its_negation_true(comparison: Expression) -> None:
    assert not holds(comparison, BARE)
    assert holds(~comparison, BARE)


@pytest.mark.parametrize("where", [q.title != "a", q.queue != 5, q.queue.not_in([5]), q.title.not_in(["a"])], ids=repr)
def test_unequal_includes_absent(where: Expression) -> None:
    assert holds(where, BARE)


def test_empty_text_is_absent() -> None:
    assert holds(q.title.is_null(), BARE)
    assert not holds(q.title.is_not_null(), BARE)
    assert holds(q.custom["Site"].is_null(), ticket(custom_fields={"Site": ""}))


@pytest.mark.parametrize(("stored", "wanted"), [("STRASSE", "straße"), ("ÉTÉ", "été"), ("İ", "i̇"), ("Σ", "ς")])
def test_case_is_folded_in_every_script(stored: str, wanted: str) -> None:
    assert holds(q.title == wanted, ticket(title=stored))


def test_custom_fields_compare_as_text_without_case() -> None:
    assert holds(q.custom["Site"] == "ab-1", ticket(custom_fields={"Site": "AB-1"}))


def test_labels_do_not_take_part_in_evaluation() -> None:
    assert holds(q.queue == 5, ticket(queue=Choice(id="5", label="other")))
    assert holds(q.company == 7, ticket(company=Ref[Company](tenant=TENANT, id="7", name="other")))


def test_no_clauses_match_everything_and_no_alternatives_nothing() -> None:
    assert holds(And(()), BARE)
    assert not holds(Or(()), BARE)


def test_an_empty_list_matches_nothing_and_its_negation_everything() -> None:
    assert not holds(q.id.in_([]), VPN)
    assert holds(q.id.not_in([]), VPN)


def test_an_unbound_filter_is_not_evaluated() -> None:
    with pytest.raises(TypeError):
        matcher(q.title == "a")


@given(expressions(), tickets())
def test_the_normal_form_means_the_same(where: Expression, record: Ticket) -> None:
    bound = bind(where, TICKETS, TENANT)

    assert matcher(normal(bound))(record) == matcher(bound)(record)


@given(expressions(), tickets())
def test_negation_is_the_complement_also_in_normal_form(where: Expression, record: Ticket) -> None:
    bound = bind(where, TICKETS, TENANT)

    assert matcher(Not(bound))(record) != matcher(bound)(record)
    assert matcher(normal(Not(bound)))(record) != matcher(bound)(record)


@given(expressions(), expressions(), tickets())
def test_de_morgan_holds(one: Expression, other: Expression, record: Ticket) -> None:
    assert holds(~(one & other), record) == holds(~one | ~other, record)
    assert holds(~(one | other), record) == holds(~one & ~other, record)


@given(expressions())
def test_in_normal_form_negations_stand_before_comparisons_only(where: Expression) -> None:
    def checked(expression: Any) -> None:
        if isinstance(expression, Not):
            assert isinstance(expression.item, Test)
        for item in getattr(expression, "items", ()):
            checked(item)

    checked(normal(bind(where, TICKETS, TENANT)))


@given(expressions(), tickets())
def test_a_filter_is_the_conjunction_of_its_conjuncts(where: Expression, record: Ticket) -> None:
    form = normal(bind(where, TICKETS, TENANT))

    assert all(matcher(one)(record) for one in conjuncts(form)) == matcher(form)(record)
