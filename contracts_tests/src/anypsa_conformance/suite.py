"""The suite: `from anypsa_conformance.suite import *` in a test module, and a session fixture `kit` beside it.

Which of its tests run goes by `--conformance-driver`: see `plugin`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from . import (
    attacking,
    catalogue,
    declaring,
    failing,
    interrupting,
    misreading,
    offering,
    paging,
    renewing,
    signing,
    throttling,
)
from .checks import Check, Driver, driven_by
from .faces import FACES
from .kit import Kit, Running
from .plugin import noting

__all__ = [
    "running",
    "test_over_a_tenant",
    "test_over_its_recording",
    "test_over_its_sandbox",
    "test_over_what_is_attested",
    "test_through_faults",
]

FROM: tuple[object, ...] = (
    *(catalogue, declaring, failing, misreading, signing),
    *(attacking, interrupting, offering, paging, renewing, throttling),
)
"""The modules whose import fills `CHECKS`."""
ON_EVERY_FACE = pytest.mark.parametrize("face", FACES)


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """Sandboxes that run as long as the session."""
    with Running() as sandboxes:
        yield sandboxes


@ON_EVERY_FACE
@pytest.mark.parametrize("check", driven_by(Driver.CASSETTE), ids=str)
def test_over_its_recording(check: Check, face: str, kit: Kit, request: pytest.FixtureRequest) -> None:
    """The check passes over its recording, with the network off."""
    origin = kit.origin(check)
    noting(request, kit, check, face, evidence=f"recording of a {origin.source}", recorded=origin.day)
    kit.judged(check, partial(kit.replay, check, face))


@ON_EVERY_FACE
@pytest.mark.parametrize("check", driven_by(Driver.SANDBOX), ids=str)
def test_over_its_sandbox(check: Check, face: str, kit: Kit, running: Running, request: pytest.FixtureRequest) -> None:
    """The check passes over a sandbox with state."""
    noting(request, kit, check, face, evidence="sandbox")
    kit.judged(check, partial(kit.live, check, face, running))


@ON_EVERY_FACE
@pytest.mark.parametrize("check", driven_by(Driver.FAULTS), ids=str)
def test_through_faults(check: Check, face: str, kit: Kit, running: Running, request: pytest.FixtureRequest) -> None:
    """The check passes over a sandbox behind a server of faults."""
    noting(request, kit, check, face, evidence="sandbox behind a server of faults")
    kit.judged(check, partial(kit.live, check, face, running, Driver.FAULTS))


@ON_EVERY_FACE
@pytest.mark.parametrize("check", driven_by(Driver.TENANT), ids=str)
def test_over_a_tenant(check: Check, face: str, kit: Kit, request: pytest.FixtureRequest) -> None:
    """The check passes over a live tenant; it only reads."""
    noting(request, kit, check, face, evidence="tenant")
    kit.judged(check, partial(kit.on_tenant, check, face))


@ON_EVERY_FACE
def test_over_what_is_attested(face: str, kit: Kit, request: pytest.FixtureRequest) -> None:
    """errors.by_meaning: every answer that a vendor is known to have given means what it is known to mean."""
    noting(request, kit, catalogue.ATTESTED, face, evidence="attested answers")
    kit.judge_attested(face)
