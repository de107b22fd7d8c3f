"""The conformance suite, for this adapter."""

from __future__ import annotations

import pytest
from kit_connectwise import KIT

from anypsa_conformance import Kit
from anypsa_conformance.suite import *  # noqa: F403  # new checks arrive on upgrade


@pytest.fixture(scope="session")
def kit() -> Kit:
    return KIT
