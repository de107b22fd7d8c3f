"""Rows that are converted field by field are what each of them is alone, whatever a vendor sends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_swift import ENTRIES, LABELS, ODD, TICKETS, USUAL
from ticket_filters import TENANT

from anypsa import Unintelligible, models
from anypsa.models import State
from anypsa.spi import NUMBER, PICKED, Context, Field, Pointer, Table
from anypsa.spi.columns import FEW


def closed_or_open(row: Any, context: Context) -> State:
    return State.CLOSED if row.get("ended") or repr(row.get("status")) == "5" else State.OPEN


def total(row: Any, context: Context) -> str | None:
    return f"{row['hours']!r} {row['id']!r}" if row.get("hours") else None


READING = Table(
    kind=models.TICKETS,
    path="Tickets",
    custom_fields=TICKETS.custom_fields,
    fields=[
        *(one for one in TICKETS.fields if one.name not in ("state", "company")),
        Field(name="company", wire="companyID", codec=Pointer(models.Company)),
        Field(name="state", wire="status", derive=closed_or_open, reads=("status", "ended")),
        Field(name="priority", wire="companyID", codec=PICKED),
        Field(name="number", wire="id", codec=NUMBER),
        Field(name="external_id", wire="hours", derive=total),
    ],
)
VALUES = {"ended": False, **USUAL}
CHANGES = st.dictionaries(st.sampled_from([*VALUES, "name", "active"]), ODD | st.just(0.0), max_size=4)


def outcome(act: Callable[[], list[Any]]) -> Any:
    try:
        return [(record, list(record.__dict__), repr(record.model_dump()), record.raw) for record in act()]
    except Unintelligible as error:
        return str(error)


@given(
    st.sampled_from([TICKETS, READING, ENTRIES]),
    st.lists(st.tuples(CHANGES, st.sets(st.sampled_from(list(VALUES))))),
)
def test_a_page_is_what_its_rows_are_one_by_one(table: Table, changes: list[tuple[dict[str, Any], set[str]]]) -> None:
    rows = [
        {
            name: value
            for name, value in {**VALUES, "name": "Gold", **changed}.items()
            if name == "id" or name not in left_out
        }
        for changed, left_out in changes
    ] * (FEW + 1)

    page = outcome(lambda: table.decode_all(rows, Context(TENANT, LABELS)))

    assert page == outcome(lambda: [table.decode(row, Context(TENANT, LABELS)) for row in rows])


def test_what_rows_agree_in_is_read_once() -> None:
    one, other, *_ = READING.decode_all([VALUES, {**VALUES, "id": 22}] * FEW, Context(TENANT, LABELS))

    assert one.company is other.company
    assert one.status is other.status


def test_what_is_equal_and_of_another_type_is_not_taken_for_the_same() -> None:
    with pytest.raises(Unintelligible):
        READING.decode_all([{**VALUES, "companyID": 1}, {**VALUES, "companyID": True}] * FEW, Context(TENANT, LABELS))
