"""A storm of the sandboxes over real HTTP, against a receiver of ours: every forged delivery is refused, and of all that the
genuine ones say each record's final state is handled, each made once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from receiving import SECRET, serving

import anypsa
from anypsa import Trust
from anypsa_automation import Events, Hook, Receiver, State
from anypsa_sandbox import Sandbox

CHANGES = 40
PATIENCE = 120.0
TOLD = ["ticket.created", "ticket.updated"]


@pytest.fixture(params=("autotask", "halopsa"))
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    with Sandbox(request.param, tickets=60) as sandbox:
        yield sandbox


@pytest.mark.trust("A8", "A9")
def test_of_a_storm_only_what_is_genuine_is_handled_and_nothing_is_lost_or_made_twice(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    vendor, state = sandbox.dialect.name, State(tmp_path / "state.db")
    settings = {**sandbox.settings, "ledger": "memory", "release_lag": 0.0, "requests_per_window": 1_000_000}
    with anypsa.connect(vendor, state=state, **settings) as psa:
        events, last, kinds = Events(state, [psa]), dict[str, str](), Counter[tuple[str, str]]()
        state.eventlog.began(psa.tenant, "ticket", datetime.now(UTC))

        @events.on("ticket.*")
        def listen(event: anypsa.Event, ticket: anypsa.Ticket) -> None:
            last[ticket.id] = ticket.title
            kinds[ticket.id, event.kind] += 1

        before = {str(row["id"]) for row in sandbox.world().rows("tickets")}
        receiver = Receiver(state, [Hook("acme", psa, Trust(secrets=[SecretStr(SECRET)]))])
        with serving(receiver, access_log=False) as port:
            psa.webhooks.ensure(url=f"http://127.0.0.1:{port}/acme", secret=SECRET, name="acme", events=TOLD)
            changed = set(sandbox.control.storm(seed=7, changes=CHANGES, forged=1.0)["changed"])
            assert sandbox.dialect.storm.over(PATIENCE)
        events.drain()
        answers = sandbox.control.storm()["answers"]
        known = {id: ticket.title for id, ticket in psa.existing("ticket", changed).items()}
    state.dispose()

    forged = {way: statuses for way, statuses in answers.items() if way.startswith("forged")}
    assert len(forged) >= 8
    assert {status for statuses in forged.values() for status in statuses} <= {"401", "413", "0"}  # 0: cut off
    assert set(answers["genuine"]) == set(answers["again"]) == {"204"}
    assert last == known
    assert set(kinds.values()) == {1}
    assert {id for id, kind in kinds if kind == "ticket.created"} == changed - before
