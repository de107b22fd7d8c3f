"""Every check that a sandbox can be driven through passes on a second tenant, whose lists and fields are numbered otherwise.

A number of the first tenant's in the code of an adapter would be another thing there, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import kit_autotask
import kit_halopsa
import pytest

from anypsa_conformance import Kit, World
from anypsa_conformance.checks import Check, Driver, driven_by
from anypsa_conformance.kit import Running
from anypsa_conformance.sandboxed import known
from anypsa_conformance.suite import FROM
from anypsa_sandbox import Sandbox

assert FROM, "the checks are declared when the suite is imported"
TOLD: Mapping[str, tuple[Kit, Mapping[str, Any]]] = {
    "autotask": (kit_autotask.KIT, kit_autotask.SANDBOX),
    "halopsa": (kit_halopsa.KIT, kit_halopsa.SANDBOX),
}


@dataclass(frozen=True)
class Second:
    """A sandbox as those see it who have the credentials of its second tenant."""

    whole: Sandbox

    @property
    def tenants(self) -> tuple[str, ...]:
        return self.whole.tenants[::-1]

    @property
    def settings(self) -> dict[str, str]:
        return self.whole.settings_for(self.tenants[0])

    def world(self) -> Any:
        return self.whole.world(self.tenants[0])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.whole, name)


@contextmanager
def started(vendor: str, tickets: int, told: Mapping[str, Any]) -> Iterator[tuple[Any, World]]:
    with Sandbox(vendor, tickets=tickets, others=tickets) as sandbox:
        second = Second(sandbox)
        yield second, known(second, **told)


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with Running() as sandboxes:
        yield sandboxes


@pytest.fixture(scope="module")
def kits() -> Mapping[str, Kit]:
    made = {}
    for name, (kit, told) in TOLD.items():
        begin = partial(started, name, 600, told)
        made[name] = replace(kit, small=begin, large=begin)
    return made


@pytest.mark.deep
@pytest.mark.parametrize("check", driven_by(Driver.SANDBOX), ids=str)
@pytest.mark.parametrize("vendor", TOLD)
def test_a_check_passes_unchanged(vendor: str, check: Check, kits: Mapping[str, Kit], running: Running) -> None:
    kit = kits[vendor]
    kit.judged(check, partial(kit.live, check, "blocking", running))
