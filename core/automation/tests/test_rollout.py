"""The ladder as a whole: days pass at a sandbox, categories earn trust and lose it, and figures are what the world says."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from anypsa_automation.stages import CaseKind, Outcome, Stage
from desk import VENDORS, running
from rollout import Behaviour, Simulation

COUNTED = {
    "agreed": (CaseKind.PREDICTION, Outcome.RIGHT),
    "otherwise": (CaseKind.PREDICTION, Outcome.WRONG),
    "approved": (CaseKind.APPROVAL, Outcome.RIGHT),
    "denied": (CaseKind.APPROVAL, Outcome.WRONG),
    "kept": (CaseKind.AUTONOMOUS, Outcome.RIGHT),
    "undone": (CaseKind.AUTONOMOUS, Outcome.WRONG),
}
PEOPLE = {"password reset": Behaviour(10), "hardware": Behaviour(4), "licence": Behaviour(10, later=0, since=11)}


@contextmanager
def simulated(vendor: str, folder: Path, days: int) -> Iterator[Simulation]:
    with running(vendor, tickets=50) as sandbox:
        simulation = Simulation(sandbox, folder, PEOPLE)
        try:
            simulation.run(days)
            yield simulation
        finally:
            simulation.close()


def counted(simulation: Simulation, category: str) -> dict[str, int]:
    """What the store counts of a category."""
    cases = simulation.state.cases.cases(simulation.psa.tenant, category=category)
    return {
        name: len({one.unit for one in cases if one.kind is kind and one.outcome is outcome and one.scores or
                   one.kind is kind is CaseKind.APPROVAL and one.outcome is outcome})
        for name, (kind, outcome) in COUNTED.items()
    }  # fmt: skip


@pytest.mark.row("S120", "S121", "S122", "S123", "S124", "N10", "N11", call="Rollout.settle | Rollout.promote")
@pytest.mark.parametrize("vendor", VENDORS)
def test_categories_climb_and_fall_as_people_agree_and_the_figures_are_the_worlds(vendor: str, tmp_path: Path) -> None:
    with simulated(vendor, tmp_path, 16) as simulation:
        climbed = list(dict.fromkeys(day["password reset"] for day in simulation.stages.values()))
        licence = [day["licence"] for day in simulation.stages.values()]

        assert climbed == [*Stage]
        assert {day["hardware"] for day in simulation.stages.values()} == {"shadow"}
        assert "autonomous" in licence and licence[-1] == "shadow"
        assert {one: counted(simulation, one) for one in PEOPLE} == {one: simulation.expected(one) for one in PEOPLE}
