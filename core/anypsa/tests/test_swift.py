"""Rows straight from their bytes are what they are when they are parsed, whatever a vendor sends."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ticket_filters import TENANT

from anypsa import Unintelligible, models
from anypsa.models import Record, State
from anypsa.spi import (
    FLAG,
    HOURS,
    INSTANT,
    NUMBER,
    PICKED,
    Answer,
    Context,
    Field,
    Pointer,
    Table,
    custom_fields,
    records,
)


def open_or_closed(row: Any, context: Context) -> State:
    return State.CLOSED if row.get("status") == 5 else State.OPEN


TICKETS = Table(
    kind=models.TICKETS,
    path="Tickets",
    custom_fields=lambda row: custom_fields(row.get("udf") or ()),
    customs="udf",
    fields=[
        Field(name="id", wire="id", codec=NUMBER),
        Field(name="title", wire="title"),
        Field(name="state", wire="status", derive=open_or_closed, alone=True),
        Field(name="status", wire="status", codec=PICKED),
        Field(name="company", wire="companyID", codec=Pointer(models.Company)),
        Field(name="contact", wire="contactID", codec=Pointer(models.Contact)),
        Field(name="estimate", wire="hours", codec=HOURS),
        Field(name="created", wire="created", codec=INSTANT),
    ],
)
ENTRIES = Table(
    kind=models.CONTRACTS,
    path="Contracts",
    fields=[
        Field(name="id", wire="id", codec=NUMBER),
        Field(name="name", wire="name"),
        Field(name="company", wire="companyID", codec=Pointer(models.Company)),
        Field(name="active", wire="active", codec=FLAG),
    ],
)
LABELS = {"status": {"5": "Complete"}}
USUAL = {
    "id": 21,
    "title": "VPN down",
    "status": 5,
    "companyID": 0,
    "contactID": None,
    "hours": 1.5,
    "created": "2026-03-01T12:00:00.1234567Z",
    "other": {"deep": [1, 2]},
    "udf": [{"name": "Site Code", "value": "A"}, {"name": "Seats", "value": None}],
}
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.sampled_from(
        [21.0, 2**70, "5", "5.0", "x", "", "0001-01-01T00:00:00+14:00", "2026-03-01T12:00:00", [], {}, [1]]
    ),
    st.just([{"name": "Seats", "value": 5}, {"name": "Seats", "value": [1]}]),
    st.just([{"value": "nameless"}]),
)


def swiftly(rows: list[Any], table: Table = TICKETS) -> list[Record]:
    answer = Answer(200, {}, json.dumps({"items": rows}).encode())
    assert answer.members is not None
    items = answer.members["items"]
    assert isinstance(items, list)
    return list(records(table, answer, items, Context(TENANT, LABELS)))


def outcome(act: Any) -> Any:
    try:
        (record,) = act()
    except Unintelligible:
        return Unintelligible
    return record, list(record.__dict__), record.model_dump(), record.raw


@given(
    st.dictionaries(st.sampled_from([*USUAL, "Title"]), ODD, max_size=3),
    st.sets(st.sampled_from(list(USUAL)), max_size=1),
)
def test_whatever_a_row_holds_comes_out_as_when_it_is_parsed(changes: dict[str, Any], missing: set[str]) -> None:
    row = {name: value for name, value in {**USUAL, **changes}.items() if name not in missing}

    assert outcome(lambda: swiftly([row])) == outcome(lambda: [TICKETS.decode(row, Context(TENANT, LABELS))])


def test_the_usual_row_is_not_parsed_and_the_raw_one_is_when_somebody_asks() -> None:
    (ticket,) = swiftly([USUAL])

    assert isinstance(ticket.__pydantic_private__["_raw"], bytes)
    assert ticket.raw == USUAL
    assert ticket.raw is ticket.raw


def test_a_row_does_not_keep_the_page_that_it_came_in() -> None:
    first, _ = swiftly([USUAL, {**USUAL, "id": 22}])

    assert json.loads(first.__pydantic_private__["_raw"]) == USUAL


@pytest.mark.parametrize("row", [None, 5, "x", [], [USUAL]])
def test_what_is_no_row_is_an_error(row: Any) -> None:
    with pytest.raises(Unintelligible):
        swiftly([USUAL, row])


def test_rows_that_repeat_a_value_share_it() -> None:
    one, other = swiftly([USUAL, {**USUAL, "id": 22}])

    assert one.company is other.company
    assert one.status is other.status


def test_custom_fields_that_rows_repeat_are_each_ones_own() -> None:
    one, other = swiftly([USUAL, {**USUAL, "id": 22}])

    one.custom_fields.clear()  # type: ignore[attr-defined]  # whoever ignores that it is a Mapping changes one record

    assert other.custom_fields == {"Site Code": "A", "Seats": None}


def test_a_relation_that_a_record_cannot_do_without_is_empty_where_the_row_names_none() -> None:
    named = {"id": 1, "name": "Gold", "active": True, "companyID": 7}
    usual, empty, alone = swiftly([named, {**named, "companyID": None}, {"id": 3}], ENTRIES)

    assert [bool(one.company) for one in (usual, empty, alone)] == [True, False, False]
    assert (empty.company.tenant, empty.company.id, str(empty.company)) == (TENANT, "", "")
    assert list(vars(usual)) == list(vars(empty)) == list(vars(alone))


@pytest.mark.parametrize("nothing", [{}, {"id": None}, {"id": ""}, {"id": True}, {"id": [1]}])
def test_a_row_without_an_id_is_no_record(nothing: Any) -> None:
    with pytest.raises(Unintelligible):
        swiftly([{"name": "Gold", "active": True, "companyID": 7, **nothing}], ENTRIES)


def test_copies_of_records_that_share_what_is_set_are_their_own() -> None:
    one, other = swiftly([USUAL, {**USUAL, "id": 22}])

    changed = one.model_copy(update={"title": "Printer"})

    assert (one.title, other.title, changed.title) == ("VPN down", "VPN down", "Printer")
    assert changed.raw == USUAL


@pytest.mark.parametrize(
    "broken", [b'{"items":[{"id":"\xff"}]}', b'{"items":[{]}', b"[]", b"", b'{"items":[' + b"[" * 9999]
)
def test_what_is_no_document_has_no_members(broken: bytes) -> None:
    assert Answer(200, {}, broken).members is None


def test_a_raw_row_nested_too_deep_is_an_error_of_ours() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = [deep]
    (ticket,) = swiftly([{**USUAL, "other": deep}])

    with pytest.raises(Unintelligible):
        _ = ticket.raw
