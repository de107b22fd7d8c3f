"""A preview costs others little: by default its broken networks are tried on the blocking face, and on all by
`nox -s conformance`. What is done about them is the library's, and is proved on all faces by the other adapters."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what the default run leaves out."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        face = callspec.params.get("face") if callspec is not None else None
        faulty = getattr(item, "originalname", "") == "test_through_faults"
        if HERE in item.path.parents and faulty and face != "blocking":
            item.add_marker(pytest.mark.deep)
