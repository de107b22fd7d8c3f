"""What a derived field says that it reads is all that it reads, or rows that differ would be taken for one another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anypsa.spi import Context, Field, Undecodable
from anypsa_halopsa.tables import TABLES

READING = {(name, one.name): one for name, table in TABLES.items() for one in table.fields if one.reads or one.alone}
VALUES = st.sampled_from([None, 0, 1, 7, True, "", "x", "a b", "2026-03-01T12:00:00", "1900-01-01T00:00:00", [], {}])


class Watched(dict[str, Any]):
    """A row that knows what was looked at."""

    def __init__(self, held: dict[str, Any]) -> None:
        super().__init__(held)
        self.seen: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.seen.add(key)
        return super().get(key, default)

    def __getitem__(self, key: str) -> Any:
        self.seen.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.seen.add(str(key))
        return super().__contains__(key)


@pytest.mark.parametrize("one", READING.values(), ids=map(".".join, READING))
@settings(max_examples=25)
@given(st.data())
def test_a_derived_field_reads_what_it_says(one: Field, data: st.DataObject) -> None:
    reads = {one.wire, *one.reads}
    row = Watched(data.draw(st.fixed_dictionaries(dict.fromkeys(sorted(reads), VALUES))))
    assert one.derive is not None

    try:
        one.derive(row, Context("halo"))
    except Undecodable:
        pass

    assert row.seen <= set(one.reads or (one.wire,))
