"""Queries: what is pushed down returns every row that matches, in the vendor's own operators and within its budgets."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from autotask_filters import CUSTOM, NOON, expressions, rows
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mini_sql import KNOWN, Server, clauses, ors

from anypsa import Expression, q
from anypsa.models import TICKETS as KIND
from anypsa.query import EVERYTHING, And, Not, Or, bind, matcher, normal
from anypsa.spi import Context, CustomField, Plan
from anypsa_autotask.queries import OPERATORS, Compiler, Statuses
from anypsa_autotask.tables import TICKETS
from anypsa_autotask.tables.names import STATES

TENANT = "here"
STATUSES = Statuses.of({"waiting": ["2"]})
HERE = Context(TENANT, {STATES: {id: str(state) for id, state in STATUSES.by_id.items()}})
SAFE = re.compile(r"[\x20-\x7e]*")
SERVERS = [Server(), Server(wildcards=True), Server(whole_seconds=True), Server(wildcards=True, whole_seconds=True)]
CUSTOMS = {name: CustomField(name, type) for name, type in CUSTOM.items()}


def bound(where: Expression) -> Expression:
    return bind(where, KIND, TENANT)


def plan(where: Expression) -> Plan:
    return Compiler(TICKETS, STATUSES, CUSTOMS).plan(bound(where))


def pushed(where: Expression) -> Any:
    """The only query of a plan; a single condition without its list."""
    (query,) = plan(where).queries
    return query[0] if len(query) == 1 else query


NOTHING = {"op": "gte", "field": "id", "value": 0}


@pytest.mark.parametrize(
    ("where", "vendor"),
    [
        (q.id == "5", {"op": "eq", "field": "id", "value": 5}),
        (q.company == 0, {"op": "eq", "field": "companyID", "value": 0}),
        (q.queue.in_([5, 6]), {"op": "in", "field": "queueID", "value": [5, 6]}),
        (q.queue.is_null(), {"op": "notExist", "field": "queueID"}),
        (q.queue.is_not_null(), {"op": "exist", "field": "queueID"}),
        (~q.queue.is_null(), {"op": "exist", "field": "queueID"}),
        (q.title == "VPN", {"op": "eq", "field": "title", "value": "VPN"}),
        (q.title.in_(["a", "b"]), {"op": "in", "field": "title", "value": ["a", "b"]}),
        (q.title.contains("vpn"), {"op": "contains", "field": "title", "value": "vpn"}),
        (q.title.startswith("vpn"), {"op": "beginsWith", "field": "title", "value": "vpn"}),
        (q.title.endswith("vpn"), {"op": "endsWith", "field": "title", "value": "vpn"}),
        (q.title.is_not_null(), {"op": "exist", "field": "title"}),
        (
            q.state == "closed",
            {
                "op": "or",
                "items": [{"op": "in", "field": "status", "value": [5]}, {"op": "notExist", "field": "status"}],
            },
        ),
    ],
    ids=repr,
)
def test_a_comparison_is_asked_for_in_the_vendors_operator(where: Expression, vendor: Any) -> None:
    assert pushed(where) == vendor


@pytest.mark.parametrize("where", [q.queue != 5, q.queue.not_in([5]), ~(q.queue == 5)], ids=repr)
def test_a_negation_asks_for_absent_values_too(where: Expression) -> None:
    group = pushed(where)

    assert group["op"] == "or"
    assert {"op": "notExist", "field": "queueID"} in group["items"]


@pytest.mark.parametrize(
    "where",
    [
        q.title != "a",
        ~(q.title == "a"),
        q.title.not_in(["a"]),
        ~q.title.contains("a"),
        q.title.is_null(),
        q.title < "a",
        q.title >= "a",
        q.title.contains("é"),
        q.title.contains(" "),
        q.title == "é",
        q.title.in_(["a", "é"]),
        q.created != NOON,
        ~(q.created < NOON),
        q.queue.not_in([]),
        q.custom["Seats"] == "5",
        (q.title < "a") | (q.queue == 5),
        EVERYTHING,
    ],
    ids=repr,
)
def test_what_is_not_safe_to_ask_for_is_left_to_us(where: Expression) -> None:
    assert pushed(where) == NOTHING


@pytest.mark.parametrize(
    ("where", "op", "value"),
    [
        (q.title == "abc é def", "beginsWith", "abc"),
        (q.title.contains("é printer [3"), "contains", "printer"),
        (q.title.startswith("abc [x]"), "beginsWith", "abc"),
        (q.title.endswith("[x] abc"), "endsWith", "abc"),
        (q.title.endswith("abc "), "contains", "abc"),
    ],
    ids=repr,
)
def test_of_an_unsafe_text_its_safe_part_is_asked_for(where: Expression, op: str, value: str) -> None:
    assert pushed(where) == {"op": op, "field": "title", "value": value}


@pytest.mark.row("S28", call="q.created.between(low, high)")
@pytest.mark.parametrize(
    ("where", "conditions"),
    [
        (q.created > NOON, [("gte", "2026-03-01T11:59:59.000Z")]),
        (q.created >= NOON, [("gte", "2026-03-01T11:59:59.000Z")]),
        (q.created < NOON, [("lte", "2026-03-01T12:00:02.000Z")]),
        (q.created == NOON, [("gte", "2026-03-01T11:59:59.000Z"), ("lte", "2026-03-01T12:00:02.000Z")]),
    ],
    ids=repr,
)
def test_times_are_asked_for_wider_than_the_vendors_resolution(where: Expression, conditions: Any) -> None:
    asked = [(one["op"], one["value"]) for one in clauses(*plan(where).queries)]

    assert asked == conditions


@pytest.mark.parametrize("moment", [datetime.min, datetime.max])
def test_times_at_the_ends_of_the_calendar_do_not_overflow(moment: datetime) -> None:
    end = moment.replace(tzinfo=UTC)

    assert len(plan((q.created == end) | (q.created < end) | (q.due > end)).queries) == 1


@pytest.mark.parametrize("span", [timedelta.min, timedelta.max])
def test_durations_at_the_ends_do_not_overflow(span: timedelta) -> None:
    assert len(plan((q.estimate == span) | (q.estimate < span)).queries) == 1


def test_one_custom_condition_is_asked_for_and_the_others_left_to_us() -> None:
    made = plan((q.custom["Site Code"] == "a") & (q.custom["Ranking"] == "b"))

    (query,) = made.queries
    assert [one for one in clauses(query) if one.get("udf")] == [
        {"op": "eq", "field": "Site Code", "value": "a", "udf": True}
    ]
    assert len(made.local_filters) == 2
    assert not made.exact


def test_a_long_list_is_asked_for_in_parts_that_hold_every_value_once() -> None:
    made = plan(q.id.in_([str(number) for number in range(1001)]) & (q.queue == 5))

    values = [value for query in made.queries for one in query if one["op"] == "in" for value in one["value"]]
    assert sorted(values) == list(range(1001))
    assert all({"op": "eq", "field": "queueID", "value": 5} in query for query in made.queries)
    assert all(ors(query) <= 500 for query in made.queries)


@pytest.mark.parametrize(
    "where",
    [
        q.id.in_([str(n) for n in range(501)]) & q.queue.in_(list(range(501))),
        q.id.not_in([str(n) for n in range(501)]),
        q.id.in_([str(n) for n in range(501)]) | (q.queue == 5),
        Or(tuple(q.id == str(n) for n in range(600))),
        And(tuple(q.id != str(n) for n in range(600))),
        And((q.queue.in_(list(range(300))), *(q.id != str(n) for n in range(300)))),
        And(tuple(q.queue.in_([n, n + 1]) | (q.status != n) for n in range(200))),
    ],
    ids=range(7),
)
def test_no_query_is_over_the_vendors_budget_of_ors(where: Expression) -> None:
    assert all(ors(query) <= 500 for query in plan(where).queries)


@pytest.mark.parametrize(("piece", "stored"), [("100%", "100 or so"), ("a_b", "axb")])
def test_a_vendor_that_takes_a_sign_for_a_wildcard_is_not_accused_by_a_page(piece: str, stored: str) -> None:
    row = {"id": 7, "status": 1, "companyID": 0, "title": stored}
    fulfils = matcher(plan(q.title.contains(piece)).expected)

    assert fulfils(TICKETS.decode(row, HERE))


def test_nothing_is_pushed_for_states_nobody_has() -> None:
    made = Compiler(TICKETS, Statuses.of({}), {}).plan(bound(q.state == "waiting"))

    assert made.queries == ([NOTHING],)


def test_open_is_whatever_is_not_known_to_mean_something_else() -> None:
    group = pushed(q.state == "open")

    assert {"op": "notIn", "field": "status", "value": [5, 2]} in group["items"]


def test_our_operators_are_the_vendors_thirteen() -> None:
    assert set(OPERATORS.values()) == KNOWN


WHOLE = settings(max_examples=60)


@pytest.mark.row("S30", "S31", call="q.a | (q.b & q.c)")
@WHOLE
@given(expressions, rows(), st.sampled_from(SERVERS))
def test_the_vendor_returns_every_row_that_matches(where: Expression, table: Any, server: Server) -> None:
    matches = matcher(bound(where))
    wanted = {row["id"] for row in table if matches(TICKETS.decode(row, HERE))}

    returned = {row["id"] for query in plan(where).queries for row in server.returns(query, table)}

    assert wanted <= returned


@WHOLE
@given(expressions, rows(), st.sampled_from(SERVERS))
def test_an_exact_plan_returns_nothing_else(where: Expression, table: Any, server: Server) -> None:
    made = plan(where)
    matches = matcher(bound(where))
    wanted = {row["id"] for row in table if matches(TICKETS.decode(row, HERE))}

    returned = {row["id"] for query in made.queries for row in server.returns(query, table)}

    assert not made.exact or returned == wanted


@WHOLE
@given(expressions, rows(), st.sampled_from(SERVERS))
@example(q.id == "007", [{"id": 7, "status": 1, "companyID": 0, "userDefinedFields": []}], Server())
def test_an_honest_vendor_is_never_accused_by_a_row(where: Expression, table: Any, server: Server) -> None:
    made = plan(where)
    fulfils = matcher(made.strict)

    returned = [row for query in made.queries for row in server.returns(query, table)]

    assert all(fulfils(TICKETS.decode(row, HERE)) for row in returned)


@WHOLE
@given(expressions)
def test_only_known_operators_safe_texts_and_one_custom_condition_go_out(where: Expression) -> None:
    for query in plan(where).queries:
        every = list(clauses(query))
        assert {one["op"] for one in every} <= KNOWN
        assert sum(one.get("udf", False) for one in every) <= 1
        texts = [one["value"] for one in every if isinstance(one.get("value"), str)]
        assert all(SAFE.fullmatch(text) and "[" not in text for text in texts)


@WHOLE
@given(expressions, rows(), st.sampled_from(SERVERS))
def test_the_normal_form_is_planned_alike(where: Expression, table: Any, server: Server) -> None:
    form = normal(bound(Not(where)))
    matches = matcher(form)
    made = Compiler(TICKETS, STATUSES, CUSTOMS).plan(form)
    wanted = {row["id"] for row in table if matches(TICKETS.decode(row, HERE))}

    returned = {row["id"] for query in made.queries for row in server.returns(query, table)}

    assert wanted <= returned
