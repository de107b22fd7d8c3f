"""The JSON form: every spelling people know, nothing guessed, nothing dropped."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from ticket_filters import NOON, TENANT, expressions, tickets

from anypsa import Company, Expression, Invalid, Ticket, filter_from_json, filter_to_json, q
from anypsa.models import TICKETS
from anypsa.query import And, Compare, Operator, Or, bind, matcher

SPELLED = {
    Operator.EQ: ["eq", "EQ", "=="],
    Operator.NE: ["ne", "noteq", "notEq", "!="],
    Operator.GT: ["gt", ">"],
    Operator.GTE: ["gte", ">="],
    Operator.LT: ["lt", "<"],
    Operator.LTE: ["lte", "<="],
    Operator.CONTAINS: ["contains"],
    Operator.STARTS_WITH: ["startsWith", "beginsWith", "startswith"],
    Operator.ENDS_WITH: ["endsWith"],
    Operator.IN: ["in"],
    Operator.NOT_IN: ["notIn", "notin"],
    Operator.IS_NULL: ["isNull", "notExist"],
    Operator.IS_NOT_NULL: ["isNotNull", "exist"],
}
ONE = {"field": "title", "op": "eq", "value": "a"}


@pytest.mark.parametrize(("op", "spelling"), [(op, one) for op, some in SPELLED.items() for one in some])
def test_every_known_spelling_is_read(op: Operator, spelling: str) -> None:
    form: dict[str, Any] = {"field": "title", "op": spelling}
    if op not in (Operator.IS_NULL, Operator.IS_NOT_NULL):
        form["value"] = ["a"] if op in (Operator.IN, Operator.NOT_IN) else "a"

    read: Any = filter_from_json(form)

    assert read.op is op


def test_between_is_read_with_both_ends() -> None:
    assert filter_from_json({"field": "title", "op": "between", "value": ["a", "c"]}) == q.title.between("a", "c")


def test_a_list_means_all_of_it() -> None:
    assert filter_from_json([ONE, ONE]) == And((Compare("title", Operator.EQ, "a"),) * 2)


def test_groups_nest() -> None:
    form = {"op": "or", "items": [ONE, {"op": "and", "items": []}, {"op": "not", "item": ONE}]}

    read = filter_from_json(form)

    assert read == Or((q.title == "a", And(()), ~(q.title == "a")))


@pytest.mark.parametrize("key", ["custom", "udf"])
def test_custom_fields_are_marked(key: str) -> None:
    assert filter_from_json({**ONE, key: True}) == (q.custom["title"] == "a")


@pytest.mark.parametrize(("op", "test"), [("eq", q.title.is_null()), ("ne", q.title.is_not_null())])
def test_equal_to_null_asks_for_absence(op: str, test: Expression) -> None:
    assert filter_from_json({"field": "title", "op": op, "value": None}) == test


def nested(depth: int) -> Any:
    form: Any = ONE
    for _ in range(depth):
        form = {"op": "and", "items": [form]}
    return form


@pytest.mark.parametrize(
    "bad",
    [
        None,
        5,
        "title eq a",
        b"x",
        {},
        {"field": "title"},
        {"field": "title", "op": "eq"},
        {"field": "title", "op": "equals", "value": "a"},
        {"field": "title", "op": 5, "value": "a"},
        {"field": 5, "op": "eq", "value": "a"},
        {"op": "eq", "value": "a"},
        {**ONE, "extra": 1},
        {**ONE, "custom": "yes"},
        {"field": "title", "op": "in", "value": "a"},
        {"field": "title", "op": "in"},
        {"field": "title", "op": "gt", "value": None},
        {"field": "title", "op": "contains", "value": None},
        {"field": "title", "op": "isNull", "value": "a"},
        {"field": "title", "op": "between", "value": ["a"]},
        {"field": "title", "op": "between", "value": "ab"},
        {"op": "and"},
        {"op": "and", "items": {"a": 1}},
        {"op": "and", "items": "x"},
        {"op": "or", "items": [ONE, 5]},
        {"op": "not"},
        {"op": "not", "item": None},
        [[[None]]],
        nested(70),
        nested(5000),
    ],
)
def test_what_is_no_filter_is_refused(bad: Any) -> None:
    with pytest.raises(Invalid) as caught:
        filter_from_json(bad)

    assert caught.value.problems


def test_depth_is_bounded_where_it_says() -> None:
    assert isinstance(filter_from_json(nested(60)), Expression)


@pytest.mark.parametrize("form", [{"op": "nor", "items": []}, {"field": "a", "op": "like", "value": "b"}])
def test_an_unknown_operator_lists_those_there_are(form: Any) -> None:
    with pytest.raises(Invalid) as caught:
        filter_from_json(form)

    assert {"eq", "beginswith", "between", "and"} <= set(caught.value.problems[0].allowed)


@given(expressions(), tickets())
def test_a_filter_survives_its_journey_through_json(where: Expression, record: Ticket) -> None:
    back = filter_from_json(json.loads(json.dumps(filter_to_json(where))))

    before, after = (matcher(bind(one, TICKETS, TENANT)) for one in (where, back))
    assert before(record) == after(record)


def test_objects_stand_in_json_by_their_ids() -> None:
    acme = Company(tenant=TENANT, id="7")

    assert filter_to_json(q.company == acme)["value"] == "7"
    assert filter_to_json(q.created > NOON)["value"] == NOON.isoformat()
    assert filter_to_json(q.estimate > timedelta(minutes=90))["value"] == 1.5


def test_a_bound_filter_has_no_json_form() -> None:
    with pytest.raises(Invalid):
        filter_to_json(bind(q.title == "a", TICKETS, TENANT))
