"""Checks of signing: what it costs, what a clock may do to it, and that nothing of it is told in an error."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from pydantic import SecretStr

from anypsa.testing import faults

from .checks import FAULTS, LIVE, check
from .faces import Probe
from .failing import ids_of, outcome
from .harness import Harness

HOUR: Final = 3600.0
GETS: Final = 5


@check("signing.kept", promise="limits", needs="tickets.get", drivers=LIVE, proves=("signing.kept",))
async def kept(psa: Probe, harness: Harness) -> None:
    """What signing and labels need is looked up once: further reads cost one request each."""
    ids = await ids_of(psa.tickets.list(limit=GETS))
    await psa.tickets.get(ids[0])
    harness.control.clear_log()
    for id in ids:
        await psa.tickets.get(id)

    assert len(harness.control.calls()) == GETS


@check("signing.clock", promise="limits", needs="tickets.get", drivers=LIVE, survives=("T1",))
async def clock(psa: Probe, harness: Harness) -> None:
    """A clock of this machine that jumps by an hour moves neither tokens nor limits."""
    await psa.tickets.get(harness.world.ticket)
    harness.control.clear_log()
    for jump in (HOUR, -HOUR):
        with jumped(jump):
            assert (await psa.tickets.get(harness.world.ticket)).id == harness.world.ticket

    assert len(harness.control.calls()) == 2


@contextmanager
def jumped(seconds: float) -> Iterator[None]:
    """Meanwhile this machine's clock is wrong."""
    real = time.time
    time.time = lambda: real() + seconds
    try:
        yield
    finally:
        time.time = real


@check("signing.not_told", promise="errors", needs="tickets.get", drivers=FAULTS, survives=("A6",))
async def not_told(psa: Probe, harness: Harness) -> None:
    """No secret stands in an error, even if the vendor's answer repeats all that it was sent."""
    known = secrets(psa)
    harness.server.requests.clear()
    await psa.tickets.get(harness.world.ticket)
    asked = harness.server.sent("GET", harness.world.ticket)[-1]
    echo = faults.Answer({"errors": [f"{name}: {value}" for name, value in asked.headers.items()]}, 500)
    harness.breaking.always("GET", harness.ticket_path(), echo)
    error = await outcome(psa.tickets.get(harness.world.ticket))
    told = f"{error} {error!r} {error.said} {error.problems} {error.hint}"

    assert known
    assert [name for name, secret in known.items() if secret and secret in told] == []
    token = asked.headers.get("authorization", "").partition(" ")[2]
    assert not token or token not in told


def secrets(psa: Probe) -> dict[str, str]:
    """The secrets among the settings, by name."""
    settings = psa.psa.context.settings
    values = {name: getattr(settings, name) for name in type(settings).model_fields}
    return {name: value.get_secret_value() for name, value in values.items() if isinstance(value, SecretStr)}
