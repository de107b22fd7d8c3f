"""Attacks: on the two vendors whose adapters are no previews."""

from __future__ import annotations

import pytest
from vendors import BOTH, Vendor


@pytest.fixture(params=BOTH, ids=lambda one: one.name)
def facts(request: pytest.FixtureRequest) -> Vendor:
    vendor: Vendor = request.param
    return vendor
