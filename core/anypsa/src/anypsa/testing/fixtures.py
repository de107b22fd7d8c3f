"""The pytest plugin: `psa`, `clock` and `recorded` for your own tests, beside the `sandbox` and `chaos` of anypsa-sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..faces import Psa
    from .clock import Clock

RECORD = "--anypsa-record"


def pytest_addoption(parser: pytest.Parser) -> None:
    """One option: whether tests with recordings record."""
    parser.addoption(RECORD, action="store_true", help="ask the tenant, and record what `recorded` plays")


def pytest_configure(config: pytest.Config) -> None:
    """Registers the mark."""
    config.addinivalue_line("markers", "psa(**settings): more settings of the connection that `psa` gives")


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> Iterator[Clock]:
    """A clock that stands still. The `psa` of the same test goes by it, and the sandbox's own clock with it."""
    from .clock import Clock

    if "sandbox" not in request.fixturenames:
        yield Clock()
        return
    control = request.getfixturevalue("sandbox").control
    # A slot that is given back late is late by the real time, of which this test's library knows nothing.
    lag = control.limits()["lag"]
    control.limits(lag=0)
    moment = control.clock(scale=0)["moment"]
    yield Clock(datetime.fromisoformat(moment), moved=lambda seconds: control.clock(advance=seconds))
    control.clock(scale=1)
    control.limits(lag=lag)


@pytest.fixture
def psa(request: pytest.FixtureRequest, sandbox: Any) -> Iterator[Psa]:
    """A connection to the sandbox; `@pytest.mark.psa(policy="guarded")` gives it more settings."""
    import anypsa

    from .opening import connect

    more = {name: value for mark in request.node.iter_markers("psa") for name, value in mark.kwargs.items()}
    settings = {**sandbox.settings, "ledger": "memory", **more}
    if "clock" in request.fixturenames:
        del settings["ledger"]
        settings = {**settings, "clock": request.getfixturevalue("clock")}
    open_psa: Callable[..., Psa] = connect if "clock" in settings else anypsa.connect
    with open_psa(sandbox.dialect.name, **settings) as connected:
        yield connected


@pytest.fixture
def recorded(request: pytest.FixtureRequest) -> Callable[..., AbstractContextManager[Psa]]:
    """Plays what this test recorded, from the folder `recordings` beside it; `pytest --anypsa-record` records it anew.

    Use it as `with recorded("autotask") as psa: ...`.
    """
    from .opening import recorded

    name = "".join(char if char.isalnum() or char in "-_" else "-" for char in request.node.name).rstrip("-")
    path = request.path.parent / "recordings" / f"{request.path.stem}.{name}.json"
    return partial(recorded, path, record=request.config.getoption(RECORD))
