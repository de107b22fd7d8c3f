"""A recorded storm that our own writes caused, under two tracking ids and in somebody's name, is dropped whole; a customer's
write between ours is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from own_storm import TICKETS, TURNS, VENDORS, WAYS, recorded, replay


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.trust("A11")
def test_a_recorded_storm_of_our_own_is_dropped_whole_and_what_a_customer_wrote_on_top_of_ours_is_told(
    vendor: str, tmp_path: Path
) -> None:
    told = replay(vendor, tmp_path / "state.db")

    assert set(told.answers) == {204}
    assert len(recorded(vendor).storm) >= TICKETS * TURNS >= len(WAYS[vendor])
    assert (told.storm.untold, told.storm.events, told.storm.handled) == ({"ours": TICKETS}, 0, 0)
    assert told.after.events == 1
    assert told.heard == [(told.tickets[0], "It is worse now")]
