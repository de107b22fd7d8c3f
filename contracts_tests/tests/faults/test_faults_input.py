"""Rows that no vendor should send: an error of ours or a record, never anything else, and never a list cut short."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inside import inside
from vendors import OPEN, Vendor

from anypsa import PSAError, Ticket
from anypsa.testing import scripted
from anypsa.wire import Incoming, Outgoing
from anypsa_sandbox import Sandbox

ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.just(10**40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)
DATES = [
    "",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59.999",
    "/Date(1732406400000)/",
    "2026-11-24",
    "soon",
    "24.11.2026",
]
MOMENTS = {"autotask": "createDate", "connectwise": "requiredDate", "halopsa": "dateoccurred"}


class Row:
    """The answer to a get, with some of its fields replaced."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.id = str(sandbox.world().rows("tickets")[0]["id"])
        self.changes: dict[str, Any] = {}
        self._answer = inside(sandbox)

    def __call__(self, outgoing: Outgoing) -> Incoming:
        answer = self._answer(outgoing)
        if not outgoing.url.partition("?")[0].lower().endswith(f"/tickets/{self.id}"):
            return answer
        body = json.loads(answer.content)
        (body["item"] if "item" in body else body).update(self.changes)
        return Incoming(answer.status, answer.headers, json.dumps(body).encode())

    def names(self, psa: Any) -> list[str]:
        """The vendor's names of all that is read of a ticket."""
        return [field.wire for field in psa.context.adapter.tables["ticket"].fields]


@pytest.mark.trust("I2")
def test_a_value_of_any_type_in_any_field_is_a_record_or_an_error_of_ours(sandbox: Sandbox, facts: Vendor) -> None:
    row = Row(sandbox)
    with scripted(facts.name, row, **{**OPEN, **sandbox.settings, "attempts": 1}) as psa:

        @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.dictionaries(st.sampled_from(row.names(psa)), ODD_VALUES, min_size=1, max_size=3))
        def read(changes: dict[str, Any]) -> None:
            row.changes = changes
            try:
                ticket = psa.tickets.get(row.id)
            except PSAError as error:
                assert len(str(error)) < 1000
            else:
                assert isinstance(ticket, Ticket)
                assert ticket.id == row.id

        read()


@pytest.mark.trust("I3")
@pytest.mark.parametrize("text", DATES)
def test_a_time_is_in_utc_or_an_error_of_ours(sandbox: Sandbox, facts: Vendor, text: str) -> None:
    row = Row(sandbox)
    row.changes = {MOMENTS[facts.name]: text}
    with scripted(facts.name, row, **{**OPEN, **sandbox.settings, "attempts": 1}) as psa:
        try:
            created = psa.tickets.get(row.id).created
        except PSAError:
            return
        assert created is None or created.tzinfo is UTC
