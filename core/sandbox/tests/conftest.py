"""The toy vendor, installed the way a third party's would be: by an entry point that is found on `sys.path`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from anypsa_sandbox import Sandbox

FOUND_BY = """[anypsa_sandbox.dialects]
toy = toy_dialect:ToyDialect
"""


@pytest.fixture(scope="session", autouse=True)
def _toy_installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A distribution on disk, with metadata that names the dialect; the module stands beside this file."""
    site = tmp_path_factory.mktemp("site")
    info = site / "toy_psa-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-psa\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(FOUND_BY)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(site))
        patch.syspath_prepend(str(Path(__file__).parent))
        yield


@pytest.fixture
def toy() -> Iterator[Sandbox]:
    """A running toy vendor with two tenants."""
    with Sandbox("toy", tickets=40) as sandbox:
        yield sandbox


@pytest.fixture
def api(toy: Sandbox) -> Iterator[httpx2.Client]:
    """A client of the first tenant."""
    settings = toy.settings
    with httpx2.Client(base_url=settings["url"], headers={"key": settings["key"]}, timeout=10) as client:
        yield client
