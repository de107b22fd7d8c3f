"""A create of several steps: a refusal after the first takes nothing back, and trying again makes no second record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from kit_toypsa import KIT
from toypsa import ToyAdapter

from anypsa import Conflict, Invalid, PSAError
from anypsa.spi import Table
from anypsa_conformance import Probe, on_face


class TwoSteps(ToyAdapter):
    """Makes a record, and is then refused what comes after."""

    after: type[PSAError] = Invalid

    async def create(self, table: Table, values: Mapping[str, Any]) -> str:
        await super().create(table, values)
        raise self.after("write the rest of it", said=["no"])


class TwoStepsInConflict(TwoSteps):
    after = Conflict


@pytest.mark.trust("W1")
@pytest.mark.parametrize("adapter", [TwoSteps, TwoStepsInConflict], ids=lambda one: one.__name__)
def test_a_step_refused_after_the_record_was_made_makes_no_second_one(adapter: type[ToyAdapter]) -> None:
    async def check(psa: Probe, company: str) -> None:
        for _ in range(2):
            try:
                await psa.tickets.create(company=company, title="made in two steps", idempotency_key="two steps")
            except PSAError as error:
                assert not isinstance(error, Invalid | Conflict)

    with KIT.small() as (sandbox, world):
        on_face("blocking", lambda psa: check(psa, world.company), adapter, {**sandbox.settings, "ledger": "memory"})
        titles = [row["title"] for row in sandbox.world().rows("tickets")]

    assert titles.count("made in two steps") == 1
