"""The ladder as a whole: days pass at a sandbox, categories earn trust and lose it, and figures are what the world says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from desk import VENDORS, running
from reckoning import Reckoning
from rollout import SMALL, Behaviour, Simulation

from anypsa_automation.stages import CaseKind, Outcome, Stage, Terms
from anypsa_automation.stages.showing import markdown

COUNTED = {
    "agreed": (CaseKind.PREDICTION, Outcome.RIGHT),
    "otherwise": (CaseKind.PREDICTION, Outcome.WRONG),
    "approved": (CaseKind.APPROVAL, Outcome.RIGHT),
    "denied": (CaseKind.APPROVAL, Outcome.WRONG),
    "kept": (CaseKind.AUTONOMOUS, Outcome.RIGHT),
    "undone": (CaseKind.AUTONOMOUS, Outcome.WRONG),
}
PEOPLE = {"password reset": Behaviour(10), "hardware": Behaviour(4), "licence": Behaviour(10, later=0, since=9)}


@contextmanager
def simulated(
    vendor: str, folder: Path, people: Mapping[str, Behaviour], days: int, terms: Terms = SMALL
) -> Iterator[Simulation]:
    with running(vendor, tickets=50) as sandbox:
        simulation = Simulation(sandbox, folder, people, terms)
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


def judge(simulation: Simulation) -> None:
    """What is counted is what the world says."""
    people = simulation.behaviours
    assert {one: counted(simulation, one) for one in people} == {one: simulation.expected(one) for one in people}


def judge_figures(simulation: Simulation) -> None:
    """What is printed of the week is what the world says."""
    world, figures = Reckoning(simulation), simulation.rollout.figures()
    entries, hours = world.worked()

    printed = [list(line.strip("| ").split(" | ")) for line in markdown(figures).splitlines() if line.startswith("| ")]
    assert printed[2 : 2 + len(world.rows())] == [list(row) for row in world.rows()]
    assert (figures.resolved_autonomously, figures.closed) == world.closed()
    assert figures.responded.of == world.answered()
    assert (figures.time.sampled, figures.time.exact) == (min(20, entries), min(20, entries))
    assert sum(one.entries for one in figures.billing.values()) == entries
    assert float(sum(one.worked for one in figures.billing.values())) == pytest.approx(
        hours, abs=0.001 * max(entries, 1)
    )


@pytest.mark.row("S120", "S121", "S122", "S123", "S124", "N10", "N11", call="Rollout.settle | Rollout.promote")
def test_categories_climb_and_fall_as_people_agree_and_the_counts_are_the_worlds(tmp_path: Path) -> None:
    with simulated("autotask", tmp_path, PEOPLE, 12) as simulation:
        climbed = list(dict.fromkeys(day["password reset"] for day in simulation.stages.values()))
        licence = [day["licence"] for day in simulation.stages.values()]

        assert climbed == [*Stage]
        assert {day["hardware"] for day in simulation.stages.values()} == {"shadow"}
        assert "autonomous" in licence and licence[-1] == "shadow"
        judge(simulation)
        judge_figures(simulation)


@pytest.mark.deep
def test_the_same_automation_climbs_the_whole_ladder_on_another_psa(tmp_path: Path) -> None:
    with simulated("halopsa", tmp_path, {"password reset": Behaviour(10)}, 10) as simulation:
        climbed = list(dict.fromkeys(day["password reset"] for day in simulation.stages.values()))

        assert climbed == [*Stage]
        judge(simulation)
        judge_figures(simulation)


@pytest.mark.deep
@pytest.mark.parametrize("vendor", VENDORS)
def test_ninety_days_by_the_schedule(vendor: str, tmp_path: Path, figures: Callable[..., None]) -> None:
    people = {**PEOPLE, "licence": Behaviour(10, later=2, since=75)}
    with simulated(vendor, tmp_path, people, 90, Terms()) as simulation:
        days = {
            stage: [day for day, at in simulation.stages.items() if at["password reset"] == stage] for stage in Stage
        }

        assert [len(days[stage]) for stage in (Stage.SHADOW, Stage.NOTES, Stage.APPROVAL)] == [15, 16, 30]
        assert simulation.stages[90] == {"password reset": "autonomous", "hardware": "shadow", "licence": "shadow"}
        assert simulation.stages[70]["licence"] == "autonomous"
        judge(simulation)
        judge_figures(simulation)
        fell = min(day for day, at in simulation.stages.items() if day > 75 and at["licence"] == "shadow")
        told = {"vendor": vendor, "tickets": str(90 * len(people) * simulation.daily)}
        figures("90 days at a sandbox: cases that the store counts otherwise than the world's history", "0", **told)
        figures("90 days at a sandbox: days until a category with which people agree is autonomous", "61", **told)
        figures(
            "90 days at a sandbox: days until a category that people undo is back in shadow", f"{fell - 75}", **told
        )
        closed = str(simulation.rollout.figures().autonomous)
        figures("90 days at a sandbox: tickets of the last week that the automation closed itself", closed, **told)
