"""Random filters over tickets, and tickets to try them on. Few values, so that they often meet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from anypsa.models import Choice, Company, Ref, State, Technician, Ticket
from anypsa.query import And, Compare, Expression, Not, Operator, Or

TENANT = "here"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

texts = st.sampled_from(["VPN down", "vpn DOWN", "Printer", "é 100%", "a_b", "[x]", "Straße", " "])
fragments = st.sampled_from(["vpn", "DOWN", "e", "%", "_", "[", "ß", "É", " "])
numbers = st.sampled_from(["0", "1", "2", "5", "29682833"])
moments = st.integers(-2, 2).map(lambda days: NOON + timedelta(days=days))
spans = st.integers(0, 3).map(lambda hours: timedelta(hours=hours))
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "id": numbers,
    "title": texts,
    "description": texts,
    "state": st.sampled_from(list(State)),
    "status": numbers.map(int),
    "queue": numbers.map(int),
    "company": numbers,
    "assignee": numbers.map(int),
    "estimate": spans,
    "created": moments,
    "due": moments,
}
NULLS = [Operator.IS_NULL, Operator.IS_NOT_NULL]
EQUAL = [Operator.EQ, Operator.NE]
ORDER = [Operator.LT, Operator.LTE, Operator.GT, Operator.GTE]
PARTS = [Operator.CONTAINS, Operator.STARTS_WITH, Operator.ENDS_WITH]
LISTS = [Operator.IN, Operator.NOT_IN]
OPERATORS = {
    **dict.fromkeys(("id", "state", "status", "queue", "company", "assignee"), [*EQUAL, *LISTS, *NULLS]),
    **dict.fromkeys(("title", "description"), [*EQUAL, *LISTS, *NULLS, *ORDER, *PARTS]),
    **dict.fromkeys(("estimate", "created", "due"), [*EQUAL, *LISTS, *NULLS, *ORDER]),
}


@st.composite
def compares(draw: st.DrawFn) -> Expression:
    """One comparison that binds."""
    custom = draw(st.booleans()) and draw(st.booleans())
    field = "Site Code" if custom else draw(st.sampled_from(sorted(VALUES)))
    op = draw(st.sampled_from(OPERATORS["title" if custom else field]))
    values = texts if custom else VALUES[field]
    if op in NULLS:
        return Compare(field, op, None, custom)
    if op in LISTS:
        return Compare(field, op, tuple(draw(st.lists(values, max_size=3))), custom)
    return Compare(field, op, draw(fragments if op in PARTS else values), custom)


def expressions(leaves: st.SearchStrategy[Expression] | None = None) -> st.SearchStrategy[Expression]:
    """Filters of any shape."""
    return st.recursive(
        leaves or compares(),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(lambda items: And(tuple(items))),
            st.lists(inner, max_size=3).map(lambda items: Or(tuple(items))),
            inner.map(Not),
        ),
        max_leaves=6,
    )


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    """A ticket that the vendor might have, absent values included."""
    code = draw(st.one_of(st.just({}), maybe(texts).map(lambda text: {"Site Code": text})))
    return Ticket(
        tenant=TENANT,
        id=draw(numbers),
        title=draw(st.one_of(texts, st.just(""))),
        description=draw(st.one_of(maybe(texts), st.just(""))),
        state=draw(st.sampled_from(list(State))),
        status=Choice(id=draw(numbers)),
        queue=draw(maybe(numbers.map(lambda id: Choice(id=id)))),
        company=Ref[Company](tenant=TENANT, id=draw(numbers)),
        assignee=draw(maybe(numbers.map(lambda id: Ref[Technician](tenant=TENANT, id=id)))),
        estimate=draw(maybe(spans)),
        created=draw(maybe(moments)),
        due=draw(maybe(moments)),
        custom_fields=code,
    )


def ticket(**values: Any) -> Ticket:
    """A ticket of which only what is named matters."""
    plain: dict[str, Any] = {
        "tenant": TENANT,
        "id": "1",
        "state": State.OPEN,
        "status": Choice(id="1"),
        "company": Ref[Company](tenant=TENANT, id="7"),
    }
    return Ticket(**{**plain, **values})
