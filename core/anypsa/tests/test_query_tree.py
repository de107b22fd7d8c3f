"""Building filters: every clause survives, and nothing that would lose one gets through."""

from __future__ import annotations

from typing import Any

import pytest

from anypsa import q
from anypsa.errors import Invalid
from anypsa.query import And, Compare, Not, Operator, Or
from anypsa.query.tree import NotABoolean

OPEN = q.state == "open"
VPN = q.title.contains("vpn")
OLD = q.id == "1"


@pytest.mark.parametrize(
    ("built", "op", "value"),
    [
        (q.title == "a", Operator.EQ, "a"),
        (q.title != "a", Operator.NE, "a"),
        (q.title < "a", Operator.LT, "a"),
        (q.title <= "a", Operator.LTE, "a"),
        (q.title > "a", Operator.GT, "a"),
        (q.title >= "a", Operator.GTE, "a"),
        (q.title.contains("a"), Operator.CONTAINS, "a"),
        (q.title.startswith("a"), Operator.STARTS_WITH, "a"),
        (q.title.endswith("a"), Operator.ENDS_WITH, "a"),
        (q.title.in_(["a", "b"]), Operator.IN, ("a", "b")),
        (q.title.not_in({"a": 1}), Operator.NOT_IN, ("a",)),
        (q.title.is_null(), Operator.IS_NULL, None),
        (q.title.is_not_null(), Operator.IS_NOT_NULL, None),
        (q.title == None, Operator.IS_NULL, None),  # noqa: E711  # the spelling under test
        (q.title != None, Operator.IS_NOT_NULL, None),  # noqa: E711  # the spelling under test
    ],
)
def test_every_comparison_becomes_its_operator(built: Any, op: Operator, value: Any) -> None:
    assert built == Compare("title", op, value)


def test_between_includes_both_ends() -> None:
    built = q.title.between("a", "c")

    assert built == And((Compare("title", Operator.GTE, "a"), Compare("title", Operator.LTE, "c")))


def test_custom_fields_are_told_apart_from_our_own() -> None:
    assert (q.custom["title"] == "a") == Compare("title", Operator.EQ, "a", custom=True)


def test_and_groups_keep_every_clause_in_order() -> None:
    assert (OPEN & VPN & OLD) == And((OPEN, VPN, OLD))


def test_or_groups_keep_every_clause_in_order() -> None:
    assert (OPEN | (VPN | OLD)) == Or((OPEN, VPN, OLD))


def test_mixed_groups_keep_their_parentheses() -> None:
    assert ((OPEN | VPN) & OLD) == And((Or((OPEN, VPN)), OLD))


def test_twice_negated_is_the_filter_itself() -> None:
    assert ~~VPN == VPN
    assert ~VPN == Not(VPN)


@pytest.mark.parametrize(
    "losing",
    [
        lambda: OPEN and VPN,
        lambda: OPEN or VPN,
        lambda: not OPEN,
        lambda: bool(OPEN),
        lambda: bool(q.title),
        lambda: "a" < q.title < "c",
        lambda: "vpn" in q.title,
        lambda: list(q.title),
        lambda: 1 if (OPEN & VPN) else 2,
        lambda: [one for one in (1,) if q.id == one],
    ],
)
def test_whatever_would_lose_a_clause_raises(losing: Any) -> None:
    with pytest.raises(NotABoolean) as caught:
        losing()

    assert caught.value.hint


def test_the_error_is_both_ours_and_a_type_error() -> None:
    assert issubclass(NotABoolean, Invalid)
    assert issubclass(NotABoolean, TypeError)


@pytest.mark.parametrize("other", [True, "open", None, q.title])
def test_combining_with_what_is_no_filter_raises(other: Any) -> None:
    with pytest.raises(Invalid):
        OPEN & other


@pytest.mark.parametrize("build", [q.title.in_, q.title.not_in])
@pytest.mark.parametrize("text", ["ab", b"ab"])
def test_a_text_in_place_of_a_list_is_refused(build: Any, text: Any) -> None:
    with pytest.raises(Invalid):
        build(text)


def test_a_list_of_values_is_read_once_and_kept() -> None:
    built: Any = q.title.in_(text for text in ("a", "b"))

    assert built.value == ("a", "b")


def test_fields_cannot_be_keys_by_mistake() -> None:
    with pytest.raises(TypeError):
        {q.title: 1}


def test_private_names_are_no_fields() -> None:
    with pytest.raises(AttributeError):
        _ = q._title
