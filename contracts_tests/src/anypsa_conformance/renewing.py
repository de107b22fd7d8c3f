"""Checks of tokens and sessions: had once for all callers, whether that works or not, and renewed when they end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from anypsa import PSAError
from anypsa.testing import faults
from anypsa.testing.faults import Act, Line, Received

from .breaking import Rewritten
from .catalogue import FREED_BY
from .checks import FAULTS, check, unsupported
from .faces import Probe
from .failing import ids_of, new_ticket, outcome, posted
from .harness import Harness, SignIn

CALLERS: Final = 12
FAILING: Final[Mapping[str, Act]] = {
    "500": faults.Answer({}, 500),
    "a page for people": faults.html(),
    "reset": faults.Reset(),
}
LIFETIMES: Final = (None, "3600", 0, -1, 1e12, "soon")
GETS: Final = 4
REFUSED_AND_DONE: Final = 2
OF_A_BODY: Final = frozenset({"content-length", "content-type", "transfer-encoding"})


def sign_in(harness: Harness) -> SignIn:
    """How a token is had; without one, the check is not supported."""
    if harness.sign_in is None:
        unsupported("signing takes no token or session")
    return harness.sign_in


@dataclass(frozen=True)
class Outdated:
    """Whoever still signs as an earlier request did is refused before anything is done."""

    earlier: Received

    def play(self, request: Received, line: Line) -> None:
        known = {name: value for name, value in self.earlier.headers.items() if name not in OF_A_BODY}
        if all(request.headers.get(name) == value for name, value in known.items()):
            faults.Answer({"error": "it has ended"}, 401).play(request, line)
        else:
            line.send(line.forward(request))


def end_of_token(harness: Harness, method: str = "", path: str = "") -> None:
    """From now on, what the last request was signed with is refused, by requests of a method to a path."""
    harness.breaking.always(method, path, Outdated(harness.server.sent("GET", harness.world.ticket)[-1]))


@check(
    "signing.renewed_once",
    promise="limits",
    needs="tickets.get",
    drivers=FAULTS,
    proves=("signing.renewed",),
    survives=("T2", "T3"),
    provisional=True,
    extended=True,
)
async def renewed_once(psa: Probe, harness: Harness) -> None:
    """A token or session that ends under many callers is renewed once, and all of them get their answers."""
    sign_in(harness)

    async def crowded(other: Probe) -> tuple[list[str], list[Any], int]:
        ids = await ids_of(other.tickets.list(limit=CALLERS))
        await other.tickets.get(harness.world.ticket)
        end_of_token(harness)
        before = harness.signed_in()
        got = await other.together([partial(other.tickets.get, id, gather=False) for id in ids])
        return ids, got, harness.signed_in() - before

    # Told how late slots are freed: to learn it takes refusals, and time.
    ids, got, renewed = await psa.with_settings({"release_lag": FREED_BY}, crowded)

    assert [one.id for one in got] == ids
    assert renewed == 1


@check(
    "signing.create_refused",
    promise="once",
    needs="tickets.create",
    drivers=FAULTS,
    proves=("create.once",),
    survives=("T6",),
    provisional=True,
    extended=True,
)
async def create_refused(psa: Probe, harness: Harness) -> None:
    """A create that is refused because a token ended is made with a new one, once."""
    sign_in(harness)

    async def created(hasty: Probe) -> Any:
        await hasty.tickets.get(harness.world.ticket)
        end_of_token(harness, "POST", harness.paths.create_ticket)
        return await hasty.tickets.create(**new_ticket(harness, "with a new token"))

    made = await psa.with_settings({"settle_time": 0.0}, created)

    assert (await psa.tickets.get(made.id)).title == "with a new token"
    assert posted(harness, "with a new token", "POST", harness.paths.create_ticket) == REFUSED_AND_DONE


@check(
    "signing.shared_failure",
    promise="limits",
    needs="tickets.get",
    drivers=FAULTS,
    proves=("signing.failed",),
    survives=("T4",),
    provisional=True,
    extended=True,
)
async def shared_failure(psa: Probe, harness: Harness) -> None:
    """When no token or session can be had, callers share the failure: it is not asked for by each of them."""
    path = sign_in(harness).path
    for name, fault in FAILING.items():
        harness.breaking.rules.clear()
        harness.breaking.always("", path, fault)
        before = harness.signed_in()

        async def failing(other: Probe) -> list[Any]:
            one = partial(other.tickets.get, harness.world.ticket, gather=False)
            return await other.together([lambda: outcome(one()) for _ in range(CALLERS)])

        errors = await psa.with_settings({"attempts": 1}, failing)
        assert all(isinstance(error, PSAError) for error in errors), name
        assert 1 <= harness.signed_in() - before <= 2, name


@check(
    "signing.lifetime",
    promise="limits",
    needs="tickets.get",
    drivers=FAULTS,
    proves=("signing.kept",),
    survives=("T5",),
    provisional=True,
    extended=True,
)
async def lifetime(psa: Probe, harness: Harness) -> None:
    """Whatever is said of how long a token or session is good, it is used for more than one request."""
    signing = sign_in(harness)
    if not signing.lifetime:
        unsupported("nothing says how long a session is good")
    for seconds in LIFETIMES:
        harness.breaking.rules.clear()
        harness.breaking.always("", signing.path, Rewritten(partial(says, signing.lifetime, seconds)))

        async def used(other: Probe) -> int:
            before = harness.signed_in()
            for _ in range(GETS):
                await other.tickets.get(harness.world.ticket)
            return harness.signed_in() - before

        assert (seconds, await psa.with_settings({}, used)) == (seconds, 1)


def says(name: str, value: Any, told: Any) -> None:
    """Changes a field of an answer."""
    told[name] = value
