"""Codecs and tables: whatever a vendor sends becomes a value of the right type, or an error that shows no value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ticket_filters import TENANT

from anypsa import Choice, Company, Ref, Unintelligible, models
from anypsa.spi import (
    FLAG,
    HOURS,
    INSTANT,
    NUMBER,
    PICKED,
    TEXT,
    Answer,
    Codec,
    Context,
    Field,
    Flag,
    Pointer,
    Table,
    Undecodable,
    custom_fields,
)
from anypsa.spi.codecs import IMPOSSIBLE

HERE = Context(TENANT, {"status": {"5": "Complete"}})
COMPANY = Pointer(Company)
JUNK = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.integers(39, 5000).map(lambda digits: 10**digits),
        st.floats(allow_nan=False),
        st.text(),
        st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "/Date(0)/", "1e400", "٣"]),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=4,
)


@pytest.mark.parametrize(
    ("codec", "wire", "value"),
    [
        (TEXT, "a", "a"),
        (TEXT, 5, "5"),
        (NUMBER, 21, "21"),
        (NUMBER, 21.0, "21"),
        (NUMBER, "21", "21"),
        (NUMBER, "21.0", "21"),
        (NUMBER, 0, "0"),
        (FLAG, True, True),
        (FLAG, 0, False),
        (FLAG, "1", True),
        (HOURS, 1.5, timedelta(minutes=90)),
        (HOURS, "0.25", timedelta(minutes=15)),
        (INSTANT, "2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (INSTANT, "2026-03-01T12:00:00.5Z", datetime(2026, 3, 1, 12, 0, 0, 500_000, tzinfo=UTC)),
        (INSTANT, "2026-03-01T12:00:00.1234567Z", datetime(2026, 3, 1, 12, 0, 0, 123_456, tzinfo=UTC)),
        (INSTANT, "2026-03-01T12:00:00", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (INSTANT, "2026-03-01T12:00:00+02:00", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        (INSTANT, "2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        (PICKED, 5, Choice(id="5", label="Complete")),
        (PICKED, 6, Choice(id="6")),
        (COMPANY, 0, Ref[Company](tenant=TENANT, id="0")),
    ],
)
@pytest.mark.trust("I3")
def test_a_value_is_read_in_each_of_its_forms(codec: Codec, wire: Any, value: Any) -> None:
    assert codec.decode(wire, "status", HERE) == value


@pytest.mark.parametrize(
    ("codec", "wire"),
    [
        (TEXT, ["a"]),
        (TEXT, True),
        (TEXT, 10**50),
        (NUMBER, True),
        (NUMBER, 1.5),
        (NUMBER, "abc"),
        (NUMBER, ""),
        (NUMBER, 10**50),
        (FLAG, "yes"),
        (FLAG, 2),
        (HOURS, "soon"),
        (HOURS, 1e300),
        (INSTANT, 5),
        (INSTANT, "soon"),
        (INSTANT, "0001-01-01T00:00:00+14:00"),
        (PICKED, "New"),
        (COMPANY, {"id": 5}),
    ],
)
@pytest.mark.trust("I2", "I3")
def test_a_value_of_another_type_is_refused(codec: Codec, wire: Any) -> None:
    with pytest.raises(Undecodable):
        codec.decode(wire, "status", HERE)


@pytest.mark.parametrize("codec", [TEXT, NUMBER, FLAG, HOURS, INSTANT, PICKED, COMPANY], ids=lambda c: type(c).__name__)
@given(junk=JUNK)
@pytest.mark.trust("I2")
def test_no_junk_makes_a_codec_fail_otherwise(codec: Codec, junk: Any) -> None:
    try:
        codec.decode(junk, "status", HERE)
    except Undecodable as error:
        assert error.args


@pytest.mark.parametrize(("id", "wire"), [("0", 0), ("29682833", 29682833), ("-1", -1)])
def test_a_numeric_id_is_a_number_on_the_wire(id: str, wire: int) -> None:
    assert NUMBER.encode(id) == wire


@pytest.mark.parametrize("id", ["abc", "007", "-0", "+7", "7.0", " 7", "٣", "1" * 30, "1;DROP"])
def test_an_id_that_cannot_exist_asks_for_one_that_cannot_exist(id: str) -> None:
    assert NUMBER.encode(id) == IMPOSSIBLE


def test_flags_are_integers_where_the_vendor_wants_them() -> None:
    assert Flag(integer=True).encode(True) is not True
    assert Flag(integer=True).encode(True) == 1
    assert FLAG.encode(True) is True


def test_times_go_out_in_utc_with_a_z() -> None:
    assert INSTANT.encode(datetime(2026, 3, 1, 12, tzinfo=UTC)) == "2026-03-01T12:00:00.000Z"


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_survive_the_wire_to_the_millisecond(moment: datetime) -> None:
    back = INSTANT.decode(INSTANT.encode(moment), "x", HERE)

    assert timedelta(0) <= moment - back < timedelta(milliseconds=1)


@given(st.integers(0, 10**6).map(lambda minutes: timedelta(minutes=minutes)))
def test_durations_survive_the_wire_to_the_second(span: timedelta) -> None:
    assert abs(HOURS.decode(HOURS.encode(span), "x", HERE) - span) < timedelta(seconds=1)


def test_custom_fields_are_texts_by_name() -> None:
    assert custom_fields([{"name": "a", "value": 5}, {"name": "b", "value": None}]) == {"a": "5", "b": None}


@pytest.mark.parametrize("junk", ["text", 5, {"name": "a"}, [5], [{"value": 1}], [{"name": 5}]])
def test_custom_fields_of_another_shape_are_refused(junk: Any) -> None:
    with pytest.raises(Undecodable):
        custom_fields(junk)


QUEUES = Table(
    kind=models.QUEUES,
    path="Queues",
    fields=[
        Field(name="id", wire="queueID", codec=NUMBER),
        Field(name="name", wire="label"),
        Field(name="active", wire="isActive", codec=FLAG),
    ],
)


def test_a_row_becomes_a_record_that_keeps_it() -> None:
    row = {"queueID": 5, "label": "Desk", "more": 1}

    record = QUEUES.decode(row, HERE)

    assert record == models.Queue(tenant=TENANT, id="5", name="Desk")
    assert record.raw == row


@pytest.mark.parametrize("row", [{}, {"queueID": None}, {"label": "Desk"}])
def test_a_row_without_an_id_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(Unintelligible):
        QUEUES.decode(row, HERE)


@pytest.mark.trust("I2")
@pytest.mark.parametrize("id", [5, 5.0, "5"])
def test_an_unreadable_row_is_named_by_field_and_never_by_value(id: Any) -> None:
    with pytest.raises(Unintelligible) as caught:
        QUEUES.decode({"queueID": id, "label": ["canary"]}, HERE)

    assert "queue 5:" in str(caught.value)
    assert "label" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_only_named_fields_are_encoded_and_none_clears() -> None:
    assert QUEUES.encode({"name": None, "id": "5"}) == {"label": None, "queueID": 5}


@pytest.mark.parametrize(
    "content",
    [b"", b"<html>", b'{"a":', b"\xef\xbb\xbf{}", '{"a":1}'.encode("utf-16"), b'{"a":NaN}', b"[" * 100_000, b"\xff"],
)
def test_what_is_no_json_is_told_and_worth_another_try(content: bytes) -> None:
    with pytest.raises(Unintelligible) as caught:
        Answer(200, {}, content, "GET x").json()

    assert caught.value.retryable
    assert caught.value.status == 200


def test_an_excerpt_of_an_unreadable_answer_is_short_and_printable() -> None:
    with pytest.raises(Unintelligible) as caught:
        Answer(200, {}, b"<html>\x1b[31m\r\n" + b"x" * 10_000, "GET x").json()

    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500
