"""The suite tested by mutants: an adapter that breaks a promise fails the check that is about it."""

from __future__ import annotations

import pytest
from _pytest.outcomes import Failed
from broken import BROKEN
from kit_autotask import KIT

from anypsa.errors import PSAError
from anypsa_autotask import AutotaskAdapter
from anypsa_conformance import CHECKS
from anypsa_conformance.suite import FROM


@pytest.mark.parametrize(("adapter", "check"), BROKEN.items(), ids=lambda one: getattr(one, "__name__", one))
def test_a_broken_adapter_fails_its_own_check(adapter: type[AutotaskAdapter], check: str) -> None:
    assert FROM
    with pytest.raises((AssertionError, Failed, PSAError, ExceptionGroup)):
        KIT.live(CHECKS[check], "blocking", adapter)


@pytest.mark.parametrize("check", sorted(set(BROKEN.values())))
def test_the_adapter_that_is_not_broken_passes_it(check: str) -> None:
    KIT.live(CHECKS[check], "blocking")


def test_there_are_enough_of_them() -> None:
    assert len(BROKEN) >= 10
