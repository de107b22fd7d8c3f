"""Binding: a filter that cannot be right is refused before anything is sent, with all its problems."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from ticket_filters import TENANT, ticket

from anypsa import Choice, Company, Contact, Expression, Id, Invalid, Name, Ref, State, Technician, q
from anypsa.models import TICKETS
from anypsa.query import Test, Unclear, bind, leaves_bound

EAST = timezone(timedelta(hours=2))
ACME = Company(tenant=TENANT, id="7", name="Acme")


def bound(expression: Expression) -> Any:
    (leaf,) = leaves_bound(bind(expression, TICKETS, TENANT))
    return leaf.value


def problems(expression: Expression) -> list[str | None]:
    with pytest.raises(Invalid) as caught:
        bind(expression, TICKETS, TENANT)
    return [problem.field for problem in caught.value.problems]


def test_an_unknown_field_is_refused_with_what_was_meant() -> None:
    with pytest.raises(Invalid) as caught:
        bind(q.titel == "a", TICKETS, TENANT)

    (problem,) = caught.value.problems
    assert problem.field == "titel"
    assert "title" in problem.message
    assert "title" in problem.allowed


def test_all_problems_are_named_at_once() -> None:
    where = (q.nonsense == 1) & ~(q.title == 5) & ((q.created > "yesterday") | (q.id == "1"))

    assert problems(where) == ["nonsense", "title", "created"]


@pytest.mark.parametrize(
    "wrong",
    [
        q.title == 5,
        q.title == True,  # noqa: E712  # the value under test
        q.title.contains(b"a"),
        q.title.in_(["a", 5]),
        q.title.in_(["a", None]),
        q.title == "",
        q.title != "",
        q.title.in_(["a", ""]),
        q.title.not_in([""]),
        q.id == True,  # noqa: E712  # the value under test
        q.id == 1.5,
        q.id == "",
        q.id == "1\n2",
        q.id.contains("1"),
        q.id < 5,
        q.status < 5,
        q.status.contains("New"),
        q.status == 1.5,
        q.status == True,  # noqa: E712  # the value under test
        q.company < 5,
        q.company == Name("Acme"),
        q.company.contains("Acme"),
        q.state == "done",
        q.state.in_(["open", "done"]),
        q.state < "open",
        q.created == datetime(2026, 1, 1),  # noqa: DTZ001  # the value under test
        q.created == "2026-01-01T00:00:00",
        q.created == "soon",
        q.created == date(2026, 1, 1),
        q.created == 5,
        q.created == datetime.min.replace(tzinfo=EAST),
        q.created.contains("2026"),
        q.estimate == "1h",
        q.estimate == True,  # noqa: E712  # the value under test
        q.estimate > float("nan"),
        q.estimate > 1e300,
        q.title == None.__class__,
        q.custom["Site"] == 5,
        q.custom["Site"] == "",
    ],
    ids=repr,
)
def test_values_of_the_wrong_type_are_refused(wrong: Expression) -> None:
    assert len(problems(wrong)) == 1


@pytest.mark.parametrize(
    "foreign",
    [
        Company(tenant="there", id="7"),
        Ref[Company](tenant="there", id="7"),
        Ref(tenant="there", id="7"),
    ],
)
def test_objects_of_another_tenant_are_refused(foreign: Any) -> None:
    assert problems(q.company == foreign) == ["company"]


@pytest.mark.parametrize(
    "other",
    [
        Contact(tenant=TENANT, id="7", company=Ref[Company](tenant=TENANT, id="1")),
        Ref[Contact](tenant=TENANT, id="7"),
    ],
)
def test_objects_of_another_model_are_refused(other: Any) -> None:
    assert problems(q.company == other) == ["company"]


@pytest.mark.parametrize("same", [ACME, Ref[Company](tenant=TENANT, id="7"), Ref(tenant=TENANT, id="7"), "7", 7])
def test_records_references_and_ids_name_the_same_company(same: Any) -> None:
    assert bound(q.company == same) == "7"


def test_company_zero_is_a_company() -> None:
    assert bound(q.company == 0) == "0"


@pytest.mark.parametrize(
    ("given", "kept", "kind"),
    [
        ("New", "New", Unclear),
        ("5", "5", Unclear),
        (5, "5", str),
        (Id("5"), "5", str),
        (Name("5"), "5", Name),
        (Choice(id="5", label="New"), "5", str),
    ],
)
def test_choices_are_ids_or_labels_still_to_be_resolved(given: Any, kept: str, kind: type) -> None:
    value = bound(q.status == given)

    assert value == kept
    assert type(value) is kind


def test_technicians_may_be_named() -> None:
    assert type(bound(q.assignee == "Jane Doe")) is Unclear
    assert bound(q.assignee == Technician(tenant=TENANT, id="3")) == "3"


def test_times_become_utc() -> None:
    assert bound(q.created == datetime(2026, 1, 1, 2, tzinfo=EAST)) == datetime(2026, 1, 1, tzinfo=UTC)
    assert bound(q.created == "2026-01-01T02:00:00+02:00") == datetime(2026, 1, 1, tzinfo=UTC)


def test_durations_are_timedeltas_or_hours() -> None:
    assert bound(q.estimate == timedelta(minutes=30)) == bound(q.estimate == 0.5) == timedelta(minutes=30)


def test_states_are_known_by_their_word() -> None:
    assert bound(q.state == "open") is State.OPEN


def test_external_ids_are_text() -> None:
    assert bound(q.external_id.startswith("RMM-")) == "RMM-"


def test_a_bound_filter_shows_its_traits() -> None:
    (leaf,) = leaves_bound(bind(~(q.company == ticket().company), TICKETS, TENANT))

    assert isinstance(leaf, Test)
    assert leaf.trait.name == "company"
