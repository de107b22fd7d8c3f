"""A storm that our own writes cause, and a customer's write on top of ours: the program, and how it is recorded.

`uv run nox -s record` records it anew against the sandboxes, or `python core/automation/tests/own_storm.py` alone.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from receiving import SECRET, send, serving
from recorded import Exchange, recording, replaying, written

import anypsa
from anypsa import Psa, Trust, Wakeup, q
from anypsa_automation import Drained, Events, Hook, Receiver, State
from anypsa_sandbox import Sandbox

VENDORS = ("autotask", "halopsa")
KEPT = Path(__file__).parent / "recorded"
TICKETS, TURNS, PATIENCE = 4, 3, 60.0
TOLD = ["ticket.created", "ticket.updated"]
TECHNICIAN = 10
OTHER = "ANOTHER-TRACKING-ID"
SECRETS = {
    "autotask": {"username": "api@northwind.example", "secret": "northwind-secret"},
    "halopsa": {"tenant": "northwind", "client_id": "recorded", "client_secret": "recorded-secret"},
}
WAYS = {
    "autotask": [
        {"integration_code": "NORTHWIND-INTEGRATION-CODE"},
        {"integration_code": OTHER},
        {"integration_code": "NORTHWIND-INTEGRATION-CODE", "impersonate": TECHNICIAN},
        {"integration_code": OTHER, "impersonate": TECHNICIAN},
    ],
    "halopsa": [{}],
}
"""How we write: under one tracking id or another, as the API user or in somebody's name."""
ADDRESSES = {"autotask": {"zone_url": ""}, "halopsa": {"resource_url": "", "auth_url": "/auth"}}


@dataclass(frozen=True)
class Sent:
    """A delivery as the vendor sent it."""

    headers: dict[str, str]
    body: str


@dataclass
class Storm:
    """What is recorded: all that the PSA answered, and what it delivered of the storm and of what came after it."""

    origin: str
    exchanges: list[Exchange]
    storm: list[Sent]
    after: list[Sent]


@dataclass
class Told:
    """What came of it here: how the receiver answered, both drains, and the titles that a handler was given."""

    answers: list[int]
    storm: Drained
    after: Drained
    tickets: list[str]
    heard: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class World:
    """What the program needs of whoever plays the PSA: where it is, what a customer does, and what was delivered."""

    url: str
    customer: Callable[[str], None]
    delivered: Callable[[], Sequence[Sent]]


def run(vendor: str, world: World, place: Path) -> Told:
    """Our program: it has seen some tickets, writes to each again and again in all ways, and hears of it by webhooks."""
    with ExitStack() as stack:
        state = State(place)
        stack.callback(state.dispose)
        shared = {**SECRETS[vendor], **{name: world.url + path for name, path in ADDRESSES[vendor].items()}}
        shared |= {"ledger": "memory", "release_lag": 0.0, "requests_per_window": 1_000_000}
        ways: list[Psa] = [
            stack.enter_context(anypsa.connect(vendor, state=state, **{**shared, **way})) for way in WAYS[vendor]
        ]
        psa = ways[0]
        events, told = Events(state, [psa]), Told([], Drained(), Drained(), [])

        @events.on("ticket.*")
        def listen(ticket: anypsa.Ticket) -> None:
            told.heard.append((ticket.id, ticket.title))

        tickets = psa.tickets.list(q.state == "open", limit=TICKETS).all()
        told.tickets = [ticket.id for ticket in tickets]
        state.inbox.add(psa.tenant, [Wakeup(entity="ticket", id=id) for id in told.tickets], datetime.now(UTC))
        events.drain()
        told.heard.clear()
        port = stack.enter_context(serving(Receiver(state, [Hook("acme", psa, Trust(secrets=[SecretStr(SECRET)]))])))

        def drained() -> Drained:
            told.answers += [send(port, "/acme", one.body.encode(), one.headers) for one in world.delivered()]
            return events.drain()

        for turn in range(TURNS):
            for place_of, ticket in enumerate(tickets):
                way = ways[(turn + place_of) % len(ways)]
                way.tickets.update(ticket.id, title=f"{ticket.title} {turn}")
        told.storm = drained()
        ways[-1].tickets.update(tickets[0].id, title="Ours")
        world.customer(tickets[0].id)
        ways[-1].tickets.update(tickets[0].id, status="In Progress")
        told.after = drained()
        return told


