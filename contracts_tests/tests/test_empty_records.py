"""Records of which nothing is known but which one they are: read by every table of every adapter that we ship."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from anypsa import Unintelligible
from anypsa.plugins import load
from anypsa.spi import Context, Table

VENDORS = ("autotask", "halopsa", "connectwise")
TABLES = [(vendor, table) for vendor in VENDORS for table in load(vendor).tables.values()]
NAMES = [f"{vendor} {table.name}" for vendor, table in TABLES]
CONTEXT = Context("tenant", labels=defaultdict(dict))


def identified(table: Table) -> dict[str, Any]:
    """What says which record a row is: its number, and where that counts within a ticket, the ticket's."""
    row = {table.by_name["id"].wire: 7}
    derive = table.by_name["id"].derive
    return row | ({table.by_name["ticket"].wire: 3} if derive is not None and "ticket" in table.by_name else {})


@pytest.mark.parametrize(("vendor", "table"), TABLES, ids=NAMES)
def test_a_row_that_says_nothing_is_a_record_that_says_nothing(vendor: str, table: Table) -> None:
    known = identified(table)
    nothing = {one.wire: None for one in table.fields}

    left_out, null = table.decode(known, CONTEXT), table.decode({**nothing, **known}, CONTEXT)

    assert left_out == null
    assert type(null).model_validate(null.model_dump()) == null
    assert list(vars(null)) == list(table._blank)


@pytest.mark.parametrize(("vendor", "table"), TABLES, ids=NAMES)
def test_a_row_without_an_id_is_no_record(vendor: str, table: Table) -> None:
    with pytest.raises(Unintelligible):
        table.decode({**identified(table), table.by_name["id"].wire: None}, CONTEXT)
