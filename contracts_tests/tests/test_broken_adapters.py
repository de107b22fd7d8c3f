"""The suite tested by mutants: an adapter that breaks a promise fails the checks that are about it, and no other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from _pytest.outcomes import Failed, Skipped
from broken import BROKEN
from kit_toypsa import KIT
from toypsa import ToyAdapter

from anypsa.errors import PSAError
from anypsa_conformance import CHECKS, Driver, HarnessError, Running
from anypsa_conformance.suite import FROM

CHEAP = sorted(frozenset().union(*BROKEN.values()))
WAITS = {"TakesNoSlots"}
"""Those whose faults take a deadline to show: `deep` tries them."""
IN_EVERY_RUN = [pytest.param(one, marks=pytest.mark.deep if one.__name__ in WAITS else ()) for one in BROKEN]


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[Running]:
    with Running() as running:
        yield running


def failed(adapter: type[ToyAdapter], running: Running, ids: Iterable[str] = CHEAP) -> set[str]:
    """The checks among these that an adapter fails; a check that could not be made is no failure."""
    found: set[str] = set()
    for check in (CHECKS[id] for id in sorted(ids) if FROM):
        driver = Driver.FAULTS if Driver.FAULTS in check.drivers else Driver.SANDBOX
        try:
            KIT.live(check, "blocking", running, driver, broken=adapter)
        except HarnessError:
            raise
        except Skipped:
            continue  # not supported: it does not declare what it would have to break
        except (AssertionError, Failed, PSAError, ExceptionGroup, AttributeError, LookupError, TypeError, ValueError):
            found.add(check.id)
    return found


@pytest.mark.parametrize("adapter", IN_EVERY_RUN, ids=lambda one: one.__name__)
def test_a_broken_adapter_fails_the_checks_about_its_fault(adapter: type[ToyAdapter], sandboxes: Running) -> None:
    assert failed(adapter, sandboxes, BROKEN[adapter]) == BROKEN[adapter]


@pytest.mark.deep
@pytest.mark.parametrize("adapter", BROKEN, ids=lambda one: one.__name__)
def test_a_broken_adapter_fails_exactly_the_checks_about_its_fault(
    adapter: type[ToyAdapter], sandboxes: Running
) -> None:
    assert failed(adapter, sandboxes) == BROKEN[adapter]


@pytest.mark.deep
def test_the_adapter_that_is_not_broken_fails_none(sandboxes: Running) -> None:
    assert failed(ToyAdapter, sandboxes) == set()


@pytest.mark.parametrize("id", ["faults.same_page", "tickets.create.lost_answer"])
def test_a_kit_that_names_paths_that_nobody_asks_for_proves_nothing(id: str, sandboxes: Running) -> None:
    nowhere = replace(KIT, paths=replace(KIT.paths, tickets="/tickits$", create_ticket="/tickits$"))
    driver = Driver.FAULTS if Driver.FAULTS in CHECKS[id].drivers else Driver.SANDBOX

    with pytest.raises(HarnessError):
        nowhere.live(CHECKS[id], "blocking", sandboxes, driver)


def test_there_are_enough_of_them() -> None:
    assert len(BROKEN) >= 20