# Recording


@contextmanager
def sandboxed(vendor: str, exchanges: list[Exchange], storms: list[list[Sent]]) -> Iterator[World]:
    """A sandbox whose answers and deliveries are noted."""
    with ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(vendor, tickets=50))
        came: list[Sent] = []

        async def keep(scope: Any, receive: Any, reply: Any) -> None:
            message = await receive()
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            kept = {name: value for name, value in headers.items() if name in ("x-hook-signature", "token")}
            came.append(Sent(kept, message["body"].decode()))
            await reply({"type": "http.response.start", "status": 204, "headers": []})
            await reply({"type": "http.response.body", "body": b""})

        port = stack.enter_context(serving(keep))
        with anypsa.connect(vendor, **sandbox.settings) as psa:
            psa.webhooks.ensure(url=f"http://127.0.0.1:{port}/acme", secret=SECRET, name="acme", events=TOLD)
        if vendor == "autotask":  # it would not tell what the API user did itself
            sandbox.control.dialect("switch", other_code=OTHER)
            for row in sandbox.world().rows("webhook_exclusions"):
                sandbox.control.world(tenant=sandbox.tenants[0], table="webhook_exclusions", id=row["id"], remove=True)
        else:
            own = {name: SECRETS[vendor][name] for name in ("client_id", "client_secret")}
            sandbox.control.dialect("application", **own)

        def customer(ticket: str) -> None:
            with anypsa.connect(vendor, **sandbox.settings) as psa:
                psa.tickets.update(ticket, title="It is worse now")

        def delivered() -> Sequence[Sent]:
            asked = (sandbox.control.dialect("pending")["pending"] for _ in range(20_000))
            assert 0 in asked
            storms.append(list(came))
            came.clear()
            return storms[-1]

        url = stack.enter_context(recording(sandbox.url, exchanges))
        yield World(url, customer, delivered)


def record(vendor: str) -> None:
    """Records a vendor's."""
    exchanges: list[Exchange] = []
    storms: list[list[Sent]] = []
    with sandboxed(vendor, exchanges, storms) as world, tempfile.TemporaryDirectory() as folder:
        told = run(vendor, world, Path(folder) / "state.db")
    assert told.heard == [(told.tickets[0], "It is worse now")], told
    kept = {
        "origin": f"sandbox, {datetime.now(UTC).date()}",
        "exchanges": written(exchanges),
        **{name: [vars(one) for one in some] for name, some in zip(("storm", "after"), storms, strict=True)},
    }
    KEPT.mkdir(exist_ok=True)
    (KEPT / f"{vendor}.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


# Replaying


def recorded(vendor: str) -> Storm:
    """The recording of a vendor's."""
    kept = json.loads((KEPT / f"{vendor}.json").read_text(encoding="utf-8"))
    storms = {name: [Sent(**one) for one in kept[name]] for name in ("storm", "after")}
    return Storm(kept["origin"], [Exchange(**one) for one in kept["exchanges"]], **storms)


def replay(vendor: str, place: Path) -> Told:
    """Runs our program against the recording."""
    storm = recorded(vendor)
    deliveries = iter((storm.storm, storm.after))
    with replaying(storm.exchanges) as url:
        return run(vendor, World(url, lambda _: None, lambda: next(deliveries)), place)


if __name__ == "__main__":
    for one in VENDORS:
        record(one)
        print(f"recorded the storm of {one}")
