"""The suite: `from anypsa_conformance.suite import *` in a test module, and a session fixture `kit` beside it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from . import catalogue
from .checks import CHECKS, Check, Driver
from .faces import FACES
from .kit import Kit
from .plugin import PROPERTY

__all__ = ["test_over_its_recording", "test_over_its_sandbox", "test_over_what_is_attested"]

FROM: tuple[object, ...] = (catalogue,)
"""The modules whose import fills `CHECKS`."""


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("check", [one for one in CHECKS.values() if Driver.CASSETTE in one.drivers], ids=str)
def test_over_its_recording(check: Check, face: str, kit: Kit, record_property: Callable[[str, object], None]) -> None:
    """The check passes over its recording, with the network off."""
    note(record_property, check, face, kit, evidence=f"recording of a {kit.origin(check)}")
    kit.replay(check, face)


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("check", [one for one in CHECKS.values() if Driver.CASSETTE not in one.drivers], ids=str)
def test_over_its_sandbox(check: Check, face: str, kit: Kit, record_property: Callable[[str, object], None]) -> None:
    """The check passes over a sandbox with state and faults."""
    note(record_property, check, face, kit, evidence="sandbox")
    kit.live(check, face)


@pytest.mark.parametrize("face", FACES)
def test_over_what_is_attested(face: str, kit: Kit, record_property: Callable[[str, object], None]) -> None:
    """errors.by_meaning: every answer that a vendor is known to have given means what it is known to mean."""
    facts = {"adapter": kit.adapter.name, "check": "errors.by_meaning", "promise": "errors", "face": face}
    record_property(PROPERTY, {**facts, "evidence": "attested answers"})
    kit.judge_attested(face)


def note(record_property: Callable[[str, object], None], check: Check, face: str, kit: Kit, *, evidence: str) -> None:
    """Tells the report what is being checked, and what the result will be evidence of."""
    facts = {"adapter": kit.adapter.name, "check": check.id, "promise": check.promise, "face": face}
    record_property(PROPERTY, {**facts, "evidence": evidence})
