"""Work on HaloPSA: no time entry is longer than what was measured, bundles tickets, or is there twice. On a virtual clock."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_halo_answers import Halo, ticket

from anypsa import PSAError
from anypsa.wire import ExchangeFailed, Sent

STORED = "stored"
FATES = {
    "unsent": ExchangeFailed("no connection could be made", Sent.NO),
    "lost before": ExchangeFailed("the connection broke", Sent.MAYBE),
    "lost afterwards": ExchangeFailed("the connection broke", Sent.MAYBE),
}


@dataclass
class Desk(Halo):
    """Three tickets; what is written on them is kept, whatever becomes of the answer."""

    psa: Any = None
    fate: str = STORED

    def __post_init__(self) -> None:
        self.tickets += [ticket(number, summary=f"ticket {number}") for number in (1, 2, 3)]
        self.psa = self.connect()

    def __call__(self, request: Any) -> Any:
        writing = request.method == "POST" and request.url.endswith("/Actions")
        if not writing or self.fate == STORED:
            return super().__call__(request)
        if self.fate == "lost afterwards":
            super().__call__(request)
        return FATES[self.fate]

    def post(self, body: list[dict[str, Any]]) -> dict[str, Any]:
        moment = f"{self.psa.context.session.wire.moment():%Y-%m-%dT%H:%M:%S}"
        self.actions.append({"id": len(self.actions) + 1, "actiondatecreated": moment, "datetime": moment, **body[0]})
        return self.actions[-1]

    def passes(self, seconds: float) -> None:
        """Time passes."""
        self.psa.context.session.wire.time += seconds


STEPS = st.lists(st.tuples(st.booleans(), st.floats(0, 9_000, allow_nan=False)), max_size=5)
BLOCKS = st.lists(
    st.tuples(st.integers(1, 3), STEPS, st.sampled_from([STORED, STORED, *FATES])), min_size=1, max_size=4
)


@pytest.mark.row("S116", "S117", "N15", call="psa.work")
@settings(max_examples=8, derandomize=True, deadline=None)
@given(BLOCKS)
def test_no_entry_is_longer_than_measured_bundled_or_repeated(blocks: Any) -> None:
    desk = Desk()
    worked: list[tuple[int, float]] = []
    for number, steps, fate in sorted(blocks, key=spent):
        desk.fate = fate
        work = desk.psa.work(number, technician="10")
        with suppress(PSAError), work:
            for pausing, seconds in steps:
                if pausing:
                    work.pause()
                desk.passes(seconds)
                work.resume()
        for _ in range(2):
            with suppress(PSAError):
                work.log()
        desk.fate = STORED
        worked.append((number, spent((number, steps, fate))))

    for row in desk.actions:
        # Each is of one block: of its ticket, and no longer than it, but for the part of a second that is not over.
        hours = row["timetaken"] * 3600
        block = next(one for one in worked if one[0] == row["ticket_id"] and hours <= one[1] + 1e-6)
        worked.remove(block)
        assert hours > block[1] - 1.4


def spent(block: tuple[int, list[tuple[bool, float]], str]) -> float:
    return sum(seconds for pausing, seconds in block[1] if not pausing)


@pytest.mark.row("S116", "S117", call="psa.work")
def test_what_was_worked_is_logged_to_the_second_without_its_pauses() -> None:
    desk = Desk()

    with desk.psa.work(1, technician="10", summary="Restarted it.") as work:
        desk.passes(61.9)
        with work.paused():
            desk.passes(500)

    (row,) = desk.actions
    assert (work.measured, work.stored) == (timedelta(seconds=61), timedelta(seconds=61))
    assert (row["ticket_id"], row["who_agentid"], row["hiddenfromuser"]) == (1, 10, True)
