"""Deadlines: by how much a call that is cut overruns its deadline. A figure, since a timing never fails a test."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any

import pytest
from breaking import Breaking

from anypsa import PSAError
from anypsa.testing import faults
from anypsa_conformance import Probe
from anypsa_sandbox import Sandbox

SECONDS = 1.0
CALLS = 20
ACTS = {
    "silence": faults.Hang(60),
    "headers that trickle": faults.Slow(faults.Answer({"id": 1}), header=True),
    "a body that trickles": faults.Slow(faults.Answer({"id": 1})),
    "refusals for ever": faults.Answer("slow down", 429, {"retry-after": "0"}),
}


async def overrun(psa: Probe, id: str) -> float:
    """Seconds beyond the deadline of a call that nobody answers."""
    began = monotonic()
    with pytest.raises(PSAError):
        await psa.tickets.get(id)
    return monotonic() - began - SECONDS


@pytest.mark.deep
@pytest.mark.trust("F5", "F6")
@pytest.mark.parametrize("act", ACTS)
def test_how_far_calls_overrun_their_deadline(
    through: Callable[..., Any], sandbox: Sandbox, breaking: Breaking, face: str, vendor: str, act: str, figures: Any
) -> None:
    id = str(sandbox.world().rows("tickets")[0]["id"])

    async def check(psa: Probe) -> list[float]:
        await psa.tickets.get(id)
        breaking.always("GET", f"/Tickets/{id}$", ACTS[act])
        return await psa.together([partial(overrun, psa, id)] * CALLS)

    found = sorted(through(check, deadline=SECONDS, slots=CALLS))

    assert len(found) == CALLS
    conditions = {"vendor": vendor, "face": face, "against": act, "calls": str(CALLS)}
    figures("calls that overran their deadline of 1 s by 250 ms", str(sum(one > 0.25 for one in found)), **conditions)
    figures(
        "by how much calls overran their deadline of 1 s at most", f"{max(0.0, found[-1]) * 1000:.0f} ms", **conditions
    )
