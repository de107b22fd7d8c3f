"""Random filters over tickets, and rows of tickets as Autotask sends them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from anypsa.models import State
from anypsa.query import And, Compare, Expression, Not, Operator, Or

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CUSTOM = {"Site Code": "string", "Seats": "integer", "Ranking": "string"}

texts = st.sampled_from(["VPN down", "vpn DOWN ", "Printer", "é 100%", "a_b", "aXb", "[x] y", "x", "'quoted'", "été"])
pieces = st.sampled_from(["vpn", "DOWN", "down ", " ", "e", "%", "a_b", "[", "[x]", "é", "été 1", "'", "x] y", "É"])
numbers = st.sampled_from(["0", "1", "2", "5", "007", "-0", "abc", "29682833"])
choices = st.sampled_from([0, 1, 2, 5, 29682833])
moments = st.builds(
    lambda days, milliseconds: NOON + timedelta(days=days, milliseconds=milliseconds),
    st.integers(-1, 1),
    st.sampled_from([0, 1, 400, 999]),
)
spans = st.sampled_from([timedelta(0), timedelta(hours=1), timedelta(minutes=20), timedelta(seconds=1)])
EQUAL = [Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN, Operator.IS_NULL, Operator.IS_NOT_NULL]
ORDER = [Operator.LT, Operator.LTE, Operator.GT, Operator.GTE]
PARTS = [Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH]
NULLS = [Operator.IS_NULL, Operator.IS_NOT_NULL]
LISTS = [Operator.IN, Operator.NOT_IN]
FIELDS: dict[str, tuple[st.SearchStrategy[Any], list[Operator]]] = {
    "id": (numbers, EQUAL),
    "title": (texts, EQUAL + ORDER + PARTS),
    "description": (texts, EQUAL + ORDER + PARTS),
    "state": (st.sampled_from(list(State)), EQUAL),
    "status": (choices, EQUAL),
    "queue": (choices, EQUAL),
    "company": (numbers, EQUAL),
    "contract": (numbers, EQUAL),
    "estimate": (spans, EQUAL + ORDER),
    "created": (moments, EQUAL + ORDER),
    "due": (moments, EQUAL + ORDER),
}


@st.composite
def compares(draw: st.DrawFn) -> Expression:
    """One comparison."""
    custom = draw(st.integers(0, 5)) == 0
    name = draw(st.sampled_from(sorted(CUSTOM if custom else FIELDS)))
    values, operators = FIELDS["title" if custom else name]
    op = draw(st.sampled_from(operators))
    if op in NULLS:
        return Compare(name, op, None, custom)
    if op in LISTS:
        return Compare(name, op, tuple(draw(st.lists(values, max_size=3))), custom)
    return Compare(name, op, draw(pieces if op in PARTS else values), custom)


expressions: st.SearchStrategy[Expression] = st.recursive(
    compares(),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda items: And(tuple(items))),
        st.lists(inner, min_size=1, max_size=3).map(lambda items: Or(tuple(items))),
        inner.map(Not),
    ),
    max_leaves=7,
)


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


def stamped(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, Any]]:
    """A table of tickets, with distinct ids, absent and empty values included."""
    ids = draw(st.lists(st.sampled_from([0, 1, 2, 5, 7, 29682833]), unique=True, min_size=1))
    return [{"id": id, **draw(row())} for id in ids]


@st.composite
def row(draw: st.DrawFn) -> dict[str, Any]:
    seats = draw(maybe(st.sampled_from(["5", "50"])))
    return {
        "title": draw(st.one_of(texts, st.just(""))),
        "description": draw(maybe(st.one_of(texts, st.just("")))),
        "status": draw(choices),
        "queueID": draw(maybe(choices)),
        "companyID": draw(choices),
        "contractID": draw(maybe(choices)),
        "estimatedHours": draw(maybe(spans.map(lambda span: span.total_seconds() / 3600))),
        "createDate": draw(maybe(moments.map(stamped))),
        "dueDateTime": draw(maybe(moments.map(stamped))),
        "userDefinedFields": [
            {"name": "Site Code", "value": draw(maybe(texts))},
            {"name": "Seats", "value": seats},
        ],
    }
