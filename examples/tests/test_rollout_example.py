"""One automation, written once, climbs the whole ladder on both PSAs, and nothing is written before its stage lets it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from roll_out_password_resets import GUARDED, HASTY, LEAD, TITLE, ByTitle, Desk, climb

import anypsa
from anypsa_automation import State
from anypsa_automation.stages import Rollout, Stage
from anypsa_sandbox import Sandbox


@pytest.mark.row("S120", "S121", "S122", "S123", call="Rollout.settle | Rollout.promote")
@pytest.mark.parametrize("vendor", ["autotask", "halopsa"])
def test_password_resets_climb_the_ladder(vendor: str, start_sandbox: Callable[..., Sandbox], tmp_path: Path) -> None:
    sandbox = start_sandbox(vendor, tickets=50, latency=0)
    state = State(tmp_path / "state.db", terms=HASTY)
    told = {"state": state, "stages": ("password reset",), "promoters": (LEAD,), "propose": True}
    policy = GUARDED.and_also(classifier=ByTitle())
    with anypsa.connect(vendor, **sandbox.settings, ledger="memory", policy=policy, **told) as psa:
        stages = list(climb(psa, Desk(sandbox), rounds=4))
        (figures,) = Rollout(psa).figures().categories
    state.dispose()

    resets = [one["id"] for one in sandbox.world().rows("tickets") if one["title"] == TITLE]
    noted = {one["ticket"] for one in sandbox.world().rows("notes") if one["body"] == "Asks for a password reset."}
    assert stages == [*Stage]
    assert noted == set(resets[3:])
    assert figures.approved + figures.by_itself == 6
    assert figures.agreed["queue"].of == 6
